internal import SegmentLog
package import SessionJournal

/// A small journal with every kind of file, closed cleanly, to be damaged in every way; and what a
/// reader and `verify` then must and must not say.
package struct DamagedStore: Sendable {
    package static let path = "/j"

    /// The journal as it is when nothing is damaged.
    package let files: [String: [UInt8]]
    /// The same files as they were before the last append; what is new since is not among them.
    package let olderFiles: [String: [UInt8]]
    /// Its lines, the first one at index 0.
    package let lines: [[UInt8]]

    package init(
        files: [String: [UInt8]], olderFiles: [String: [UInt8]], lines: [[UInt8]]
    ) {
        self.files = files
        self.olderFiles = olderFiles
        self.lines = lines
    }

    /// What was said of a damaged copy.
    package struct Answer: Sendable {
        /// Sequence numbers of what was served.
        package var served: [UInt64] = []
        package var holes: [JournalHole] = []
        /// nil where the journal could not be opened.
        package var verdict: VerificationReport.Verdict?
        /// What verification found, or the error that kept the journal from being opened.
        package var findings: [String] = []
        /// The code of that error.
        package var refusal: JournalError.Code?

        package var isDetected: Bool { refusal != nil || verdict == .damaged }

        /// Whether a finding or a hole names the file.
        package func names(_ file: String) -> Bool {
            findings.contains { $0.contains(file) } || holes.contains { $0.file == file }
        }
    }

    private static func options(_ disk: SimulatedDisk, _ opening: Int) -> JournalOptions {
        CrashWorkload(seed: 1, stepCount: 0).options(disk, opening: opening)
    }

    /// Makes the journal: a sealed segment, a torn tail in `quarantine/`, and an active segment that
    /// ends in a closed tail.
    package static func made() async throws -> DamagedStore {
        var disk = SimulatedDisk()
        var journal = try await Journal.create(at: path, options: options(disk, 0))
        let one = try await journal.store.create(1, key: "one")
        let two = try await journal.store.create(2)
        try await journal.store.append([Drafts.note("first", id: "a")], to: one)
        disk.cutPower(atChange: 1)
        let torn = (0..<6).map { Drafts.note(String(repeating: "torn \($0) ", count: 90)) }
        _ = try? await journal.store.append(torn, to: two)
        // The first sector of the commit is lost, and the others are there.
        var seed: UInt64 = 0
        repeat {
            seed += 1
            let after = disk.powerCut(.some(sectorSize: 512, seed: seed))
            journal = try await Journal.open(at: path, options: options(after, 1))
            if after.files.keys.contains(where: { $0.hasPrefix("\(path)/quarantine/") }) {
                disk = after
                break
            }
        } while seed < 100
        try await journal.store.append([Drafts.note("second"), Drafts.note("third")], to: two)
        try await journal.seal()
        try await journal.store.append([Drafts.note("fourth", id: "b")], to: one)
        let olderFiles = disk.files
        try await journal.store.append([Drafts.note("fifth", id: "c")], to: one)
        try await journal.close()
        let files = disk.files.filter { !$0.key.hasSuffix("/LOCK") }
        let reader = try await Journal.open(readingAt: path, options: options(disk, 2))
        let lines = try await reader.store.all().map(\.line)
        try await reader.close()
        return DamagedStore(files: files, olderFiles: olderFiles, lines: lines)
    }

    /// A copy of the journal, to be damaged.
    package func disk() -> SimulatedDisk {
        let disk = SimulatedDisk()
        for (path, bytes) in files { disk.place(bytes, at: path) }
        return disk
    }

    /// Reads everything and verifies.
    ///
    /// - Throws: `CrashViolation` where a line is served that was never stored, or twice, or out of
    ///   order, and where an event is missing and nothing says so.
    package func inspect(_ disk: SimulatedDisk) async throws -> Answer {
        var answer = Answer()
        let journal: Journal
        do {
            journal = try await Journal.open(
                readingAt: Self.path, options: Self.options(disk, 3))
        } catch let error as JournalError {
            answer.refusal = error.code
            answer.findings = ["\(error.place ?? "") \(error)"]
            return answer
        }
        do {
            try await read(journal, into: &answer)
            let report = try await journal.verify()
            answer.verdict = report.verdict
            answer.findings = report.findings
            answer.holes += report.holes
        } catch let error as JournalError {
            answer.refusal = error.code
            answer.findings.append("\(error.place ?? "") \(error)")
        }
        try? await journal.close()
        try checkLost(answer)
        return answer
    }

    private func read(_ journal: Journal, into answer: inout Answer) async throws {
        var next: ReadQuery? = ReadQuery()
        while let query = next {
            let page = try await journal.store.read(query)
            for event in page.events {
                guard event.sequence > answer.served.last ?? 0 else {
                    throw CrashViolation("event \(event.sequence) is served out of order")
                }
                guard event.sequence <= UInt64(lines.count),
                    event.line == lines[Int(event.sequence) - 1]
                else { throw CrashViolation("event \(event.sequence) is served and is not true") }
                answer.served.append(event.sequence)
            }
            answer.holes += page.holes
            next = page.next
        }
    }

    /// What lies before something that is served, or in a journal that is called whole, is not lost
    /// without a hole.
    private func checkLost(_ answer: Answer) throws {
        guard answer.refusal == nil, let last = answer.served.last else { return }
        let served = Set(answer.served)
        for sequence in 1...last where !served.contains(sequence) {
            guard
                answer.holes.contains(where: {
                    $0.firstSequence <= sequence && sequence <= $0.lastSequence
                })
            else { throw CrashViolation("event \(sequence) is missing without a word") }
        }
    }
}
