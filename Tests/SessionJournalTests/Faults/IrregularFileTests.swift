import Glibc
import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// A directory, a FIFO, a link or a device stands in a file's place: that file is refused and named,
/// nobody waits for it or follows it, and the rest is served.
@Suite struct IrregularFileTests {
    enum Kind: CaseIterable {
        case directory, fifo, link, danglingLink, device

        /// Puts one at a path, in the place of what stands there. False where this user may not.
        func place(at path: String) -> Bool {
            guard rename(path, path + ".aside") == 0 else { return false }
            switch self {
            case .directory: return mkdir(path, 0o700) == 0
            case .fifo: return mkfifo(path, 0o600) == 0
            case .link: return symlink(path + ".aside", path) == 0
            case .danglingLink: return symlink("/nowhere/at/all", path) == 0
            case .device: return mknod(path, S_IFCHR | 0o600, 1 << 8 | 3) == 0
            }
        }
    }

    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("journal")
    }

    private func segment(_ first: UInt64) -> String {
        "\(path)/segments/\(SegmentName.file(first: first))"
    }

    /// Two sealed segments of two and three events, and an active one of two.
    private func fill() async throws {
        let journal = try await Journal.create(at: path)
        try await journal.store.create(1)
        for count in [1, 3, 2] {
            try await journal.store.append(
                (0..<count).map { Drafts.note("\($0)") }, to: Drafts.session(1))
            if count != 2 { try await journal.seal() }
        }
        try await journal.close()
    }

    /// What a reader is served, and what `verify` says.
    private func expect(
        served: [UInt64], naming file: String
    ) async throws {
        let journal = try await Journal.open(readingAt: path)
        var present: [UInt64] = []
        for try await event in journal.events(damage: .skip) { present.append(event.sequence) }
        #expect(present == served)
        let report = try await journal.verify()
        #expect(report.verdict == .damaged)
        #expect(report.findings.contains { $0.contains(file) }, "\(report.findings)")
        _ = try? await journal.statistics()
        try await journal.close()
    }

    /// In the place of a sealed segment: its events are a hole, and appends go on.
    @Test(arguments: Kind.allCases) func inTheMiddle(kind: Kind) async throws {
        try await fill()
        guard kind.place(at: segment(3)) else { return }
        try await expect(served: [1, 2, 6, 7], naming: SegmentName.file(first: 3))
        let writer = try await Journal.open(at: path)
        #expect(writer.isWritable)
        try await writer.store.append([Drafts.note("more")], to: Drafts.session(1))
        try await writer.close()
        try await expect(served: [1, 2, 6, 7, 8], naming: SegmentName.file(first: 3))
    }

    /// In the place of the last segment: nobody knows what it held, and nothing is appended.
    @Test(arguments: Kind.allCases) func atTheEnd(kind: Kind) async throws {
        try await fill()
        guard kind.place(at: segment(6)) else { return }
        try await expect(served: [1, 2, 3, 4, 5], naming: SegmentName.file(first: 6))
        let writer = try await Journal.open(at: path)
        #expect(!writer.isWritable)
        let error = await #expect(throws: JournalError.self) {
            try await writer.store.append([Drafts.note("more")], to: Drafts.session(1))
        }
        #expect(error?.code == .readOnly)
        try await writer.close()
    }

    /// In the place of `JOURNAL` or `LOCK`: an error that names it, at once.
    @Test(arguments: Kind.allCases) func inTheRoot(kind: Kind) async throws {
        try await fill()
        guard kind.place(at: path + "/LOCK") else { return }
        let locked = await #expect(throws: JournalError.self) { try await Journal.open(at: path) }
        #expect(locked?.place?.hasSuffix("/LOCK") == true)
        guard kind.place(at: path + "/JOURNAL") else { return }
        let unknown = await #expect(throws: JournalError.self) {
            try await Journal.open(readingAt: path)
        }
        #expect(unknown?.place?.hasSuffix("/JOURNAL") == true)
    }

    /// Beside the segments, in `quarantine/` and in `index/`: named where it says that it is ours.
    @Test(arguments: Kind.allCases) func besideTheSegments(kind: Kind) async throws {
        try await fill()
        let torn = "00000000000000000001-4096-3-00000000000000ab.torn"
        for folder in ["quarantine", "index"] {
            #expect(mkdir("\(path)/\(folder)", 0o700) == 0 || errno == EEXIST)
        }
        for name in ["quarantine/\(torn)", "index/a.streams", "segments/a.new"] {
            _ = open("\(path)/\(name)", O_CREAT | O_RDWR, 0o600)
            guard kind.place(at: "\(path)/\(name)") else { return }
        }
        try await expect(served: Array(1...7), naming: torn)
        let writer = try await Journal.open(at: path)
        #expect(writer.isWritable)
        try await writer.close()
    }
}
