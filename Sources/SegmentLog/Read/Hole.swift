/// A place whose bytes are not what was written.
package struct Hole: Hashable, Sendable {
    /// The file's name in `segments/`.
    package var file: String
    /// Where in the file the damage begins, in bytes.
    package var offset: Int
    /// The events that cannot be read for it; nil where none is lost, or none is known.
    package var events: ClosedRange<UInt64>?
    /// What is wrong, in words.
    package var reason: String

    package init(file: String, offset: Int, events: ClosedRange<UInt64>?, reason: String) {
        self.file = file
        self.offset = offset
        self.events = events
        self.reason = reason
    }
}

extension Hole {
    /// Whether nothing stands there any more that could be read: the segment is gone, or a repair has
    /// rebuilt it without these events.
    package var isLostForGood: Bool {
        reason == FooterTables.lostReason || reason == FooterTables.missingReason
    }
}
