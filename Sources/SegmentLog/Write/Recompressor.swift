/// Writes a sealed segment anew with another compression level: the same frames with the same lines,
/// and a footer that fits.
struct Recompressor {
    let level: LZ4Frame.Level

    /// The bytes of the new file; nil where the segment has that level already.
    ///
    /// Cost: the segment in memory, twice.
    ///
    /// - Throws: `damaged` where the file is not what was sealed.
    func recompress(_ segment: SealedSegment) throws(LogError) -> [UInt8]? {
        guard try segment.load().tables.summary?.level != level.rawValue else { return nil }
        let file = try SealedFile(of: segment)
        var footer = file.footer
        var bytes: [UInt8] = []
        bytes.reserveCapacity(file.bytes.count)
        for (number, frame) in footer.frames.enumerated() {
            footer.frames[number] = try SealedFrameHeader.appendFrame(
                of: try file.content(of: frame), frame.events, level,
                journalID: footer.summary.journalID, to: &bytes)
        }
        footer.summary.level = level.rawValue
        try footer.finish(&bytes, retaining: file.retained())
        return bytes
    }
}

extension Footer {
    /// Appends what stands behind the frames of a file that is written anew: what is kept of lines that
    /// are gone, at its new places, and the footer.
    mutating func finish(
        _ bytes: inout [UInt8], retaining retained: RetainedLeaves
    ) throws(LogError) {
        retained.append(to: &bytes, of: summary.journalID)
        if !retained.subtrees.isEmpty { summary.requiredFlags |= RequiredFlags.forgotten }
        summary.offset = UInt64(bytes.count)
        summary.fileHash = FileHash.hash(bytes.span)
        append(to: &bytes)
    }
}
