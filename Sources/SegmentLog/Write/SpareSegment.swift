/// A file that becomes the next segment: nameless until it is placed, perhaps with space in it.
struct SpareSegment: Sendable {
    let path: String
    let file: any File
    /// In bytes.
    let size: Int

    /// The space behind the first page of one that is made ahead, in bytes.
    static let space = 256 << 10
    static let name = "next" + SegmentName.asideSuffix
}

extension LogOpening {
    /// Makes a file for the next segment. Its space, if it gets some, is durable.
    func makeSpare(space: Int, epoch: UInt64) throws(LogError) -> SpareSegment {
        let path = segmentsPath + "/" + SpareSegment.name
        let page = SegmentLogFormat.pageSize
        let file = try LogError.wrap("write", path) { () throws(Errno) in
            if try fileSystem.status(of: path) != nil { try fileSystem.remove(path) }
            let file = try fileSystem.open(path, .create)
            guard space > 0 else { return file }
            let bytes = SegmentWriter.space(
                space, at: page, written: space, journalID: environment.journalID, epoch: epoch)
            try file.write(bytes.span, at: page)
            try file.sync()
            return file
        }
        return SpareSegment(path: path, file: file, size: page + space)
    }

    /// Makes a spare file appear in `segments/`, whole and durably, with `bytes` in its first page.
    func place(_ spare: SpareSegment, _ bytes: [UInt8], as name: String) throws(LogError) {
        try LogError.wrap("write", spare.path) { () throws(Errno) in
            try spare.file.write(bytes.span, at: 0)
            try spare.file.sync()
            try fileSystem.rename(spare.path, to: path(name))
            try fileSystem.syncDirectory(segmentsPath)
        }
    }
}
