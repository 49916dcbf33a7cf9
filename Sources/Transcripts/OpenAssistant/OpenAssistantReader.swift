internal import SessionJournal

/// Folds the lines of one OpenAssistant tree into messages and branches. A tree is one line; one that
/// came again with more answers adds those.
///
/// Every message is there once, below the one that it answers. The best ranked answers make up
/// `main`, and every other way on is a branch of its own, so that each path from the root to a leaf
/// is the path of a branch. A rank is an annotation of its message.
struct OpenAssistantReader: Sendable {
    /// The branch of each message.
    private var branches: [String: String] = [:]
    /// The last message of each branch.
    private var heads: [String: String] = [:]
    private var forkCount = 0

    /// Roughly how much memory it takes, in bytes.
    var weight: Int { (branches.count + heads.count) * 160 }

    private static let client = "client:open-assistant"

    /// Takes what a session's first line says about it for granted: its creation tells it.
    func open(_ tree: JSONValue) -> JSONObject {
        guard let state = tree["tree_state"]?.string else { return [:] }
        return ["tree_state": .string(state)]
    }

    /// Reads the next distinct line of the session.
    ///
    /// - Parameters:
    ///   - tree: What the line says.
    ///   - ordinal: Its number among the session's distinct lines, from 1.
    ///   - original: Its bytes.
    mutating func read(
        _ tree: JSONValue, ordinal: Int, original: Span<UInt8>, into output: inout LineOutput
    ) {
        output.emitMain(.importLine, branch: EventDraft.mainBranch, onBehalf: Self.client) { data in
            data.member("line", ordinal)
            data.original(original)
        }
        var waiting: [(node: JSONValue, parent: String?)] = []
        if let prompt = tree["prompt"], prompt.object != nil { waiting.append((prompt, nil)) }
        var number = 0
        while let (node, parent) = waiting.popLast() {
            number += 1
            let named = node["message_id"]?.string.flatMap {
                EnvelopeName.isValid($0) ? $0 : nil
            }
            let id = named ?? "line-\(ordinal)-\(number)"
            if branches[id] == nil { add(node, id, below: parent, into: &output) }
            // The best is taken next, and with it all that follows it.
            for reply in Self.ranked(node["replies"]).reversed() { waiting.append((reply, id)) }
        }
    }

    /// Answers by their rank; those that have none behind the others, as they stand.
    private static func ranked(_ replies: JSONValue?) -> [JSONValue] {
        (replies?.array ?? []).filter { $0.object != nil }.enumerated()
            .sorted { left, right in
                let ranks = (left.element["rank"]?.integer, right.element["rank"]?.integer)
                return (ranks.0 ?? .max, left.offset) < (ranks.1 ?? .max, right.offset)
            }.map(\.element)
    }

    private mutating func add(
        _ node: JSONValue, _ id: String, below parent: String?, into output: inout LineOutput
    ) {
        let branch = enter(below: parent, into: &output)
        branches[id] = branch
        heads[branch] = id
        let isAnswer = node["role"]?.string == "assistant"
        let model = isAnswer ? node["model_name"]?.string : nil
        let speaker = isAnswer ? model.map { "model:\($0)" } ?? "assistant" : "user"
        output.emit(.messageAppended, branch: branch, onBehalf: speaker) { data in
            data.member("message", id)
            data.id("parent", parent)
            data.member("role", isAnswer ? "assistant" : "user")
            data.array("parts") { parts in
                parts.element { part in
                    part.member("type", "text")
                    part.member("text", node["text"]?.string ?? "")
                }
            }
            data.member("model", ifPresent: model)
        }
        guard let rank = node["rank"]?.integer else { return }
        output.emit(.annotationAdded, branch: branch, onBehalf: Self.client) { data in
            data.object("target") { $0.member("message", id) }
            data.member("name", "rank")
            data.member("value", rank)
        }
    }

    /// The branch on which a message goes on: that of the message it answers, as long as nothing
    /// else has answered there.
    private mutating func enter(below parent: String?, into output: inout LineOutput) -> String {
        let above = parent.flatMap { branches[$0] } ?? EventDraft.mainBranch
        if heads[above] == parent { return above }
        forkCount += 1
        let name = "fork-\(forkCount)"
        output.emit(.branchCreated, branch: name, onBehalf: Self.client) { data in
            data.member("branch", name)
            data.id("from", parent)
            data.member("type", "fork")
            data.member("parent_branch", above)
        }
        return name
    }
}
