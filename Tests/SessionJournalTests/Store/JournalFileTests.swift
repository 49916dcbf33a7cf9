import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

@Suite struct JournalFileTests {
    private let id = JournalID(high: 0x0198_C5D2_A4B8_7F3E, low: 0x9A6B_1C2D_3E4F_5A6B)

    @Test func goldenBytes() {
        let expected = """
            {
              "format": 1,
              "minimum_reader": 1,
              "journal": "0198c5d2a4b87f3e9a6b1c2d3e4f5a6b",
              "options": {}
            }
            crc32c
            """
        let text = String(decoding: JournalFile(journalID: id).bytes, as: UTF8.self)
        #expect(text.hasPrefix(expected + " "))
        #expect(text.utf8.count == expected.utf8.count + 10)
    }

    @Test func roundTrip() throws {
        let file = JournalFile(journalID: id)
        #expect(try JournalFile(parsing: file.bytes, place: "x") == file)
    }

    @Test func everyTruncationIsRefused() {
        let bytes = JournalFile(journalID: id).bytes
        for count in 0..<bytes.count {
            let error = #expect(throws: JournalError.self) {
                try JournalFile(parsing: Array(bytes[..<count]), place: "x")
            }
            #expect(error?.code == .damaged)
        }
    }

    @Test func everyFlippedBitIsRefused() {
        let bytes = JournalFile(journalID: id).bytes
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            let error = #expect(throws: JournalError.self) {
                try JournalFile(parsing: flipped, place: "x")
            }
            #expect(error?.code == .damaged, "bit \(bit)")
        }
    }

    /// With nothing kept but what was synced, the journal is there.
    @Test func theNameIsDurableWhenCreationReturns() throws {
        let disk = SimulatedDisk()
        try JournalFile.create(in: "/journal", journalID: id, disk)
        let after = disk.powerCut(.nothing)
        #expect(try JournalFile.read(in: "/journal", after).journalID == id)
        #expect(try after.names(in: "/journal") == ["JOURNAL", "segments"])
    }

    @Test func aNewerFormatIsNamed() {
        var file = JournalFile(journalID: id)
        file.format = 3
        file.minimumReader = 2
        let bytes = file.bytes
        let error = #expect(throws: JournalError.self) {
            try JournalFile(parsing: bytes, place: "x")
        }
        #expect(error?.code == .newerFormat)
    }
}
