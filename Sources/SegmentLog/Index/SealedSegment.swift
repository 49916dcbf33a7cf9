internal import Synchronization

/// A segment of sealed layout as readers see it. Its footer is read when it is first needed.
package final class SealedSegment: Sendable {
    package let name: String
    package let path: String
    package let firstSequence: UInt64
    /// The last sequence number it stands for, as its successor's name says.
    package let lastSequence: UInt64
    let journalID: JournalID
    let identity = SegmentIdentity()
    private let fileSystem: any FileSystem
    private let semantics: LineSemantics

    /// The open file and what it says of itself.
    struct Contents: Sendable {
        let file: any File
        let index: SealedIndex
    }

    private let contents = Mutex<Contents?>(nil)

    init(
        name: String, path: String, firstSequence: UInt64, lastSequence: UInt64,
        journalID: JournalID, fileSystem: any FileSystem, semantics: LineSemantics
    ) {
        self.name = name
        self.path = path
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.journalID = journalID
        self.fileSystem = fileSystem
        self.semantics = semantics
    }

    /// The file and its index; read once, from the footer or, where that is lost, from the frames.
    func load() throws(LogError) -> Contents {
        if let known = contents.withLock({ $0 }) { return known }
        let file = try LogError.wrap("open", path) { () throws(Errno) in
            try fileSystem.open(path, .read)
        }
        let loaded = Contents(file: file, index: try index(of: file))
        return contents.withLock { state in
            if let first = state { return first }
            state = loaded
            return loaded
        }
    }

    private func index(of file: any File) throws(LogError) -> SealedIndex {
        do throws(FormatError) {
            return SealedIndex(footer: try footer(of: file), name: name, through: lastSequence)
        } catch {
            if case .newer(let what) = error {
                throw LogError(
                    .newerFormat, "a newer sjournal wrote this segment (\(what)); use that one",
                    path: path)
            }
            return try LogError.wrap("read", path) { () throws(Errno) in
                try SealedSalvage(
                    file: file, size: try file.size(), segment: self, semantics: semantics
                ).index(reason: "the footer is damaged: \(error)")
            }
        }
    }

    private func footer(of file: any File) throws(FormatError) -> Footer {
        let footer: Footer
        do {
            let size = try file.size()
            let trailer = try file.read(
                Footer.trailerSize, at: max(0, size - Footer.trailerSize))
            let length = try Footer.size(fromTrailer: trailer.span)
            guard length <= size else { throw FormatError.truncated }
            let bytes = try file.read(length, at: size - length)
            footer = try Footer.decode(bytes.span)
            guard footer.offset == UInt64(size - length) else {
                throw FormatError.invalid("it belongs elsewhere")
            }
        } catch let error as FormatError {
            throw error
        } catch {
            throw .invalid("it cannot be read: \(error)")
        }
        guard footer.journalID == journalID else { throw .invalid("it is of another journal") }
        guard footer.firstSequence == firstSequence, footer.lastSequence <= lastSequence else {
            throw .invalid(
                "it covers \(footer.firstSequence) to \(footer.lastSequence), not "
                    + "\(firstSequence) to \(lastSequence)")
        }
        return footer
    }

    /// The content of a frame, checked and decompressed.
    func content(ofFrame index: Int, in contents: Contents) throws(LogError) -> [UInt8] {
        let frame = contents.index.frames[index]
        let offset = frame.offset + frame.headerSize
        let stored = try LogError.wrapContent(path, frame.offset) { () throws(Errno) in
            try contents.file.read(frame.storedLength, at: offset)
        }
        guard stored.count == frame.storedLength,
            CRC32C.checksum(stored.span) == frame.contentChecksum
        else {
            throw LogError(
                .damaged, "the frame's content does not fit its checksum", path: path,
                offset: frame.offset)
        }
        do throws(FormatError) {
            return try LZ4Frame.decompress(
                stored.span, at: 0..<stored.count, plainLength: frame.plainLength
            ).content
        } catch {
            throw LogError(
                .damaged, "the frame cannot be decompressed", path: path, offset: frame.offset)
        }
    }
}
