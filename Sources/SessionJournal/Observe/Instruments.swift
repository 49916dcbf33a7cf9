internal import Dispatch
internal import SegmentLog
internal import Synchronization

/// Measures what a store does, and hands it to the observer and the log of its options.
///
/// ```
/// work (any thread, also under a lock) ─▶ recorder of the operation ─▶ `metrics()`
///                                       └▶ outbox ─▶ one thread ─▶ observer, log
/// ```
///
/// Reporting never calls what belongs to somebody else, so that it may be done anywhere. The outbox
/// exists only where there is an observer or a log, and is bounded.
final class Instruments: Sendable {
    /// Adds up one kind of operation.
    private final class Recorder: Sendable {
        let state = Mutex(JournalMetrics.Operation())
    }

    private enum Letter {
        case operation(ObservedOperation)
        case entry(JournalLogEntry)
    }

    private struct Outbox {
        var letters: [Letter] = []
        var isDelivering = false
        var lost: UInt64 = 0
    }

    /// How long letters gather: a thread that is woken for every one of them would take more from
    /// an append than everything else here.
    private static let delay = DispatchTimeInterval.milliseconds(50)

    private let observer: (any JournalObserver)?
    private let log: (any JournalLog)?
    let levels: JournalLogLevels
    private let slowSync: Duration
    private let recorders = JournalOperation.allCases.map { _ in Recorder() }
    private let outbox = Mutex(Outbox())
    /// Letters that the observer or the log has not yet taken, those under way included.
    private let untaken = Atomic<Int>(0)
    private let queue = DispatchQueue(label: "sjournal.observe")
    /// Places of damage that the log has named.
    private let namedDamage = Mutex(Set<JournalHole>())

    init(_ options: JournalOptions) {
        observer = options.observer
        log = options.log
        levels = options.log?.levels ?? JournalLogLevels(nil)
        slowSync = options.slowSync
    }

    // MARK: Measuring

    /// When something began, and the trace it belongs to.
    struct Start {
        fileprivate var time: UInt64
        fileprivate var traceID: String?
    }

    /// Begins to measure. Cost: a look at the clock.
    func begin() -> Start {
        Start(time: MonotonicTime.now(), traceID: isWatched ? Journal.traceID : nil)
    }

    /// Whether anybody wants to be told.
    private var isWatched: Bool { observer != nil || log != nil }

    /// What an operation was about, beside its duration.
    struct Subject {
        var session: SessionID?
        var bytes = 0
        var events = 0
        var lastSequence: UInt64?
        var traceID: String?
    }

    /// Takes note of an operation that has ended. What it was about beside numbers is asked for only
    /// where somebody wants to know.
    func end(
        _ start: Start, _ operation: JournalOperation, bytes: Int = 0, events: Int = 0,
        error: (any Error)? = nil, _ subject: () -> Subject = { Subject() }
    ) {
        let duration = MonotonicTime.now() - start.time
        record(
            operation, nanoseconds: duration, bytes: bytes, events: events, error: error)
        guard isWatched else { return }
        let subject = subject()
        let observed = ObservedOperation(
            operation, session: subject.session, duration: .nanoseconds(Int64(clamping: duration)),
            bytes: bytes, events: events, lastSequence: subject.lastSequence,
            outcome: Self.outcome(error), traceID: start.traceID ?? subject.traceID)
        post(observed)
    }

    /// Takes note of what the segment log has done.
    func take(_ activity: LogActivity) {
        let operation = JournalOperation(activity.kind)
        let error = activity.error.map { JournalError($0) }
        record(
            operation, nanoseconds: activity.duration, bytes: activity.bytes,
            events: activity.events, error: error)
        guard isWatched else { return }
        let observed = ObservedOperation(
            operation, duration: .nanoseconds(Int64(clamping: activity.duration)),
            bytes: activity.bytes, events: activity.events, outcome: Self.outcome(error),
            file: activity.file)
        post(observed)
        if operation == .sync, observed.duration >= slowSync { write(.slowSync(observed)) }
    }

    private static func outcome(_ error: (any Error)?) -> ObservedOperation.Outcome {
        switch error {
        case nil: .succeeded
        case is CancellationError: .cancelled
        case let error as JournalError: .failed(error)
        case let error?: .failed(JournalError(.internalError, "\(type(of: error))", cause: error))
        }
    }

    private func record(
        _ operation: JournalOperation, nanoseconds: UInt64, bytes: Int, events: Int,
        error: (any Error)?
    ) {
        recorders[operation.position].state.withLock { state in
            state.count += 1
            if let error, !(error is CancellationError) { state.failures += 1 }
            state.bytes &+= UInt64(max(0, bytes))
            state.events &+= UInt64(max(0, events))
            state.latency.record(nanoseconds: nanoseconds)
        }
    }

    /// What was recorded so far, without where the store stands.
    var metrics: JournalMetrics {
        var metrics = JournalMetrics()
        for operation in JournalOperation.allCases {
            let recorded = recorders[operation.position].state.withLock { $0 }
            if recorded.count > 0 { metrics.operations[operation] = recorded }
        }
        metrics.unobserved = outbox.withLock { $0.lost }
        return metrics
    }

    // MARK: Telling

    private func post(_ operation: ObservedOperation) {
        if observer != nil { post(.operation(operation)) }
        if log != nil { write(JournalLogEntry.Source(operation)) }
    }

    /// Writes an entry, where its level is wanted.
    func write(_ source: @autoclosure () -> JournalLogEntry.Source?) {
        guard log != nil, let source = source(), levels.admits(source.level, source.category)
        else { return }
        post(.entry(source.entry()))
    }

    /// Writes an entry for each place of damage that the log has not named yet.
    func writeDamage(_ holes: [JournalHole]) {
        guard log != nil, !holes.isEmpty else { return }
        let fresh = namedDamage.withLock { named in holes.filter { named.insert($0).inserted } }
        for hole in fresh { write(.damage(hole)) }
    }

    private func post(_ letter: Letter) {
        let mustDeliver = outbox.withLock { outbox -> Bool in
            guard untaken.load(ordering: .relaxed) < JournalLimits.observedBacklog else {
                outbox.lost += 1
                return false
            }
            untaken.wrappingAdd(1, ordering: .relaxed)
            outbox.letters.append(letter)
            defer { outbox.isDelivering = true }
            return !outbox.isDelivering
        }
        if mustDeliver { queue.asyncAfter(deadline: .now() + Self.delay) { self.deliver() } }
    }

    private func deliver() {
        while true {
            let letters = outbox.withLock { outbox -> [Letter] in
                defer { outbox.letters = [] }
                if outbox.letters.isEmpty { outbox.isDelivering = false }
                return outbox.letters
            }
            guard !letters.isEmpty else { return }
            for letter in letters {
                switch letter {
                case .operation(let operation): observer?.observe(operation)
                case .entry(let entry): log?.write(entry)
                }
                untaken.wrappingSubtract(1, ordering: .relaxed)
            }
        }
    }

    /// Waits until the observer and the log have taken everything, unless they take too long. Must
    /// be called on a thread that may block.
    func flush() {
        guard isWatched else { return }
        let done = DispatchSemaphore(value: 0)
        queue.async {
            self.deliver()
            done.signal()
        }
        let patience = JournalLimits.observerPatience.components.seconds
        _ = done.wait(timeout: .now() + .seconds(Int(patience)))
    }
}

extension JournalOperation {
    /// Its place in `allCases`, without a search.
    fileprivate var position: Int {
        switch self {
        case .append: 0
        case .commit: 1
        case .sync: 2
        case .rotate: 3
        case .seal: 4
        case .recompress: 5
        case .recover: 6
        case .read: 7
        case .open: 8
        case .close: 9
        case .verify: 10
        case .refresh: 11
        case .evict: 12
        case .backup: 13
        case .restore: 14
        case .repair: 15
        case .expire: 16
        case .retain: 17
        case .prune: 18
        case .compact: 19
        case .snapshot: 20
        case .task: 21
        case .maintain: 22
        }
    }

    init(_ kind: LogActivity.Kind) {
        self =
            switch kind {
            case .commit: .commit
            case .sync: .sync
            case .rotate: .rotate
            case .seal: .seal
            case .recompress: .recompress
            case .recover: .recover
            case .refresh: .refresh
            case .evict: .evict
            }
    }
}
