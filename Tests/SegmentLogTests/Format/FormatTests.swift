@testable import SegmentLog
import Testing

/// Every structure on disk: what it says comes back, and no truncation or flipped bit is believed.
@Suite struct FormatTests {
    static let journal = JournalID(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF)
    static let stream = StreamKey(high: 1, low: 2)

    static func frontier(_ size: UInt64) -> FrontierRecord {
        FrontierRecord(
            size: size,
            roots: (0..<(size.nonzeroBitCount * 32)).map { UInt8(truncatingIfNeeded: $0) })
    }

    static var block: BlockHeader {
        BlockHeader(
            journalID: journal, offset: 8_192, firstSequence: 6, commitFirst: 5, commitLast: 9,
            watermark: 4, epoch: 3, firstTime: -1, lastTime: 1_700_000_000_000_000,
            storedLength: 321, plainLength: 700, previousChecksum: 0xDEAD_BEEF,
            contentChecksum: 0x0102_0304, frontier: frontier(7),
            streams: [
                BlockStream(key: stream, firstVersion: 3),
                BlockStream(key: .zero, firstVersion: 1),
            ],
            entries: [
                BlockEntry(stream: 0, lineLength: 500), BlockEntry(stream: 1, lineLength: 200),
            ])
    }

    static func tail(_ role: TailFrame.Role) -> TailFrame {
        TailFrame(
            role: role, journalID: journal, offset: 4_096, watermark: 7, lastSequence: 9, epoch: 2,
            successor: role == .end ? 10 : 0, lastBlockChecksum: 0xCAFE_F00D,
            frameSize: SegmentLogFormat.pageSize)
    }

    static var sealed: SealedFrameHeader {
        SealedFrameHeader(
            journalID: journal, offset: 77, lowestSequence: 3, highestSequence: 12, eventCount: 4,
            storedLength: 99, plainLength: 1_234, contentChecksum: 42)
    }

    static var footer: Footer {
        Footer(
            summary: FooterSummary(
                journalID: journal, offset: 5_000, firstSequence: 5, lastSequence: 9,
                predecessor: 1, firstTime: 10, lastTime: 20, epoch: 4, eventCount: 4, level: 3,
                plainSize: 600, fileHash: [UInt8](repeating: 7, count: 32),
                frontierBefore: frontier(4), frontierAfter: frontier(9)),
            frames: [
                Footer.Frame(
                    offset: 0, headerSize: SealedFrameHeader.encodedSize, storedLength: 100,
                    plainLength: 400, contentChecksum: 1, lowestSequence: 5, highestSequence: 9,
                    events: [
                        .init(sequence: 5, lineLength: 300), .init(sequence: 9, lineLength: 100),
                    ]),
                Footer.Frame(
                    offset: 300, headerSize: SealedFrameHeader.encodedSize, storedLength: 90,
                    plainLength: 200, contentChecksum: 2, lowestSequence: 6, highestSequence: 8,
                    events: [
                        .init(sequence: 6, lineLength: 150), .init(sequence: 8, lineLength: 50),
                    ]),
            ],
            streams: [
                .init(
                    key: .zero, firstVersion: 1, lastVersion: 2, firstSequence: 5,
                    lastSequence: 9, eventCount: 2, firstFrame: 0, firstLine: 0),
                .init(
                    key: stream, firstVersion: 8, lastVersion: 10, firstSequence: 6,
                    lastSequence: 8, eventCount: 2, firstFrame: 1, firstLine: 0),
            ],
            names: [
                .init(fingerprint: StreamKey(high: 1, low: 2), stream: 1),
                .init(fingerprint: StreamKey(high: 1, low: 3), stream: 0),
            ],
            gaps: [7...7], filter: TermFilter(terms: [[1, 2, 3], [4]]))
    }

    @Test func blockHeaderRoundTrip() throws {
        var header = Self.block
        var bytes: [UInt8] = [9, 9, 9]
        header.append(to: &bytes)
        #expect(try BlockHeader.decode(bytes.span, at: 3) == header)
        #expect(header.encodedSize == bytes.count - 3)
    }

    @Test(arguments: TailFrame.Role.allCases) func tailRoundTrip(role: TailFrame.Role) throws {
        let page = Self.tail(role).page()
        #expect(page.count == SegmentLogFormat.pageSize)
        #expect(try TailFrame.decode(page.span, at: 0) == Self.tail(role))
    }

    @Test func sealedFrameHeaderRoundTrip() throws {
        var bytes: [UInt8] = []
        Self.sealed.append(to: &bytes)
        #expect(bytes.count == SealedFrameHeader.encodedSize)
        #expect(try SealedFrameHeader.decode(bytes.span, at: 0) == Self.sealed)
    }

    static let subtrees = RetainedSubtrees(
        journalID: journal, offset: 12,
        subtrees: [
            RetainedSubtree(firstSequence: 2, height: 0, root: [UInt8](repeating: 3, count: 32)),
            RetainedSubtree(firstSequence: 257, height: 8, root: [UInt8](repeating: 4, count: 32)),
        ])

    @Test func retainedSubtreesRoundTrip() throws {
        var bytes: [UInt8] = []
        Self.subtrees.append(to: &bytes)
        #expect(try RetainedSubtrees.decode(bytes.span, at: 0) == Self.subtrees)
        #expect(bytes.count == 8 + 48 + 4 + 2 * 44 + 4)
        #expect(Array(bytes[8..<12]) == Array("SJH2".utf8))
        #expect(Array(bytes[104..<116]) == [1, 1, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0])
        #expect(Self.subtrees.subtrees.map(\.events) == [2...2, 257...512])
    }

    /// A subtree begins where one of its height may, none is higher than a tile, and they are in order.
    @Test(arguments: [
        [(2, 1)], [(1, 9)], [(258, 8)], [(1, 1), (2, 0)], [(5, 0), (3, 0)], [(0, 0)], [],
    ])
    func noOtherSubtreesAreBelieved(rows: [(UInt64, Int)]) throws {
        var wrong = Self.subtrees
        wrong.subtrees = rows.map {
            RetainedSubtree(firstSequence: $0, height: $1, root: [UInt8](repeating: 1, count: 32))
        }
        var bytes: [UInt8] = []
        wrong.append(to: &bytes)
        #expect(throws: FormatError.self) { try RetainedSubtrees.decode(bytes.span, at: 0) }
    }

    static var run: CiphertextRun {
        var run = CiphertextRun(
            journalID: journal, stream: stream, firstVersion: 3, lastVersion: 8, eventCount: 5,
            plainLength: 700, payload: (0..<60).map { UInt8($0) })
        run.salt = (0..<32).map { UInt8($0) }
        run.counter = 0x0102_0304
        return run
    }

    @Test func ciphertextRunRoundTrip() throws {
        var bytes: [UInt8] = [1, 2, 3]
        Self.run.append(to: &bytes, at: 77)
        let (run, end) = try CiphertextRun.decode(bytes.span, at: 3, offset: 77)
        #expect(run == Self.run && end == bytes.count)
        #expect(bytes.count == 3 + CiphertextRun.encodedSize + 60)
        // It stands where it says, and nowhere else.
        #expect(throws: FormatError.invalid("run")) {
            try CiphertextRun.decode(bytes.span, at: 3, offset: 78)
        }
        #expect(Self.run.nonce == [4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0])
        let extra = Self.run.additionalData
        #expect(extra.count == 100 && extra.starts(with: [1, 0, 0, 0, 5, 0, 0, 0]))
        #expect(Array(extra[12..<28]) == Self.journal.bytes)
        #expect(Array(extra[28..<44]) == Self.stream.bytes)
    }

    @Test func runsStandOneBehindTheOtherOrNotAtAll() throws {
        var bytes: [UInt8] = [9, 9]
        for _ in 0..<3 { Self.run.append(to: &bytes, at: bytes.count) }
        #expect(try CiphertextRun.all(in: bytes.span, behind: 2) == [Self.run, Self.run, Self.run])
        #expect(throws: FormatError.self) {
            let more = bytes + [0]
            return try CiphertextRun.all(in: more.span, behind: 2)
        }
        // Behind a content that has none, nothing may stand.
        var stored = LZ4Frame.compress("tea\n".utf8.span, .fast)
        let end = stored.count
        Self.run.append(to: &stored, at: end)
        let content = try StoredContent(
            stored.span, plainLength: 4, isEncrypted: true, journalID: Self.journal)
        #expect(content.plain == Array("tea\n".utf8) && content.runs == [Self.run])
        #expect(throws: FormatError.invalid("bytes behind the content")) {
            try StoredContent(
                stored.span, plainLength: 4, isEncrypted: false, journalID: Self.journal)
        }
        #expect(throws: FormatError.invalid("a run of another journal")) {
            try StoredContent(
                stored.span, plainLength: 4, isEncrypted: true,
                journalID: JournalID(high: 1, low: 1))
        }
    }

    @Test func footerRoundTrip() throws {
        var footer = Self.footer
        var bytes: [UInt8] = []
        footer.append(to: &bytes)
        #expect(footer.summary.footerSize == bytes.count)
        #expect(try Footer.size(fromTrailer: bytes.span) == bytes.count)
        #expect(try Footer.decode(bytes.span) == footer)
    }

    /// Each structure with what decodes it. A decoder that accepts changed bytes returns true.
    static let structures:
        [(name: String, bytes: [UInt8], isAccepted: @Sendable ([UInt8]) -> Bool)] = {
            var header = block
            var blockBytes: [UInt8] = []
            header.append(to: &blockBytes)
            var tailBytes: [UInt8] = []
            tail(.end).append(to: &tailBytes)
            var sealedBytes: [UInt8] = []
            sealed.append(to: &sealedBytes)
            var footerBytes: [UInt8] = []
            var end = footer
            end.append(to: &footerBytes)
            var hashBytes: [UInt8] = []
            subtrees.append(to: &hashBytes)
            var runBytes: [UInt8] = []
            run.append(to: &runBytes, at: 5)
            return [
                (
                    "run", runBytes,
                    { (try? CiphertextRun.decode($0.span, at: 0, offset: 5)) != nil }
                ),
                ("block", blockBytes, { (try? BlockHeader.decode($0.span, at: 0)) != nil }),
                ("tail", tailBytes, { (try? TailFrame.decode($0.span, at: 0)) != nil }),
                ("sealed", sealedBytes, { (try? SealedFrameHeader.decode($0.span, at: 0)) != nil }),
                ("footer", footerBytes, { (try? Footer.decode($0.span)) != nil }),
                ("subtrees", hashBytes, { (try? RetainedSubtrees.decode($0.span, at: 0)) != nil }),
            ]
        }()

    /// Bytes before the body of the footer above.
    static let footerFront: Int = {
        var end = footer
        var bytes: [UInt8] = []
        end.append(to: &bytes)
        return end.summary.footerSize - end.summary.bodySize - Footer.trailerSize
    }()

    @Test(arguments: 0..<6) func noTruncationIsBelieved(structure: Int) {
        let (name, bytes, isAccepted) = Self.structures[structure]
        #expect(isAccepted(bytes), "\(name)")
        for count in 0..<bytes.count {
            #expect(!isAccepted(Array(bytes[..<count])), "\(name) cut to \(count)")
        }
    }

    @Test(arguments: 0..<6) func noFlippedBitIsBelieved(structure: Int) {
        let (name, bytes, isAccepted) = Self.structures[structure]
        for bit in 0..<(bytes.count * 8) {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            // A tail's payload size stands in its frame header and is under its CRC like the rest.
            #expect(!isAccepted(damaged), "\(name) with bit \(bit) flipped")
        }
    }

    /// A hostile writer can compute checksums: values that cannot be are refused all the same, and
    /// none of them traps.
    @Test func hostileNumbersWithGoodChecksumsAreRefused() {
        for (name, bytes, isAccepted) in Self.structures {
            var refused = 0
            for offset in stride(from: 8, to: bytes.count - 4, by: 1) {
                for value: UInt8 in [0x00, 0x7F, 0x80, 0xFF] {
                    var hostile = bytes
                    hostile[offset] = value
                    let end =
                        switch name {
                        case "footer": Self.footerFront - 4
                        case "run": CiphertextRun.encodedSize - 4
                        default: bytes.count - 4
                        }
                    if name == "footer" {
                        guard offset < bytes.count - Footer.trailerSize else { continue }
                        let body = Self.footerFront..<(bytes.count - Footer.trailerSize)
                        // The body of this footer is one page.
                        hostile.replace(u32: CRC32C.checksum(hostile, body), at: end - 4)
                    } else {
                        guard offset < end else { continue }
                    }
                    hostile.replace(u32: CRC32C.checksum(hostile, 0..<end), at: end)
                    if !isAccepted(hostile) { refused += 1 }
                }
            }
            #expect(refused > 0, "\(name)")
        }
    }

    /// Numbers at the end of their range, with good checksums, neither trap nor allocate.
    @Test func enormousNumbersAreRefused() {
        var wide = Self.footer
        wide.frames = []
        wide.streams = []
        wide.summary.lastSequence = wide.summary.firstSequence + 4_000_000_000
        wide.summary.frontierAfter = Self.frontier(wide.summary.lastSequence)
        wide.gaps = [wide.summary.firstSequence...wide.summary.lastSequence]
        // The encoder would build the permutation: what is refused here stands before it.
        #expect(wide.rangeObjection)
        wide.summary.lastSequence = .max
        wide.summary.firstSequence = .max - 1
        #expect(wide.rangeObjection)
        var far = Self.footer
        far.summary.offset = .max
        var bytes: [UInt8] = []
        far.append(to: &bytes)
        #expect(throws: FormatError.self) { try Footer.decode(bytes.span) }
        let numbers: [UInt64] = [UInt64.max, UInt64.max - 1, UInt64(Int64.max)]
        for number in numbers {
            var tail = Self.tail(.closed)
            tail.lastSequence = number
            let page = tail.page()
            #expect(throws: FormatError.self) { try TailFrame.decode(page.span, at: 0) }
            var frame = Self.sealed
            frame.highestSequence = number
            var frameBytes: [UInt8] = []
            frame.append(to: &frameBytes)
            #expect(throws: FormatError.self) {
                try SealedFrameHeader.decode(frameBytes.span, at: 0)
            }
            #expect(SegmentName.first(in: SegmentName.file(first: number)) == nil)
        }
    }

    @Test func unknownRequiredFlagIsRefusedAndOptionalKept() throws {
        var header = Self.block
        header.optionalFlags = 0x8000_0001
        var bytes: [UInt8] = []
        header.append(to: &bytes)
        #expect(try BlockHeader.decode(bytes.span, at: 0).optionalFlags == 0x8000_0001)
        header.requiredFlags |= 1 << 20
        bytes = []
        header.append(to: &bytes)
        #expect(throws: FormatError.newer("required flags 100001")) {
            try BlockHeader.decode(bytes.span, at: 0)
        }
    }

    @Test func newerFormatVersionIsNamed() throws {
        var bytes: [UInt8] = []
        Self.sealed.append(to: &bytes)
        bytes[12] = 2
        let end = bytes.count - 4
        bytes.replace(u32: CRC32C.checksum(bytes, 0..<end), at: end)
        #expect(throws: FormatError.newer("format version 2")) {
            try SealedFrameHeader.decode(bytes.span, at: 0)
        }
    }

    @Test func paddingFillsToThePageOrTheOneAfter() {
        #expect(Padding.size(after: 4_096) == 0)
        #expect(Padding.size(after: 4_097) == 4_095)
        #expect(Padding.size(after: 4_088) == 8)
        #expect(Padding.size(after: 4_089) == 7 + 4_096)
        for size in [0, 8, 4_095, 4_103] {
            var bytes: [UInt8] = []
            Padding.append(size, to: &bytes)
            #expect(bytes.count == size)
        }
    }

    @Test func varintsOfEveryWidthComeBack() {
        for shift in 0..<64 {
            for value in [UInt64(1) << UInt64(shift), (UInt64(1) << UInt64(shift)) - 1, .max] {
                var bytes: [UInt8] = []
                bytes.append(varint: value)
                var cursor = ByteCursor(0..<bytes.count)
                #expect(cursor.varint(bytes.span) == value)
                #expect(!cursor.isOverrun && cursor.remaining == 0)
            }
        }
        let tooLong = [UInt8](repeating: 0xFF, count: 10) + [1]
        var cursor = ByteCursor(0..<tooLong.count)
        _ = cursor.varint(tooLong.span)
        #expect(cursor.isOverrun)
    }

    @Test func filterHasNoFalseAbsence() {
        let terms = (0..<2_000).map { [UInt8](String($0).utf8) }
        let filter = TermFilter(terms: terms)
        #expect(terms.allSatisfy(filter.mayContain))
        let strangers = (2_000..<12_000).map { [UInt8](String($0).utf8) }
        let hits = strangers.filter(filter.mayContain).count
        #expect(hits < 300, "\(hits) of 10,000 strangers are taken for members")
    }

    @Test func aFrameThatHoldsOtherBytesIsNotWritten() throws {
        let content = [UInt8](repeating: 7, count: 3_000)
        var frame = LZ4Frame.compress(content.span, .fast)
        try LZ4Frame.confirm(frame, holds: content.span)
        var other = content
        other[1_500] ^= 1
        #expect(throws: LogError(.failed, "")) { try LZ4Frame.confirm(frame, holds: other.span) }
        #expect(throws: LogError(.failed, "")) {
            try LZ4Frame.confirm(frame + [0], holds: content.span)
        }
        frame[frame.count / 2] ^= 4
        #expect(throws: LogError(.failed, "")) { try LZ4Frame.confirm(frame, holds: content.span) }
    }

    @Test func framesDecompressToThemselvesAndBombsAreRefused() throws {
        for size in [1, 100, 65_535, 65_536, 70_000, 400_000] {
            let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) }
            for level in [LZ4Frame.Level.fast, .sealed] {
                let frame = LZ4Frame.compress(content.span, level)
                let back = try LZ4Frame.decompress(
                    frame.span, at: 0..<frame.count, plainLength: size)
                #expect(back.content == content && back.end == frame.count)
                #expect(throws: FormatError.self) {
                    try LZ4Frame.decompress(
                        frame.span, at: 0..<frame.count, plainLength: size - 1)
                }
                #expect(throws: FormatError.self) {
                    try LZ4Frame.decompress(
                        frame.span, at: 0..<(frame.count - 1), plainLength: size)
                }
            }
        }
    }
}

extension Footer {
    /// Whether the range that the footer states is refused before anything is made of it.
    fileprivate var rangeObjection: Bool {
        do throws(FormatError) {
            try summary.checkRange()
            return false
        } catch {
            return true
        }
    }
}
