internal import Synchronization
internal import SessionJournal

/// A network between clients and a ``SimulatedCluster``, in a time of its own that passes only when
/// something is sent or waited for. The same seed gives the same weather.
///
/// Requests and replies are lost, come late (long after their sender gave up), come twice and overtake
/// each other; the server fails in the middle of its work.
package final class SimulatedNetwork: Sendable {
    /// How often things go wrong, each between 0 and 1.
    package struct Weather: Sendable {
        package var loss = 0.0
        package var duplication = 0.0
        package var lateness = 0.0
        package var crashes = 0.0

        package static let calm = Weather()
        /// Whoever sends often enough gets through.
        package static let rough = Weather(
            loss: 0.08, duplication: 0.1, lateness: 0.05, crashes: 0.01)
        /// Many never learn what became of what they sent.
        package static let storm = Weather(
            loss: 0.35, duplication: 0.2, lateness: 0.25, crashes: 0.06)
    }

    typealias Work =
        @Sendable (
            inout SimulatedCluster, _ now: Int64, _ crash: SimulatedCluster.CrashPoint?
        ) -> Result<any Sendable, RemoteFault>

    fileprivate enum Message {
        case request(client: Int, number: Int, Work)
        case reply(client: Int, number: Int, Result<any Sendable, RemoteFault>)
    }

    fileprivate struct Underway {
        var time: Int64
        var message: Message
    }

    fileprivate struct Sleeper {
        var deadline: Int64
        var continuation: CheckedContinuation<Void, any Error>
    }

    fileprivate struct State {
        var random: SeededGenerator
        var weather: Weather
        var cluster: SimulatedCluster
        var now: Int64 = 0
        var callCount = 0
        var underway: [Underway] = []
        var partitioned: Set<Int> = []
        /// The generation of the server that each client is connected to.
        var connections: [Int: Int] = [:]
        var sleepers: [Int: Sleeper] = [:]
        var sleeperCount = 0
        var interlude: (@Sendable (_ client: Int) async -> Void)?
    }

    private let state: Mutex<State>

    /// How long a client waits for an answer, in microseconds.
    private static let patience: Int64 = 1_000_000

    package init(seed: UInt64, weather: Weather, defect: SimulatedCluster.Defect? = nil) {
        state = Mutex(
            State(
                random: SeededGenerator(seed: seed), weather: weather,
                cluster: SimulatedCluster(defect: defect)))
    }

    /// What the server that serves has on its disk, seen past the network.
    package var truth: SimulatedCluster.Node { state.withLock { $0.cluster.server } }
    package var failoverCount: Int { state.withLock { $0.cluster.failoverCount } }

    package func set(_ weather: Weather) { state.withLock { $0.weather = weather } }

    /// Cuts a client off, or connects it again. What is on its way stays on its way.
    package func setPartitioned(_ client: Int, _ isPartitioned: Bool) {
        state.withLock { state in
            if isPartitioned {
                state.partitioned.insert(client)
            } else {
                state.partitioned.remove(client)
            }
        }
    }

    /// Makes the server fail now, and its replica or itself serve soon after.
    package func crash(failsOver: Bool) {
        state.withLock { state in
            state.cluster.crash(at: state.now, downtime: 100_000, failsOver: failsOver)
        }
    }

    /// What happens elsewhere while a client's request is on its way, once. That client waits until it
    /// is over, so that nothing in it may wait for that client.
    package func setInterlude(_ body: (@Sendable (_ client: Int) async -> Void)?) {
        state.withLock { $0.interlude = body }
    }

    func playInterlude(of client: Int) async {
        let interlude = state.withLock { state in
            defer { state.interlude = nil }
            return state.interlude
        }
        await interlude?(client)
    }

    // MARK: Time

    /// Lets time pass: what is on its way arrives.
    package func advance(_ duration: Duration) {
        state.withLock { state in
            let end = state.now + duration.microseconds
            while let next = state.pop(before: end) { _ = state.deliver(next) }
            state.now = end
        }
        wakeSleepers()
    }

    /// Waits until so much time has passed, which this alone does not bring about.
    package func idle(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.sleeperCount += 1
            return state.sleeperCount
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.sleepers[id] = Sleeper(
                        deadline: state.now + duration.microseconds, continuation: continuation)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private func wakeSleepers() {
        let due = state.withLock { state in
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    // MARK: Calls

    /// Sends a request and waits for its answer, for a while.
    func call<Answer: Sendable>(
        from client: Int,
        _ work:
            @escaping @Sendable (
                inout SimulatedCluster, _ now: Int64, _ crash: SimulatedCluster.CrashPoint?
            ) throws(RemoteFault) -> Answer
    ) throws(RemoteFault) -> Answer {
        let erased: Work = { cluster, now, crash in
            do throws(RemoteFault) {
                return .success(try work(&cluster, now, crash))
            } catch {
                return .failure(error)
            }
        }
        let result = state.withLock { $0.exchange(client, erased, patience: Self.patience) }
        wakeSleepers()
        guard let answer = try result.get() as? Answer else { throw .noAnswer }
        return answer
    }
}

extension SimulatedNetwork.State {
    private mutating func happens(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }

    /// The times at which the copies of a message arrive: none where it is lost.
    private mutating func arrivals() -> [Int64] {
        var copies = happens(weather.loss) ? 0 : 1
        if happens(weather.duplication) { copies += 1 }
        return (0..<copies).map { _ in
            let isLate = happens(weather.lateness)
            // A late one comes after its sender has given up, perhaps after its lease is over.
            return now
                + (isLate
                    ? Int64.random(in: 1_000_000...90_000_000, using: &random)
                    : Int64.random(in: 200...3_000, using: &random))
        }
    }

    fileprivate mutating func exchange(
        _ client: Int, _ work: @escaping SimulatedNetwork.Work, patience: Int64
    ) -> Result<any Sendable, RemoteFault> {
        callCount += 1
        let number = callCount
        let deadline = now + patience
        if partitioned.contains(client) {
            // Some connections are refused, some hang.
            if happens(0.5) { return .failure(.unreachable) }
            while let next = pop(before: deadline) { _ = deliver(next) }
            now = deadline
            return .failure(.noAnswer)
        }
        if let known = connections[client], known != cluster.generation {
            // The connection died with the server; the next call makes another one.
            connections[client] = nil
            now += 1_000
            return .failure(.unreachable)
        }
        connections[client] = cluster.generation
        for time in arrivals() {
            underway.append(
                .init(time: time, message: .request(client: client, number: number, work)))
        }
        while let next = pop(before: deadline) {
            guard case .reply(client, number, let result)? = deliver(next) else { continue }
            return result
        }
        now = deadline
        return .failure(.noAnswer)
    }

    /// What arrives next, up to a time.
    fileprivate mutating func pop(before end: Int64) -> SimulatedNetwork.Underway? {
        guard let index = underway.indices.min(by: { underway[$0].time < underway[$1].time }),
            underway[index].time <= end
        else { return nil }
        now = max(now, underway[index].time)
        return underway.remove(at: index)
    }

    /// Lets a message arrive. A reply is for whoever waits for it; one that nobody waits for any more
    /// is thrown away.
    fileprivate mutating func deliver(
        _ arrived: SimulatedNetwork.Underway
    ) -> SimulatedNetwork.Message? {
        guard case .request(let client, let number, let work) = arrived.message else {
            return arrived.message
        }
        guard !cluster.isDown(at: now) else { return nil }
        let crash =
            happens(weather.crashes)
            ? SimulatedCluster.CrashPoint.allCases.randomElement(using: &random) : nil
        let result = work(&cluster, now, crash)
        if crash != nil {
            cluster.crash(
                at: now, downtime: Int64.random(in: 1_000...3_000_000, using: &random),
                failsOver: Bool.random(using: &random))
            return nil
        }
        for time in arrivals() {
            underway.append(
                .init(time: time, message: .reply(client: client, number: number, result)))
        }
        return nil
    }
}
