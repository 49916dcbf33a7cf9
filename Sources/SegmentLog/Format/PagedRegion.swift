/// A part of a file whose checksums, one for every 4,096 bytes of it, stand elsewhere: any range of
/// it can be read and trusted without the rest. Pages go through the block cache.
struct PagedRegion: Sendable {
    static let pageSize = SegmentLogFormat.pageSize

    let file: any File
    /// Of the region in the file.
    let offset: Int
    /// In bytes.
    let size: Int
    let checksums: [UInt32]
    let cache: BlockCache
    let identity: SegmentIdentity

    static func pageCount(of size: Int) -> Int { (size + pageSize - 1) / pageSize }

    /// The checksums of a region with this content.
    static func checksums(of bytes: [UInt8]) -> [UInt32] {
        stride(from: 0, to: bytes.count, by: pageSize).map { start in
            CRC32C.checksum(bytes, start..<min(start + pageSize, bytes.count))
        }
    }

    /// Bytes of the region. Cost: the pages that are not cached, in one read each.
    ///
    /// - Throws: `checksum` where a page is not what was written, `truncated` where the range is
    ///   not in the region, `unreadable` where the disk fails.
    func bytes(_ range: Range<Int>) throws(FormatError) -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= size else { throw .truncated }
        guard !range.isEmpty else { return [] }
        let first = range.lowerBound / Self.pageSize
        let last = (range.upperBound - 1) / Self.pageSize
        if first == last {
            let page = try page(first)
            let start = range.lowerBound - first * Self.pageSize
            return Array(page[start..<(start + range.count)])
        }
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        for number in first...last {
            let page = try page(number)
            let start = number * Self.pageSize
            let low = max(range.lowerBound - start, 0)
            let high = min(range.upperBound - start, page.count)
            result.append(contentsOf: page[low..<high])
        }
        return result
    }

    private func page(_ number: Int) throws(FormatError) -> [UInt8] {
        let key = BlockCache.Key(segment: identity, kind: .page, index: number)
        if let known = cache.content(key) { return known }
        let start = number * Self.pageSize
        let length = min(Self.pageSize, size - start)
        let page = try file.part(length, at: offset + start)
        guard page.count == length, CRC32C.checksum(page.span) == checksums[number] else {
            throw .checksum
        }
        cache.keep(page, key)
        return page
    }
}

extension File {
    /// Up to `count` bytes of a structure that stands at `offset`.
    func part(_ count: Int, at offset: Int) throws(FormatError) -> [UInt8] {
        do throws(Errno) {
            return try read(count, at: offset)
        } catch {
            throw .unreadable(error)
        }
    }
}
