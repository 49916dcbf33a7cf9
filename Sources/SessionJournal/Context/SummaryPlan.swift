/// Which messages of a branch a summary is to stand for.
struct SummaryPlan {
    /// What the summariser gets.
    var request: Summariser.Request
    /// The first and the last message that the summary stands for.
    var first: Message
    var last: Message
    /// How many messages it stands for, those of earlier summaries included.
    var count: Int

    /// Plans a summary of all that a view shows but its last messages. Instructions at the beginning
    /// stay as they are, and a call of a tool stays with its results, so that more may stay than asked
    /// for; nil where nothing is left to be summarized.
    ///
    /// - Parameters:
    ///   - view: The branch as it is shown.
    ///   - keeping: How many of the last messages stay as they are.
    ///   - tree: The conversation, for the runs of tools.
    init?(_ view: ContextView, keeping: Int, _ tree: ConversationTree) {
        let all = view.messages
        let start = all.firstIndex { $0.role != .system } ?? all.count
        var end = max(start, all.count - max(0, keeping))
        var callPlaces: [String: Int] = [:]
        var spans: [(call: Int, result: Int)] = []
        for (place, message) in all.enumerated() {
            for part in message.parts() {
                switch part {
                case .toolUse(let use): callPlaces[use.call] = place
                case .toolResult(let result):
                    if let call = callPlaces[result.call] { spans.append((call, place)) }
                default: break
                }
            }
        }
        // A cut between a call and its result moves before the call; that may cut another one.
        spans.sort { $0.call > $1.call }
        for span in spans where span.call < end && span.result >= end { end = span.call }
        guard start < end else { return nil }
        let messages = Array(all[start..<end])
        let earlier = view.summaries
        let shadowed = view.shadowed
        let ids = Set(messages.map(\.id))
        last = messages[messages.count - 1]
        first =
            shadowed.first.map { $0.sequence < messages[0].sequence ? $0 : messages[0] }
            ?? messages[0]
        count = messages.count + shadowed.count
        request = Summariser.Request(
            messages: messages, earlier: earlier,
            calls: tree.toolCalls(onBranch: view.branch).filter { call in
                call.message.map(ids.contains) ?? false
            })
    }

    /// Whether a view that is later shows the same messages, and the same summaries before them.
    func holds(in view: ContextView) -> Bool {
        let ids = view.messages.map(\.id)
        guard let place = ids.firstIndex(of: request.messages[0].id) else { return false }
        return ids[place...].starts(with: request.messages.map(\.id))
            && view.summaries.map(\.sequence) == request.earlier.map(\.sequence)
    }
}
