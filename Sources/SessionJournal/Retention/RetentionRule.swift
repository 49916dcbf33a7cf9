/// A rule of the one engine by which things go away: what it is about, what it does, and when.
struct RetentionRule: Sendable, Hashable {
    /// Which sessions it is about.
    struct Selector: Sendable, Hashable {
        /// That one alone.
        var session: SessionID?
        var tag: String?
        var type: String?
        var status: String?

        func matches(_ facts: SessionFacts) -> Bool {
            (session == nil || session == facts.session)
                && (tag == nil || facts.tags.contains(tag ?? ""))
                && (type == nil || type == facts.type)
                && (status == nil || status == facts.status)
        }
    }

    /// When it acts.
    enum Trigger: Sendable, Hashable {
        /// At any time, or never: what it says does not depend on the session.
        case always
        /// When the session's own deadline has passed.
        case deadline
        /// When all of these hold: so long after its last activity, and not among the last so many.
        case idle(seconds: Int64?, beyond: Int?)
        /// When its own deadline has passed, or, where it has none, so long after its last activity.
        case timeToLive(seconds: Int64?)
        /// For those that are read least lately, until so many are left.
        case leastRecentlyUsed(Int)
        /// For those that are read least often, until so many are left.
        case leastFrequentlyUsed(Int)
        /// For the largest, until all together have so many bytes.
        case largest(UInt64)
    }

    var name: String
    var selector = Selector()
    var action: RetentionAction
    var trigger: Trigger
    /// Where rules are as specific as each other the later one counts.
    var order = 0
    /// What it says of messages, for ``RetentionAction/pruneMessages``.
    var messages: MessageRule?
    var basis: String?

    /// How specific it is: one that names the session before one that names a tag, then a type, then a
    /// status; of two that are alike the one that keeps, then the later one.
    var specificity: Specificity {
        Specificity(
            parts: [
                selector.session != nil, selector.tag != nil, selector.type != nil,
                selector.status != nil, action == .keep,
            ].map { $0 ? 1 : 0 } + [order])
    }

    struct Specificity: Comparable {
        var parts: [Int]

        static func < (left: Specificity, right: Specificity) -> Bool {
            left.parts.lexicographicallyPrecedes(right.parts)
        }
    }
}

extension RetentionRule {
    /// The rule that every session has of its own: it is overdue when its deadline has passed, which its
    /// `ttl` says or what it was extended to.
    static func ownDeadline(of session: SessionID) -> RetentionRule {
        RetentionRule(
            name: ownDeadlineName, selector: Selector(session: session), action: .expire,
            trigger: .deadline)
    }

    static let ownDeadlineName = "its own deadline"

    /// The rule of a policy.
    init(_ policy: RetentionPolicy, order: Int) {
        name = policy.name
        action = policy.action
        selector = Selector(tag: policy.tag, type: policy.type, status: policy.status)
        self.order = order
        basis = policy.basis
        switch policy.action {
        case .keep: trigger = .always
        case .pruneMessages:
            trigger = .always
            messages = .old(seconds: policy.ageSeconds, beyond: policy.count)
        case .expire, .archive, .prune, .erase:
            trigger = .idle(seconds: policy.ageSeconds, beyond: policy.count)
        }
    }

    /// What its event says of its limits.
    var limits: JSONObject {
        var limits: JSONObject = [:]
        switch trigger {
        case .always, .deadline: break
        case .idle(let seconds, let count):
            limits["age"] = seconds.map { .integer($0) }
            limits["count"] = count.map { JSONValue($0) }
        case .timeToLive(let seconds): limits["ttl"] = seconds.map { .integer($0) } ?? .null
        case .leastRecentlyUsed(let count), .leastFrequentlyUsed(let count):
            limits["sessions"] = JSONValue(count)
        case .largest(let bytes): limits["bytes"] = JSONValue(bytes)
        }
        return limits
    }
}
