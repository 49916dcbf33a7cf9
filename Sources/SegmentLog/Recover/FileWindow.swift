/// Reads a file in large steps and hands out small parts.
struct FileWindow {
    private let file: any File
    let size: Int
    private var bytes: [UInt8] = []
    private var start = 0

    /// Whether zeros stand for a page that the disk cannot read; else its error is thrown.
    private let passesOver: Bool
    /// Where the first page stands that the disk could not read.
    private(set) var firstUnreadable: Int?

    private static let step = 256 << 10

    init(_ file: any File, size: Int, passingOverUnreadable: Bool = false) {
        self.file = file
        self.size = size
        passesOver = passingOverUnreadable
    }

    /// Makes `range` (cut at the file's end) readable, and says where it stands in `span`.
    mutating func load(_ range: Range<Int>) throws(Errno) -> Range<Int> {
        let wanted = min(range.lowerBound, size)..<min(range.upperBound, size)
        if wanted.lowerBound < start || wanted.upperBound > start + bytes.count {
            start = wanted.lowerBound
            bytes = try read(max(wanted.count, min(Self.step, size - start)), at: start)
        }
        let low = wanted.lowerBound - start
        return low..<min(low + wanted.count, bytes.count)
    }

    private mutating func read(_ count: Int, at offset: Int) throws(Errno) -> [UInt8] {
        do throws(Errno) {
            return try file.read(count, at: offset)
        } catch {
            guard passesOver, error == .inputOutput else { throw error }
        }
        let pages = try file.readAroundDamage(offset..<min(offset + count, size))
        if let first = pages.unreadable.first {
            firstUnreadable = min(firstUnreadable ?? first, first)
        }
        return pages.bytes
    }

    var loaded: [UInt8] { bytes }

    /// Where bytes stand first, at or behind a place; nil where they do not.
    mutating func firstIndex(of pattern: [UInt8], from start: Int) throws(Errno) -> Int? {
        var at = start
        while at + pattern.count <= size {
            let part = try load(at..<min(at + Self.step, size))
            if let index = bytes.span.extracting(..<part.upperBound).firstIndex(
                of: pattern, from: part.lowerBound)
            {
                return at + index - part.lowerBound
            }
            guard part.count >= pattern.count else { return nil }
            at += part.count - pattern.count + 1
        }
        return nil
    }

    /// The first byte that is not zero in a range, or nil.
    mutating func firstNonZero(in range: Range<Int>) throws(Errno) -> Int? {
        var at = range.lowerBound
        while at < range.upperBound {
            let part = try load(at..<min(at + Self.step, range.upperBound))
            guard !part.isEmpty else { return nil }
            if let index = bytes.span.extracting(..<part.upperBound).firstNonZero(
                from: part.lowerBound)
            {
                return at + index - part.lowerBound
            }
            at += part.count
        }
        return nil
    }
}
