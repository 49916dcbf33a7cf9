import Synchronization
import Testing

@testable import SegmentLog

@Suite struct BlockCacheTests {
    @Test func theCacheTellsWhatItGivesUp() {
        let given = Mutex<[LogActivity]>([])
        let cache = BlockCache(
            sizeLimit: 1_000, watch: LogWatch { activity in given.withLock { $0.append(activity) } }
        )
        let segment = SegmentIdentity()
        for index in 0..<6 {
            let page = [UInt8](repeating: 1, count: 200)
            cache.keep(page, .init(segment: segment, kind: .page, index: index))
        }
        #expect(given.withLock { $0.map(\.bytes) } == [800])
        #expect(cache.figures.page.evictions == 4)
    }
}
