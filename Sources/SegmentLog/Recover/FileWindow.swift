/// Reads a file in large steps and hands out small parts.
struct FileWindow {
    private let file: any File
    let size: Int
    private var bytes: [UInt8] = []
    private var start = 0

    private static let step = 256 << 10

    init(_ file: any File, size: Int) {
        self.file = file
        self.size = size
    }

    /// Makes `range` (cut at the file's end) readable, and says where it stands in `span`.
    mutating func load(_ range: Range<Int>) throws(Errno) -> Range<Int> {
        let wanted = min(range.lowerBound, size)..<min(range.upperBound, size)
        if wanted.lowerBound < start || wanted.upperBound > start + bytes.count {
            start = wanted.lowerBound
            bytes = try file.read(max(wanted.count, min(Self.step, size - start)), at: start)
        }
        let low = wanted.lowerBound - start
        return low..<min(low + wanted.count, bytes.count)
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
