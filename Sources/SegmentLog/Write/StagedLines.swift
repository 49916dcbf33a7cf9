/// What the log knows of a line.
package struct RecordHeader: Hashable, Sendable {
    package var sequence: UInt64
    package var stream: StreamKey
    package var version: UInt64
    /// Microseconds since 1970.
    package var time: Int64

    package init(sequence: UInt64, stream: StreamKey, version: UInt64, time: Int64) {
        self.sequence = sequence
        self.stream = stream
        self.version = version
        self.time = time
    }
}

/// Lines that follow each other in the log, with what it needs to know of each.
package struct StagedLines: Sendable {
    package struct Record: Sendable {
        package var header: RecordHeader
        /// The line's length, newline included, in bytes.
        package var lineLength: Int
        /// The length of the entry line that stands in the content in its place, newline included,
        /// where the line is to be encrypted; else 0.
        package var entryLength = 0

        package init(header: RecordHeader, lineLength: Int) {
            self.header = header
            self.lineLength = lineLength
        }

        /// The length of what stands in the content, newline included.
        var storedLength: Int { entryLength > 0 ? entryLength : lineLength }
    }

    package var records: [Record]
    /// The lines, each with its newline.
    package var bytes: [UInt8]
    /// The entry lines of those that are to be encrypted, each with its newline.
    package var entries: [UInt8] = []
    /// 32 bytes a line.
    package var leafHashes: [UInt8]

    package init(records: [Record], bytes: [UInt8], leafHashes: [UInt8]) {
        self.records = records
        self.bytes = bytes
        self.leafHashes = leafHashes
    }

    package mutating func append(_ other: StagedLines) {
        records.append(contentsOf: other.records)
        bytes.append(contentsOf: other.bytes)
        entries.append(contentsOf: other.entries)
        leafHashes.append(contentsOf: other.leafHashes)
    }
}

/// What the log asks of its owner, since it does not know what a line says.
package struct LineSemantics: Sendable {
    /// Position, stream, version and time as a stored line states them; nil for a line that is none.
    package var describe: @Sendable (Span<UInt8>) -> RecordHeader?

    /// The Merkle leaf hashes of stored lines, 32 bytes each; nil where one is none. The ranges say
    /// where the lines stand in the content, without newlines.
    package var leafHashes: @Sendable (Span<UInt8>, [Range<Int>]) -> [UInt8]?

    /// Adds leaf hashes, 32 bytes each, to a frontier.
    package var extend: @Sendable (inout FrontierRecord, Span<UInt8>) -> Void

    /// Adds a perfect subtree of 2^height leaves, by its root, to a frontier whose size is a multiple of
    /// that; leaves any other frontier as it is.
    package var graft: @Sendable (inout FrontierRecord, Int, Span<UInt8>) -> Void

    /// What a line can be looked for by, besides its stream.
    package var terms: @Sendable (Span<UInt8>) -> LineTerms

    package init(
        describe: @escaping @Sendable (Span<UInt8>) -> RecordHeader?,
        leafHashes: @escaping @Sendable (Span<UInt8>, [Range<Int>]) -> [UInt8]?,
        extend: @escaping @Sendable (inout FrontierRecord, Span<UInt8>) -> Void,
        graft: @escaping @Sendable (inout FrontierRecord, Int, Span<UInt8>) -> Void,
        terms: @escaping @Sendable (Span<UInt8>) -> LineTerms
    ) {
        self.describe = describe
        self.leafHashes = leafHashes
        self.extend = extend
        self.graft = graft
        self.terms = terms
    }
}

/// What a line can be looked for by.
package struct LineTerms: Sendable {
    /// Terms that only one stream of the whole log has: a session's key.
    package var names: [[UInt8]] = []
    /// Terms that prove absence only: a caller's id, a branch.
    package var others: [[UInt8]] = []

    package init(names: [[UInt8]] = [], others: [[UInt8]] = []) {
        self.names = names
        self.others = others
    }
}
