import SessionJournal
import Testing

@Suite struct RememberedIDsTests {
    private func position(_ number: Int) -> RememberedIDs.Position {
        .init(
            sequence: UInt64(number), version: UInt64(number),
            time: Timestamp(microseconds: Int64(number)))
    }

    @Test func keepsTheLastAndForgetsTheOldest() {
        var ids = RememberedIDs(limit: 4)
        for number in 1...10 { ids.remember(IDFingerprint("\(number)"), at: position(number)) }
        #expect(ids.count == 4)
        for number in 1...10 {
            #expect(ids[IDFingerprint("\(number)")] == (number > 6 ? position(number) : nil))
        }
    }

    @Test func keepsTheFirstPositionOfAnID() {
        var ids = RememberedIDs(limit: 4)
        ids.remember(IDFingerprint("a"), at: position(1))
        ids.remember(IDFingerprint("a"), at: position(2))
        #expect(ids.count == 1)
        #expect(ids[IDFingerprint("a")] == position(1))
    }

    @Test(arguments: 0...6, 0...6)
    func newerOnesComeOnTop(older: Int, newer: Int) {
        var ids = RememberedIDs(limit: 4)
        for number in 0..<older { ids.remember(IDFingerprint("\(number)"), at: position(number)) }
        var added = RememberedIDs(limit: 4)
        for number in older..<(older + newer) {
            added.remember(IDFingerprint("\(number)"), at: position(number))
        }
        ids.remember(all: added)
        let total = older + newer
        for number in 0..<total {
            let expected = number >= total - 4 ? position(number) : nil
            #expect(ids[IDFingerprint("\(number)")] == expected)
        }
    }
}
