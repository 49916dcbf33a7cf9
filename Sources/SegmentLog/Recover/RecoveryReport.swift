/// What an opening found, and what it did about it.
package struct RecoveryReport: Sendable {
    /// Bytes behind the last complete commit that no watermark promised.
    package struct TornTail: Hashable, Sendable {
        /// The file's name in `segments/`.
        package var file: String
        package var offset: Int
        /// From `offset` to the last byte that is not zero.
        package var size: Int
        /// The first sequence number that would have stood there.
        package var firstSequence: UInt64
        package var reason: String
        /// The file in `quarantine/` that holds the bytes; nil until they are set aside, and where
        /// there are none.
        package var quarantine: String?
    }

    /// Whether the last writer closed the log.
    package var isClean = true
    package var tornTail: TornTail?
    /// A rotation that a crash had interrupted was finished.
    package var finishedRotation = false
    /// What the disk held differed from what the page cache held, so that the segment was rewritten.
    package var rewroteSegment = false
    /// Why the log cannot be appended to; nil where it can.
    package var readOnlyReason: String?
    /// Damage met while opening. More may be found while reading.
    package var holes: [Hole] = []
    /// What kept a complete segment from being sealed, the last time it was tried. It is still read
    /// as it stands, and tried again at the next rotation or opening.
    package var sealingError: LogError?
}
