/// The lines of a block of which some are to be encrypted: the content, which has entry lines in their
/// place, and the runs, one a stream.
struct SplitLines {
    private struct Run {
        var stream: StreamKey
        var firstVersion: UInt64
        var lastVersion: UInt64
        var eventCount = 0
        var lines: [UInt8] = []
    }

    private(set) var content: [UInt8] = []
    private var runs: [Run] = []

    init(_ lines: StagedLines, _ cut: CompressedBlocks.Cut) {
        content.reserveCapacity(cut.bytes.count)
        var numbers: [StreamKey: Int] = [:]
        var byte = cut.bytes.lowerBound
        var entry = cut.entries.lowerBound
        for record in lines.records[cut.records] {
            let line = byte..<(byte + record.lineLength)
            byte = line.upperBound
            guard record.entryLength > 0 else {
                content.append(span: lines.bytes.span.extracting(line))
                continue
            }
            content.append(
                span: lines.entries.span.extracting(entry..<(entry + record.entryLength)))
            entry += record.entryLength
            let key = record.header.stream
            let number = numbers[key] ?? runs.count
            if number == runs.count {
                numbers[key] = number
                runs.append(
                    Run(
                        stream: key, firstVersion: record.header.version,
                        lastVersion: record.header.version))
            }
            runs[number].lastVersion = record.header.version
            runs[number].eventCount += 1
            runs[number].lines.append(span: lines.bytes.span.extracting(line))
        }
    }

    /// Appends the runs, compressed and encrypted, behind the content's frame with which `stored`
    /// begins.
    ///
    /// - Throws: `failed` where compressing shows a difference, `invalid` without a cipher, and what
    ///   the cipher throws.
    func appendRuns(
        to stored: inout [UInt8], _ cipher: (any RunCipher)?, _ journalID: JournalID
    ) throws(LogError) {
        guard let cipher else {
            throw LogError(.invalid, "lines are to be encrypted, and there is no key")
        }
        for run in runs {
            let compressed = LZ4Frame.compress(run.lines.span, .fast)
            try LZ4Frame.confirm(compressed, holds: run.lines.span)
            var sealed = CiphertextRun(
                journalID: journalID, stream: run.stream, firstVersion: run.firstVersion,
                lastVersion: run.lastVersion, eventCount: run.eventCount,
                plainLength: run.lines.count, payload: compressed)
            try cipher.seal(&sealed)
            sealed.append(to: &stored, at: stored.count)
        }
    }
}
