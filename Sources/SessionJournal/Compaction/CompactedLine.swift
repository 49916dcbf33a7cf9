/// What compaction leaves of an event: who, when, why, and the shape of what was said.
///
/// A compacted line begins with the event's entry line, which is its leaf in the Merkle tree, and goes
/// on with the envelope and what is kept of the data:
///
/// ```
/// {"seq":41,"time":…,"session":…,"version":7,"kind":"message.appended","digest":"…",
///  "branch":"main","actor":"user:ada","data":{"message":"…","parent":"…","parts":[],"role":"user"}}
/// ```
/// It is a function of the event line alone, so that whoever has the original makes the same again.
enum CompactedLine {
    /// The version of the rules by which lines are made.
    static let version = 1

    private enum Kept {
        /// These members of the data.
        case only(Set<String>)
        /// All members but these.
        case allBut(Set<String>)
    }

    /// What is kept of each kind that says more than its shape. Of all other kinds compaction keeps
    /// everything: changes of metadata, branches, merges, labels, the runs of tools, approvals, what an
    /// erasure left, and events of one's own, of which nobody here knows what they are for.
    private static let rules: [EventKind: Kept] = [
        .messageAppended: .only([
            "message", "parent", "role", "parts", "model", "usage", "synthetic", "missing_parent",
            "streaming", "metadata", "references", "line",
        ]),
        .messageExtended: .only(["message", "alias", "parts", "usage", "line"]),
        .messageEdited: .only(["message", "parts", "restores", "set"]),
        .messageRedacted: .allBut(["original"]),
        .modelRequested: .only(["request", "message", "model"]),
        .modelResponded: .only([
            "request", "message", "model", "latency_ms", "usage", "stop", "error",
        ]),
        .toolProgressed: .only(["call", "progress", "line"]),
        .errorRecorded: .only(["error", "message", "retry", "line"]),
        .annotationAdded: .allBut(["original", "media"]),
        .summaryRecorded: .allBut(["original", "media"]),
        .blobStored: .only(["blob", "index", "count", "size"]),
        .importLine: .only(["line", "why"]),
    ]

    /// The kinds of which something goes.
    static let kinds: Set<EventKind> = Set(rules.keys)

    /// What is kept of a part: that a tool was called, and whether its result was an error.
    private static let keptOfParts: [String: Set<String>] = [
        "tool_use": ["type", "call", "name"], "tool_result": ["type", "call", "is_error"],
    ]

    /// The compacted line of an event; nil for one of which everything is kept, and for one that is
    /// withheld or compacted already.
    ///
    /// - Complexity: the event's data, parsed and built.
    static func line(of event: Event) -> [UInt8]? {
        guard let rule = rules[event.kind], !event.isWithheld, !event.isCompacted else {
            return nil
        }
        let object = ((try? event.data()) ?? .null).object ?? [:]
        var kept: JSONObject = [:]
        for member in object where keeps(member.name, by: rule) {
            kept.append(
                member.name, member.name == "parts" ? shape(of: member.value) : member.value)
        }
        return try? EventLine.compacted(event, data: Array(JSONValue.object(kept).description.utf8))
    }

    /// The same for a stored line: itself where nothing goes; nil where it is no line.
    static func line(of line: Span<UInt8>) -> [UInt8]? {
        let bytes = [UInt8](copying: line)
        guard let event = try? Event(line: bytes) else { return nil }
        return self.line(of: event) ?? bytes
    }

    private static func keeps(_ name: String, by rule: Kept) -> Bool {
        switch rule {
        case .only(let names): names.contains(name)
        case .allBut(let names): !names.contains(name)
        }
    }

    private static func shape(of parts: JSONValue) -> JSONValue {
        .array(
            (parts.array ?? []).compactMap { part in
                guard let names = part["type"]?.string.flatMap({ keptOfParts[$0] }),
                    let members = part.object
                else { return nil }
                var shape: JSONObject = [:]
                for member in members where names.contains(member.name) {
                    shape.append(member.name, member.value)
                }
                return .object(shape)
            })
    }
}
