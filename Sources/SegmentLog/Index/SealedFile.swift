/// A sealed segment's file in memory, compared with the hash that its footer holds, so that damage is
/// found here and not written anew with good checksums.
struct SealedFile {
    let path: String
    let bytes: [UInt8]
    let footer: Footer

    /// Cost: one reading and one hash of the file.
    ///
    /// - Throws: `damaged` where the file is not what was sealed.
    init(of segment: SealedSegment) throws(LogError) {
        let contents = try segment.load()
        let bytes = try LogError.wrap("read", segment.path) { () throws(Errno) in
            try contents.file.read(contents.size, at: 0)
        }
        path = segment.path
        self.bytes = bytes
        do throws(FormatError) {
            let size = try Footer.size(fromTrailer: bytes.span)
            guard size <= bytes.count else { throw .truncated }
            let start = bytes.count - size
            let footer = try Footer.decode(bytes.span.extracting(start...))
            guard footer.summary.offset == UInt64(start),
                FileHash.hash(bytes.span.extracting(..<start)) == footer.summary.fileHash
            else { throw .checksum }
            self.footer = footer
        } catch {
            throw LogError(
                .damaged,
                "the segment is not the one that was sealed (\(error)); see "
                    + "'sjournal verify'", path: segment.path)
        }
    }

    /// Where a frame's content stands: its LZ4 frame, and its runs.
    func stored(_ frame: Footer.Frame) -> Range<Int> {
        let start = frame.offset + frame.headerSize
        return start..<min(start + frame.storedLength, bytes.count)
    }

    /// The lines of a frame, and its runs.
    func content(of frame: Footer.Frame) throws(LogError) -> StoredContent {
        do throws(FormatError) {
            return try StoredContent(
                bytes.span.extracting(stored(frame)), plainLength: frame.plainLength,
                isEncrypted: footer.summary.isEncrypted, journalID: footer.summary.journalID)
        } catch {
            throw LogError(
                .damaged, "the frame cannot be decompressed", path: path, offset: frame.offset)
        }
    }

    /// What is kept of lines that are gone: it stands between the last frame and the footer.
    func retained() throws(LogError) -> RetainedLeaves {
        let start = footer.endOfFrames
        do throws(FormatError) {
            let end = max(start, Int(footer.summary.offset))
            let retained = try RetainedLeaves(
                Array(bytes[start..<end]), from: start, of: footer.summary.journalID)
            guard retained.gaps == footer.gaps else { throw .invalid("gaps") }
            return retained
        } catch {
            throw LogError(
                .damaged, RetainedLeaves.damagedReason, path: path, offset: start)
        }
    }
}

extension Footer {
    /// Where the last frame ends.
    var endOfFrames: Int { frames.last.map { $0.offset + $0.headerSize + $0.storedLength } ?? 0 }
}

extension RetainedLeaves {
    /// What is said where they do not stand for the events that the footer calls gone.
    static let damagedReason = "the hashes that are kept of forgotten events are damaged"
}
