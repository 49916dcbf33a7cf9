/// The segment log's files, format version 1. The whole layout in one place; each part has one codec
/// in this folder. All integers are little-endian.
///
/// ```
/// active segment                                    sealed segment
/// ┌────────────────────────────┐ 0                  ┌────────────────────────────┐ 0
/// │ commit: block … block      │                    │ 53 frame header │ LZ4 frame│
/// │ 54 padding to 4,096        │                    ├────────────────────────────┤
/// ├────────────────────────────┤ n × 4,096          │ 53 frame header │ LZ4 frame│
/// │ commit …                   │                    │ …                          │
/// ├────────────────────────────┤ n × 4,096          │ 55 retained leaf hashes    │ (compacted)
/// │ 54 tail, reaching to the   │                    ├────────────────────────────┤
/// │ end of the file; zeros     │                    │ 51 footer                  │
/// └────────────────────────────┘ size               └────────────────────────────┘ size
///
/// block = 50 block header │ LZ4 frame (event lines) │ 52 ciphertext run …
/// ```
///
/// "50" stands for the LZ4 skippable frame `0x184D2A50`, and so on. Stock tools skip those and print
/// the LZ4 frames. The first frame of a segment says by a required flag which layout it has.
package enum SegmentLogFormat {
    /// The format version this code writes, and the newest it reads.
    package static let version: UInt16 = 1

    /// Commits of an active segment begin on a multiple of this, in bytes.
    package static let pageSize = 4_096
    /// The longest line, its newline included, in bytes.
    package static let lineSizeLimit = 16 << 20
    /// The most plain bytes of one commit.
    package static let commitSizeLimit = 32 << 20
    /// A block is closed once it holds this many plain bytes.
    package static let blockSizeTarget = 256 << 10
    /// The most events of one block.
    package static let blockEventLimit = 65_536
    /// The most plain bytes of one block: a line may come on top of a block almost full.
    package static let blockSizeLimit = blockSizeTarget + lineSizeLimit
    /// The longest header or footer section that is believed, in bytes.
    package static let headerSizeLimit = 8 << 20
    /// The longest footer that is believed, in bytes.
    package static let footerSizeLimit = 256 << 20
    /// The most perfect subtrees of a tree whose size is a 64-bit number.
    package static let frontierRootLimit = 64
    /// The size of a leaf or node hash, in bytes.
    package static let hashSize = 32

    /// The highest sequence number and file offset that is believed, so that arithmetic on numbers
    /// from a file cannot overflow.
    package static let numberLimit = UInt64(Int64.max)
    /// The most sequence numbers that one segment is believed to stand for. Rotation keeps segments
    /// far below it: no line is shorter than its envelope.
    package static let segmentEventLimit: UInt64 = 1 << 20

    /// A segment is rotated once it holds this many plain bytes,
    package static let segmentPlainSizeLimit = 32 << 20
    /// or this many stored bytes,
    package static let segmentStoredSizeLimit = 32 << 20
    /// or this many blocks.
    package static let segmentBlockLimit = 4_096
    /// The space that one tail or extension frame stands for, at most; in bytes.
    package static let tailSizeLimit = 64 << 20

    /// A session's run of at least this many plain bytes gets frames of its own when sealed.
    package static let ownFrameThreshold = 16 << 10
    /// A shared frame holds at most this many plain bytes: one LZ4 block.
    package static let sharedFrameSize = 64 << 10
    /// A run's own frame holds at most this many plain bytes, unless one line is longer.
    package static let ownFrameSize = 1 << 20
}

/// The flag words of every header. An unknown required flag means: refuse. An unknown optional flag
/// is kept and means nothing.
package enum RequiredFlags {
    /// The frame belongs to a segment of active layout.
    package static let active: UInt32 = 1 << 0
    /// The frame belongs to a segment of sealed layout.
    package static let sealed: UInt32 = 1 << 1
    /// Ciphertext runs follow the content, which holds entry lines for them.
    package static let encrypted: UInt32 = 1 << 2

    /// Leaves are forgotten: the roots of subtrees stand for them.
    package static let forgotten: UInt32 = 1 << 3

    /// What this code understands.
    package static let known: UInt32 = active | sealed | encrypted | forgotten
}

/// Flags that a reader may pass over.
package enum OptionalFlags {
    /// In a footer: a repair rebuilt the segment, and events are in no frame and in no gap. They are
    /// lost. A reader that does not know the flag takes such a footer for damaged, and serves the same
    /// events.
    package static let repaired: UInt32 = 1 << 0
}
