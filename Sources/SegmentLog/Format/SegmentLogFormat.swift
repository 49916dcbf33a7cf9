/// The segment log: lines in, lines out, durably. It knows streams, not sessions, and no JSON.
package enum SegmentLogFormat {
    /// The format version this code writes, and the newest it reads.
    package static let version: UInt16 = 1
}
