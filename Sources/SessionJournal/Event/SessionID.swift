/// The random name that the journal gives a session: 16 bytes, shown as 32 lower-case hexadecimal
/// digits. It names nobody; the caller's own name for a session is its key.
///
/// The first six bytes are milliseconds since 1970, so that names sort by creation.
public struct SessionID: Hashable, BitwiseCopyable, Sendable {
    /// The first eight bytes, big-endian.
    package let high: UInt64

    /// The last eight bytes, big-endian.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The reserved session of the journal's own events: all zeros, shown as `@journal`.
    public static let journal = SessionID(high: 0, low: 0)

    /// The session of a text: 32 lower-case hexadecimal digits, or `@journal`; nil for any other.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        if text == Self.journalName {
            self = .journal
            return
        }
        self.init(hexadecimal: text.utf8.span)
    }

    /// The session of 32 lower-case hexadecimal digits in UTF-8; nil for anything else.
    package init?(hexadecimal digits: Span<UInt8>) {
        guard digits.count == 32, let high = Hexadecimal.number(digits, at: 0),
            let low = Hexadecimal.number(digits, at: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// A new random name for a session that begins at a time (the layout of UUID version 7).
    package static func random(at time: Timestamp) -> SessionID {
        let milliseconds = UInt64(max(0, time.microseconds / 1000)) & 0xFFFF_FFFF_FFFF
        let noise = UInt64.random(in: 0...UInt64.max)
        return SessionID(
            high: milliseconds << 16 | 0x7000 | noise >> 52,
            low: 1 << 63 | UInt64.random(in: 0...UInt64.max) >> 2)
    }

    /// Whether this is the journal's own session.
    public var isJournal: Bool { self == .journal }

    /// 32 lower-case hexadecimal digits, as the event line writes them; zeros for the journal's own
    /// session.
    public var hexadecimal: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        appendHexadecimal(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func appendHexadecimal(to bytes: inout [UInt8]) {
        Hexadecimal.append(high, to: &bytes)
        Hexadecimal.append(low, to: &bytes)
    }

    /// How the journal's own session is shown to people.
    public static let journalName = "@journal"
}

extension SessionID: Comparable {
    /// By time of creation to the millisecond, then at random.
    public static func < (left: SessionID, right: SessionID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension SessionID: CustomStringConvertible {
    /// 32 hexadecimal digits, or `@journal`.
    public var description: String { isJournal ? Self.journalName : hexadecimal }
}
