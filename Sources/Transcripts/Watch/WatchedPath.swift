internal import Foundation

/// A folder that is followed with all below it, or a file.
struct WatchedPath: Sendable, Hashable {
    /// Its absolute path.
    let path: String
    let isFile: Bool

    /// A path that somebody named.
    ///
    /// - Throws: ``TranscriptError/Code/notFound`` where nothing stands there.
    init(_ path: String) throws(TranscriptError) {
        let absolute = FileWalk.absolute(path)
        guard let status = FileStatus(at: absolute, followingLinks: true) else {
            throw TranscriptError(.notFound, "\(path) is not there. Check the path.", path: path)
        }
        guard status.kind == .file || status.kind == .folder else {
            throw TranscriptError(
                .notATranscript, "\(path) is neither a file nor a folder.", path: path)
        }
        self.path = absolute
        isFile = status.kind == .file
    }
}

/// Where agents write their sessions.
public struct AgentFolder: Sendable, Hashable {
    /// The format that they write, as `sjournal import` calls it.
    public let format: String
    /// The folder's absolute path.
    public let path: String

    /// The folders that there are on this machine.
    ///
    /// - Parameter environment: Where `HOME` and the agents' own variables come from.
    public static func found(in environment: [String: String]) -> [AgentFolder] {
        table.compactMap { entry in
            let own = entry.variable.flatMap { environment[$0] }.flatMap { $0.isEmpty ? nil : $0 }
            guard let base = own ?? environment["HOME"].map({ $0 + "/" + entry.home }) else {
                return nil
            }
            let path = FileWalk.absolute(entry.below.isEmpty ? base : base + "/" + entry.below)
            guard FileStatus(at: path, followingLinks: true)?.kind == .folder else { return nil }
            return AgentFolder(format: entry.format, path: path)
        }
    }

    /// The formats of the agents that are known.
    public static var formats: [String] { table.map(\.format) }

    /// The variables that say where an agent writes.
    public static var variables: [String] {
        ["HOME"]
            + table.compactMap(\.variable).reduce(into: []) { names, name in
                if !names.contains(name) { names.append(name) }
            }
    }

    /// Where an agent writes: below what its variable names, else below the home folder.
    private struct Entry {
        let format: String
        var variable: String?
        let home: String
        var below = ""
    }

    private static let table = [
        Entry(
            format: "claude-code", variable: "CLAUDE_CONFIG_DIR", home: ".claude",
            below: "projects"),
        Entry(format: "codex", variable: "CODEX_HOME", home: ".codex", below: "sessions"),
        Entry(format: "gemini-cli", home: ".gemini/tmp"),
        Entry(format: "antigravity", home: ".gemini/antigravity"),
        Entry(format: "copilot-cli", home: ".copilot/session-state"),
        Entry(format: "qwen", home: ".qwen/projects"),
        Entry(format: "kimi", home: ".kimi-code/sessions"),
        Entry(format: "grok", home: ".grok/sessions"),
        Entry(format: "cursor", home: ".cursor/projects"),
        Entry(format: "droid", home: ".factory/sessions"),
        Entry(
            format: "pi", variable: "PI_CODING_AGENT_DIR", home: ".pi/agent", below: "sessions"),
        Entry(format: "openclaw", home: ".openclaw/agents"),
        Entry(
            format: "opencode", variable: "XDG_DATA_HOME", home: ".local/share",
            below: "opencode/storage"),
        Entry(format: "hermes", home: ".hermes/sessions"),
    ]
}
