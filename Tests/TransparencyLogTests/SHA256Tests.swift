import CShims
import JournalTestKit
import Testing
import TransparencyLog

/// The published values (FIPS 180-4 and its examples), and the ways held against each other.
struct SHA256Tests {
    static let ways = [SJ_WAY_PORTABLE, SJ_WAY_ROTATE, SJ_WAY_HARDWARE]

    static let vectors: [(message: [UInt8], digest: String)] = [
        ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (Array("abc".utf8), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            Array(
                ("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                    + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu").utf8),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        (
            [UInt8](repeating: 0x61, count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    /// Bytes without a short period.
    static let noise = (0..<4_096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 5) }

    private func hash(_ bytes: [UInt8], _ way: sj_way) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: 32)
        return sj_sha256_in(way, bytes, bytes.count, &digest) ? digest : nil
    }

    private func hex(_ bytes: [UInt8]) -> String { Hash(bytes.span).map { "\($0)" } ?? "" }

    @Test func publishedValues() {
        for vector in Self.vectors {
            #expect("\(Hash(of: vector.message.span))" == vector.digest)
        }
    }

    @Test(arguments: ways.map(\.rawValue))
    func publishedValuesInEachWay(_ way: UInt32) {
        for vector in Self.vectors {
            guard let digest = hash(vector.message, sj_way(way)) else { return }
            #expect(hex(digest) == vector.digest)
        }
    }

    @Test func unknownWayIsRefused() {
        #expect(hash([], SJ_WAY_LANES) == nil)
        #expect(hash([], sj_way(77)) == nil)
    }

    @Test func waysAgreeAtEveryLength() {
        for length in 0..<300 {
            let bytes = Array(Self.noise[length % 7..<(length % 7 + length)])
            let portable = hash(bytes, SJ_WAY_PORTABLE)
            for way in Self.ways {
                guard let digest = hash(bytes, way) else { continue }
                #expect(digest == portable, "length \(length), way \(way.rawValue)")
            }
        }
    }

    @Test func prefixIsAByteInFront() {
        for length in 0..<200 {
            let bytes = Array(Self.noise[..<length])
            #expect(Hash.leaf(bytes.span).bytes == hash([0] + bytes, SJ_WAY_PORTABLE))
        }
    }

    @Test func nodeIsTheHashOfItsChildren() throws {
        let left = Hash.leaf([1].span)
        let right = Hash.leaf([2].span)
        let node = Hash(left: left, right: right)
        #expect(node.bytes == hash([1] + left.bytes + right.bytes, SJ_WAY_PORTABLE))
        #expect(Hash(left: right, right: left) != node)
    }

    @Test func piecesOfEverySizeMakeTheWhole() {
        let whole = hash(Self.noise, SJ_WAY_PORTABLE)
        for size in [1, 3, 31, 63, 64, 65, 127, 128, 129, 1_000, 4_095, 4_096] {
            var state = sj_sha256_state()
            sj_sha256_begin(&state)
            var start = 0
            while start < Self.noise.count {
                let piece = Array(Self.noise[start..<min(start + size, Self.noise.count)])
                sj_sha256_update(&state, piece, piece.count)
                sj_sha256_update(&state, nil, 0)
                start += piece.count
            }
            var digest = [UInt8](repeating: 0, count: 32)
            sj_sha256_finish(&state, &digest)
            #expect(digest == whole, "pieces of \(size)")
        }
    }

    /// Batches of every size, of messages of like and of unlike lengths, in every way.
    @Test(arguments: (ways + [SJ_WAY_LANES]).map(\.rawValue))
    func manyAreEachByItself(_ way: UInt32) {
        var random = SeededGenerator(seed: 5)
        for count in 0..<40 {
            let limit = [1, 60, 130, 2_000][count % 4]
            let lengths = (0..<count).map { _ in Int.random(in: 0..<limit, using: &random) }
            let expected = lengths.flatMap {
                hash(Array(Self.noise[..<$0]), SJ_WAY_PORTABLE) ?? []
            }
            guard let inWay = many(lengths, sj_way(way)) else { return }
            #expect(inWay == expected, "\(lengths)")
            #expect(many(lengths, nil) == expected)
        }
    }

    @Test func unknownWayOfManyIsRefused() {
        #expect(many([1], sj_way(77)) == nil)
    }

    /// The digests, one behind the other, of the noise's first so many bytes; nil where this machine
    /// cannot.
    private func many(_ lengths: [Int], _ way: sj_way?) -> [UInt8]? {
        var digests = [UInt8](repeating: 0, count: 32 * lengths.count)
        let isDone = Self.noise.withUnsafeBytes { noise in
            let messages = lengths.map { sj_message(bytes: noise.baseAddress, count: $0) }
            return digests.withUnsafeMutableBytes { room in
                let target = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                guard let way else {
                    sj_sha256_many(messages, messages.count, target)
                    return true
                }
                return sj_sha256_many_in(way, messages, messages.count, target)
            }
        }
        return isDone ? digests : nil
    }
}
