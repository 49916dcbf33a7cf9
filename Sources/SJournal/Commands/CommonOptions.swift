/// Options that mean the same in every command that has them.
extension OptionSpec {
    static let at = OptionSpec(
        name: "--at", value: "POINT",
        help: """
            As of an earlier point: a sequence number, a time (2026-11-21T01:02:03Z, or a date) \
            in the session's own time, recorded:TIME by the journal's clock, ~N for N events \
            back, or a label.
            """)
    static let branch = OptionSpec(
        name: "--branch", value: "BRANCH", help: "The branch; else the session's current one.")
    static let onBranch = OptionSpec(
        name: "--branch", value: "BRANCH",
        help: "The branch; else the one that you switched to, or main.")
    static let actor = OptionSpec(
        name: "--actor", value: "ACTOR", help: "Only what this actor did, such as user:ada.")
    static let writer = OptionSpec(
        name: "--actor", value: "ACTOR",
        help: "In whose name, such as user:ada; else user: and the login name.")
    static let reason = OptionSpec(
        name: "--reason", value: "TEXT", help: "Why; it stands in the event.")
}

extension PositionalSpec {
    static let session = PositionalSpec(
        name: "SESSION", count: .one,
        help: "A session's id, its key, or the beginning of either if no other begins so.")
}
