import JournalTestKit
@testable import SessionJournal
import Synchronization
import Testing

/// Roles, the one table, and what becomes of those who try more.
@Suite struct AccessTests {
    /// A journal that enforces its rules, with one principal of each role and a session of Ada's.
    private struct Guarded {
        let clock = ManualClock()
        let journal: Journal
        let session: SessionID

        init() async throws {
            var options = JournalOptions()
            let clock = clock
            options.clock = { clock.tick() }
            journal = Journal.inMemory(options: options)
            let root = journal.as("user:root")
            try await root.grant(.admin, to: "user:root")
            for role in AccessRole.allCases where role != .owner && role != .admin {
                try await root.grant(role, to: "user:\(role.rawValue)")
            }
            try await root.grant(.writer, to: "user:ada", reason: "she works here")
            session = try await journal.as("user:ada").createSession(key: "chat")
            try await root.changeAccessPolicy(isEnforced: true)
        }

        /// Who has which role here.
        func principal(_ role: AccessRole) -> String {
            switch role {
            case .owner: "user:ada"
            case .admin: "user:root"
            default: "user:\(role.rawValue)"
            }
        }

        func events(_ kind: EventKind) async throws -> [Event] {
            var events: [Event] = []
            for try await event in journal.events(kinds: [kind]) { events.append(event) }
            return events
        }
    }

    /// An event of each kind that is about one thing, and what it needs.
    private static let acts: [(draft: EventDraft, isOfJournal: Bool, permission: Permission)] = [
        (EventDraft(.messageRemoved, data: ["message": "m"]), false, .write),
        (EventDraft(.annotationAdded, data: ["name": "a", "value": 1]), false, .write),
        (EventDraft("x.note", data: [:]), false, .write),
        (
            EventDraft(.sessionMetadataChanged, data: ["schema": 2, "set": ["name": "n"]]), false,
            .write
        ),
        (
            EventDraft(.sessionMetadataChanged, data: ["schema": 2, "set": ["owner": "user:eve"]]),
            false, .transfer
        ),
        (
            EventDraft(
                .sessionMetadataChanged, data: ["schema": 2, "set": ["status": "deleted"]]), false,
            .manage
        ),
        (EventDraft(.sessionDeleted), false, .manage),
        (
            EventDraft(.fieldDeclared, branch: nil, data: ["name": "mood", "type": "string"]), true,
            .declare
        ),
        (EventDraft("x.note", branch: nil, data: [:]), true, .operate),
        (
            EventDraft(
                .accessGranted, branch: nil, data: ["principal": "user:eve", "role": "admin"]),
            true, .grant
        ),
    ]

    /// Each act by each role: allowed exactly where the table says so, and every denial an event.
    @Test func everyRoleMayWhatTheTableSays() async throws {
        for role in AccessRole.allCases {
            for act in Self.acts {
                let guarded = try await Guarded()
                let who = guarded.principal(role)
                let place = act.isOfJournal ? SessionID.journal : guarded.session
                // Ada has the session, and is a writer besides.
                let roles: Set<AccessRole> =
                    role == .owner && act.isOfJournal ? [.writer] : [role]
                let isAllowed = !act.permission.roles.isDisjoint(with: roles)
                do {
                    try await guarded.journal.as(who).append([act.draft], to: place)
                    #expect(isAllowed, "\(who) could append \(act.draft.kind)")
                } catch let error as JournalError {
                    #expect(error.code == .accessDenied, "\(error)")
                    #expect(!isAllowed, "\(who) could not append \(act.draft.kind): \(error)")
                    let denied = try await guarded.events(.accessDenied)
                    #expect(denied.count == 1 && denied[0].actor == who)
                    let data = try #require(try denied.first?.data())
                    #expect(data["permission"]?.string == act.permission.rawValue)
                    #expect(data["act"]?.string == act.draft.kind.rawValue)
                    #expect(try await guarded.events(act.draft.kind).allSatisfy { $0.actor != who })
                }
            }
        }
    }

    @Test func whoIsNobodyMayNothing() async throws {
        let guarded = try await Guarded()
        let eve = guarded.journal.as("user:eve")
        for permission in Permission.allCases {
            #expect(
                try await !guarded.journal.isAllowed(
                    permission, of: guarded.session, as: "user:eve"), "\(permission)")
        }
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await eve.createSession(key: "mine")
        }
        #expect(try await guarded.journal.session(forKey: "mine") == nil)
    }

    @Test func aGrantInOneSessionIsForThatOne() async throws {
        let guarded = try await Guarded()
        let ada = guarded.journal.as("user:ada")
        let other = try await guarded.journal.as("user:writer").createSession()
        // She has her session, and may share it; the other one is not hers.
        try await ada.grant(.reader, to: "user:eve", in: guarded.session)
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await ada.grant(.reader, to: "user:eve", in: other)
        }
        let journal = guarded.journal
        #expect(try await journal.isAllowed(.read, of: guarded.session, as: "user:eve"))
        #expect(try await !journal.isAllowed(.read, of: other, as: "user:eve"))
        #expect(try await !journal.isAllowed(.read, as: "user:eve"))
        #expect(try await !journal.isAllowed(.write, of: guarded.session, as: "user:eve"))
        try await ada.revoke(.reader, from: "user:eve", in: guarded.session)
        #expect(try await !journal.isAllowed(.read, of: guarded.session, as: "user:eve"))
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await ada.grant(.admin, to: "user:eve", in: guarded.session)
        }
    }

    @Test func ownershipIsHandedOnByWhoHasIt() async throws {
        let guarded = try await Guarded()
        let journal = guarded.journal
        #expect(try await journal.owner(of: guarded.session) == "user:ada")
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await journal.as("user:writer").setMetadata(
                ["owner": "user:writer"], in: guarded.session)
        }
        try await journal.as("user:ada").setMetadata(
            ["owner": "user:bob"], in: guarded.session)
        #expect(try await journal.owner(of: guarded.session) == "user:bob")
        #expect(try await journal.isAllowed(.manage, of: guarded.session, as: "user:bob"))
        #expect(try await !journal.isAllowed(.manage, of: guarded.session, as: "user:ada"))
    }

    @Test func theLastAdminStays() async throws {
        let guarded = try await Guarded()
        let root = guarded.journal.as("user:root")
        await #expect(throws: JournalError(.conflict, "")) {
            try await root.revoke(.admin, from: "user:root")
        }
        try await root.grant(.admin, to: "user:second")
        try await guarded.journal.as("user:second").revoke(.admin, from: "user:root")
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await root.changeAccessPolicy(isEnforced: false)
        }
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await guarded.journal.as("user:second").grant(.admin, to: "*")
        }
    }

    @Test func nobodyLocksThemselvesOut() async throws {
        let journal = Journal.inMemory()
        await #expect(throws: JournalError(.conflict, "")) {
            try await journal.as("user:ada").changeAccessPolicy(isEnforced: true)
        }
        #expect(try await !journal.accessRules().isEnforced)
    }

    /// What only the journal says, nobody else can say.
    @Test func denialsCannotBeForged() async throws {
        let guarded = try await Guarded()
        for kind in [EventKind.accessDenied, .accessUsed] {
            await #expect(throws: JournalError(.accessDenied, "")) {
                try await guarded.journal.as("user:root").append(
                    EventDraft(kind, branch: nil, data: ["permission": "read", "act": "show"]),
                    to: .journal)
            }
        }
    }

    @Test func readingTheTrailIsAnEventWhereAskedFor() async throws {
        let guarded = try await Guarded()
        let journal = guarded.journal
        try await journal.require(.audit, as: "user:auditor", for: "audit")
        #expect(try await guarded.events(.accessUsed).isEmpty)
        try await journal.as("user:root").changeAccessPolicy(recordsReads: true)
        try await journal.require(.audit, of: guarded.session, as: "user:auditor", for: "audit")
        try await journal.require(.read, of: guarded.session, as: "user:auditor", for: "show")
        let used = try await guarded.events(.accessUsed)
        #expect(used.map(\.actor) == ["user:auditor"])
        #expect(
            try used.first?.data()["session"]?.string == guarded.session.hexadecimal)
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await journal.require(.audit, as: "user:reader", for: "audit")
        }
        #expect(try await guarded.events(.accessDenied).count == 1)
    }

    /// The rules of a journal of files hold for who opens it next; a reader cannot record.
    @Test func rulesAreKeptInFiles() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("journal")
        let journal = try await Journal.create(at: path)
        let root = journal.as("user:root")
        try await root.grant(.admin, to: "user:root")
        try await root.grant(.auditor, to: "user:kim")
        try await root.changeAccessPolicy(
            isEnforced: true, twoPerson: [.erase, .lift], recordsReads: true)
        let before = try await journal.lastSequence()
        try await root.changeAccessPolicy(twoPerson: [])
        try await journal.close()
        let reader = try await Journal.open(readingAt: path)
        let now = try await reader.accessRules()
        #expect(now.isEnforced && now.recordsReads && now.twoPersonPermissions.isEmpty)
        #expect(now.grants.map(\.principal) == ["user:root", "user:kim"])
        let then = try await reader.accessRules(at: .sequence(before))
        #expect(then.twoPersonPermissions == [.erase, .lift])
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await reader.require(.audit, as: "user:kim", for: "audit")
        }
        try await reader.close()
    }

    /// Batches made by hand that once gave their writer what the table does not.
    @Test func nobodyTakesWhatIsNotTheirs() async throws {
        let guarded = try await Guarded()
        let (journal, session) = (guarded.journal, guarded.session)
        let eve = journal.as("user:writer")
        func refuses(_ drafts: [EventDraft], in place: SessionID) async {
            await #expect(throws: JournalError.self, "\(drafts.map(\.kind))") {
                try await eve.append(drafts, to: place)
            }
        }
        let admin: EventData = [
            "principal": "user:writer", "role": "admin",
            "session": .string(SessionID.journal.hexadecimal),
        ]
        await refuses(
            [
                EventDraft(.sessionCreated, branch: nil, data: [:]),
                EventDraft(.accessGranted, branch: nil, data: admin),
            ], in: .journal)
        await refuses([EventDraft(.accessGranted, branch: nil, data: admin)], in: .journal)
        // A creation that is known by its id creates nothing.
        try await eve.append(
            EventDraft(.annotationAdded, data: ["name": "a", "value": 1], id: "x"), to: session)
        let mine: EventData = ["schema": 2, "set": ["owner": "user:writer"]]
        await refuses(
            [
                EventDraft(.sessionCreated, data: ["metadata": [:]], id: "x"),
                EventDraft(.sessionMetadataChanged, data: mine),
            ], in: session)
        await refuses(
            [
                EventDraft(
                    .branchMerged,
                    data: [
                        "merge": "m", "source": "main", "messages": [],
                        "set": ["owner": "user:writer"],
                    ])
            ], in: session)
        await refuses(
            [
                EventDraft(
                    .sessionMetadataChanged, data: ["schema": 2, "remove": ["owner": ["x"]]])
            ], in: session)
        await refuses(
            [
                EventDraft(
                    .sessionMetadataChanged, data: ["schema": 2, "set": ["status": "active"]])
            ],
            in: session)
        #expect(try await journal.owner(of: session) == "user:ada")
        #expect(try await journal.accessRules().admins == ["user:root"])
    }

    /// An approval that names less than what was asked for is none.
    @Test func anApprovalNamesWhatWasAskedFor() async throws {
        let guarded = try await Guarded()
        let journal = guarded.journal
        try await journal.as("user:root").changeAccessPolicy(twoPerson: [.erase])
        let officer = journal.as("user:compliance")
        let options = ErasureOptions(basis: "GDPR 17")
        await #expect(throws: JournalError(.approvalNeeded, "")) {
            try await officer.erase(.session(guarded.session), options: options)
        }
        let request = try #require(try await journal.accessRules().requests.first?.sequence)
        try await journal.as("user:root").grant(.reader, to: "user:root")
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await journal.as("user:root").append(
                EventDraft(
                    .accessApproved, branch: nil,
                    data: ["request": JSONValue(request), "permission": "operate"]), to: .journal)
        }
        #expect(try await journal.accessRules().requests.first?.approval == nil)
    }

    /// A session whose owner was erased is nobody's, and not that of somebody called so.
    @Test func anErasedOwnerIsNobody() async throws {
        let guarded = try await Guarded()
        let journal = guarded.journal
        try await journal.as("user:ada").setMetadata(["owner": "user:bob"], in: guarded.session)
        try await journal.as("user:compliance").erase(
            .actor("user:ada"), options: ErasureOptions(basis: "GDPR 17"))
        #expect(try await journal.owner(of: guarded.session) == nil)
        for who in ["erased", "user:ada", "user:bob"] {
            #expect(
                try await !journal.isAllowed(.manage, of: guarded.session, as: who), "\(who)")
        }
    }

    /// The page of the policy is damaged: what is left of the rules holds.
    @Test func rulesThatAreDamagedHold() async throws {
        let simulated = SimulatedJournal()
        let journal = try await Journal.create(
            at: SimulatedJournal.path, options: simulated.options)
        let root = journal.as("user:root")
        try await root.grant(.admin, to: "user:root")
        try await journal.seal()
        try await root.changeAccessPolicy(isEnforced: true)
        try await journal.seal()
        try await journal.close()
        let policy = try #require(simulated.segments.dropLast().last)
        let bytes = try #require(simulated.disk.bytes(of: policy))
        // Behind the frame's header of 84 bytes and the head of the LZ4 frame.
        simulated.disk.overwrite(policy, at: 110, with: [bytes[110] ^ 0x20])
        let again = try await simulated.read()
        let rules = try await again.accessRules()
        #expect(rules.isEnforced && rules.admins == ["user:root"])
        #expect(try await !again.isAllowed(.read, as: "user:eve"))
        try await again.close()
    }

    /// Who erases is asked for a second person; the approval is for this, by somebody else, once.
    @Test func twoPeopleErase() async throws {
        let guarded = try await Guarded()
        let journal = guarded.journal
        let root = journal.as("user:root")
        try await root.changeAccessPolicy(twoPerson: [.erase])
        try await root.grant(.compliance, to: "user:kim")
        let other = try await journal.as("user:writer").createSession(key: "other")
        let officer = journal.as("user:compliance")
        let options = ErasureOptions(basis: "GDPR 17(1)(b)")
        await #expect(throws: JournalError(.approvalNeeded, "")) {
            try await officer.erase(.session(guarded.session), options: options)
        }
        // Asked again, it is the same request.
        await #expect(throws: JournalError(.approvalNeeded, "")) {
            try await officer.erase(.session(guarded.session), options: options)
        }
        let requests = try await journal.accessRules().requests
        #expect(requests.map(\.principal) == ["user:compliance"])
        #expect(requests.first?.permission == .erase)
        let request = try #require(requests.first?.sequence)
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await officer.approve(request: request)
        }
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await journal.as("user:writer").approve(request: request)
        }
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await journal.as("user:kim").approve(request: request + 1)
        }
        #expect(try await journal.state(of: guarded.session).key == "chat")
        try await journal.as("user:kim").approve(request: request, reason: "checked")
        await #expect(throws: JournalError(.conflict, "")) {
            try await journal.as("user:kim").approve(request: request)
        }
        // It is for this session, and for who asked.
        await #expect(throws: JournalError(.approvalNeeded, "")) {
            try await officer.erase(.session(other), options: options)
        }
        await #expect(throws: JournalError(.approvalNeeded, "")) {
            try await journal.as("user:kim").erase(.session(guarded.session), options: options)
        }
        let certificate = try await officer.erase(.session(guarded.session), options: options)
        #expect(certificate.isFinished)
        let used = try await journal.accessRules().requests.first { $0.sequence == request }
        #expect(used?.approval?.principal == "user:kim" && used?.use != nil)
        #expect(try await journal.state(of: guarded.session).key == nil)
    }

    @Test func anApprovalGrowsOldAndHoldsNeedTwoToo() async throws {
        let guarded = try await Guarded()
        let journal = guarded.journal
        let root = journal.as("user:root")
        try await root.grant(.compliance, to: "user:kim")
        try await root.changeAccessPolicy(twoPerson: [.lift])
        let officer = journal.as("user:compliance")
        let hold = try await officer.placeHold(on: .session(guarded.session), matter: "Case 7")
        await #expect(throws: JournalError(.approvalNeeded, "")) {
            try await officer.liftHold(hold.id)
        }
        let request = try #require(try await journal.accessRules().requests.first?.sequence)
        try await journal.as("user:kim").approve(request: request)
        guarded.clock.step(microseconds: (AccessRules.approvalSeconds + 1) * 1_000_000)
        await #expect(throws: JournalError(.approvalNeeded, "")) {
            try await officer.liftHold(hold.id)
        }
        #expect(try await journal.accessRules().requests.count == 2)
        let second = try #require(try await journal.accessRules().requests.last?.sequence)
        try await journal.as("user:kim").approve(request: second)
        #expect(try await officer.liftHold(hold.id).lifting != nil)
        // It was for one lifting.
        let again = try await officer.placeHold(on: .session(guarded.session), matter: "Case 8")
        await #expect(throws: JournalError(.approvalNeeded, "")) {
            try await officer.liftHold(again.id)
        }
    }

    /// What was begun is finished, although who asked has lost the role meanwhile.
    @Test func anErasureUnderWayIsFinished() async throws {
        let guarded = try await Guarded()
        let journal = guarded.journal
        let officer = journal.as("user:compliance")
        let head = try #require(try await journal.store.head(of: guarded.session))
        try await officer.append(
            EventDraft(
                .erasureRequested, branch: nil,
                data: [
                    "erasure": "e1", "scope": "session", "basis": "GDPR 17", "count": 1,
                    "events": [[JSONValue(head.firstSequence), JSONValue(head.lastSequence)]],
                    "sessions": [.string(guarded.session.hexadecimal)],
                ]), to: .journal)
        try await journal.as("user:root").revoke(.compliance, from: "user:compliance")
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await officer.append(
                EventDraft(.erasureFinished, branch: nil, data: ["erasure": "e1"]), to: .journal)
        }
        let certificates = try await journal.resumeErasures()
        #expect(certificates.map(\.isFinished) == [true])
        #expect(try await journal.event(at: head.firstSequence)?.isWithheld == true)
    }

    /// Events that make no sense, as another version or a hand could have written them, give nobody
    /// anything.
    @Test func nonsenseGivesNothing() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        for data: EventData in [
            [:], ["principal": "user:eve"], ["principal": "user:eve", "role": "king"],
            ["principal": 7, "role": "admin"],
            ["principal": "user:eve", "role": "admin", "session": "nowhere"],
        ] {
            try await ada.append(EventDraft(.accessGranted, branch: nil, data: data), to: .journal)
        }
        try await ada.append(
            EventDraft(
                .accessApproved, branch: nil, data: ["request": 99, "permission": "operate"]),
            to: .journal)
        try await ada.append(
            EventDraft(
                .accessPolicyChanged, branch: nil,
                data: ["enforced": "yes", "two_person": ["write", "erase", 3]]), to: .journal)
        let rules = try await journal.accessRules()
        #expect(rules.grants.isEmpty && !rules.isEnforced)
        #expect(rules.twoPersonPermissions == [.erase])
        #expect(rules.requests.isEmpty)
    }

    /// The permissions of each role together are the table, and no role has all.
    @Test func theTableIsComplete() {
        for permission in Permission.allCases {
            #expect(!permission.roles.isEmpty, "\(permission)")
            #expect(!permission.meaning.isEmpty)
        }
        for role in AccessRole.allCases {
            #expect(role.permissions.count < Permission.allCases.count, "\(role)")
        }
        let changing: Set<Permission> = [
            .create, .write, .manage, .transfer, .share, .hold, .lift, .erase, .destroy, .declare,
            .operate, .grant,
        ]
        #expect(changing.isDisjoint(with: AccessRole.auditor.permissions))
        #expect(Set(AccessRole.reader.permissions) == [.read])
        #expect(!AccessRole.admin.permissions.contains(.read))
    }
}
