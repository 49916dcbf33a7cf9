import Foundation
import JournalTestKit
import SessionJournal

/// The tables of "Using sessions", made from the code.
enum GuideTables {
    /// Whether a line of code opens a declaration of a limit, and which.
    private static func declaredName(_ line: String) -> String? {
        line.firstMatch(of: /^    public static let (\w+)/).map { String($0.1) }
    }

    /// The limits that a source file declares, with the words of their doc comments.
    static func declared(in path: String) throws -> [(name: String, meaning: String)] {
        var meaning: [String] = []
        var found: [(String, String)] = []
        for line in try Pages.read(path).components(separatedBy: "\n") {
            if let comment = line.firstMatch(of: /^    \/\/\/ ?(.*)$/) {
                meaning.append(String(comment.1))
            } else {
                if let name = declaredName(line) {
                    found.append((name, meaning.joined(separator: " ")))
                }
                meaning = []
            }
        }
        return found
    }

    static let defaultsHeader = "| field | type | default | of |"

    static var defaults: [String] {
        [defaultsHeader, "|---|---|---|---|"]
            + MetadataField.builtIn.map {
                "| `\($0.name)` | \($0.type.rawValue) | `\($0.initialValue)` | \($0.scope.rawValue) |"
            }
    }

    static var lifetimes: [String] {
        let options = JournalOptions()
        let ttl = MetadataField.builtIn.first { $0.name == "ttl" }
        let never = ttl?.initialValue == .null ? "for ever" : "\(ttl?.initialValue ?? .null) s"
        let beat = "\(options.touchInterval.components.seconds) s"
        let ids = JournalLimits.rememberedIDs
        return [
            "| what | default | said by | what it means |", "|---|---|---|---|",
            "| a session in which nothing happens | \(never) | `ttl`, in seconds | "
                + "then it is overdue; `extend` moves that |",
            "| an overdue session | \(options.expiringActor ?? "for ever") | `expire`, "
                + "``JournalOptions/expiringActor`` | it stays open until somebody says `expired` |",
            "| a session that is archived, deleted, expired or terminated | for ever | `unarchive`, "
                + "`undelete`, `resume` | nothing is erased |",
            "| a heartbeat | \(beat) | ``JournalOptions/touchInterval`` | so long after anything "
                + "happened in the session `touch` stores nothing |",
            "| a message that is being streamed | for ever | `finish`, `abandon` | until then it "
                + "says that it is partial |",
            "| a message's own `ttl` | none | its metadata | kept with the message; nothing acts on "
                + "it |",
            "| the `id` of an event | \(ids) events | ``JournalLimits/rememberedIDs`` | until its "
                + "session has so many more, an event of that id is stored once |",
            "| a snapshot | for ever | ``JournalOptions/snapshotInterval`` | one is taken every "
                + "\(options.snapshotInterval) events of a session; a cache |",
        ]
    }

    static var sessionLimits: [String] {
        let limits = SessionLimits()
        let words = [
            "maximumEvents": ("events=N", "events of any kind"),
            "maximumBytes": ("bytes=N", "bytes of event lines, newlines included"),
            "maximumMessages": ("messages=N", "messages"),
            "action": (
                "--on-limit",
                "what becomes of a message that goes beyond: "
                    + SessionLimits.Action.allCases.map { "`\($0.rawValue)`" }
                    .joined(separator: " or ")
            ),
        ]
        return ["| limit | default | what it holds down |", "|---|---|---|"]
            + Mirror(reflecting: limits).children.map { child in
                let name = child.label ?? ""
                let word = words[name] ?? ("", "")
                let value = name == "action" ? "`\(limits.action.rawValue)`" : "none"
                return "| ``SessionLimits/\(name)``, `\(word.0)` | \(value) | \(word.1) |"
            }
    }

    static func limits() throws -> [String] {
        let folder = "Sources/SessionJournal"
        var lines = ["| limit | is | of what |", "|---|---|---|"]
        for (type, path, values) in [
            ("EventLimits", "\(folder)/Event/EventLimits.swift", eventValues),
            ("JournalLimits", "\(folder)/Store/JournalLimits.swift", journalValues),
        ] {
            for (name, meaning) in try declared(in: path) {
                let value = values[name] ?? "?"
                lines.append("| ``\(type)/\(name)`` | \(value) | \(meaning) |")
            }
        }
        return lines
    }

    private static let eventValues = [
        "maximumLineSize": bytes(EventLimits.maximumLineSize),
        "maximumEnvelopeSize": bytes(EventLimits.maximumEnvelopeSize),
        "maximumDataSize": bytes(EventLimits.maximumDataSize),
        "maximumKindSize": bytes(EventLimits.maximumKindSize),
        "maximumBranchSize": bytes(EventLimits.maximumBranchSize),
        "maximumNameSize": bytes(EventLimits.maximumNameSize),
        "maximumReasonSize": bytes(EventLimits.maximumReasonSize),
        "maximumDataDepth": "\(EventLimits.maximumDataDepth)",
    ]

    private static let journalValues = [
        "commitSize": bytes(JournalLimits.commitSize),
        "rememberedIDs": "\(JournalLimits.rememberedIDs)",
        "clockTolerance": "\(JournalLimits.clockTolerance) µs",
        "pageCount": "\(JournalLimits.pageCount)",
        "pageSize": bytes(JournalLimits.pageSize),
        "prefixDigits": "\(JournalLimits.prefixDigits)",
        "branchDepth": "\(JournalLimits.branchDepth)",
        "labelSize": bytes(JournalLimits.labelSize),
        "observedBacklog": "\(JournalLimits.observedBacklog)",
        "observerPatience": "\(JournalLimits.observerPatience.components.seconds) s",
        "examinedCount": "\(JournalLimits.examinedCount)",
        "compactedSessions": "\(JournalLimits.compactedSessions)",
    ]

    /// A size as people say it.
    private static func bytes(_ size: Int) -> String {
        if size % (1 << 20) == 0 { return "\(size >> 20) MiB" }
        return size % (1 << 10) == 0 ? "\(size >> 10) KiB" : "\(size) bytes"
    }
}
