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

    /// The footer of the sealed segment.
    static let footer: [UInt8] = {
        let bytes = files.sealed.bytes
        let size = (try? Footer.size(fromTrailer: bytes.span)) ?? 0
        return Array(bytes.suffix(size))
    }()

    /// The frames of the sealed segment with another footer.
    static func run(footer bytes: [UInt8]) {
        run(segment: files.sealed.bytes.dropLast(footer.count) + bytes, isSealed: true)
    }

    /// Files of any name beside those of the journal: what they hold is the active segment's, the
    /// sealed one's, or nothing, by the name's length.
    static func run(names bytes: [UInt8]) {
        let disk = SimulatedDisk()
        for (path, bytes) in files.all { disk.place(bytes, at: path) }
        let contents = [files.active.bytes, files.sealed.bytes, []]
        for line in bytes.split(separator: 0x0A).prefix(8) {
            let name = String(decoding: line, as: UTF8.self)
            guard !name.contains("/"), !name.isEmpty, name != ".", name != ".." else { continue }
            let folder = name.hasSuffix(".torn") ? "quarantine" : "segments"
            disk.place(
                contents[name.utf8.count % contents.count],
                at: "\(DamagedStore.path)/\(folder)/\(name)")
        }
        open(disk)
    }

    // MARK: A journal with an index

    /// A journal of so many sealed segments that a file of `index/` stands for them.
    static let indexed: (path: String, bytes: [UInt8], all: [String: [UInt8]]) = {
        let disk = SimulatedDisk()
        let made = waiting { () async throws -> Bool in
            let options = CrashWorkload(seed: 1, stepCount: 0).options(disk, opening: 0)
            let journal = try await Journal.create(at: DamagedStore.path, options: options)
            for number: UInt64 in 1...3 {
                try await journal.store.create(number, key: "key \(number)")
            }
            for number: UInt64 in 0..<17 {
                try await journal.store.append(
                    [Drafts.note("\(number)", id: "id \(number)")],
                    to: Drafts.session(number % 3 + 1))
                try await journal.seal()
            }
            try await journal.close()
            return true
        }
        let index = disk.files.keys.first { $0.contains("/index/") }
        guard made != nil, let index else { preconditionFailure("the journal has no index") }
        return (index, disk.files[index] ?? [], disk.files)
    }()

    /// Asks for sessions, keys and ids that an index file answers for, and lets a writer build on it.
    static func run(index bytes: [UInt8]) {
        let disk = SimulatedDisk()
        for (path, known) in indexed.all {
            disk.place(path == indexed.path ? bytes : known, at: path)
        }
        waiting {
            let options = CrashWorkload(seed: 1, stepCount: 0).options(disk, opening: 9)
            guard
                let writer = try? await Journal.open(at: DamagedStore.path, options: options)
            else { return }
            for number: UInt64 in 1...4 {
                _ = try? await writer.store.head(of: Drafts.session(number))
                _ = try? await writer.store.read(ReadQuery(session: Drafts.session(number)))
                _ = try? await writer.store.session(forKey: "key \(number)")
            }
            _ = try? await writer.store.heads(from: Drafts.session(0), limit: 2)
            _ = try? await writer.store.append(
                [Drafts.note("more", id: "id 3")], to: Drafts.session(1))
            try? await writer.close()
        }
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
}

/// Runs something asynchronous to its end on this thread's time.
@discardableResult
func waiting<Value: Sendable>(
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

/// A value that one task sets and another reads.
private final class Answer<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func set(_ new: Value?) { value.withLock { $0 = new } }
    func get() -> Value? { value.withLock { $0 } }
}
