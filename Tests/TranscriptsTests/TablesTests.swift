import SessionJournal
import Testing

@testable import Transcripts

@Suite("What an import knows, in little room")
struct TablesTests {
    @Test func aTableKeepsTheLastNumberOfEveryKey() {
        var table = KeyTable()
        #expect(table[PieceKey("a".utf8.span)] == nil)
        for round in 0..<2 {
            for number in 0..<20_000 {
                table[PieceKey("name \(number)".utf8.span)] = number * 3 - round
            }
        }
        table[PieceKey("name 7".utf8.span)] = nil
        #expect(table.count == 20_000)
        for number in 0..<20_000 {
            #expect(table[PieceKey("name \(number)".utf8.span)] == number * 3 - 1)
        }
        #expect(table[PieceKey("name 20000".utf8.span)] == nil)
    }

    /// What differs in its last bytes only is spread over the table: with a slot for each of them the
    /// test would not end.
    @Test(.timeLimit(.minutes(5))) func keysThatAreAlikeAreSpread() {
        var table = KeyTable()
        for number in 0..<300_000 {
            var bytes = [UInt8](repeating: 65, count: 7)
            (bytes[4], bytes[5], bytes[6]) = (
                UInt8(number & 255), UInt8(number >> 8 & 255), UInt8(number >> 16)
            )
            table[PieceKey(bytes.span)] = number
        }
        #expect(table.count == 300_000)
    }

    @Test func aListChangesWhereItStandsAndInNoCopy() {
        var list = PagedList<Int>()
        #expect(list.isEmpty)
        for number in 0..<10_000 { list.append(number) }
        let copy = list
        for place in stride(from: 0, to: 10_000, by: 3) { list[place] += 1 }
        #expect(list.count == 10_000 && copy.count == 10_000)
        for place in 0..<10_000 {
            #expect(copy[place] == place && list[place] == (place % 3 == 0 ? place + 1 : place))
        }
        var named = NamedList<[Int]>()
        named["a"] = [1]
        named["b"] = [2]
        named["a"]?.append(3)
        named["c"]?.append(4)
        named["a"] = nil
        #expect(named["a"] == [1, 3] && named["b"] == [2] && named["c"] == nil)
    }

    @Test func aNameComesBackAsItWas() {
        let uuid = "0b7c1f2e-9a3d-4c5b-8e6f-00112233aabb"
        #expect(SourceName(uuid) != .text(uuid))
        for name in [
            uuid, uuid.uppercased(), "00000000-0000-0000-0000-000000000000", "", "line-7",
            "0b7c1f2e9-a3d-4c5b-8e6f-00112233aabb", "0b7c1f2e-9a3d-4c5b-8e6f-00112233aab",
            "0b7c1f2e-9a3d-4c5b-8e6f-00112233aabg", "0b7c1f2e-9a3d-4c5b-8e6f-0011-233aabb",
            "0b7c1f2e-9a3d-4c5b-8e6f_00112233aabb", String(repeating: "-", count: 36),
            String(repeating: "ä", count: 18),
        ] {
            #expect(SourceName(name).text == name)
        }
    }
}
