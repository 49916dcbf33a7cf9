internal import Synchronization
internal import TransparencyLog

/// Goes through the states that crashes can leave, and counts those that differ.
///
/// Each workload runs once on a disk that keeps every moment. At each moment the power fails, with
/// several survivals; what is left is opened and held against the oracle. While it is opened the
/// power fails again at each moment, and again while that is opened. A state is the hash of every
/// byte and name that certainly survives; one that was met before is not opened again, and must have
/// held what is asked of it now.
package final class CrashExplorer: Sendable {
    package struct Limits: Sendable {
        /// Distinct states after which no new workload is begun and no state opened.
        package var states: Int
        /// Random survivals of each moment of a workload, of each sector size.
        package var survivals = 4
        /// Of how many states one is crashed in its recovery, at depth 1 and at depth 2.
        package var strides = [1, 3]
        /// Of how many states one gets its appends again and is verified.
        package var deepStride = 6
        /// Workloads that run side by side.
        package var width = 2

        package init(states: Int) { self.states = states }
    }

    package struct Summary: Sendable {
        /// Distinct states, by how often the power had failed.
        package var statesByDepth = [0, 0, 0]
        /// Power cuts, those that led to a known state among them.
        package var cuts = 0
        package var workloads = 0
        package var violations: [String] = []

        package var states: Int { statesByDepth.reduce(0, +) }
    }

    /// The first half of a disk's hash: enough to tell states apart.
    private struct Key: Hashable {
        var high: UInt64
        var low: UInt64
    }

    private struct Progress {
        var summary = Summary()
        var known: [Key: CrashOracle.Recovered] = [:]
        var nextSeed: UInt64
    }

    private static let maximumDepth = 3
    private static let violationLimit = 20

    private let limits: Limits
    private let keys: CrashWorkload.Keys?
    private let progress: Mutex<Progress>

    /// - Parameters:
    ///   - firstSeed: That of the first workload.
    ///   - limits: When it ends, and how thorough it is.
    ///   - keys: The keys of an opening, where every workload is to have encrypted sessions; nil for
    ///     some workloads with toy keys.
    package init(firstSeed: UInt64, limits: Limits, keys: CrashWorkload.Keys? = nil) {
        self.limits = limits
        self.keys = keys
        progress = Mutex(Progress(nextSeed: firstSeed))
    }

    /// Explores until enough distinct states were met, or too much went wrong.
    package func run() async -> Summary {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<limits.width {
                group.addTask {
                    while let seed = self.nextSeed() { await self.explore(seed: seed) }
                }
            }
        }
        return progress.withLock { $0.summary }
    }

    private var isDone: Bool {
        progress.withLock {
            $0.summary.states >= limits.states
                || $0.summary.violations.count >= Self.violationLimit
        }
    }

    private func nextSeed() -> UInt64? {
        guard !isDone else { return nil }
        return progress.withLock { progress in
            progress.summary.workloads += 1
            progress.nextSeed += 1
            return progress.nextSeed - 1
        }
    }

    private func violate(_ path: CrashPath, _ error: any Error) {
        progress.withLock { $0.summary.violations.append("\(path) \(error)") }
    }

    // MARK: One workload

    private func explore(seed: UInt64) async {
        guard let play = await Play.made(seed: seed, keys) else {
            return violate(CrashPath(seed: seed), CrashViolation("it fails undisturbed"))
        }
        for (index, moment) in play.moments.enumerated() {
            var survivals: [SimulatedDisk.Survival] = [.nothing, .everything]
            for number in 0..<limits.survivals {
                let own = UInt64(index * limits.survivals + number)
                survivals.append(.some(sectorSize: 512, seed: own))
                survivals.append(.some(sectorSize: 4_096, seed: own))
            }
            for survival in survivals {
                if isDone { return }
                let state = CrashState(
                    disk: moment.powerCut(survival),
                    required: play.history.acknowledged(at: moment.changeCount),
                    mustExist: play.history.createdAt.map { $0 <= moment.changeCount } ?? false,
                    path: CrashPath(seed: seed).adding(index, survival))
                await visit(state, play.oracle)
            }
        }
    }

    private func visit(_ state: CrashState, _ oracle: CrashOracle) async {
        let key = Self.key(of: state.disk)
        let (known, count) = progress.withLock { progress in
            progress.summary.cuts += 1
            return (progress.known[key], progress.summary.cuts)
        }
        do {
            if let known { return try state.compare(known) }
            let depth = state.path.crashes.count
            if depth < Self.maximumDepth { state.disk.keepMoments() }
            let recovered = try await oracle.check(
                state.disk, required: state.required, mustExist: state.mustExist,
                opening: 100 + depth,
                isDeep: count % limits.deepStride == 0)
            try state.compare(recovered)
            let number = progress.withLock { progress in
                progress.known[key] = recovered
                progress.summary.statesByDepth[depth - 1] += 1
                return progress.summary.statesByDepth[depth - 1]
            }
            guard depth < Self.maximumDepth, number % limits.strides[depth - 1] == 0 else { return }
            for next in state.crashes(in: recovered) where !isDone { await visit(next, oracle) }
        } catch {
            violate(state.path, error)
        }
    }

    private static func key(of disk: SimulatedDisk) -> Key {
        let bytes = disk.imageHash.bytes
        func word(_ start: Int) -> UInt64 {
            bytes[start..<(start + 8)].reduce(0) { $0 << 8 | UInt64($1) }
        }
        return Key(high: word(0), low: word(8))
    }

    // MARK: One state again

    /// Goes one path again; throws what is wrong where it ends or on the way.
    package static func replay(_ path: CrashPath) async throws {
        guard let play = await Play.made(seed: path.seed, nil), let first = path.crashes.first,
            play.moments.indices.contains(first.moment)
        else { throw CrashViolation("there is no such workload or moment") }
        let moment = play.moments[first.moment]
        var state = CrashState(
            disk: moment.powerCut(first.survival),
            required: play.history.acknowledged(at: moment.changeCount),
            mustExist: play.history.createdAt.map { $0 <= moment.changeCount } ?? false,
            path: CrashPath(seed: path.seed).adding(first.moment, first.survival))
        for next in path.crashes.dropFirst() {
            state.disk.keepMoments()
            let recovered = try await play.oracle.check(
                state.disk, required: state.required, mustExist: state.mustExist, opening: 100,
                isDeep: false)
            try state.compare(recovered)
            guard let after = state.crash(next.moment, next.survival, in: recovered) else {
                throw CrashViolation("there is no moment \(next.moment) in the recovery")
            }
            state = after
        }
        let recovered = try await play.oracle.check(
            state.disk, required: state.required, mustExist: state.mustExist, opening: 100,
            isDeep: true)
        try state.compare(recovered)
    }
}

/// A workload that ran undisturbed, with every moment of its disk.
private struct Play: Sendable {
    var moments: [SimulatedDisk.Moment]
    var history: CrashHistory
    var oracle: CrashOracle

    static func made(seed: UInt64, _ keys: CrashWorkload.Keys?) async -> Play? {
        // Every third workload has an operator, and every third encrypts.
        var keys = keys
        if keys == nil, seed % 3 == 1 { keys = { ToyKeys.keys(opening: $0) } }
        let workload = CrashWorkload(
            seed: seed, hasOperator: keys == nil && seed % 3 == 0, keys: keys)
        let disk = SimulatedDisk()
        disk.keepMoments()
        let history = await workload.run(on: disk)
        guard history.failure == nil, history.violations.isEmpty,
            let truth = try? await CrashTruth.read(disk.clone(), workload)
        else { return nil }
        return Play(
            moments: disk.moments, history: history,
            oracle: CrashOracle(workload: workload, history: history, truth: truth))
    }
}

/// What a crash has left, and what is asked of it.
private struct CrashState: Sendable {
    var disk: SimulatedDisk
    /// How many batches must be there.
    var required: Int
    var mustExist: Bool
    /// How many events must be there, where opening had come to its end.
    var events: Int?
    var path: CrashPath

    func compare(_ recovered: CrashOracle.Recovered) throws {
        guard recovered.batches >= required else {
            throw CrashViolation("\(recovered.batches) batches are there, not \(required)")
        }
        if let events, events != recovered.events {
            throw CrashViolation("\(events) events, and \(recovered.events) after opening again")
        }
    }

    /// The states that crashes leave while this one is opened: at each moment nothing is kept, or
    /// all, or one random choice, in turn.
    func crashes(in recovered: CrashOracle.Recovered) -> [CrashState] {
        var states: [CrashState] = []
        for (index, moment) in disk.moments.enumerated().dropFirst()
        where moment.changeCount <= recovered.openedAt {
            let seed = UInt64(states.count + 7 * path.crashes.count)
            let survival: SimulatedDisk.Survival =
                switch (index + path.crashes[0].moment) % 4 {
                case 0: .nothing
                case 1: .everything
                case 2: .some(sectorSize: 512, seed: seed)
                default: .some(sectorSize: 4_096, seed: seed)
                }
            if let state = crash(index, survival, in: recovered) { states.append(state) }
        }
        return states
    }

    func crash(
        _ index: Int, _ survival: SimulatedDisk.Survival, in recovered: CrashOracle.Recovered
    ) -> CrashState? {
        let moments = disk.moments
        guard moments.indices.contains(index) else { return nil }
        let isOpen = moments[index].changeCount == recovered.openedAt
        return CrashState(
            disk: moments[index].powerCut(survival),
            required: isOpen ? recovered.batches : required,
            mustExist: isOpen || mustExist, events: isOpen ? recovered.events : nil,
            path: path.adding(index, survival))
    }
}
