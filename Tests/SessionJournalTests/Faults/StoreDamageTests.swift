import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// A journal with every kind of file, closed cleanly: whatever happens to its bytes is found, named
/// by file, and never served as truth.
@Suite struct StoreDamageTests {
    /// Runs checks side by side; each one makes a damaged disk from its number, or nil.
    private static func forEach(
        _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let width = 2
        try await withThrowingTaskGroup(of: Void.self) { group in
            for start in 0..<width {
                group.addTask {
                    for number in stride(from: start, to: count, by: width) {
                        try await body(number)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// The name of a file as findings say it.
    private static func name(_ path: String) -> String {
        String(path.dropFirst(DamagedStore.path.utf8.count + 1))
    }

    @Test func theStoreHasEveryKindOfFile() async throws {
        let store = try await DamagedStore.made()
        let names = store.files.keys.map(Self.name).sorted()
        #expect(names.count == 4)
        #expect(names[0] == "JOURNAL")
        #expect(names[1].hasPrefix("quarantine/"))
        #expect(names[2] == "segments/\(SegmentName.file(first: 1))")
        let answer = try await store.inspect(store.disk())
        #expect(answer.verdict == .tornTailCut && answer.findings.isEmpty)
        #expect(answer.served == (1...UInt64(store.lines.count)).map { $0 })
    }

    /// Every single bit of every file; without `SJOURNAL_FAULTS=all` some only inside runs of zeros.
    @Test func everyFlippedBitIsFoundAndNamed() async throws {
        let store = try await DamagedStore.made()
        let flips = Self.sorted(store.files).flatMap { path, bytes in
            (0..<(bytes.count * 8)).filter { Self.isWorthFlipping($0, in: bytes) }.map {
                (path, $0)
            }
        }
        #expect(flips.count > (FaultScale.isFull ? 100_000 : 5_000))
        try await Self.forEach(flips.count) { number in
            let (path, bit) = flips[number]
            let disk = store.disk()
            disk.flipBit(path, bit)
            await Self.expectDamage(
                store, disk, path, "\(path) byte \(bit / 8) bit \(bit % 8)")
        }
    }

    private static func isWorthFlipping(_ bit: Int, in bytes: [UInt8]) -> Bool {
        let around = max(0, bit / 8 - 8)..<min(bytes.count, bit / 8 + 9)
        return bit % FaultScale.stride(97) == 0 || bytes[around].contains { $0 != 0 }
    }

    private static func sorted(_ files: [String: [UInt8]]) -> [(String, [UInt8])] {
        files.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// - Parameter mayBeTorn: Whether a torn tail is an answer too: bytes at the end of the active
    ///   segment are gone with all that told of them.
    private static func expectDamage(
        _ store: DamagedStore, _ disk: SimulatedDisk, _ path: String, _ place: String,
        mayBeTorn: Bool = false
    ) async {
        do {
            let answer = try await store.inspect(disk)
            if mayBeTorn, answer.verdict == .tornTail { return }
            #expect(answer.isDetected && answer.names(name(path)), "\(place): \(answer)")
        } catch {
            Issue.record("\(place): \(error)")
        }
    }

    /// Every length of every file. Cut behind the tail with which it began, the active segment is
    /// what it was when it was made: a rollback, which shows against a root kept elsewhere only.
    @Test func everyTruncationIsFoundAndNamed() async throws {
        let store = try await DamagedStore.made()
        let active = try #require(Self.sorted(store.files).last?.0)
        let cuts = Self.sorted(store.files).flatMap { path, bytes in
            stride(from: 0, to: bytes.count, by: FaultScale.stride(7)).map { (path, $0) }
        }
        try await Self.forEach(cuts.count) { number in
            let (path, size) = cuts[number]
            let disk = store.disk()
            disk.truncate(path, to: size)
            if path == active, size == SegmentLogFormat.pageSize { return }
            await Self.expectDamage(
                store, disk, path, "\(path) cut to \(size)", mayBeTorn: path == active)
        }
        let disk = store.disk()
        disk.truncate(active, to: SegmentLogFormat.pageSize)
        let answer = try await store.inspect(disk)
        #expect(answer.verdict == .tornTailCut && answer.served.count == store.lines.count - 2)
    }

    /// Blocks of 512 and 4,096 bytes are zeroed, hold what they held earlier, are swapped, or hold
    /// what belongs elsewhere in the file or in another file.
    @Test(arguments: [512, 4_096])
    func everyMisplacedBlockIsFoundAndNamed(size: Int) async throws {
        let store = try await DamagedStore.made()
        let files = Self.sorted(store.files)
        let active = try #require(files.last?.0)
        var damages: [(path: String, bytes: [UInt8], place: String)] = []
        func damage(_ path: String, _ bytes: [UInt8], _ place: String) {
            guard bytes != store.files[path] else { return }
            damages.append((path, bytes, "\(place) of \(size) bytes in \(path)"))
        }
        for (path, bytes) in files {
            for to in stride(from: 0, to: bytes.count, by: size) {
                let target = to..<min(to + size, bytes.count)
                let zeros = [UInt8](repeating: 0, count: target.count)
                damage(path, bytes.replacing(target, with: zeros[...]), "zeros at \(to)")
                if let old = store.olderFiles[path], old.count >= target.upperBound {
                    damage(path, bytes.replacing(target, with: old[target]), "old block at \(to)")
                }
                for (other, source) in files {
                    for from in stride(from: 0, to: source.count - target.count + 1, by: size) {
                        let wrong = source[from..<(from + target.count)]
                        let place = "block \(from) of \(other) at \(to)"
                        damage(path, bytes.replacing(target, with: wrong), place)
                        guard other == path, from > to else { continue }
                        let moved = bytes.replacing(target, with: wrong)
                        let back = moved.replacing(
                            from..<(from + target.count), with: bytes[target])
                        damage(path, back, "blocks \(from) and \(to) swapped")
                    }
                }
            }
        }
        #expect(damages.count > (size == 512 ? 700 : 20))
        let all = damages
        try await Self.forEach(all.count) { number in
            let (path, bytes, place) = all[number]
            let disk = store.disk()
            disk.replace(path, with: bytes)
            await Self.expectDamage(store, disk, path, place, mayBeTorn: path == active)
        }
    }

    /// Each file but a torn tail's copy is missed. That copy may be deleted by who has seen it.
    @Test func aMissingFileIsNamed() async throws {
        let store = try await DamagedStore.made()
        for (path, _) in Self.sorted(store.files) {
            let disk = store.disk()
            disk.lose(path)
            let answer = try await store.inspect(disk)
            if path.contains("/quarantine/") {
                #expect(answer.verdict == .ok)
            } else if path.hasSuffix("/JOURNAL") {
                #expect(answer.refusal == .notAJournal)
            } else {
                #expect(answer.isDetected && answer.names(Self.name(path)), "\(path): \(answer)")
            }
        }
    }

    /// An older state of the directory, or of its last segment, is whole in itself. It shows against
    /// a root that was kept elsewhere: the journal is shorter, or its root is another one.
    @Test func anOldDirectoryShowsAgainstAHeldRoot() async throws {
        let store = try await DamagedStore.made()
        func options(_ disk: SimulatedDisk) -> JournalOptions {
            CrashWorkload(seed: 3, stepCount: 0).options(disk, opening: 9)
        }
        let whole = try await Journal.open(
            readingAt: DamagedStore.path, options: options(store.disk()))
        let held = try await whole.store.treeHead(at: nil)
        let old = SimulatedDisk()
        for (path, bytes) in store.olderFiles { old.place(bytes, at: path) }
        let answer = try await store.inspect(old)
        #expect(!answer.isDetected && answer.served.count == store.lines.count - 1)
        let journal = try await Journal.open(at: DamagedStore.path, options: options(old))
        let error = await #expect(throws: JournalError.self) {
            try await journal.store.treeHead(at: held.size)
        }
        #expect(error?.code == .eventNotFound)
        try await journal.store.append([Drafts.note("another fifth")], to: Drafts.session(1))
        let other = try await journal.store.treeHead(at: held.size)
        #expect(other.size == held.size && other.root != held.root)
    }

    /// A sealed segment of which an older, unsealed content comes back ends before its successor
    /// begins.
    @Test func anOldSegmentIsNoOtherHistory() async throws {
        let disk = SimulatedDisk()
        let options = CrashWorkload(seed: 1, stepCount: 0).options(disk, opening: 0)
        let journal = try await Journal.create(at: DamagedStore.path, options: options)
        try await journal.store.create(1)
        let path = "\(DamagedStore.path)/segments/\(SegmentName.file(first: 1))"
        let old = try #require(disk.bytes(of: path))
        try await journal.store.append([Drafts.note("second")], to: Drafts.session(1))
        try await journal.seal()
        try await journal.store.append([Drafts.note("third")], to: Drafts.session(1))
        let lines = try await journal.store.all().map(\.line)
        try await journal.close()
        disk.replace(path, with: old)
        let store = DamagedStore(files: disk.files, olderFiles: [:], lines: lines)
        let answer = try await store.inspect(disk)
        #expect(answer.isDetected && answer.names(Self.name(path)), "\(answer)")
        #expect(answer.served == [1, 3])
        #expect(answer.holes.contains { $0.firstSequence == 2 && $0.lastSequence == 2 })
    }
}

extension [UInt8] {
    fileprivate func replacing(_ range: Range<Int>, with bytes: ArraySlice<UInt8>) -> [UInt8] {
        var copy = self
        copy.replaceSubrange(range, with: bytes)
        return copy
    }
}
