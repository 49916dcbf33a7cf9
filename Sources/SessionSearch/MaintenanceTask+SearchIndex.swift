#if Search
public import SessionJournal

extension MaintenanceTask {
    /// Brings the search index up to date, and makes it where there is none, so that no search has to
    /// wait for that. Does nothing in a journal whose encrypted sessions are read: what is made of these
    /// stands in no file.
    ///
    /// Cost: that of ``SearchIndex/catchUp(progress:)``.
    ///
    /// - Parameter damage: What to do where events are lost.
    public static func searchIndex(damage: Journal.DamagePolicy = .skip) -> MaintenanceTask {
        MaintenanceTask("index") { journal in
            guard !journal.opensEncrypted else { return [:] }
            let index = try SearchIndex(journal, damage: damage)
            defer { index.close() }
            try await index.catchUp()
            return ["events": JSONValue(try await journal.lastSequence())]
        }
    }
}
#endif
