import JournalTestKit
import SegmentLog
import SessionJournal

/// What is fed with hostile bytes. Each target takes what a file or a caller could hold, and must
/// come back: with an answer or an error, never with a trap, and within bounds that the runner sets.
///
/// In the fuzzing build every CRC is zero, when it is written and when it is checked, so that what
/// is mutated gets past the checksums.
enum FuzzTarget: String, CaseIterable {
    /// A block header with its stream table, and the content behind it.
    case block
    /// A tail frame.
    case tail
    /// A header of a sealed frame, and retained leaf hashes.
    case frame
    /// A whole segment of active layout, read, verified, and recovered by a writer.
    case active
    /// A whole segment of sealed layout, with its footer, read and verified.
    case sealed
    /// A footer, decoded whole, and asked page by page behind the frames of a sealed segment.
    case footer
    /// A file of `index/` in a journal that uses it.
    case index
    /// File names in `segments/` and `quarantine/`, one a line.
    case names
    /// The file `JOURNAL`.
    case journal
    /// An event line, or an entry line.
    case line
    /// JSON text.
    case json
    /// Lines of Claude Code.
    case claude
    /// Files of other agents.
    case agents
    /// Files of chat applications.
    case chats
    /// Message lists of providers, and trajectories.
    case lists
    /// Files of session managers and of data sets.
    case managers
    /// Gzip and zip files.
    case archives
    /// Stores of SQLite, dumps of PostgreSQL, and the lines that their rows are.
    case stores

    func run(_ bytes: [UInt8]) {
        switch self {
        case .block: Self.runBlock(bytes)
        case .tail: _ = try? TailFrame.decode(bytes.span, at: 0)
        case .frame:
            _ = try? SealedFrameHeader.decode(bytes.span, at: 0)
            _ = try? RetainedSubtrees.decode(bytes.span, at: 0)
        case .active, .sealed: FuzzStore.run(segment: bytes, isSealed: self == .sealed)
        case .footer:
            _ = try? Footer.decode(bytes.span)
            FuzzStore.run(footer: bytes)
        case .index: FuzzStore.run(index: bytes)
        case .names: FuzzStore.run(names: bytes)
        case .journal: FuzzStore.run(journalFile: bytes)
        case .line: Self.runLine(bytes)
        case .json: Self.runJSON(bytes)
        case .claude, .agents, .chats, .lists, .managers: FuzzImport.run(bytes, "source")
        case .archives: FuzzImport.run(bytes, "source.zip")
        case .stores: FuzzImport.run(bytes, "source.db")
        }
    }

    private static func runBlock(_ bytes: [UInt8]) {
        guard let header = try? BlockHeader.decode(bytes.span, at: 0) else { return }
        let start = min(header.encodedSize, bytes.count)
        let end = min(bytes.count, start + header.storedLength)
        _ = try? LZ4Frame.decompress(
            bytes.span, at: start..<end, plainLength: header.plainLength)
    }

    private static func runLine(_ bytes: [UInt8]) {
        _ = try? EventLine.entryLine(of: bytes.span)
        _ = try? EventLine.leafHash(of: bytes.span)
        guard let event = try? Event(line: bytes) else { return }
        _ = (event.branch, event.actor, event.onBehalf, event.origin, event.trace, event.id)
        _ = (event.reason, event.unknownKeys, event.digest, event.description)
        try? event.check()
        _ = try? event.data()
    }

    private static func runJSON(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes.span) else { return }
        var written: [UInt8] = []
        value.write(to: &written)
        let again = try? JSONValue(parsing: written.span)
        precondition(again == value, "what is written is read as something else")
    }
}
