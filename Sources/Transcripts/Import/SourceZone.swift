internal import Foundation
internal import SessionJournal

/// The zone of times that name none: an offset from UTC, or a place whose clocks may change.
final class SourceZone: Sendable, Equatable {
    /// Its name: `UTC`, `Europe/Berlin`, `+05:30`.
    let name: String
    private let zone: TimeZone

    static let utc = SourceZone(name: "UTC", zone: TimeZone(secondsFromGMT: 0) ?? .current)

    private init(name: String, zone: TimeZone) {
        self.name = name
        self.zone = zone
    }

    /// The zone of a name; nil where there is none.
    static func named(_ name: String) -> SourceZone? {
        if name == utc.name || name == "Z" { return utc }
        if let offset = offset(name) {
            return TimeZone(secondsFromGMT: offset).map { SourceZone(name: name, zone: $0) }
        }
        // Abbreviations stand for several zones: a name is that of a place.
        guard name.contains("/"), EnvelopeName.isValid(name) else { return nil }
        return TimeZone(identifier: name).map { SourceZone(name: name, zone: $0) }
    }

    /// The seconds that `+hh:mm` spells; nil for anything else.
    private static func offset(_ name: String) -> Int? {
        let bytes = Array(name.utf8)
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
            bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            let hours = Int(String(decoding: bytes[1...2], as: UTF8.self)), (0...14) ~= hours,
            let minutes = Int(String(decoding: bytes[4...5], as: UTF8.self)), (0...59) ~= minutes
        else { return nil }
        let seconds = (hours * 60 + minutes) * 60
        return bytes[0] == UInt8(ascii: "-") ? -seconds : seconds
    }

    static func == (left: SourceZone, right: SourceZone) -> Bool { left.name == right.name }

    // MARK: Times

    private static let day: Int64 = 86_400_000_000

    /// The moment of a time, with a zone or without; nil where it is none.
    func moment(_ text: String) -> Timestamp? {
        Timestamp(text) ?? Timestamp(text + "Z").map { moment(naive: $0) }
    }

    /// The moment at which clocks here show what they show in UTC at another. Of two, when clocks
    /// are set back, it is the first; a time that clocks leave out is counted on from before.
    func moment(naive: Timestamp) -> Timestamp {
        let shown = naive.microseconds
        guard shown > Timestamp.earliest.microseconds + Self.day else { return naive }
        let before = offset(at: shown - Self.day)
        let after = offset(at: shown + Self.day)
        let fitting = [before, after].first { offset(at: shown - $0) == $0 }
        return Timestamp(microseconds: shown - (fitting ?? before))
    }

    /// What clocks here show at a moment, as Python's `isoformat` writes it: without a zone.
    func naive(_ time: Timestamp) -> String {
        let shown = time.microseconds + offset(at: time.microseconds)
        return String(Timestamp(microseconds: shown).description.dropLast())
    }

    /// How far clocks here are before those in UTC, in microseconds.
    private func offset(at microseconds: Int64) -> Int64 {
        let date = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
        return Int64(zone.secondsFromGMT(for: date)) * 1_000_000
    }
}
