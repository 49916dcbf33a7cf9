/// The footer of a sealed segment: where each event is, and what the segment covers.
///
/// Behind the common prefix (`HeaderPrefix`):
/// ```
///  48 u64  first and
///  56 u64  last sequence number that the segment stands for
///  64 u64  the predecessor's first sequence number, 0 for the first segment
///  72 i64  first and
///  80 i64  last time, microseconds since 1970
///  88 u64  highest writer epoch in it
///  96 u32  events present
/// 100 u32  frames
/// 104 u32  streams
/// 108 u32  gaps
/// 112 u32  LZ4 level
/// 116 u32  bits of a frame number in the permutation
/// 120 u32  bits set for one term in the filter
/// 124 u32  filter length, bytes
/// 128 u64  plain bytes of all content
/// 136 32 B SHA-256 of the file before this frame
/// 168      frontier before, frontier after: u64 size, u32 count, count × 32 bytes each
///          frames × (u64 offset of the frame header, u32 header size, u32 stored length,
///              u32 plain length, u32 content CRC, u64 lowest, u64 highest sequence number,
///              u32 events, u32 length of its directory)
///          directories, one a frame: events × (varint sequence number less the lowest,
///              varint line length)
///          streams, by key × (16 bytes key, u64 first version, u64 last version, u32 events,
///              u32 first frame, u32 line in that frame)
///          gaps × (u64 first, u64 last sequence number): removed by compaction
///          permutation: for each sequence number from the first on, its frame's number in as many
///              bits as said, the lowest bit first; all ones where it is gone
///          filter
///     u32  CRC-32C of this frame up to here, its eight bytes of frame header included
///     u32  this frame's size, and
///     u32  "SJND": the last eight bytes of the file, by which the footer is found
/// ```
package struct Footer: Equatable, Sendable {
    package static let magic: UInt32 = 0x3145_4A53  // "SJE1"
    package static let endMagic: UInt32 = 0x444E_4A53  // "SJND"
    /// Frame size and end magic, the last bytes of the file.
    package static let trailerSize = 8

    package struct Frame: Equatable, Sendable {
        package var offset: Int
        package var headerSize: Int
        package var storedLength: Int
        package var plainLength: Int
        package var contentChecksum: UInt32
        package var lowestSequence: UInt64
        package var highestSequence: UInt64
        package var events: [Event]
    }

    /// One line of a frame, in the order in which the lines stand there.
    package struct Event: Equatable, Sendable {
        package var sequence: UInt64
        package var lineLength: UInt32
    }

    package struct Stream: Equatable, Sendable {
        package var key: StreamKey
        package var firstVersion: UInt64
        package var lastVersion: UInt64
        package var eventCount: Int
        /// Its lines stand one behind the other, from this line of this frame on.
        package var firstFrame: Int
        package var firstLine: Int
    }

    package var journalID: JournalID
    package var offset: UInt64
    package var requiredFlags: UInt32 = RequiredFlags.sealed
    package var optionalFlags: UInt32 = 0
    package var firstSequence: UInt64
    package var lastSequence: UInt64
    package var predecessor: UInt64
    package var firstTime: Int64
    package var lastTime: Int64
    package var epoch: UInt64
    package var level: Int32
    package var plainSize: UInt64
    package var fileHash: [UInt8]
    package var frontierBefore: FrontierRecord
    package var frontierAfter: FrontierRecord
    package var frames: [Frame]
    package var streams: [Stream]
    package var gaps: [ClosedRange<UInt64>]
    package var filter: TermFilter

    /// Bytes of the frame, as encoded or decoded.
    package internal(set) var encodedSize = 0

    /// Events present, over all frames.
    package var eventCount: Int { frames.reduce(0) { $0 + $1.events.count } }
}
