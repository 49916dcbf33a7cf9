internal import SegmentLog
internal import Synchronization

/// Keeps projections of a journal up to date, and puts their states away, so that the next start
/// goes on where the last one ended.
///
/// ```swift
/// let host = try ProjectionHost(journal)
/// let words = try await host.add(WordCount())
/// try await host.catchUp()
/// print(words.state)
/// ```
///
/// A projection that throws stands still, and nothing else does: the others go on, and its
/// ``ProjectionStatus/failure`` says why. Its state is what the throwing left of it, until it is
/// rebuilt. A state is put away in `snapshots/` of the journal's
/// directory, which is a cache: another version of the rules, another history or a damaged file
/// means that the projection is folded from its first event again.
public final class ProjectionHost: Sendable {
    /// The journal.
    public let journal: Journal

    private let folder: CheckpointFolder?
    private let interval: UInt64
    private let seats = Mutex<[any ProjectionSeat]>([])
    private let isAtWork = Mutex(false)
    /// Of the states: see ``Journal/derivation``.
    private let epoch = Mutex<UInt64>(0)

    /// How many events are folded between two checkpoints.
    public static let standardInterval: UInt64 = 100_000

    /// Hosts projections of a journal.
    ///
    /// - Parameters:
    ///   - journal: The journal, open for writing or reading.
    ///   - directory: Where states are put away; nil for `snapshots/` of a journal in files, and for
    ///     nowhere with any other store. Nothing is put away of a journal whose encrypted sessions
    ///     are opened.
    ///   - interval: How many events are folded between two checkpoints.
    public init(
        _ journal: Journal, directory: String? = nil,
        interval: UInt64 = ProjectionHost.standardInterval
    ) {
        self.journal = journal
        self.interval = max(1, interval)
        epoch.withLock { $0 = journal.derivation.withLock { $0 } }
        let own = journal.place.map { $0.directory + "/snapshots" }
        folder = (directory ?? own).map {
            CheckpointFolder(path: $0, fileSystem: journal.options.fileSystem)
        }
    }

    /// Takes a projection in, with the state that was put away for it, if that is of use.
    ///
    /// Cost: one reading of its checkpoint, and of one event.
    ///
    /// - Returns: The handle by which its state is read.
    /// - Throws: ``JournalError/Code/invalidArgument`` for a name that is taken, or that is no file
    ///   name: letters, digits, dots, `-` and `_`, at most 128 of them.
    public func add<Fold: CheckpointedProjection>(
        _ projection: Fold
    ) async throws -> ProjectionHandle<Fold> {
        guard Self.isFileName(Fold.name) else {
            throw JournalError(
                .invalidArgument,
                "\"\(Fold.name)\" is no name for a projection; use letters, digits, dots, - and _")
        }
        let seat = Seat(projection)
        // One that was put away without the keys knows less than there is to be known here.
        if !journal.opensEncrypted, let checkpoint = folder?.read(Fold.name),
            checkpoint.version == Fold.version, try await fits(checkpoint),
            let state = try? projection.decode(checkpoint.state)
        {
            seat.begin(with: state, behind: checkpoint)
        }
        let isNew = seats.withLock { seats in
            guard !seats.contains(where: { $0.status.name == Fold.name }) else { return false }
            seats.append(seat)
            return true
        }
        guard isNew else {
            throw JournalError(
                .invalidArgument, "there is a projection \"\(Fold.name)\" here already")
        }
        return ProjectionHandle(seat: seat)
    }

    private static func isFileName(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// Whether the event behind which a state was put away is the one that stands there.
    private func fits(_ checkpoint: ProjectionCheckpoint) async throws -> Bool {
        guard checkpoint.sequence > 0, checkpoint.sequence <= (try await journal.lastSequence())
        else { return false }
        return (try? await journal.event(at: checkpoint.sequence))??.digest == checkpoint.digest
    }

    /// How far each projection is, in the order in which they came.
    public var statuses: [ProjectionStatus] { seats.withLock { $0 }.map(\.status) }

    /// Folds what the projections have not seen, in one reading for all, and puts their states away.
    ///
    /// Cost: a reading from the event behind which the first of them stands.
    ///
    /// - Parameters:
    ///   - damage: What to do where events are lost.
    ///   - progress: Called now and then with events folded and events to fold.
    /// - Throws: ``JournalError/Code/damaged``, and what the store throws. A projection that throws is
    ///   noted in its status, and ends nothing. A call beside another one is refused with
    ///   ``JournalError/Code/conflict``.
    public func catchUp(
        damage: Journal.DamagePolicy = .fail, progress: ((OperationProgress) -> Void)? = nil
    ) async throws {
        try begin()
        defer { end() }
        try await fold(through: try await journal.lastSequence(), damage, progress)
        putAway()
    }

    /// Catches up, and goes on with what is appended until the task is cancelled or the journal is
    /// closed; then puts the states away.
    public func follow(damage: Journal.DamagePolicy = .fail) async throws {
        try begin()
        defer {
            putAway()
            end()
        }
        try await fold(through: try await journal.lastSequence(), damage, nil)
        putAway()
        var last = try await journal.lastSequence()
        if let next = seats.withLock({ $0 }).compactMap(\.next).min() { last = min(last, next - 1) }
        var count: UInt64 = 0
        for try await event in journal.follow(after: last, damage: damage) {
            if event.kind == .erasureFinished {
                try await fold(through: event.sequence, damage, nil)
            }
            for seat in seats.withLock({ $0 }) { seat.take(event) }
            count += 1
            if count.isMultiple(of: interval) { putAway() }
        }
    }

    /// Forgets what a projection has folded, and its checkpoint: the next ``catchUp(damage:progress:)``
    /// folds it from the first event. A failure is forgotten too.
    ///
    /// - Throws: ``JournalError/Code/invalidArgument`` where there is none of the name, or what the
    ///   disk says.
    public func rebuild(_ name: String) throws {
        guard let seat = seats.withLock({ $0 }).first(where: { $0.status.name == name }) else {
            throw JournalError(.invalidArgument, "there is no projection \"\(name)\" here")
        }
        try begin()
        defer { end() }
        try folder?.remove(name)
        seat.beginAgain()
    }

    private func begin() throws(JournalError) {
        let isFree = isAtWork.withLock { isAtWork in
            defer { isAtWork = true }
            return !isAtWork
        }
        guard isFree else {
            throw JournalError(.conflict, "these projections are being folded already")
        }
    }

    private func end() { isAtWork.withLock { $0 = false } }

    private func fold(
        through last: UInt64, _ damage: Journal.DamagePolicy,
        _ progress: ((OperationProgress) -> Void)?
    ) async throws {
        try await forgetErased(through: last)
        let seats = seats.withLock { $0 }
        guard let first = seats.compactMap(\.next).min(), first <= last else { return }
        let total = last - first + 1
        var count: UInt64 = 0
        for try await event in journal.events(from: first, through: last, damage: damage) {
            for seat in seats { seat.take(event) }
            count += 1
            if count.isMultiple(of: 1_000) {
                progress?(OperationProgress(bytesDone: count, bytesTotal: total))
            }
            if count.isMultiple(of: interval) { putAway() }
        }
        progress?(OperationProgress(bytesDone: total, bytesTotal: total))
    }

    /// Forgets states that were folded before something was erased: they are folded anew, without it.
    private func forgetErased(through last: UInt64) async throws {
        let current = journal.derivation.withLock { $0 }
        let seats = seats.withLock { $0 }
        var erasure: UInt64 = 0
        if let first = seats.compactMap(\.next).min(), first > 1, first <= last {
            for try await event in journal.events(
                from: first, through: last, session: .journal, kinds: [.erasureFinished],
                damage: .skip)
            {
                erasure = event.sequence
            }
        }
        for seat in seats where 1..<max(1, erasure) ~= seat.status.sequence {
            try folder?.remove(seat.status.name)
            seat.beginAgain()
        }
        epoch.withLock { $0 = current }
    }

    /// States that have changed. What cannot be written is noted, and tried again.
    private func putAway() {
        // A state of what is decrypted here is put away nowhere. Asked now, for the first encrypted
        // session may have come since.
        guard let folder, !journal.opensEncrypted else { return }
        let epoch = epoch.withLock { $0 }
        journal.derivation.withLock { current in
            // What was folded before an erasure must not stand on the disk behind it.
            guard current == epoch else { return }
            for seat in seats.withLock({ $0 }) { seat.putAway(in: folder) }
        }
    }
}

/// Reads the state of a projection in a ``ProjectionHost``.
public struct ProjectionHandle<Fold: CheckpointedProjection>: Sendable {
    fileprivate let seat: Seat<Fold>

    /// The state behind the last event that was folded. Cost: a copy of the value.
    public var state: Fold.State { seat.state }

    /// How far it is.
    public var status: ProjectionStatus { seat.status }
}

/// A projection and its state, whatever they are.
private protocol ProjectionSeat: AnyObject, Sendable {
    var status: ProjectionStatus { get }
    /// The next event that it wants; nil for one that has failed.
    var next: UInt64? { get }
    func take(_ event: Event)
    func beginAgain()
    func putAway(in folder: CheckpointFolder)
}

private final class Seat<Fold: CheckpointedProjection>: ProjectionSeat {
    private struct Place {
        var state: Fold.State
        var sequence: UInt64 = 0
        /// The last event that was folded; nil where that was before the state was put away.
        var last: Event?
        var checkpointSequence: UInt64 = 0
        var failure: (any Error)?
        var checkpointFailure: (any Error)?
    }

    private let projection: Fold
    private let place: Mutex<Place>

    init(_ projection: Fold) {
        self.projection = projection
        place = Mutex(Place(state: projection.initialState()))
    }

    func begin(with state: Fold.State, behind checkpoint: ProjectionCheckpoint) {
        place.withLock { place in
            place.state = state
            place.sequence = checkpoint.sequence
            place.checkpointSequence = checkpoint.sequence
        }
    }

    func beginAgain() {
        place.withLock { $0 = Place(state: projection.initialState()) }
    }

    var state: Fold.State { place.withLock { $0.state } }

    var status: ProjectionStatus {
        place.withLock { place in
            ProjectionStatus(
                name: Fold.name, version: Fold.version, sequence: place.sequence,
                checkpointSequence: place.checkpointSequence, failure: place.failure,
                checkpointFailure: place.checkpointFailure)
        }
    }

    var next: UInt64? { place.withLock { $0.failure == nil ? $0.sequence + 1 : nil } }

    func take(_ event: Event) {
        place.withLock { place in
            guard place.failure == nil, event.sequence > place.sequence else { return }
            do {
                try projection.apply(event, to: &place.state)
                place.sequence = event.sequence
                place.last = event
            } catch {
                // The state may be half changed: it is folded anew when it is rebuilt.
                place.failure = error
            }
        }
    }

    func putAway(in folder: CheckpointFolder) {
        let due = place.withLock { place in
            place.failure == nil && place.sequence > place.checkpointSequence
                ? (place.state, place.last) : nil
        }
        guard let (state, last) = due, let last else { return }
        do {
            try folder.write(
                ProjectionCheckpoint(
                    name: Fold.name, version: Fold.version, sequence: last.sequence,
                    digest: last.digest, state: projection.encode(state)))
            place.withLock { place in
                place.checkpointSequence = last.sequence
                place.checkpointFailure = nil
            }
        } catch {
            place.withLock { $0.checkpointFailure = error }
        }
    }
}
