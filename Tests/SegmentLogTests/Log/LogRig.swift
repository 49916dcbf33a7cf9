import JournalTestKit
@testable import SegmentLog
import Synchronization
import TransparencyLog

/// A log on a simulated disk with lines of a simple shape: `seq stream version text`.
struct LogRig {
    static let journal = JournalID(high: 7, low: 11)
    static let directory = "/j"

    let disk: SimulatedDisk

    init(_ disk: SimulatedDisk = SimulatedDisk()) { self.disk = disk }

    /// A new log on a new disk, all of it durable.
    static func made() throws -> LogRig {
        let rig = LogRig()
        try rig.disk.makeDirectory(directory)
        try rig.disk.syncDirectory("/")
        try SegmentLog.create(directory: directory, fileSystem: rig.disk, journalID: journal)
        return rig
    }

    static let semantics = LineSemantics(
        describe: { describe($0) },
        leafHashes: { content, lines in lines.flatMap { leaf(of: content.extracting($0)).bytes } },
        extend: { record, leaves in
            let roots = stride(from: 0, to: record.roots.count, by: 32).compactMap {
                Hash(record.roots.span.extracting($0..<($0 + 32)))
            }
            guard var tree = RunningTree(size: record.size, frontier: roots) else { return }
            for start in stride(from: 0, to: leaves.count, by: 32) {
                if let leaf = Hash(leaves.extracting(start..<(start + 32))) { tree.append(leaf) }
            }
            record.size = tree.size
            record.roots = tree.frontier.flatMap(\.bytes)
        },
        graft: { record, height, root in
            let roots = stride(from: 0, to: record.roots.count, by: 32).compactMap {
                Hash(record.roots.span.extracting($0..<($0 + 32)))
            }
            guard var tree = RunningTree(size: record.size, frontier: roots),
                let hash = Hash(root), tree.graft(hash, height: height)
            else { return }
            record.size = tree.size
            record.roots = tree.frontier.flatMap(\.bytes)
        },
        terms: { line in
            // The first line of a stream names it; every line has a term of its own.
            guard let record = describe(line) else { return LineTerms() }
            guard !isEntry(line) else { return LineTerms() }
            return LineTerms(
                names: record.version == 1 ? [name(of: record.stream)] : [],
                others: [term(of: record.sequence)])
        })

    /// What stands for a line whose text is withheld: its first three words and a hash of the whole.
    static func entry(of line: Span<UInt8>) -> [UInt8] {
        if isEntry(line) { return [UInt8](copying: line) }
        let bytes = [UInt8](copying: line)
        let head = bytes.split(separator: 0x20, maxSplits: 3).dropLast().joined(separator: [0x20])
        let digits = Hash.leaf(line).bytes.map { String($0, radix: 16) }.joined()
        return Array(head) + Array(" =\(digits)".utf8)
    }

    private static func isEntry(_ line: Span<UInt8>) -> Bool {
        [UInt8](copying: line).split(separator: 0x20, maxSplits: 3).last?.first
            == UInt8(ascii: "=")
    }

    /// A line and its entry have the same.
    static func leaf(of line: Span<UInt8>) -> Hash { Hash.leaf(entry(of: line).span) }

    static func name(of stream: StreamKey) -> [UInt8] { Array("name \(stream.low)".utf8) }

    static func term(of sequence: UInt64) -> [UInt8] { Array("term \(sequence)".utf8) }

    private static func describe(_ line: Span<UInt8>) -> RecordHeader? {
        let parts = String(decoding: [UInt8](copying: line), as: UTF8.self)
            .split(separator: " ", maxSplits: 3)
        guard parts.count == 4, let sequence = UInt64(parts[0]), let stream = UInt64(parts[1]),
            let version = UInt64(parts[2])
        else { return nil }
        return RecordHeader(
            sequence: sequence, stream: StreamKey(high: 0, low: stream), version: version,
            time: Int64(sequence) * 1_000)
    }

    func open(
        _ mode: SegmentLog.Mode = .writer, sealing: SegmentLog.Sealing = .inline,
        indexFanout: Int = 16
    ) throws -> SegmentLog {
        try SegmentLog.open(
            directory: Self.directory, fileSystem: disk, journalID: Self.journal, mode: mode,
            semantics: Self.semantics, sealing: sealing, indexFanout: indexFanout)
    }

    static let longLine = 100_000

    static func line(_ sequence: UInt64, stream: UInt64, version: UInt64, size: Int) -> String {
        let head = "\(sequence) \(stream) \(version) "
        var random = SeededGenerator(seed: sequence)
        // A long line says nothing twice, so that it stays long when it is compressed.
        let numbers = size < longLine ? min(80, size / 12 + 1) : size / 12 + 1
        let word = (0..<numbers).map { _ in String(random.next(), radix: 36) }
            .joined(separator: " ")
        let text = String(repeating: word + " ", count: size / word.utf8.count + 1)
        return head + text.prefix(size)
    }

    /// Lines from `first` on, of streams 1 to 3 in turn, or all of one.
    static func lines(
        from first: UInt64, count: Int, size: Int = 60, stream only: UInt64? = nil
    ) -> StagedLines {
        var lines = StagedLines(records: [], bytes: [], leafHashes: [])
        for sequence in first..<(first + UInt64(count)) {
            let stream = only ?? (sequence - 1) % 3 + 1
            let version = only == nil ? (sequence - 1) / 3 + 1 : sequence - first + 1
            let text = [UInt8](line(sequence, stream: stream, version: version, size: size).utf8)
            lines.records.append(
                .init(
                    header: RecordHeader(
                        sequence: sequence, stream: StreamKey(high: 0, low: stream),
                        version: version, time: Int64(sequence) * 1_000),
                    lineLength: text.count + 1))
            lines.leafHashes.append(contentsOf: leaf(of: text.span).bytes)
            lines.bytes.append(contentsOf: text)
            lines.bytes.append(0x0A)
        }
        return lines
    }
}

extension SegmentLog {
    /// Appends lines as one commit and says how that ended.
    func append(_ lines: StagedLines) throws {
        let outcome = Mutex<LogError?>(nil)
        let isDone = Mutex(false)
        try withExtendedLifetime(self) {
            let box = OutcomeBox()
            try stage(lines, isBatch: true) { box.finish($0) }
            commitStaged()
            outcome.withLock { $0 = box.wait() }
            isDone.withLock { $0 = true }
        }
        if let error = outcome.withLock({ $0 }) { throw error }
    }

    /// Everything that can be read, and the holes met.
    func everything() throws -> (lines: [UInt64: String], holes: [Hole]) {
        var lines: [UInt64: String] = [:]
        var holes: [Hole] = []
        let view = self.view()
        try view.scan(from: 1, through: view.lastSequence) {
            holes.append($0)
        } _: { sequence, line in
            lines[sequence] = String(decoding: [UInt8](copying: line), as: UTF8.self)
            return true
        }
        return (lines, holes)
    }
}

/// Waits for a completion on the same thread or another.
final class OutcomeBox: Sendable {
    private let state = Mutex<(isDone: Bool, error: LogError?)>((false, nil))

    func finish(_ error: LogError?) { state.withLock { $0 = (true, error) } }

    func wait() -> LogError? {
        while true {
            let now = state.withLock { $0 }
            if now.isDone { return now.error }
        }
    }
}
