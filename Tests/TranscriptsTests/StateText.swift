import SessionJournal

@testable import Transcripts

/// What a session says, in a form in which two of them can be compared: messages by their places, so
/// that neither ids nor numbers of events matter.
enum StateText {
    static func of(_ journal: Journal, _ session: SessionID, withModels: Bool = true) async throws
        -> [String]
    {
        let state = try await journal.state(of: session)
        var lines: [String] = []
        var places: [String: Int] = [:]
        for (place, message) in state.tree.messages.enumerated() {
            places[message.id] = place
            let parent = message.parent.flatMap { state.tree.messageBefore($0) }
            var words = [
                "\(parent.flatMap { places[$0.id] } ?? -1)", message.branch,
                message.role?.rawValue ?? "-", message.synthetic ?? "-",
                JSONValue.array(message.parts().map { Self.plain($0).json }).description,
            ]
            if withModels {
                words += [message.model ?? "-", message.usage()?.description ?? "-"]
            }
            lines.append(words.joined(separator: " "))
        }
        for branch in state.tree.branches {
            let head = branch.head.flatMap { state.tree.messageBefore($0) }
            lines.append(
                "\(branch.name) \(branch.type.rawValue) \(head.flatMap { places[$0.id] } ?? -1)")
        }
        for call in state.tree.toolCalls() {
            lines.append("\(call.call) \(call.name ?? "-") \(call.status.rawValue)")
        }
        lines.append("current \(state.tree.currentBranch)")
        lines.append("name \(state.metadata()["name"] ?? .null)")
        return lines
    }

    /// A result that did not fail is one that nobody called a failure.
    private static func plain(_ part: Part) -> Part {
        guard case .toolResult(var result) = part, result.isError == false else { return part }
        result.isError = nil
        return .toolResult(result)
    }
}
