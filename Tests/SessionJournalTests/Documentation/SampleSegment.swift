import JournalTestKit
import SegmentLog
import SessionJournal
import Synchronization

/// The tiny journal whose bytes the page on the file format explains: two events of one session,
/// with a clock and random bytes that are the same each time.
enum SampleSegment {
    static let path = "/tea.journal"
    static let file = path + "/segments/" + SegmentName.file(first: 1)
    static let digits = "019b76da800070008000000000000000"

    /// The files of the journal, closed; sealed before, where that is asked for.
    static func files(sealed: Bool) async throws -> [String: [UInt8]] {
        let disk = SimulatedDisk()
        let calls = Mutex<UInt8>(0)
        var options = JournalOptions()
        options.fileSystem = disk
        options.sealing = .inline
        options.clock = { Timestamp(microseconds: 1_767_225_600_000_000) }
        options.random = { count in
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            return [UInt8](repeating: call, count: count)
        }
        guard let session = SessionID(digits) else { return [:] }
        let journal = try await Journal.create(at: path, options: options)
        var filled = EventDraft("x.pot_filled", data: ["litres": 1])
        filled.cause = .inBatch(0)
        try await journal.as("user:ada").append(
            [
                EventDraft(.sessionCreated, data: ["key": "tea", "schema": 1, "metadata": [:]]),
                filled,
            ],
            to: session)
        if sealed { try await journal.seal() }
        try await journal.close()
        return disk.files
    }

    /// The lines of the segment, as `lz4cat` prints them.
    static func lines(of bytes: [UInt8]) throws -> [String] {
        let page = SegmentLogFormat.pageSize
        let header = try BlockHeader.decode(bytes.span, at: page)
        let start = page + header.encodedSize
        let plain = try LZ4Frame.decompress(
            bytes.span, at: start..<(start + header.storedLength), plainLength: header.plainLength)
        let text = String(decoding: plain.content, as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    // MARK: The file of active layout

    static func dumpOfActive(_ bytes: [UInt8]) -> (lines: [String], isBlank: Bool) {
        let page = SegmentLogFormat.pageSize
        var dump = ByteDump(
            bytes, title: "tea.journal/segments/\(SegmentName.file(first: 1)), closed")
        var isBlank = true
        dump.heading("page 0: the closed tail that the segment was made with")
        dump.tail()
        isBlank = dump.zeros(upTo: page, "zeros to the end of the frame") && isBlank
        dump.heading("page 1: a commit of one block: header, content, padding")
        dump.blockHeader()
        dump.lz4Frame()
        dump.number(4, "skippable frame: padding", radix: 16)
        dump.number(4, "bytes of the frame behind these eight")
        isBlank = dump.zeros(upTo: 2 * page, "padding to the end of the page") && isBlank
        dump.heading("page 2: the closed tail of a clean close")
        dump.tail()
        isBlank = dump.zeros(upTo: 3 * page, "zeros to the end of the file") && isBlank
        return (dump.lines, isBlank && dump.isAtEnd)
    }

    // MARK: The file of sealed layout

    static func dumpOfSealed(_ bytes: [UInt8]) -> (lines: [String], isAtEnd: Bool) {
        var dump = ByteDump(
            bytes, title: "tea.journal/segments/\(SegmentName.file(first: 1)), sealed")
        dump.heading("a frame header and its frame")
        dump.prefix("sealed frame header", magic: "SJF1")
        dump.number(8, "lowest sequence number")
        dump.number(8, "highest sequence number")
        dump.number(4, "events")
        dump.number(4, "stored length")
        dump.number(4, "plain length")
        dump.take(4, "CRC-32C of the LZ4 frame")
        dump.take(4, "CRC-32C of this header")
        dump.lz4Frame()
        dump.heading("the footer: fixed fields")
        dump.footerFields()
        dump.heading("the footer: tables")
        dump.footerTables()
        return (dump.lines, dump.isAtEnd)
    }
}

extension ByteDump {
    fileprivate mutating func tail() {
        prefix("tail", magic: "SJT1")
        u8 { role in "role: \(role)" }
        take(7, "reserved")
        number(8, "durable watermark")
        number(8, "last sequence number")
        number(8, "writer epoch")
        number(8, "successor, of an end frame")
        take(4, "header CRC of the last block")
        take(4, "CRC-32C of this header")
    }

    fileprivate mutating func blockHeader() {
        prefix("block header", magic: "SJB1")
        number(8, "first sequence number")
        number(8, "first of the commit")
        number(8, "last of the commit")
        number(8, "durable watermark")
        number(8, "writer epoch")
        number(8, "first time, µs since 1970")
        number(8, "last time")
        number(4, "events")
        let streams = number(4, "streams")
        number(4, "stored length")
        number(4, "plain length")
        take(4, "header CRC of the block before")
        take(4, "CRC-32C of the content as stored")
        frontier("frontier after the block")
        for _ in 0..<streams {
            take(16, "stream 0: its key, the session's id")
            number(8, "its first version in the block")
        }
        for event in 1...2 {
            varint("event \(event): stream")
            varint("event \(event): line length")
        }
        take(4, "CRC-32C of this header")
    }

    fileprivate mutating func footerFields() {
        prefix("footer", magic: "SJE1")
        number(8, "first sequence number")
        number(8, "last sequence number")
        number(8, "the predecessor's first; 0 for none")
        number(8, "first time, µs since 1970")
        number(8, "last time")
        number(8, "highest writer epoch")
        number(4, "events present")
        number(4, "LZ4 level")
        number(4, "bits of a frame's number")
        number(8, "plain bytes")
        take(32, "SHA-256 of the file before this frame")
        frontier("frontier before")
        frontier("frontier after")
        for section in [
            "frames", "directories", "streams' fences", "streams", "names' fences", "names", "gaps",
            "permutation", "filter",
        ] { number(4, "bytes of section: \(section)") }
        take(4, "CRC-32C of the one page of the body")
        take(4, "CRC-32C of this header")
    }

    fileprivate mutating func footerTables() {
        number(8, "frame 0: offset")
        number(4, "header size")
        number(4, "stored length")
        number(4, "plain length")
        take(4, "CRC-32C of its content")
        number(8, "lowest sequence number")
        number(8, "highest sequence number")
        number(4, "events")
        number(4, "offset of its directory")
        number(4, "length of its directory")
        for event in 1...2 {
            varint("line \(event): sequence number less the lowest")
            varint("line \(event): length")
        }
        take(16, "fence: the key of stream 0")
        take(16, "stream 0: key")
        number(8, "first version")
        number(8, "last version")
        number(4, "first sequence number less the segment's")
        number(4, "last sequence number less the segment's")
        number(4, "events")
        number(4, "first frame")
        number(4, "first line in it")
        take(16, "fence: the fingerprint of name 0")
        take(16, "name 0: first half of SHA-256(key/…)")
        number(4, "its stream's row")
        take(1, "permutation: 1 bit an event, frame 0 for both")
        take(64, "filter: one block, seven bits a term")
        number(4, "size of the footer's frame")
        take(4, "“SJND”")
    }
}
