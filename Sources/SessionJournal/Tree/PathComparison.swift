/// Two ways through a conversation beside each other, compared by what was said: messages are the
/// same where role and parts are, whatever their ids.
public struct PathComparison: Sendable {
    /// One step of the two ways.
    public enum Step: Sendable {
        /// Both say this, each in a message of its own or in the same one.
        case both(Message, Message)
        /// The first alone says this.
        case left(Message)
        /// The second alone says this.
        case right(Message)
    }

    /// The steps in order; where the two differ, those of the first stand before those of the
    /// second.
    public let steps: [Step]

    /// Whether both say the same.
    public var isSame: Bool {
        steps.allSatisfy { if case .both = $0 { true } else { false } }
    }

    /// Compares two ways. Cost: the messages' parts; and the number of messages times the number of
    /// differences.
    public init(_ left: ConversationTree.Path, _ right: ConversationTree.Path) {
        let said = left.messages.map { Said($0) }
        let answered = right.messages.map { Said($0) }
        let difference = answered.difference(from: said)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var steps: [Step] = []
        var leftPlace = 0
        var rightPlace = 0
        while leftPlace < said.count || rightPlace < answered.count {
            if removed.contains(leftPlace) {
                steps.append(.left(left.messages[leftPlace]))
                leftPlace += 1
            } else if inserted.contains(rightPlace) {
                steps.append(.right(right.messages[rightPlace]))
                rightPlace += 1
            } else {
                steps.append(.both(left.messages[leftPlace], right.messages[rightPlace]))
                leftPlace += 1
                rightPlace += 1
            }
        }
        self.steps = steps
    }

    /// What a message says. One whose content is withheld or compacted says the same as itself alone.
    private struct Said: Hashable {
        let role: Role?
        let content: [JSONValue]?
        let withheld: String?

        init(_ message: Message) {
            role = message.role
            content = message.content()
            withheld = message.isWithheld || message.isCompacted ? message.id : nil
        }
    }
}

extension ConversationTree {
    /// Compares two branches by what is said on them, from the root to the head; nil where the
    /// session lacks one of them.
    public func comparison(of left: String, and right: String) -> PathComparison? {
        guard let left = path(ofBranch: left), let right = path(ofBranch: right) else { return nil }
        return PathComparison(left, right)
    }
}
