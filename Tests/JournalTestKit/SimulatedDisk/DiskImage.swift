internal import Synchronization
internal import TransparencyLog

/// The bytes of one file, cheap to copy: copies share what neither has changed since.
///
/// The bytes stand in chunks of one size; a chunk that was never written is not there and reads as
/// zeros. What a chunk holds behind the end of the file is zero, always.
struct DiskImage: Sendable {
    static let chunkSize = 16_384

    private(set) var size = 0
    private var chunks: [Chunk?] = []

    init() {}

    init(_ bytes: [UInt8]) { write(bytes, 0..<bytes.count, at: 0) }

    var bytes: [UInt8] { read(0..<size) }

    /// The bytes of a range; what of it lies behind the end is left out.
    func read(_ range: Range<Int>) -> [UInt8] {
        let range = range.clamped(to: 0..<size)
        return [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
            Self.forEachPart(of: range) { index, part, offset in
                let target = UnsafeMutableBufferPointer(
                    rebasing: buffer[offset..<(offset + part.count)])
                if let chunk = chunks[index] {
                    chunk.bytes.withUnsafeBufferPointer { source in
                        let wanted = UnsafeBufferPointer(rebasing: source[part])
                        _ = target.update(fromContentsOf: wanted)
                    }
                } else {
                    target.update(repeating: 0)
                }
            }
            filled = range.count
        }
    }

    /// Writes a part of an array, extending the file where need be.
    mutating func write(_ bytes: [UInt8], _ part: Range<Int>, at offset: Int) {
        guard !part.isEmpty else { return }
        let end = offset + part.count
        if end > size { resize(to: end) }
        bytes.withUnsafeBufferPointer { source in
            Self.forEachPart(of: offset..<end) { index, place, done in
                let start = part.lowerBound + done
                let piece = UnsafeBufferPointer(rebasing: source[start..<(start + place.count)])
                Self.update(&chunks[index], place, piece)
            }
        }
    }

    /// Writes into a chunk; into a copy of it where another image has the chunk too.
    private static func update(
        _ chunk: inout Chunk?, _ place: Range<Int>, _ piece: UnsafeBufferPointer<UInt8>
    ) {
        if !isKnownUniquelyReferenced(&chunk) {
            chunk = Chunk(chunk?.bytes ?? [UInt8](repeating: 0, count: chunkSize))
        }
        chunk?.update(place, piece)
    }

    /// Cuts, or extends with zeros.
    mutating func resize(to newSize: Int) {
        let count = (newSize + Self.chunkSize - 1) / Self.chunkSize
        if newSize < size {
            chunks.removeLast(chunks.count - count)
            let kept = newSize % Self.chunkSize
            if kept > 0, chunks[count - 1] != nil {
                let zeros = [UInt8](repeating: 0, count: Self.chunkSize - kept)
                zeros.withUnsafeBufferPointer {
                    Self.update(&chunks[count - 1], kept..<Self.chunkSize, $0)
                }
            }
        } else if count > chunks.count {
            chunks.append(contentsOf: repeatElement(nil, count: count - chunks.count))
        }
        size = newSize
    }

    mutating func flip(bit: Int) {
        guard bit >= 0, bit / 8 < size else { return }
        var byte = read(bit / 8..<(bit / 8 + 1))
        byte[0] ^= 1 << UInt8(bit % 8)
        write(byte, 0..<1, at: bit / 8)
    }

    /// Calls with the index and the hash of each chunk that holds anything but zeros.
    func forEachFilledChunk(_ body: (Int, Hash) -> Void) {
        for (index, chunk) in chunks.enumerated() {
            if let hash = chunk?.hash, hash != Self.hashOfZeros { body(index, hash) }
        }
    }

    private static let hashOfZeros = Chunk([UInt8](repeating: 0, count: chunkSize)).hash

    /// Cuts a range at the limits of chunks: the chunk's index, the part within it, and how many
    /// bytes of the range went before.
    private static func forEachPart(of range: Range<Int>, _ body: (Int, Range<Int>, Int) -> Void) {
        var start = range.lowerBound
        while start < range.upperBound {
            let index = start / chunkSize
            let base = index * chunkSize
            let end = min(range.upperBound, base + chunkSize)
            body(index, (start - base)..<(end - base), start - range.lowerBound)
            start = end
        }
    }
}

/// A chunk, which images share, and its hash once somebody has asked for it. Its bytes change only
/// while one image alone has it.
private final class Chunk: @unchecked Sendable {
    private(set) var bytes: [UInt8]
    private let known = Mutex<Hash?>(nil)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var hash: Hash {
        known.withLock { known in
            if let known { return known }
            let content = bytes
            let hash = Hash(of: content.span)
            known = hash
            return hash
        }
    }

    func update(_ place: Range<Int>, _ piece: UnsafeBufferPointer<UInt8>) {
        known.withLock { $0 = nil }
        bytes.withUnsafeMutableBufferPointer { target in
            _ = UnsafeMutableBufferPointer(rebasing: target[place]).update(fromContentsOf: piece)
        }
    }
}
