internal import SegmentLog

extension Journal {
    /// Makes a new journal and opens it for writing.
    ///
    /// - Parameters:
    ///   - path: A directory that does not exist yet, or is empty.
    ///   - options: How it is opened.
    /// - Throws: ``JournalError/Code/alreadyExists`` where something stands already, or what the
    ///   disk says.
    public static func create(
        at path: String, options: JournalOptions = JournalOptions()
    ) async throws -> Journal {
        Journal(store: try FileStore.create(at: path, options: options), options: options)
    }

    /// Opens a journal for writing. One process at a time can.
    ///
    /// What a crash has left is put right: a commit that was never acknowledged is set aside in
    /// `quarantine/`, cut and recorded as a `recovery.cut` event.
    ///
    /// - Throws: ``JournalError/Code/notAJournal``, ``JournalError/Code/newerFormat``,
    ///   ``JournalError/Code/locked`` while another process writes, or what the disk says. Where
    ///   acknowledged events are damaged in a place that forbids to append, the journal opens and
    ///   ``isWritable`` is false.
    public static func open(
        at path: String, options: JournalOptions = JournalOptions()
    ) async throws -> Journal {
        let journal = Journal(
            store: try FileStore.open(at: path, options: options), options: options)
        if journal.isWritable, journal.hasDestructionMark {
            // What keeps one from being finished is told by who asks for that.
            _ = try? await journal.resumeErasures()
            _ = try? await journal.resumeCompactions()
            _ = try? await journal.resumeForgetting()
        }
        if journal.isWritable {
            do {
                if let actor = options.expiringActor {
                    try await journal.as(actor).expireOverdue()
                }
                if let actor = options.retainingActor {
                    try await journal.as(actor).applyRetention()
                }
            } catch {
                try? await journal.close()
                throw error
            }
        }
        return journal
    }

    /// Opens a journal for reading, whether or not another process writes. Changes no byte.
    public static func open(
        readingAt path: String, options: JournalOptions = JournalOptions()
    ) async throws -> Journal {
        Journal(store: try FileStore.open(readingAt: path, options: options), options: options)
    }

    /// The directory that the journal stands in, and its id; nil for one in another store.
    package var place: (directory: String, id: String)? {
        (store as? FileStore).map { ($0.log.directory, $0.log.journalID.description) }
    }

    /// The last sequence number that there is, also where another process writes: the handle sees
    /// what has come.
    package func latestSequence() async throws -> UInt64 {
        try (store as? FileStore)?.refresh()
        return try await lastSequence()
    }

    /// Opens a journal for what ``copy(to:progress:)`` puts there, and makes an empty one where none
    /// stands.
    ///
    /// Like ``open(at:options:)``, but for one thing: what a crash has torn is set aside in
    /// `quarantine/` and not recorded as an event yet, since an event of its own would make the
    /// journal another one than the one it is a copy of. The next opening for writing records it.
    ///
    /// - Parameters:
    ///   - path: A journal, or a directory that does not exist yet or is empty.
    ///   - options: How it is opened.
    /// - Throws: what ``create(at:options:)`` and ``open(at:options:)`` throw.
    public static func open(
        copyAt path: String, options: JournalOptions = JournalOptions()
    ) async throws -> Journal {
        do throws(JournalError) {
            let store = try FileStore.open(at: path, options: options, recordingCuts: false)
            return Journal(store: store, options: options)
        } catch {
            guard error.code == .notAJournal else { throw error }
            return try await create(at: path, options: options)
        }
    }
}
