/// Who may do what in a journal, as its own events say: roles that were given, and the policy.
///
/// A fold of the events `access.*` of `@journal`. A journal without such events enforces nothing:
/// whoever has its files may do everything. The rules bind what is done through ``JournalWriter`` and
/// what is asked by way of ``Journal/require(_:of:as:for:)``; they do not keep anybody from the files.
public struct AccessRules: Sendable, Hashable {
    /// A role that somebody has.
    public struct Grant: Sendable, Hashable {
        /// Who, such as `user:ada`; `*` is everybody.
        public let principal: String
        /// Which role.
        public let role: AccessRole
        /// The session that it is about; nil for the whole journal.
        public let session: SessionID?
        /// The event that gave it.
        public let sequence: UInt64
        /// Who gave it.
        public let grantor: String
        /// When.
        public let time: Timestamp
        /// Why.
        public let reason: String?
    }

    /// Something that one person asked for and a second one has to agree to.
    public struct Request: Sendable, Hashable {
        /// The event that asked.
        public let sequence: UInt64
        /// Who asked.
        public let principal: String
        /// What for.
        public let permission: Permission
        /// What exactly: what an approval is bound to.
        public let subject: JSONValue
        /// When it was asked for.
        public let time: Timestamp
        /// Who agreed, and by which event; nil while nobody did.
        public internal(set) var approval: Approval?
        /// The event that made use of it; nil while there is none.
        public internal(set) var use: UInt64?
    }

    /// The agreement of the second person.
    public struct Approval: Sendable, Hashable {
        /// Who agreed.
        public let principal: String
        /// The event that says so.
        public let sequence: UInt64
        /// When.
        public let time: Timestamp
    }

    /// Whether roles are asked for at all.
    public internal(set) var isEnforced = false

    /// What needs two people.
    public internal(set) var twoPersonPermissions: Set<Permission> = []

    /// Whether reading the audit trail is an event.
    public internal(set) var recordsReads = false

    /// The roles that are in force, by the events that gave them.
    public internal(set) var grants: [Grant] = []

    /// What was asked for, in order.
    public internal(set) var requests: [Request] = []

    /// How long an approval may be made use of, in seconds.
    public static let approvalSeconds: Int64 = 7 * 86_400

    /// Everybody, as a grant names it.
    public static let everybody = "*"

    init() {}

    /// The roles that somebody has, with regard to a session or to the whole journal.
    ///
    /// - Parameters:
    ///   - principal: Who.
    ///   - session: The session; nil asks for roles in the whole journal alone.
    ///   - owner: Who has that session.
    public func roles(
        of principal: String, in session: SessionID? = nil, owner: String? = nil
    ) -> Set<AccessRole> {
        var roles: Set<AccessRole> = []
        for grant in grants
        where (grant.principal == principal || grant.principal == Self.everybody)
            && (grant.session == nil || grant.session == session)
        {
            roles.insert(grant.role)
        }
        if session != nil, owner == principal { roles.insert(.owner) }
        return roles
    }

    /// Whether somebody may do something: a table look-up, and no where the table does not say yes.
    ///
    /// - Parameters:
    ///   - principal: Who.
    ///   - permission: What.
    ///   - session: In which session; nil where it is about the whole journal.
    ///   - owner: Who has that session.
    public func allows(
        _ principal: String, _ permission: Permission, in session: SessionID? = nil,
        owner: String? = nil
    ) -> Bool {
        !isEnforced
            || !permission.roles.isDisjoint(with: roles(of: principal, in: session, owner: owner))
    }

    /// Those who may change the rules, in the order in which they got the role.
    public var admins: [String] {
        var names: [String] = []
        for grant in grants where grant.role == .admin && grant.session == nil {
            if !names.contains(grant.principal) { names.append(grant.principal) }
        }
        return names
    }

    /// The request of somebody for exactly this that still can be used or approved.
    func openRequest(
        of principal: String, _ permission: Permission, _ subject: JSONValue, at now: Timestamp
    ) -> Request? {
        requests.last { request in
            request.principal == principal && request.permission == permission
                && request.subject == subject && request.use == nil && !isOver(request, at: now)
        }
    }

    /// Whether a request was approved too long ago.
    func isOver(_ request: Request, at now: Timestamp) -> Bool {
        guard let approval = request.approval else { return false }
        return approval.time.adding(seconds: Self.approvalSeconds) < now
    }
}

// MARK: - Fold

extension AccessRules {
    /// The kinds of events that change the rules or make use of them.
    static let kinds: Set<EventKind> = [
        .accessGranted, .accessRevoked, .accessPolicyChanged, .accessRequested, .accessApproved,
        .erasureRequested, .holdLifted,
    ]

    /// Takes an event of the journal's own session; passes over what makes no sense.
    mutating func apply(_ event: Event) {
        guard let data = try? event.data(), let actor = event.actor else { return }
        switch event.kind {
        case .accessGranted:
            guard let (principal, role, session) = Self.subject(of: data) else { return }
            grants.removeAll {
                $0.principal == principal && $0.role == role && $0.session == session
            }
            grants.append(
                Grant(
                    principal: principal, role: role, session: session, sequence: event.sequence,
                    grantor: actor, time: event.time, reason: event.reason))
        case .accessRevoked:
            guard let (principal, role, session) = Self.subject(of: data) else { return }
            grants.removeAll {
                $0.principal == principal && $0.role == role && $0.session == session
            }
        case .accessPolicyChanged:
            if let isEnforced = data["enforced"]?.bool { self.isEnforced = isEnforced }
            if let records = data["record_reads"]?.bool { recordsReads = records }
            if let names = data["two_person"]?.array {
                twoPersonPermissions = Set(
                    names.compactMap { $0.string.flatMap { Permission(rawValue: $0) } }
                ).intersection(Permission.twoPerson)
            }
        case .accessRequested:
            guard let name = data["permission"]?.string,
                let permission = Permission(rawValue: name),
                let subject = data["subject"]
            else { return }
            requests.append(
                Request(
                    sequence: event.sequence, principal: actor, permission: permission,
                    subject: subject, time: event.time))
        case .accessApproved:
            guard let index = index(ofRequest: data["request"]) else { return }
            guard requests[index].principal != actor, requests[index].approval == nil,
                data["permission"]?.string == requests[index].permission.rawValue
            else { return }
            requests[index].approval = Approval(
                principal: actor, sequence: event.sequence, time: event.time)
        default:
            guard let index = index(ofRequest: data["approved_request"]) else { return }
            if requests[index].use == nil { requests[index].use = event.sequence }
        }
    }

    private func index(ofRequest value: JSONValue?) -> Int? {
        guard let sequence = value?.integer else { return nil }
        return requests.lastIndex { Int64($0.sequence) == sequence }
    }

    private static func subject(of data: JSONValue) -> (String, AccessRole, SessionID?)? {
        guard let principal = data["principal"]?.string,
            let role = data["role"]?.string.flatMap({ AccessRole(rawValue: $0) })
        else { return nil }
        guard let name = data["session"]?.string else { return (principal, role, nil) }
        // An admin is one of the whole journal, and nobody has @journal.
        guard let session = SessionID(name), !session.isJournal, role != .admin else { return nil }
        return (principal, role, session)
    }
}
