/// Copies a torn tail into `quarantine/`, piece by piece: a file may have been grown to any size, and
/// memory stays bounded.
struct TornTailCopy {
    let file: any File
    /// Where the tail begins.
    let offset: Int
    /// Bytes from there to the last one that is not zero.
    let size: Int

    private static let pieceSize = 1 << 20

    /// The tail from `offset` to the end of a file of `fileSize` bytes. Reads it.
    init(of file: any File, from offset: Int, fileSize: Int) throws(Errno) {
        self.file = file
        self.offset = offset
        var end = fileSize
        while end > offset {
            let start = max(offset, end - Self.pieceSize)
            let piece = try file.read(end - start, at: start)
            if piece.span.firstNonZero(from: 0) != nil {
                end = start + (piece.lastIndex { $0 != 0 } ?? -1) + 1
                break
            }
            end = start
        }
        size = end - offset
    }

    /// The first 8 bytes of the tail's SHA-256, as a number.
    func hash() throws(Errno) -> UInt64 {
        var stream = FileHashStream()
        try forEachPiece { (piece, _) throws(Errno) in
            stream.update(piece.span)
            return true
        }
        return stream.finish().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Whether another file holds these bytes and no more.
    func isHeld(by other: any File) throws(Errno) -> Bool {
        guard try other.size() == size else { return false }
        var isSame = true
        try forEachPiece { (piece, done) throws(Errno) in
            isSame = try other.read(piece.count, at: done) == piece
            return isSame
        }
        return isSame
    }

    func write(to target: any File) throws(Errno) {
        try forEachPiece { (piece, done) throws(Errno) in
            try target.write(piece.span, at: done)
            return true
        }
    }

    /// Calls with each piece and where in the tail it stands, until the body returns false.
    private func forEachPiece(_ body: ([UInt8], Int) throws(Errno) -> Bool) throws(Errno) {
        var done = 0
        while done < size {
            let piece = try file.read(min(Self.pieceSize, size - done), at: offset + done)
            guard !piece.isEmpty, try body(piece, done) else { return }
            done += piece.count
        }
    }
}
