internal import SegmentLog
package import SessionJournal

/// A journal on a simulated disk, filled so that it has sealed segments and one that is not.
package struct SimulatedJournal: Sendable {
    package static let path = "/j"

    package let disk: SimulatedDisk

    package init(_ disk: SimulatedDisk = SimulatedDisk()) { self.disk = disk }

    package var options: JournalOptions {
        var options = JournalOptions()
        options.fileSystem = disk
        options.sealing = .inline
        return options
    }

    /// Makes a journal of `segments` sealed segments of `events` events each, and as many events in
    /// the active one, and closes it.
    package static func made(segments: Int, events: Int = 6) async throws -> SimulatedJournal {
        let simulated = SimulatedJournal()
        let journal = try await Journal.create(at: path, options: simulated.options)
        for _ in 0..<segments {
            try await simulated.append(events, to: journal)
            try await journal.seal()
        }
        try await simulated.append(events, to: journal)
        try await journal.close()
        return simulated
    }

    /// Appends events of two sessions in turn, in batches of two.
    package func append(_ count: Int, to journal: Journal) async throws {
        let ada = journal.as("user:ada")
        var sessions: [SessionID] = []
        for key in ["one", "two"] {
            if let known = try await journal.store.session(forKey: key) {
                sessions.append(known)
            } else {
                sessions.append(try await ada.createSession(key: key))
            }
        }
        for number in 0..<(count / 2) {
            try await ada.append(
                [
                    EventDraft("x.note", data: ["n": JSONValue(number)]),
                    EventDraft("x.note", data: ["text": "some words, and more of them"]),
                ], to: sessions[number % 2])
        }
    }

    package func open() async throws -> Journal {
        try await Journal.open(at: Self.path, options: options)
    }

    package func read() async throws -> Journal {
        try await Journal.open(readingAt: Self.path, options: options)
    }

    /// What a verification by a reader says.
    package func verify(
        _ options: VerificationOptions = VerificationOptions()
    ) async throws -> VerificationReport {
        let journal = try await read()
        let report = try await journal.verify(options)
        try await journal.close()
        return report
    }

    /// The paths of the segment files, oldest first.
    package var segments: [String] {
        disk.files.keys.filter { $0.hasPrefix(Self.path + "/segments/") }.sorted()
    }
}
