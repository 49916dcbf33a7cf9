internal import SessionJournal
internal import TransparencyLog

/// Writes one file after the other from the pieces that sessions hold.
struct OriginalWriter {
    private let journal: Journal
    private let target: TargetFolder
    private var pieces: PieceStore

    init(journal: Journal, target: TargetFolder) async throws {
        self.journal = journal
        self.target = target
        pieces = PieceStore(journal: journal, redacted: try await journal.redactedEvents())
    }

    /// Writes a file.
    mutating func write(_ file: ExportFile) async throws {
        let path = try target.place(of: file.target)
        let manifest = try await manifest(of: file)
        var output = try AsideFile(path)
        do {
            try await write(manifest, to: &output)
            try output.finish(size: file.size, digest: file.digest)
        } catch {
            output.abandon()
            throw error
        }
    }

    private mutating func write(_ manifest: FileManifest, to output: inout AsideFile) async throws {
        try output.write(manifest.lead.utf8.span)
        let end = [UInt8](manifest.end.utf8)
        var gap = 0
        var index = 0
        for run in manifest.runs {
            let session = manifest.sessions[run.session]
            for ordinal in run.first..<run.first + run.count {
                if try await !pieces.write(session, ordinal, to: &output) {
                    let last = run.first + run.count - 1
                    try await pieces.load(session, ordinal...last)
                    guard try await pieces.write(session, ordinal, to: &output) else {
                        throw TranscriptError(
                            .mismatch,
                            "line \(ordinal) of session \(session) is not there, was redacted, or was "
                                + "compacted; of what was compacted to an archive name that with --attach"
                        )
                    }
                }
                if gap < manifest.gaps.count, manifest.gaps[gap].piece == index {
                    try output.write(manifest.gaps[gap].text.utf8.span)
                    gap += 1
                } else {
                    try output.write(end.span)
                }
                index += 1
            }
        }
    }

    /// The manifest of a file.
    private func manifest(of file: ExportFile) async throws -> FileManifest {
        guard let manifest = try await journal.fileManifest(at: file.manifest) else {
            throw TranscriptError(
                .mismatch, "what was recorded of the file cannot be read", path: file.path)
        }
        return manifest
    }
}
