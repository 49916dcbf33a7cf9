internal import Synchronization

/// A file that is followed, as those who import it see it.
struct SourceFile: Sendable {
    /// The number by which it is followed; a file that takes another's place has another one.
    let id: Int
    /// The folder that is followed.
    var root: String
    /// The path below it.
    var path: String
    /// Whether it was named itself, and not found in a folder.
    var isGiven: Bool
    /// The file, held open; nil where as many are as may be.
    var open: OpenFile?

    var fullPath: String { root == "/" ? "/" + path : root + "/" + path }
}

/// What became of a file that was followed.
enum SourceChange: String, Sendable {
    /// It has no name any more.
    case deleted
    /// It was moved out of the folders that are followed.
    case moved
    /// It became shorter.
    case truncated
    /// Other bytes stand in the place of those that were there.
    case rewritten
    /// Another file has its name.
    case replaced
}

/// Something to be imported.
struct SourceJob: Sendable {
    enum Work: Sendable {
        /// Read the file from its start.
        case read
        /// The next bytes of a file of lines.
        case bytes([UInt8])
        /// Nothing more came for a moment: what is held back is complete for now.
        case quiet
        /// Nothing more came for longer: what the file is made of is worth an event.
        case settle
        /// The whole of a file that is rewritten rather than appended to; nil to read it.
        case whole([UInt8]?)
        /// The file is no more what it was. All that could be read of it came before.
        case ended(SourceChange)
        /// The file has this name now, and had another.
        case renamed(from: String)
        /// Something cannot be followed, and why.
        case unreadable(String)
        /// All files that were there at the beginning have been handed over.
        case caughtUp
    }

    var file: SourceFile
    var work: Work

    /// What it takes of memory, in bytes.
    var size: Int {
        switch work {
        case .bytes(let bytes): bytes.count
        case .whole(let bytes): bytes?.count ?? 0
        default: 0
        }
    }
}

/// How a file is followed, as importing it has shown.
enum SourceMode: Sendable, Hashable {
    /// It is being read from its start.
    case reading
    /// Lines are appended to it.
    case lines
    /// The journal has it as it was; should it change, it is read from its start.
    case known
    /// It is read as a whole each time.
    case whole
    /// It is nothing that this version reads, as it is now.
    case ignored
}

/// What importing a file has shown.
struct SourceReply: Sendable {
    let id: Int
    let mode: SourceMode
    /// How much of the file was read, in bytes; nil where that does not change.
    var offset: UInt64?
    /// The last bytes before that.
    var tail: [UInt8] = []
}

/// Between the thread that sees files change and the task that imports them.
final class SourceInbox: Sendable {
    private struct State {
        var live: [SourceJob] = []
        var liveIndex = 0
        /// Files that were there at the beginning, the first one last.
        var initial: [SourceJob] = []
        var replies: [SourceReply] = []
        var heldSize = 0
        var hasEnded = false
        var isStopping = false
        var failure: (any Error)?
        var waiter: CheckedContinuation<Void, Never>?
        var wakeCount = 0
    }

    private let state = Mutex(State())

    /// How much may wait to be imported before no more is read, in bytes.
    static let sizeLimit = 32 << 20

    // MARK: The thread that sees files change

    /// Hands over files that were there at the beginning, in order.
    func begin(with jobs: [SourceJob]) {
        wake { $0.initial = jobs.reversed() }
    }

    /// Hands over something that comes before files that were there at the beginning.
    func post(_ job: SourceJob) {
        wake { state in
            // What was there at the beginning is read before what became of it.
            if let index = state.initial.firstIndex(where: {
                if case .caughtUp = $0.work { false } else { $0.file.id == job.file.id }
            }) {
                state.live.append(state.initial.remove(at: index))
            }
            state.live.append(job)
            state.heldSize += job.size
        }
    }

    /// Nothing more comes; files that were there at the beginning and that nobody has looked at stay
    /// for the next time, unless all of them are wanted.
    func end(droppingRest: Bool, failure: (any Error)? = nil) {
        wake { state in
            if droppingRest { state.initial = [] }
            state.hasEnded = true
            state.failure = failure
        }
    }

    /// What importing has shown since the last time.
    func takeReplies() -> [SourceReply] {
        state.withLock { state in
            defer { state.replies = [] }
            return state.replies
        }
    }

    /// Whether as much waits to be imported as may.
    var isFull: Bool { state.withLock { $0.heldSize >= Self.sizeLimit } }

    /// Whether somebody wants it to end.
    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Counts that the thread had something to do.
    func countWake() { state.withLock { $0.wakeCount += 1 } }

    // MARK: The task that imports

    /// The next thing to import, as soon as there is one; nil at the end.
    func next() async throws -> SourceJob? {
        while true {
            let (job, hasEnded, failure) = state.withLock {
                state -> (SourceJob?, Bool, (any Error)?) in
                if state.liveIndex < state.live.count {
                    let job = state.live[state.liveIndex]
                    // The bytes are the taker's alone.
                    state.live[state.liveIndex].work = .quiet
                    state.liveIndex += 1
                    if state.liveIndex == state.live.count || state.liveIndex > 1_024 {
                        state.live.removeFirst(state.liveIndex)
                        state.liveIndex = 0
                    }
                    return (job, false, nil)
                }
                if let job = state.initial.popLast() { return (job, false, nil) }
                return (nil, state.hasEnded, state.failure)
            }
            if let job { return job }
            if let failure { throw failure }
            if hasEnded { return nil }
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if !state.live.isEmpty || !state.initial.isEmpty || state.hasEnded {
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        }
    }

    /// Whether there is nothing to import at the moment.
    var isEmpty: Bool {
        state.withLock { $0.live.isEmpty && $0.initial.isEmpty }
    }

    /// Says that something was imported, and what that has shown.
    func reply(_ replies: [SourceReply], releasing size: Int) {
        state.withLock { state in
            state.replies += replies
            state.heldSize -= size
        }
    }

    /// Has it end.
    func stop() { state.withLock { $0.isStopping = true } }

    /// How often the thread had something to do.
    var wakeCount: Int { state.withLock { $0.wakeCount } }

    private func wake(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            change(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
