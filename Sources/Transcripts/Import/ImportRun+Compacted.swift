internal import SessionJournal

// Sessions whose lines compaction took, brought back from the files that begin with them.
extension ImportRun {
    /// What was known of a compacted session; nil where its lines are not at hand any more.
    ///
    /// The files that it was imported from are read once more, as far as they were imported then, and
    /// nothing is made of them. That counts only where they have the recorded hashes and give the same
    /// numbers to the same pieces. What came later is taken from its events, as long as it stands there.
    ///
    /// Cost: reads these files twice, thrice where they are too large for memory, and the session.
    func ledger(
        rereading replay: LedgerReplay, _ name: SessionName, _ pass: FilePass
    ) async throws -> SessionLedger? {
        let ledger = replay.ledger
        guard ledger.format.document == nil, let known else { return nil }
        var rehearsal = self
        rehearsal.output = LineOutput(isEmitting: false)
        rehearsal.ledgers = [
            name: SessionLedger(
                id: ledger.id, key: ledger.key, format: ledger.format, isCreated: true)
        ]
        rehearsal.ledgers[name]?.zone = ledger.zone
        rehearsal.ledgers[name]?.blobs = ledger.blobs
        var done: Set<Digest> = []
        for (source, entry) in known.sources(of: ledger.id) {
            guard !source.isRedacted, source.format == ledger.format.name,
                !done.contains(source.digest), let content = try prefix(source, pass)
            else { continue }
            guard let manifest = try await journal.fileManifest(at: entry.sequence),
                try await rehearsal.reread(content, name, manifest, of: ledger.id, source)
            else { return nil }
            done.insert(source.digest)
        }
        guard let found = rehearsal.ledgers[name], found.last > 0 else { return nil }
        var rest = LedgerReplay(continuing: found)
        guard try await rest.run(journal), !rest.isCompacted else { return nil }
        return rest.ledger
    }

    /// The part of a file that was imported; nil where the file does not begin with it any more.
    private func prefix(
        _ source: KnownFiles.Source, _ pass: FilePass
    ) throws(TranscriptError) -> FileContent? {
        let isAtHand = source.fullPath == pass.file.fullPath
        if isAtHand, pass.content.size >= source.size, source.size > 0 {
            let content = try pass.content.prefix(source.size)
            return content.digest == source.digest ? content : nil
        }
        let place = isAtHand ? pass.file.place : source.fullPath
        // What somebody holds open stands at a link.
        guard let status = FileStatus(at: place, followingLinks: true), status.kind == .file,
            status.size >= source.size
        else { return nil }
        let file = FileWalk.File(
            root: source.root, path: source.path, size: source.size, modified: 0, isGiven: true,
            openPlace: place)
        let content = try FileContent(file, memoryLimit: options.memoryLimit)
        return content.digest == source.digest ? content : nil
    }

    /// Takes in the pieces of one session that a file had; false where they are not those of its
    /// manifest.
    private mutating func reread(
        _ content: FileContent, _ name: SessionName, _ manifest: FileManifest,
        of session: SessionID, _ source: KnownFiles.Source
    ) async throws -> Bool {
        let survey = try survey(content)
        guard survey.readAs?.name == name.format, let format = survey.readAs, !survey.isDocument
        else {
            return false
        }
        let file = FileWalk.File(
            root: source.root, path: source.path, size: source.size, modified: 0, isGiven: true)
        var pass = FilePass(file: file, content: content, survey: survey, format: format)
        var scanner = PieceScanner(window: try content.window())
        while let item = try scanner.next() {
            guard case .piece(let piece) = item, pass.session(of: piece, scanner) == name.key else {
                continue
            }
            try await take(piece, &scanner, &pass)
        }
        // What was hashed is what was read.
        try content.checkUnchanged()
        pass.manifest.finish()
        return pass.manifest.pieces(of: session) == manifest.pieces(of: session)
    }
}

extension FileManifest {
    /// The pieces of one session, in the order of the file.
    fileprivate func pieces(of session: SessionID) -> [ClosedRange<Int>] {
        runs.pieces(of: sessions.firstIndex(of: session))
    }
}
