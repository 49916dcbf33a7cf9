/// Writes a sealed segment anew with another compression level: the same frames with the same lines,
/// and a footer that fits.
struct Recompressor {
    let level: LZ4Frame.Level

    /// The bytes of the new file; nil where the segment has that level already.
    ///
    /// The file is compared with the hash that its footer holds first, so that damage is found here
    /// and not written anew with good checksums. Cost: the segment in memory, twice.
    ///
    /// - Throws: `damaged` where the file is not what was sealed.
    func recompress(_ segment: SealedSegment) throws(LogError) -> [UInt8]? {
        let contents = try segment.load()
        guard contents.tables.summary?.level != level.rawValue else { return nil }
        let old = try LogError.wrap("read", segment.path) { () throws(Errno) in
            try contents.file.read(contents.size, at: 0)
        }
        var footer = try footer(in: old, of: segment)
        var bytes: [UInt8] = []
        var position = 0
        for (number, frame) in footer.frames.enumerated() {
            let plain = try segment.storedContent(of: frame, in: contents)
            footer.frames[number] = try SealedFrameHeader.appendFrame(
                of: plain, frame.events, level, journalID: footer.summary.journalID, to: &bytes)
            position = frame.offset + frame.headerSize + frame.storedLength
        }
        try moveRetained(from: old[position..<Int(footer.summary.offset)], at: position, &bytes)
        footer.summary.offset = UInt64(bytes.count)
        footer.summary.level = level.rawValue
        footer.summary.fileHash = FileHash.hash(bytes.span)
        footer.append(to: &bytes)
        return bytes
    }

    private func footer(
        in bytes: [UInt8], of segment: SealedSegment
    ) throws(LogError) -> Footer {
        do throws(FormatError) {
            let size = try Footer.size(fromTrailer: bytes.span)
            guard size <= bytes.count else { throw .truncated }
            let start = bytes.count - size
            let footer = try Footer.decode(bytes.span.extracting(start...))
            guard footer.summary.offset == UInt64(start),
                FileHash.hash(bytes.span.extracting(..<start)) == footer.summary.fileHash
            else { throw .checksum }
            return footer
        } catch {
            throw LogError(
                .damaged,
                "the segment is not the one that was sealed (\(error)); see "
                    + "'sjournal verify'", path: segment.path)
        }
    }

    /// The hashes of removed lines stay, at their new place.
    private func moveRetained(
        from old: ArraySlice<UInt8>, at position: Int, _ bytes: inout [UInt8]
    ) throws(LogError) {
        let frames = Array(old)
        var offset = 0
        while offset < frames.count {
            guard let outer = SkippableFrame.parse(frames.span, at: offset),
                var hashes = try? RetainedHashes.decode(frames.span, at: offset)
            else {
                throw LogError(
                    .damaged, "an unknown frame stands before the footer", offset: position)
            }
            hashes.offset = UInt64(bytes.count)
            hashes.append(to: &bytes)
            offset += SkippableFrame.headerSize + outer.size
        }
    }
}
