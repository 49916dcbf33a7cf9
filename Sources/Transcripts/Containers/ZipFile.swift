#if Archives
internal import SessionJournal

/// A zip file, whose members are unpacked one at a time.
struct ZipFile {
    let directory: ZipDirectory
    private let file: FileWalk.File
    private var budget: UnpackingBudget

    init(_ file: FileWalk.File) throws(TranscriptError) {
        self.file = file
        budget = UnpackingBudget(path: file.path)
        directory = try ZipDirectory(
            FileWindow(path: file.fullPath, size: file.size), path: file.path)
    }

    /// Why a member cannot be had; nil where it can.
    static func obstacle(_ member: ZipDirectory.Member) -> String? {
        if member.isEncrypted { return "it is encrypted" }
        guard member.method == 0 || member.method == 8 else {
            return "it is packed in a way that this version does not read (method \(member.method))"
        }
        return member.hasPlainName ? nil : "its name leads elsewhere"
    }

    /// What a member holds.
    mutating func unpack(_ member: ZipDirectory.Member) throws(TranscriptError) -> FileContent {
        var window = try FileWindow(path: file.fullPath, size: file.size)
        let header = try window.read(at: member.offset, count: 30)
        guard header.span.uint32(0) == 0x0403_4B50 else { throw damaged(member) }
        let start =
            member.offset + 30 + UInt64(header.span.uint16(26)) + UInt64(header.span.uint16(28))
        guard start <= file.size, member.packed <= file.size - start else { throw damaged(member) }
        try window.skip(to: start)
        budget.begin()
        var spool = Spool()
        var crc = CRC32()
        var left = member.packed
        let inflater = member.method == 8 ? try Inflater(.none, path: name(member)) : nil
        var isAtEnd = member.method == 0
        while left > 0 {
            try window.fill()
            let bytes = window.bytes
            let count = Int(min(left, UInt64(bytes.count)))
            let chunk = bytes.span.extracting(0..<count)
            let done = member.packed - left
            if let inflater {
                let step = try inflater.inflate(chunk) {
                    (page: Span<UInt8>, used: Int) throws(TranscriptError) in
                    try budget.take(page.count, packed: done + UInt64(used))
                    crc.update(page)
                    try spool.append(page)
                }
                guard !step.isAtEnd || done + UInt64(step.used) == member.packed else {
                    throw damaged(member)
                }
                isAtEnd = step.isAtEnd
            } else {
                try budget.take(count, packed: done + UInt64(count))
                crc.update(chunk)
                try spool.append(chunk)
            }
            left -= UInt64(count)
            window.discard(before: bytes.count)
        }
        guard isAtEnd, spool.size == member.size, crc.value == member.crc else {
            throw damaged(member)
        }
        return spool.finish()
    }

    private func name(_ member: ZipDirectory.Member) -> String { file.path + "/" + member.name }

    private func damaged(_ member: ZipDirectory.Member) -> TranscriptError {
        TranscriptError(
            .archive, "\(name(member)) is damaged: it is not what the archive says of it.",
            path: name(member))
    }
}
#endif
