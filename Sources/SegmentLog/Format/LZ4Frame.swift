internal import CLZ4
internal import Glibc

/// Standard LZ4 frames: 64 KiB blocks, linked, without a content checksum (ours covers the frame).
package enum LZ4Frame {
    /// How hard to look for matches.
    package struct Level: Hashable, Sendable {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }

        /// For appends, and for sealing under load.
        package static let fast = Level(rawValue: 1)
        /// For sealing: LZ4 HC.
        package static let sealed = Level(rawValue: 3)
        /// For segments that have cooled.
        package static let best = Level(rawValue: 9)
    }

    /// The frame of `content`. Cost: one pass; `fast` about 2 ns a byte, `sealed` about 10.
    package static func compress(_ content: Span<UInt8>, _ level: Level) -> [UInt8] {
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = LZ4F_max64KB
        preferences.frameInfo.blockMode = LZ4F_blockLinked
        preferences.compressionLevel = level.rawValue
        let bound = LZ4F_compressFrameBound(content.count, &preferences)
        return [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            count = content.withUnsafeBytes { source in
                LZ4F_compressFrame(
                    target.baseAddress, bound, source.baseAddress, source.count, &preferences)
            }
            // The bound is the library's own, so that the only failure left is one of memory.
            precondition(LZ4F_isError(count) == 0, "LZ4 could not compress into its own bound")
        }
    }

    /// The content of the LZ4 frame that begins at `offset` and must end within `limit` bytes of
    /// `bytes`. Reads no further than `plainLength` bytes of output: a bomb is refused.
    package static func decompress(
        _ bytes: Span<UInt8>, at range: Range<Int>, plainLength: Int
    ) throws(FormatError) -> (content: [UInt8], end: Int) {
        var context: OpaquePointer?
        guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0
        else { throw .invalid("LZ4 context") }
        defer { LZ4F_freeDecompressionContext(context) }
        let source = bytes.extracting(range)
        var consumed = 0
        var isFinished = false
        var isBroken = false
        // One byte more than promised, so that a longer content is noticed and not cut.
        let content = [UInt8](unsafeUninitializedCapacity: plainLength + 1) { target, count in
            source.withUnsafeBytes { input in
                while !isFinished, !isBroken {
                    var produced = plainLength + 1 - count
                    var taken = input.count - consumed
                    let hint = LZ4F_decompress(
                        context, target.baseAddress?.advanced(by: count), &produced,
                        input.baseAddress?.advanced(by: consumed), &taken, nil)
                    count += produced
                    consumed += taken
                    isFinished = hint == 0
                    isBroken = LZ4F_isError(hint) != 0 || (taken == 0 && produced == 0)
                }
            }
        }
        guard isFinished, content.count == plainLength else { throw .invalid("LZ4 frame") }
        return (content, range.lowerBound + consumed)
    }
}

extension LZ4Frame {
    /// Throws unless the frame decompresses to the content it was made of: the last look before
    /// bytes go to disk.
    static func confirm(_ frame: [UInt8], holds content: Span<UInt8>) throws(LogError) {
        let plain = try? decompress(
            frame.span, at: 0..<frame.count, plainLength: content.count)
        guard let plain, plain.end == frame.count, plain.content.span.isSame(as: content) else {
            throw LogError(
                .failed,
                "what was compressed does not decompress to itself; check this machine's memory")
        }
    }
}

extension Span<UInt8> {
    /// Whether the bytes are the same.
    func isSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return withUnsafeBytes { left in
            other.withUnsafeBytes { right in
                guard let left = left.baseAddress, let right = right.baseAddress else {
                    return true
                }
                return memcmp(left, right, count) == 0
            }
        }
    }
}
