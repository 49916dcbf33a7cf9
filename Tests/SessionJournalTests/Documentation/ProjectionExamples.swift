import SessionJournal

/// Tool calls that have begun and not ended: what an agent is at, or has lost sight of.
struct OpenCalls: Projection {
    static let name = "org.example.open-calls"
    static let version = 1

    func initialState() -> [String: String] { [:] }

    func apply(_ event: Event, to state: inout [String: String]) throws {
        guard let call = (try? event.data())?["call"]?.string else { return }
        switch event.kind {
        case .toolStarted: state[call] = try event.data()["name"]?.string ?? ""
        case .toolFinished: state[call] = nil
        default: break
        }
    }
}

/// How often each actor changed metadata, of one session or of all.
struct ChangesByActor: Projection {
    static let name = "org.example.changes-by-actor"
    static let version = 1

    func initialState() -> [String: Int] { [:] }

    func apply(_ event: Event, to state: inout [String: Int]) throws {
        // An entry line, whose content was erased, has no actor.
        guard event.kind == .sessionMetadataChanged, let actor = event.actor else { return }
        state[actor, default: 0] += 1
    }
}

/// Messages by role.
struct RoleCount: CheckpointedProjection {
    static let name = "org.example.roles"
    static let version = 1

    func initialState() -> [String: Int] { [:] }

    func apply(_ event: Event, to state: inout [String: Int]) throws {
        guard event.kind == .messageAppended, let data = try? event.data() else { return }
        state[data["role"]?.string ?? "unknown", default: 0] += 1
    }

    func encode(_ state: [String: Int]) throws -> [UInt8] {
        var object: JSONObject = [:]
        for (role, count) in state.sorted(by: { $0.key < $1.key }) {
            object[role] = JSONValue(count)
        }
        return Array(JSONValue.object(object).description.utf8)
    }

    func decode(_ bytes: [UInt8]) throws -> [String: Int] {
        let object = try JSONValue(parsing: bytes.span).object ?? [:]
        var state: [String: Int] = [:]
        for member in object { state[member.name] = Int(member.value.integer ?? 0) }
        return state
    }
}

/// The examples of "Your own projections".
func projectionExamples(
    _ journal: Journal, _ session: SessionID
) async throws -> (open: [String: String], changes: [String: Int], roles: [String: Int]) {
    let open = try await journal.fold(OpenCalls(), over: session, at: .back(1))
    let changes = try await journal.fold(ChangesByActor())
    let host = ProjectionHost(journal)
    let roles = try await host.add(RoleCount())
    try await host.catchUp()
    if let failure = roles.status.failure { throw failure }
    return (open, changes, roles.state)
}
