/// What a repair found and did with one segment.
package struct RepairRecord: Hashable, Sendable {
    package enum Action: String, Sendable {
        /// Single bits were put right, and the file is what was written.
        case mended
        /// A new file holds what could be saved.
        case rebuilt
        /// No line could be saved: the file was taken away, or is missing.
        case removed
        /// An empty segment was begun where the active one was missing.
        case begun
        /// Nothing could be done.
        case left
    }

    /// The file's name in `segments/`.
    package var file: String
    package var firstSequence: UInt64
    package var action: Action
    /// What was wrong, or why nothing could be done.
    package var reason: String
    /// The name of the copy in `quarantine/` of what stood there; nil where nothing did.
    package var copy: String?
    /// Events that stand in the new file.
    package var saved: Int
    /// Offsets of bytes in which one bit was put right.
    package var mended: [Int]
    /// Events that are lost, in order.
    package var lost: [ClosedRange<UInt64>]
    /// Where the numbers of lost events begin that are given out again; nil where none are.
    package var reused: UInt64?

    /// The name of the record in `quarantine/`: its copy's, or the segment's.
    package var name: String {
        let base = copy.map { $0.split(separator: ".").first.map(String.init) ?? $0 }
        return (base ?? SegmentName.digits(firstSequence)) + Self.suffix
    }

    package static let suffix = ".repair"
    package static let copySuffix = ".damaged"

    package init(
        file: String, firstSequence: UInt64, action: Action, reason: String, copy: String? = nil,
        saved: Int = 0, mended: [Int] = [], lost: [ClosedRange<UInt64>] = [],
        reused: UInt64? = nil
    ) {
        self.file = file
        self.firstSequence = firstSequence
        self.action = action
        self.reason = reason
        self.copy = copy
        self.saved = saved
        self.mended = mended
        self.lost = lost
        self.reused = reused
    }
}
