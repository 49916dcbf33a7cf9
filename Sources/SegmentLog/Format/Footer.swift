/// The footer of a sealed segment: where each event is, and what the segment covers.
///
/// One skippable frame: the front (`FooterSummary`), then the *body*, then eight bytes by which the
/// footer is found from the end of the file. Any page of the body can be read alone, since the front
/// holds a checksum of each. The body's sections, one behind the other:
///
/// ```
/// frames        frames × (u64 offset of the frame header, u32 header size, u32 stored length,
///                   u32 plain length, u32 content CRC, u64 lowest, u64 highest sequence number,
///                   u32 events, u32 offset of its directory, u32 length of its directory)
/// directories   one a frame: events × (varint sequence number less the lowest,
///                   varint line length)
/// streams       sorted rows (`SortedRows`, fences first): (16 bytes key, u64 first version,
///                   u64 last version, u32 first and u32 last sequence number less the
///                   segment's first, u32 events, u32 first frame, u32 line in that frame)
/// names         sorted rows, fences first: (first 16 bytes of SHA-256(name), u32 stream's row)
/// gaps          gaps × (u64 first, u64 last sequence number): forgotten; what is kept of their
///                   leaves stands behind the last frame
/// permutation   for each sequence number from the first on, its frame's number in as many bits as
///                   the front says, the lowest bit first; all ones where it is gone
/// filter        `TermFilter`
/// ```
/// Behind the body:
/// ```
///     u32  this frame's size, and
///     u32  "SJND": the last eight bytes of the file
/// ```
package struct Footer: Equatable, Sendable {
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
        package var firstSequence: UInt64
        package var lastSequence: UInt64
        package var eventCount: Int
        /// Its lines stand one behind the other, from this line of this frame on.
        package var firstFrame: Int
        package var firstLine: Int
    }

    /// A term that only one stream can have.
    package struct Name: Equatable, Sendable {
        package var fingerprint: Identifier
        /// The row of the stream in `streams`.
        package var stream: Int
    }

    package var summary: FooterSummary
    package var frames: [Frame]
    /// By key.
    package var streams: [Stream]
    /// By fingerprint.
    package var names: [Name]
    package var gaps: [ClosedRange<UInt64>]
    package var filter: TermFilter

    package init(
        summary: FooterSummary, frames: [Frame], streams: [Stream], names: [Name] = [],
        gaps: [ClosedRange<UInt64>] = [], filter: TermFilter
    ) {
        self.summary = summary
        self.frames = frames
        self.streams = streams
        self.names = names
        self.gaps = gaps
        self.filter = filter
    }
}

extension Footer.Name {
    /// What a name is sorted and found by.
    package static func fingerprint(of name: [UInt8]) -> Identifier {
        SortedRows.key(FileHash.hash(name.span), at: 0)
    }
}
