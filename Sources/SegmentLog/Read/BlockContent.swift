/// The plain content of a block or a frame, with what its runs gave, as far as their keys are there.
struct BlockContent: Sendable {
    /// The content as it is stored, and behind it the lines of the runs that were opened.
    var bytes: [UInt8]
    /// Where the lines of opened runs are, by sequence number, newlines included.
    private var opened: [UInt64: Range<Int>] = [:]
    /// Events whose run does not open although its key is there.
    private var damaged: Set<UInt64> = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    static let damagedReason =
        "its encrypted content is not what was encrypted with the session's key"

    /// What memory it takes, in bytes.
    var size: Int { bytes.count + 48 * (opened.count + damaged.count) }

    /// Where the line of an event is, which is stored at `range`, newlines included: nil where it is
    /// damaged.
    func range(of sequence: UInt64, storedAt range: Range<Int>) -> Range<Int>? {
        guard !opened.isEmpty || !damaged.isEmpty else { return range }
        if damaged.contains(sequence) { return nil }
        return opened[sequence] ?? range
    }

    /// Takes in a run, if its key is there: each of its lines must be one that the content holds an
    /// entry line of. One that does not open takes its own events along and no others.
    mutating func open(_ run: CiphertextRun, with environment: LogEnvironment) {
        guard let cipher = environment.cipher else { return }
        do throws(LogError) {
            guard let compressed = try cipher.open(run) else { return }
            guard let lines = Self.lines(of: run, compressed, environment.semantics) else {
                throw LogError(.damaged, Self.damagedReason)
            }
            let start = bytes.count
            for line in lines.ranges {
                opened[line.sequence] =
                    (start + line.range.lowerBound)..<(start + line.range.upperBound)
            }
            bytes.append(contentsOf: lines.bytes)
        } catch {
            damaged.formUnion(entries(of: run, environment.semantics))
        }
    }

    /// The lines of a run; nil where they are not what its header says.
    static func lines(
        of run: CiphertextRun, _ compressed: [UInt8], _ semantics: LineSemantics
    ) -> (bytes: [UInt8], ranges: [(sequence: UInt64, range: Range<Int>)])? {
        guard
            let plain = try? LZ4Frame.decompress(
                compressed.span, at: 0..<compressed.count, plainLength: run.plainLength),
            plain.end == compressed.count
        else { return nil }
        var ranges: [(sequence: UInt64, range: Range<Int>)] = []
        ranges.reserveCapacity(run.eventCount)
        var start = 0
        while start < plain.content.count {
            guard let end = plain.content[start...].firstIndex(of: 0x0A),
                let record = semantics.describe(plain.content.span.extracting(start..<end)),
                record.stream == run.stream, record.version >= run.firstVersion,
                record.version <= run.lastVersion
            else { return nil }
            ranges.append((record.sequence, start..<(end + 1)))
            start = end + 1
        }
        return ranges.count == run.eventCount ? (plain.content, ranges) : nil
    }

    /// The events of the content that a run may hold: those of its stream within its versions.
    private func entries(of run: CiphertextRun, _ semantics: LineSemantics) -> [UInt64] {
        var found: [UInt64] = []
        var start = 0
        while start < bytes.count, let end = bytes[start...].firstIndex(of: 0x0A) {
            if let record = semantics.describe(bytes.span.extracting(start..<end)),
                record.stream == run.stream, record.version >= run.firstVersion,
                record.version <= run.lastVersion
            {
                found.append(record.sequence)
            }
            start = end + 1
        }
        return found
    }
}

/// A block or frame as it stands in its file: the content of its LZ4 frame, and its runs.
struct StoredContent: Sendable {
    var plain: [UInt8]
    var runs: [CiphertextRun]

    init(plain: [UInt8], runs: [CiphertextRun]) {
        self.plain = plain
        self.runs = runs
    }

    /// Decompresses `stored`, of which all that is not the content must be whole runs, in `isEncrypted`
    /// segments alone.
    init(
        _ stored: Span<UInt8>, plainLength: Int, isEncrypted: Bool, journalID: JournalID
    ) throws(FormatError) {
        let content = try LZ4Frame.decompress(
            stored, at: 0..<stored.count, plainLength: plainLength)
        plain = content.content
        runs = []
        guard content.end < stored.count else { return }
        guard isEncrypted else { throw .invalid("bytes behind the content") }
        runs = try CiphertextRun.all(in: stored, behind: content.end)
        guard runs.allSatisfy({ $0.journalID == journalID }) else {
            throw .invalid("a run of another journal")
        }
    }

    /// The content with what its runs give.
    func opened(with environment: LogEnvironment) -> BlockContent {
        var content = BlockContent(plain)
        for run in runs { content.open(run, with: environment) }
        return content
    }
}
