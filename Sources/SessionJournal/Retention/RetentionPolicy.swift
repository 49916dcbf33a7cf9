/// What a rule does with what it is about.
public enum RetentionAction: String, Sendable, Hashable, CaseIterable {
    /// Nothing: rules that are less specific do not touch it.
    case keep
    /// Ends the session as expired.
    case expire
    /// Archives the session.
    case archive
    /// Puts messages of the session out of sight.
    case pruneMessages = "prune_messages"
    /// Puts the session out of sight.
    case prune
    /// Erases what the session says, for good.
    case erase

    /// What it is called where people read.
    public var words: String { rawValue.split(separator: "_").joined(separator: " ") }
}

/// A declared rule of retention: which sessions it is about, when it acts, and what it does then.
///
/// ```swift
/// var policy = RetentionPolicy("old-chats", .archive)
/// policy.type = "dm"
/// policy.ageSeconds = 90 * 86_400
/// try await ada.setRetention(policy, reason: "nobody reads them")
/// ```
public struct RetentionPolicy: Sendable, Hashable {
    /// Its name; another policy of the same name takes its place.
    public var name: String

    /// What it does.
    public var action: RetentionAction

    /// Sessions of this `type`, or of this `category` where they have no type; nil for any.
    public var type: String?

    /// Sessions that have this tag; nil for any.
    public var tag: String?

    /// Sessions of this `status`; nil for any.
    public var status: String?

    /// How long after the last activity it acts, in seconds. For ``RetentionAction/pruneMessages``: after
    /// the message was said, unless the message has a `ttl` of its own. Nil for any time.
    public var ageSeconds: Int64?

    /// How many stay: of the sessions that it governs those that were active last, of the messages of a
    /// session the last ones of each branch. Nil for none.
    public var count: Int?

    /// The legal basis, for ``RetentionAction/erase``; it stays in the journal.
    public var basis: String?

    /// A policy about all sessions, that acts at once.
    public init(_ name: String, _ action: RetentionAction) {
        self.name = name
        self.action = action
    }

    /// The longest name and selector, in bytes.
    static let nameLimit = 200

    /// Says what makes no sense.
    ///
    /// - Throws: ``JournalError/Code/invalidArgument``.
    func check() throws(JournalError) {
        for text in [name, type, tag, status].compactMap({ $0 }) {
            guard !text.isEmpty, text.utf8.count <= Self.nameLimit else {
                throw JournalError(
                    .invalidArgument,
                    "names in a policy have 1 to \(Self.nameLimit) bytes, not \(text.utf8.count)")
            }
        }
        guard ageSeconds ?? 0 >= 0, count ?? 0 >= 0 else {
            throw JournalError(.invalidArgument, "age and count of a policy are 0 or more")
        }
        let hasCondition = ageSeconds != nil || count != nil
        guard hasCondition != (action == .keep) else {
            throw JournalError(
                .invalidArgument,
                action == .keep
                    ? "the policy \"\(name)\" keeps always; leave out age and count"
                    : "the policy \"\(name)\" needs an age or a count, or it would take all at once"
            )
        }
        guard (basis != nil) == (action == .erase), basis != "" else {
            throw JournalError(
                .invalidArgument,
                action == .erase
                    ? "a policy that erases names its legal basis, such as \"GDPR 5(1)(e)\""
                    : "only a policy that erases has a legal basis")
        }
    }
}

extension RetentionPolicy {
    /// What `retain --json` prints of it, and its event holds.
    public var json: JSONValue { .object(object) }

    var object: JSONObject {
        var object: JSONObject = ["policy": .string(name)]
        object["type"] = type.map { .string($0) }
        object["tag"] = tag.map { .string($0) }
        object["status"] = status.map { .string($0) }
        object["age"] = ageSeconds.map { .integer($0) }
        object["count"] = count.map { JSONValue($0) }
        object["action"] = .string(action.rawValue)
        object["basis"] = basis.map { .string($0) }
        return object
    }

    /// The policy that an event's data sets; nil where it makes no sense.
    init?(_ json: JSONValue) {
        guard let name = json["policy"]?.string,
            let action = json["action"]?.string.flatMap({ RetentionAction(rawValue: $0) })
        else { return nil }
        self.init(name, action)
        type = json["type"]?.string
        tag = json["tag"]?.string
        status = json["status"]?.string
        ageSeconds = json["age"]?.integer
        count = json["count"]?.count
        basis = json["basis"]?.string
        do { try check() } catch { return nil }
    }
}

/// What a `retention.changed` event says.
struct RetentionChange: Sendable {
    let name: String
    /// Nil for one that removes the policy of that name.
    let policy: RetentionPolicy?

    init?(_ data: JSONValue) {
        guard let name = data["policy"]?.string else { return nil }
        self.name = name
        if data["removed"]?.bool == true {
            policy = nil
        } else {
            guard let policy = RetentionPolicy(data) else { return nil }
            self.policy = policy
        }
    }
}

extension Journal {
    /// The policies of retention that stand, in the order in which they were set. One that is set again
    /// under its name is a new one.
    ///
    /// Cost: what is new among the journal's own events.
    ///
    /// - Parameter point: As of when; points that are about a session mean now.
    public func retentionPolicies(at point: PointInTime = .now) async throws -> [RetentionPolicy] {
        var policies: [RetentionPolicy] = []
        for declaration in try await retentionChanges.all(in: self)
        where declaration.holds(at: point) {
            policies.removeAll { $0.name == declaration.content.name }
            if let policy = declaration.content.policy { policies.append(policy) }
        }
        return policies
    }
}

extension JournalWriter {
    /// Declares a policy of retention, in the place of the one of that name. It does nothing by itself:
    /// ``applyRetention(at:reason:)`` does.
    ///
    /// Cost: an append.
    ///
    /// - Parameters:
    ///   - policy: The policy.
    ///   - reason: Why.
    /// - Returns: The receipt; nil where the same policy stands already.
    /// - Throws: ``JournalError/Code/invalidArgument`` where it makes no sense.
    @discardableResult
    public func setRetention(
        _ policy: RetentionPolicy, reason: String? = nil
    ) async throws -> AppendReceipt? {
        try policy.check()
        guard try await !journal.retentionPolicies().contains(policy) else { return nil }
        return try await append(
            EventDraft(
                .retentionChanged, branch: nil, data: EventData(policy.object), reason: reason),
            to: .journal)
    }

    /// Removes a policy of retention.
    ///
    /// Cost: an append.
    ///
    /// - Parameters:
    ///   - name: The policy's name.
    ///   - reason: Why.
    /// - Throws: ``JournalError/Code/invalidArgument`` where no policy has that name.
    @discardableResult
    public func removeRetention(
        _ name: String, reason: String? = nil
    ) async throws -> AppendReceipt {
        let names = try await journal.retentionPolicies().map(\.name)
        guard names.contains(name) else {
            throw JournalError(
                .invalidArgument,
                names.isEmpty
                    ? "there is no policy \"\(name)\", nor any other"
                    : "there is no policy \"\(name)\"; there are \(names.joined(separator: ", "))")
        }
        return try await append(
            EventDraft(
                .retentionChanged, branch: nil,
                data: ["policy": .string(name), "removed": true], reason: reason),
            to: .journal)
    }
}
