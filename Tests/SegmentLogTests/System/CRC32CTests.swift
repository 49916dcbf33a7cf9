import CShims
import Testing

/// The published values, and the ways held against each other.
struct CRC32CTests {
    static let ways = [SJ_WAY_PORTABLE, SJ_WAY_HARDWARE]

    /// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
    static let vectors: [(bytes: [UInt8], crc: UInt32)] = [
        ([], 0),
        (Array("123456789".utf8), 0xE306_9283),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        (Array((0..<32).reversed()), 0x113F_DB5C),
        (readCommand, 0xD996_3A56),
    ]

    /// The "iSCSI SCSI Read (10) Command PDU" of the RFC.
    static let readCommand: [UInt8] = [
        0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
        0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
    ]

    @Test func publishedValues() {
        for vector in Self.vectors {
            #expect(sj_crc32c(0, vector.bytes, vector.bytes.count) == vector.crc)
        }
    }

    @Test(arguments: ways.map(\.rawValue))
    func publishedValuesInEachWay(_ way: UInt32) {
        for vector in Self.vectors {
            var crc: UInt32 = 1
            guard sj_crc32c_in(sj_way(way), 0, vector.bytes, vector.bytes.count, &crc) else {
                return
            }
            #expect(crc == vector.crc)
        }
    }

    @Test func unknownWayIsRefused() {
        var crc: UInt32 = 7
        #expect(!sj_crc32c_in(SJ_WAY_LANES, 0, [1], 1, &crc))
        #expect(crc == 7)
    }

    /// Every length over the limits at which the hardware way begins to use several streams, at
    /// every alignment.
    @Test func waysAgreeAtEveryLengthAndAlignment() {
        let bytes = (0..<16_384).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 7) }
        let lengths = Array(0..<900) + Array(3_060..<3_090) + [6_143, 6_144, 9_300, 16_370]
        for length in lengths {
            let start = length % 9
            bytes.withUnsafeBytes { buffer in
                let message = buffer.baseAddress! + start
                var portable: UInt32 = 0
                #expect(sj_crc32c_in(SJ_WAY_PORTABLE, 5, message, length, &portable))
                #expect(sj_crc32c(5, message, length) == portable, "length \(length)")
            }
        }
    }

    @Test(arguments: ways.map(\.rawValue))
    func piecesContinue(_ way: UInt32) {
        let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let whole = sj_crc32c(0, bytes, bytes.count)
        for cut in stride(from: 0, through: bytes.count, by: 333) {
            var crc: UInt32 = 0
            let head = Array(bytes[..<cut])
            let tail = Array(bytes[cut...])
            guard sj_crc32c_in(sj_way(way), 0, head, head.count, &crc) else { return }
            #expect(sj_crc32c_in(sj_way(way), crc, tail, tail.count, &crc))
            #expect(crc == whole)
        }
    }
}
