/// Which journal is meant.
enum JournalPath {
    static let environmentNames =
        ["SJOURNAL_DIR", "XDG_DATA_HOME", "HOME"] + KeyRequest.environmentNames

    /// The directory: `-j`, else `SJOURNAL_DIR`, else `$XDG_DATA_HOME/sjournal`, else
    /// `~/.local/share/sjournal`. An empty variable counts as none.
    static func resolve(
        option: String?, environment: [String: String]
    ) throws(UsageError) -> String {
        if let option {
            guard !option.isEmpty else {
                throw UsageError(message: "-j is empty; give the journal's directory")
            }
            return option
        }
        func variable(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        if let path = variable("SJOURNAL_DIR") { return path }
        // The XDG rules say that a relative path here is to be ignored.
        if let data = variable("XDG_DATA_HOME"), data.hasPrefix("/") { return data + "/sjournal" }
        if let home = variable("HOME") { return home + "/.local/share/sjournal" }
        throw UsageError(message: "no journal is named and HOME is not set; give one with -j DIR")
    }
}
