/// A predicate that `bisect` knows by itself.
public enum BisectCondition: Sendable, Hashable {
    /// The metadata field has this value.
    case field(String, JSONValue)
    /// A message's text, thought, tool call or tool result holds this text, letter for letter.
    case contains(String)
    /// There are at least so many messages.
    case messages(Int)
    /// A tool call has failed.
    case toolError

    /// Whether it is true of a state, on a branch or in the whole session when nil. Of a branch that
    /// is not there it is not true.
    ///
    /// - Complexity: the messages; their content, for ``contains(_:)``.
    public func verdict(of state: BisectState, branch: String? = nil) -> BisectVerdict {
        holds(for: state, branch) ? .bad : .good
    }

    private func holds(for state: BisectState, _ branch: String?) -> Bool {
        let tree = state.session.tree
        if let branch, tree.branch(branch) == nil { return false }
        switch self {
        case .field(let name, let value):
            let metadata = state.session.metadata(on: branch ?? EventDraft.mainBranch)
            return metadata[name] == value
        case .messages(let count): return messages(of: tree, branch).count >= count
        case .toolError: return state.toolErrorCount > 0
        case .contains(let text):
            return messages(of: tree, branch).contains { message in
                message.content()?.contains { Self.holds(text, in: $0) } ?? false
            }
        }
    }

    private func messages(of tree: ConversationTree, _ branch: String?) -> [Message] {
        guard let branch else { return Array(tree.messages) }
        return tree.path(ofBranch: branch)?.messages ?? []
    }

    /// Whether a string somewhere in a value holds a text.
    private static func holds(_ text: String, in value: JSONValue) -> Bool {
        switch value {
        case .string(let string): string.contains(text)
        case .array(let elements): elements.contains { holds(text, in: $0) }
        case .object(let object): object.members.contains { holds(text, in: $0.value) }
        default: false
        }
    }
}
