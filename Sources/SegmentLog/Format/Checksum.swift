internal import CShims

/// CRC-32C (Castagnoli), as in iSCSI (RFC 3720): finds every error burst of up to 32 bits and every
/// flip of a few bits in frames of our sizes. Cost: about 0.1 ns a byte where the processor helps.
package enum CRC32C {
    /// The checksum of bytes; `previous` continues that of what came before them.
    package static func checksum(_ bytes: Span<UInt8>, previous: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { sj_crc32c(previous, $0.baseAddress, $0.count) }
    }

    /// The checksum of a part of an array.
    package static func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
        checksum(bytes.span.extracting(range))
    }
}

/// SHA-256 (FIPS 180-4), as used for whole files and for filters.
package enum FileHash {
    package static func hash(_ bytes: Span<UInt8>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            bytes.withUnsafeBytes { sj_sha256($0.baseAddress, $0.count, buffer.baseAddress) }
            count = 32
        }
    }
}

/// SHA-256 of bytes that come in pieces.
package struct FileHashStream {
    private var state = sj_sha256_state()

    init() { sj_sha256_begin(&state) }

    mutating func update(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBytes { sj_sha256_update(&state, $0.baseAddress, $0.count) }
    }

    consuming func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            if let base = buffer.baseAddress { sj_sha256_finish(&state, base) }
            count = 32
        }
    }
}
