/// A file that is written from its beginning, piece by piece, and hashed on the way.
package struct HashedCopy {
    private let target: any File
    private var stream = FileHashStream()
    package private(set) var size = 0

    /// Bytes that are copied at once.
    package static let pieceSize = 1 << 20

    /// - Parameter target: A new file.
    package init(to target: any File) { self.target = target }

    package mutating func append(_ bytes: Span<UInt8>) throws(Errno) {
        try target.write(bytes, at: size)
        stream.update(bytes)
        size += bytes.count
    }

    /// Copies a part of another file; `body` sees each piece. Where `aroundDamage` is set, zeros stand
    /// for pages that the disk cannot read, and the answer says whether there were any.
    package mutating func append(
        _ range: Range<Int>, of source: any File, aroundDamage: Bool = false,
        _ body: (Span<UInt8>) -> Void = { _ in }
    ) throws(Errno) -> Bool {
        var isWhole = true
        var at = range.lowerBound
        while at < range.upperBound {
            let part = at..<min(at + Self.pieceSize, range.upperBound)
            let (piece, unreadable) =
                aroundDamage
                ? try source.readAroundDamage(part) : (try source.read(part.count, at: at), [])
            if !unreadable.isEmpty { isWhole = false }
            guard !piece.isEmpty else { break }
            body(piece.span)
            try append(piece.span)
            at += piece.count
        }
        return isWhole && at == range.upperBound
    }

    /// SHA-256 of what was written.
    package func hash() -> [UInt8] { stream.finish() }

    /// SHA-256 of a file of `size` bytes.
    package static func hash(of file: any File, size: Int) throws(Errno) -> [UInt8] {
        var stream = FileHashStream()
        var at = 0
        while at < size {
            let piece = try file.read(min(pieceSize, size - at), at: at)
            guard !piece.isEmpty else { break }
            stream.update(piece.span)
            at += piece.count
        }
        return stream.finish()
    }
}
