import Dispatch
import JournalTestKit
import SegmentLog
import Synchronization

@testable import SessionJournal

/// An observer that keeps what it is told.
final class KeepingObserver: JournalObserver {
    private let kept = Mutex<[ObservedOperation]>([])

    func observe(_ operation: ObservedOperation) { kept.withLock { $0.append(operation) } }

    var operations: [ObservedOperation] { kept.withLock { $0 } }

    func all(_ operation: JournalOperation) -> [ObservedOperation] {
        operations.filter { $0.operation == operation }
    }
}

/// A log that keeps its entries.
final class KeepingLog: JournalLog {
    let levels: JournalLogLevels
    private let kept = Mutex<[JournalLogEntry]>([])

    init(_ levels: JournalLogLevels) { self.levels = levels }

    func write(_ entry: JournalLogEntry) { kept.withLock { $0.append(entry) } }

    var entries: [JournalLogEntry] { kept.withLock { $0 } }

    func all(_ message: String) -> [JournalLogEntry] { entries.filter { $0.message == message } }
}

/// A simulated disk whose syncs wait while its gate is shut.
struct GatedDisk: FileSystem {
    let base = SimulatedDisk()
    private let gate = Gate()

    private final class Gate: Sendable {
        let isShut = Mutex(false)
        let waiting = DispatchSemaphore(value: 0)
        let opened = DispatchSemaphore(value: 0)

        func pass() {
            guard isShut.withLock({ $0 }) else { return }
            waiting.signal()
            opened.wait()
        }
    }

    func shut() { gate.isShut.withLock { $0 = true } }

    /// Lets the one who waits pass, and all after it.
    func open() {
        gate.isShut.withLock { $0 = false }
        gate.opened.signal()
    }

    /// Returns when somebody waits.
    func awaitWaiting() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                gate.waiting.wait()
                continuation.resume()
            }
        }
    }

    private final class GatedFile: File {
        let base: any File
        let gate: Gate

        init(_ base: any File, _ gate: Gate) {
            self.base = base
            self.gate = gate
        }

        func read(_ count: Int, at offset: Int) throws(Errno) -> [UInt8] {
            try base.read(count, at: offset)
        }
        func readUncached(_ count: Int, at offset: Int) throws(Errno) -> [UInt8]? {
            try base.readUncached(count, at: offset)
        }
        func write(_ bytes: Span<UInt8>, at offset: Int) throws(Errno) {
            try base.write(bytes, at: offset)
        }
        func sync() throws(Errno) {
            gate.pass()
            try base.sync()
        }
        func size() throws(Errno) -> Int { try base.size() }
        func truncate(to size: Int) throws(Errno) { try base.truncate(to: size) }
        func identity() throws(Errno) -> UInt64 { try base.identity() }
    }

    func open(_ path: String, _ mode: OpenMode) throws(Errno) -> any File {
        GatedFile(try base.open(path, mode), gate)
    }
    func names(in directory: String) throws(Errno) -> [String] { try base.names(in: directory) }
    func status(of path: String) throws(Errno) -> FileStatus? { try base.status(of: path) }
    func makeDirectory(_ path: String) throws(Errno) { try base.makeDirectory(path) }
    func rename(_ source: String, to target: String) throws(Errno) {
        try base.rename(source, to: target)
    }
    func remove(_ path: String) throws(Errno) { try base.remove(path) }
    func syncDirectory(_ path: String) throws(Errno) { try base.syncDirectory(path) }
    func lock(_ path: String) throws(Errno) -> (any FileLock)? { try base.lock(path) }
    func isLocked(_ path: String) throws(Errno) -> Bool { try base.isLocked(path) }
}
