internal import SessionJournal

/// What a zip file says it holds: its central directory, as APPNOTE.TXT of PKWARE describes it.
struct ZipDirectory: Sendable {
    /// A file in it.
    struct Member: Sendable {
        var name: String
        var method: UInt16
        var isEncrypted: Bool
        var crc: UInt32
        /// Its size as it is packed, in bytes.
        var packed: UInt64
        /// Its size, in bytes.
        var size: UInt64
        /// Where its own header stands.
        var offset: UInt64

        var isFolder: Bool { name.hasSuffix("/") }

        /// Whether the name is a path below a folder, and a plain one.
        var hasPlainName: Bool {
            !name.isEmpty
                && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
                    !part.isEmpty && part != "." && part != ".."
                        && !part.utf8.contains { $0 < 0x20 || $0 == UInt8(ascii: "\\") }
                }
        }
    }

    private(set) var members: [Member] = []

    /// The most members that are looked at, and the largest directory, in bytes.
    static let countLimit: UInt64 = 1 << 17
    static let sizeLimit: UInt64 = 64 << 20

    private let path: String

    /// Reads the directory of a file.
    ///
    /// - Throws: ``TranscriptError/Code/archive`` where there is none that fits the file.
    init(_ window: FileWindow, path: String) throws(TranscriptError) {
        self.path = path
        let end = try Self.end(window, path)
        guard end.count <= Self.countLimit, end.size <= Self.sizeLimit else {
            throw Self.error(path, "its directory is larger than is taken")
        }
        let bytes = try window.read(at: end.offset, count: Int(end.size))
        var at = 0
        for _ in 0..<end.count {
            guard let (member, next) = Self.member(bytes.span, at) else {
                throw Self.error(path, "its directory cannot be read")
            }
            members.append(member)
            at = next
        }
        try refuseOverlaps(before: end.offset)
    }

    /// Throws where members share bytes: so a few of them can become as much as one likes.
    private func refuseOverlaps(before end: UInt64) throws(TranscriptError) {
        var reached: UInt64 = 0
        for member in members.sorted(by: { $0.offset < $1.offset }) {
            let (data, overflows) = member.offset.addingReportingOverflow(30)
            let (last, overflowsToo) = data.addingReportingOverflow(member.packed)
            guard !overflows, !overflowsToo, member.offset >= reached, last <= end else {
                throw Self.error(path, "what it holds overlaps")
            }
            reached = last
        }
    }

    static func error(_ path: String, _ what: String) -> TranscriptError {
        TranscriptError(
            .archive, "\(path) is no zip file that can be read: \(what). Unpack what unzip can.",
            path: path)
    }

    // MARK: The end

    private struct End {
        var count: UInt64
        var size: UInt64
        var offset: UInt64
    }

    /// The largest comment behind the end, in bytes.
    private static let commentLimit: UInt64 = 0xFFFF

    private static func end(_ window: FileWindow, _ path: String) throws(TranscriptError) -> End {
        let size = window.size
        let tail = min(size, 22 + commentLimit)
        let bytes = try window.read(at: size - tail, count: Int(tail))
        let span = bytes.span
        var at = bytes.count - 22
        while at >= 0 {
            if span.uint32(at) == 0x0605_4B50, at + 22 + Int(span.uint16(at + 20)) == bytes.count {
                break
            }
            at -= 1
        }
        guard at >= 0 else { throw error(path, "its end is missing") }
        guard span.uint16(at + 4) == span.uint16(at + 6) else {
            throw error(path, "it is a part of several files")
        }
        var end = End(
            count: UInt64(span.uint16(at + 10)), size: UInt64(span.uint32(at + 12)),
            offset: UInt64(span.uint32(at + 16)))
        let place = size - tail + UInt64(at)
        if end.count == 0xFFFF || end.size == 0xFFFF_FFFF || end.offset == 0xFFFF_FFFF,
            let large = try largeEnd(window, before: place)
        {
            end = large
        }
        guard end.size <= place, end.offset <= place - end.size else {
            throw error(path, "its directory does not stand in it")
        }
        return end
    }

    /// The end of a file of Zip64; nil where it is none.
    private static func largeEnd(
        _ window: FileWindow, before place: UInt64
    ) throws(TranscriptError) -> End? {
        guard place >= 20 else { return nil }
        let locator = try window.read(at: place - 20, count: 20)
        guard locator.span.uint32(0) == 0x0706_4B50, place >= 20 + 56 else { return nil }
        let offset = locator.span.uint64(8)
        guard offset <= place - 20 - 56 else { return nil }
        let bytes = try window.read(at: offset, count: 56)
        guard bytes.span.uint32(0) == 0x0606_4B50 else { return nil }
        return End(
            count: bytes.span.uint64(32), size: bytes.span.uint64(40),
            offset: bytes.span.uint64(48))
    }

    // MARK: Members

    private static func member(_ bytes: Span<UInt8>, _ at: Int) -> (Member, next: Int)? {
        guard bytes.count - at >= 46, bytes.uint32(at) == 0x0201_4B50 else { return nil }
        let nameEnd = at + 46 + Int(bytes.uint16(at + 28))
        let extraEnd = nameEnd + Int(bytes.uint16(at + 30))
        let next = extraEnd + Int(bytes.uint16(at + 32))
        guard next <= bytes.count else { return nil }
        var member = Member(
            name: String(repairing: bytes.extracting(at + 46..<nameEnd)),
            method: bytes.uint16(at + 10), isEncrypted: bytes.uint16(at + 8) & 1 != 0,
            crc: bytes.uint32(at + 16), packed: UInt64(bytes.uint32(at + 20)),
            size: UInt64(bytes.uint32(at + 24)), offset: UInt64(bytes.uint32(at + 42)))
        guard takeLarge(bytes, nameEnd..<extraEnd, &member) else { return nil }
        return (member, next)
    }

    /// Takes the numbers that need 64 bits from the extra field.
    private static func takeLarge(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ member: inout Member
    ) -> Bool {
        var at = range.lowerBound
        while at + 4 <= range.upperBound {
            let end = at + 4 + Int(bytes.uint16(at + 2))
            guard end <= range.upperBound else { return true }
            defer { at = end }
            guard bytes.uint16(at) == 1 else { continue }
            var place = at + 4
            func next(_ value: UInt64) -> UInt64? {
                guard value == 0xFFFF_FFFF else { return value }
                guard place + 8 <= end else { return nil }
                defer { place += 8 }
                return bytes.uint64(place)
            }
            guard let size = next(member.size), let packed = next(member.packed),
                let offset = next(member.offset)
            else { return false }
            member.size = size
            member.packed = packed
            member.offset = offset
        }
        return true
    }
}

extension Span<UInt8> {
    /// A number of two bytes, the lowest first.
    func uint16(_ at: Int) -> UInt16 { UInt16(self[at]) | UInt16(self[at + 1]) << 8 }

    /// A number of four bytes, the lowest first.
    func uint32(_ at: Int) -> UInt32 { UInt32(uint16(at)) | UInt32(uint16(at + 2)) << 16 }

    /// A number of eight bytes, the lowest first.
    func uint64(_ at: Int) -> UInt64 { UInt64(uint32(at)) | UInt64(uint32(at + 4)) << 32 }
}
