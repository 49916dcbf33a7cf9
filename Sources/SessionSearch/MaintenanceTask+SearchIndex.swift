#if Search
public import SessionJournal

extension MaintenanceTask {
    /// Brings the search index up to date, and makes it where there is none, so that no search has to
    /// wait for that. Does nothing in a journal whose encrypted sessions are read: what is made of these
    /// stands in no file.
    ///
    /// Cost: that of ``SearchIndex/catchUp(progress:)``.
    ///
    /// Where events are lost it fails, and says where: an index that leaves them out is made for one
    /// search, and not kept.
    public static func searchIndex() -> MaintenanceTask {
        MaintenanceTask("index") { journal in
            guard !journal.opensEncrypted else { return [:] }
            let index = try SearchIndex(journal)
            defer { index.close() }
            try await index.catchUp()
            return ["events": JSONValue(try await journal.lastSequence())]
        }
    }
}
#endif
