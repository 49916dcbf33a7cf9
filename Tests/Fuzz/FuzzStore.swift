import Dispatch
import JournalTestKit
import SegmentLog
import SessionJournal
import Synchronization

/// A small journal of which one file is replaced by hostile bytes.
enum FuzzStore {
    /// The files of the journal, by what they are.
    struct Files: Sendable {
        var journal: (path: String, bytes: [UInt8])
        var sealed: (path: String, bytes: [UInt8])
        var active: (path: String, bytes: [UInt8])
        var all: [String: [UInt8]]
    }

    static let files: Files = {
        guard let store = waiting({ try await DamagedStore.made() }) else {
            preconditionFailure("the journal cannot be made")
        }
        let segments = store.files.keys.filter { $0.contains("/segments/") }.sorted()
        let marker = DamagedStore.path + "/JOURNAL"
        return Files(
            journal: (marker, store.files[marker] ?? []),
            sealed: (segments[0], store.files[segments[0]] ?? []),
            active: (segments[1], store.files[segments[1]] ?? []), all: store.files)
    }()

    static func run(segment bytes: [UInt8], isSealed: Bool) {
        let disk = made(without: isSealed ? files.sealed.path : files.active.path)
        disk.place(bytes, at: isSealed ? files.sealed.path : files.active.path)
        open(disk)
    }

    static func run(journalFile bytes: [UInt8]) {
        let disk = made(without: files.journal.path)
        disk.place(bytes, at: files.journal.path)
        open(disk)
    }

    private static func made(without path: String) -> SimulatedDisk {
        let disk = SimulatedDisk()
        for (other, bytes) in files.all where other != path { disk.place(bytes, at: other) }
        return disk
    }

    /// Reads everything forwards and by session, verifies, and lets a writer recover and append.
    private static func open(_ disk: SimulatedDisk) {
        waiting {
            let options = CrashWorkload(seed: 1, stepCount: 0).options(disk, opening: 9)
            if let reader = try? await Journal.open(
                readingAt: DamagedStore.path, options: options)
            {
                _ = try? await reader.store.all()
                for number: UInt64 in 1...2 {
                    _ = try? await reader.store.read(ReadQuery(session: Drafts.session(number)))
                }
                _ = try? await reader.store.session(forKey: "one")
                _ = try? await reader.store.treeHead(at: nil)
                _ = try? await reader.verify()
                try? await reader.close()
            }
            if let writer = try? await Journal.open(at: DamagedStore.path, options: options) {
                _ = try? await writer.store.append(
                    [Drafts.note("more", id: "a")], to: Drafts.session(1))
                try? await writer.seal()
                try? await writer.close()
            }
        }
    }

    /// Runs something asynchronous to its end on this thread's time.
    @discardableResult
    private static func waiting<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) -> Value? {
        let answer = Answer<Value>()
        let done = DispatchSemaphore(value: 0)
        Task {
            answer.set(try? await body())
            done.signal()
        }
        done.wait()
        return answer.get()
    }
}

/// A value that one task sets and another reads.
private final class Answer<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func set(_ new: Value?) { value.withLock { $0 = new } }
    func get() -> Value? { value.withLock { $0 } }
}
