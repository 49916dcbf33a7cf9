import CShims
import Testing

struct SystemShimTests {
    @Test func randomBytesDiffer() {
        var first = [UInt8](repeating: 0, count: 300)
        var second = first
        #expect(sj_random(&first, first.count) == 0)
        #expect(sj_random(&second, second.count) == 0)
        #expect(first != second)
        #expect(first.suffix(16) != [UInt8](repeating: 0, count: 16)[...])
        #expect(sj_random(&first, 0) == 0)
    }

    @Test func directFlagIsKnownHere() {
        #expect(sj_o_direct() != 0)
    }
}
