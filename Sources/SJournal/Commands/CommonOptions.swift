/// Options that mean the same in every command that has them.
extension OptionSpec {
    static let at = OptionSpec(
        name: "--at", value: "POINT",
        help: """
            As of an earlier point: a sequence number, a time (2026-11-21T01:02:03Z, or a date) \
            in the session's own time, recorded:TIME by the journal's clock, or ~N for N events \
            back.
            """)
    static let branch = OptionSpec(
        name: "--branch", value: "BRANCH", help: "The branch; else the session's current one.")
    static let actor = OptionSpec(
        name: "--actor", value: "ACTOR", help: "Only what this actor did, such as user:ada.")
}

extension PositionalSpec {
    static let session = PositionalSpec(
        name: "SESSION", count: .one,
        help: "A session's id, its key, or the beginning of either if no other begins so.")
}
