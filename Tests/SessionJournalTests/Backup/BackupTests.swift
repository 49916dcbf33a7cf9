import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

@Suite struct BackupTests {
    private static let folder = "/backup"
    private static let target = "/restored"

    private static func restore(
        _ simulated: SimulatedJournal, _ options: RestoreOptions = RestoreOptions()
    ) async throws -> RestoreReport {
        try await Journal.restore(
            from: folder, to: target, options: options, opening: simulated.options)
    }

    private static func lines(_ path: String, _ options: JournalOptions) async throws -> [[UInt8]] {
        let journal = try await Journal.open(readingAt: path, options: options)
        let lines = try await journal.store.all().map(\.line)
        try await journal.close()
        return lines
    }

    @Test func whatWasBackedUpComesBackByteForByte() async throws {
        let simulated = try await SimulatedJournal.made(segments: 3)
        let journal = try await simulated.open()
        let report = try await journal.backup(to: Self.folder)
        let root = try await journal.store.treeHead(at: nil).root
        #expect(report.generation == 1 && report.lastSequence == 26 && report.root == root)
        #expect(report.filesCopied == 5 && report.filesKnown == 0 && report.findings.isEmpty)
        let restored = try await Self.restore(simulated)
        #expect(restored.verification.verdict == .ok && restored.findings.isEmpty)
        #expect(restored.verification.root == root && restored.files == 5)
        #expect(
            try await Self.lines(Self.target, simulated.options)
                == Self.lines(SimulatedJournal.path, simulated.options))
        #expect(!simulated.disk.files.keys.contains { $0.hasSuffix(".new") })
        // It can be appended to, and the writer's epochs tell the two apart.
        let copy = try await Journal.open(at: Self.target, options: simulated.options)
        try await simulated.append(2, to: copy)
        try await simulated.append(2, to: journal)
        try await copy.close()
        try await journal.close()
        let epochs = try ["/j", Self.target].map { path in
            let active = try #require(
                simulated.disk.files.keys.filter { $0.hasPrefix(path + "/segments/") }.max())
            let bytes = try #require(simulated.disk.bytes(of: active))
            return try TailFrame.decode(bytes.span, at: bytes.count - SegmentLogFormat.pageSize)
                .epoch
        }
        #expect(epochs[1] > epochs[0] + 1 << 40)
    }

    @Test func aSecondBackupCopiesWhatIsNewOnly() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let journal = try await simulated.open()
        _ = try await journal.backup(to: Self.folder)
        let first = try await journal.backup(to: Self.folder)
        // The active segment is read, and stored again only where it has changed.
        #expect(first.generation == 2 && first.filesKnown == 3 && first.filesCopied == 1)
        let names = Set(simulated.disk.files.keys.filter { $0.hasPrefix(Self.folder + "/files/") })
        #expect(names.count == 4)
        try await journal.seal()
        try await simulated.append(2, to: journal)
        let second = try await journal.backup(to: Self.folder)
        #expect(second.filesKnown == 3 && second.filesCopied == 2)
        try await journal.close()
        var old = RestoreOptions()
        old.generation = 1
        let restored = try await Self.restore(simulated, old)
        #expect(restored.verification.root == first.root && restored.generation == 1)
        let found = try await Journal.verifyBackup(at: Self.folder, opening: simulated.options)
        #expect(found.isWhole && found.generations.map(\.number) == [1, 2, 3])
    }

    @Test func onlySoManyGenerationsAreKept() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        var options = BackupOptions()
        options.keep = 2
        var removed = 0
        for _ in 0..<4 {
            let journal = try await simulated.open()
            try await simulated.append(2, to: journal)
            removed += try await journal.backup(to: Self.folder, options: options)
                .generationsRemoved
            try await journal.close()
        }
        #expect(removed == 2)
        let found = try await Journal.verifyBackup(at: Self.folder, opening: simulated.options)
        #expect(found.isWhole && found.generations.map(\.number) == [3, 4])
        let files = simulated.disk.files.keys.filter { $0.hasPrefix(Self.folder + "/files/") }
        // JOURNAL, the sealed segment, and the active one twice.
        #expect(files.count == 4)
    }

    @Test func everyFlippedBitInABackupIsFoundAndNeverRestored() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let journal = try await simulated.read()
        _ = try await journal.backup(to: Self.folder)
        let files = simulated.disk.files.filter {
            $0.key.hasPrefix(Self.folder) && !$0.key.hasSuffix("/LOCK")
        }
        #expect(files.count == 4)
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
            for bit in stride(from: 0, to: bytes.count * 8, by: FaultScale.stride(211)) {
                let copy = SimulatedJournal(simulated.disk.clone())
                copy.disk.flipBit(path, bit)
                let found = try await Journal.verifyBackup(at: Self.folder, opening: copy.options)
                #expect(!found.isWhole, "\(path) bit \(bit)")
                let error = await #expect(throws: JournalError.self) {
                    try await Self.restore(copy)
                }
                #expect(error?.code == .damaged)
                let isJournal = copy.disk.files.keys.contains("\(Self.target)/JOURNAL")
                #expect(!isJournal, "\(path) bit \(bit)")
            }
        }
    }

    @Test func aDamagedJournalIsCopiedAndSaysSo() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        simulated.disk.flipBit(simulated.segments[0], 1_800)
        let journal = try await simulated.read()
        let report = try await journal.backup(to: Self.folder)
        #expect(report.findings.count == 1)
        #expect(report.findings[0].contains(SegmentName.file(first: 1)))
        let error = await #expect(throws: JournalError.self) { try await Self.restore(simulated) }
        #expect(error?.code == .damaged)
        var options = RestoreOptions()
        options.acceptsDamage = true
        let restored = try await Self.restore(simulated, options)
        #expect(restored.verification.verdict == .damaged && !restored.findings.isEmpty)
        let found = try await Journal.verifyBackup(at: Self.folder, opening: simulated.options)
        #expect(found.findings.count == 1 && found.generations.map(\.isWhole) == [false])
    }

    /// A good copy is not given up for one that went bad since.
    @Test func aWholeCopyStaysWhereTheOriginalWentBad() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        _ = try await simulated.read().backup(to: Self.folder)
        simulated.disk.flipBit(simulated.segments[0], 1_800)
        let report = try await simulated.read().backup(to: Self.folder)
        #expect(report.findings.isEmpty && report.filesKnown == 3)
        #expect(try await Self.restore(simulated).verification.verdict == .ok)
    }

    @Test func anotherHistoryIsRefused() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let fork = SimulatedJournal(simulated.disk.clone())
        let journal = try await simulated.open()
        try await simulated.append(2, to: journal)
        _ = try await journal.backup(to: Self.folder)
        try await journal.close()
        let files = simulated.disk.files.filter { $0.key.hasPrefix(Self.folder) }
        try fork.disk.makeDirectory(Self.folder)
        for name in ["files", "generations"] {
            try fork.disk.makeDirectory(Self.folder + "/" + name)
        }
        for (path, bytes) in files { fork.disk.place(bytes, at: path) }
        // Rolled back, and then written to.
        for expected in ["rolled back", "went its own way"] {
            let copy = try await fork.open()
            let error = await #expect(throws: JournalError.self) {
                try await copy.backup(to: Self.folder)
            }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains(expected) == true, "\(String(describing: error))")
            try await fork.append(4, to: copy)
            try await copy.close()
        }
        // Another journal's folder.
        let other = try await SimulatedJournal.made(segments: 1)
        try other.disk.makeDirectory(Self.folder)
        for name in ["files", "generations"] {
            try other.disk.makeDirectory(Self.folder + "/" + name)
        }
        for (path, bytes) in files { other.disk.place(bytes, at: path) }
        let stranger = try await other.read()
        let error = await #expect(throws: JournalError.self) {
            try await stranger.backup(to: Self.folder)
        }
        #expect(error?.code == .conflict)
    }

    @Test func whatIsThereAlreadyIsNotTouched() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let journal = try await simulated.read()
        for path in [SimulatedJournal.path, "/notes"] {
            if path == "/notes" {
                try simulated.disk.makeDirectory(path)
                simulated.disk.place([1, 2, 3], at: path + "/mine")
            }
            let before = simulated.disk.files
            var error = await #expect(throws: JournalError.self) {
                try await journal.backup(to: path)
            }
            #expect(error?.code == .alreadyExists)
            #expect(simulated.disk.files == before)
            _ = try await journal.backup(to: Self.folder)
            let backed = simulated.disk.files
            error = await #expect(throws: JournalError.self) {
                try await Journal.restore(from: Self.folder, to: path, opening: simulated.options)
            }
            #expect(error?.code == .alreadyExists)
            #expect(simulated.disk.files == backed)
        }
        let error = await #expect(throws: JournalError.self) {
            try await Journal.restore(from: "/notes", to: "/else", opening: simulated.options)
        }
        #expect(error?.code == .notAJournal)
        let memory = Journal.inMemory()
        let refusal = await #expect(throws: JournalError.self) {
            try await memory.backup(to: Self.folder)
        }
        #expect(refusal?.code == .unsupported)
    }

    /// The power fails at every change of a backup, of the next one, and of a restoration.
    @Test func aPowerCutAtAnyChangeHarmsNoBackup() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        var cuts = 0
        for round in 1...2 {
            let held = round == 1 ? nil : try await simulated.read().store.treeHead(at: nil)
            if round == 2 {
                _ = try await simulated.read().backup(to: Self.folder)
                let journal = try await simulated.open()
                try await simulated.append(2, to: journal)
                try await journal.seal()
                try await journal.close()
            }
            for change in 1...60 {
                let disk = simulated.disk.clone()
                let journal = try await SimulatedJournal(disk).read()
                disk.cutPower(atChange: change)
                var options = BackupOptions()
                options.keep = 3
                let done = try? await journal.backup(to: Self.folder, options: options)
                let isOver = !disk.isCut
                for survival in Self.survivals(change) {
                    let after = SimulatedJournal(disk.powerCut(survival))
                    cuts += 1
                    if let held {
                        var old = RestoreOptions()
                        old.generation = 1
                        let restored = try await Self.restore(after, old)
                        #expect(restored.verification.root == held.root, "change \(change)")
                    }
                    let next = try await after.read().backup(to: Self.folder)
                    #expect(next.findings.isEmpty, "change \(change) \(survival): \(next.findings)")
                    if let done { #expect(next.generation == done.generation + 1) }
                    let found = try await Journal.verifyBackup(
                        at: Self.folder, opening: after.options)
                    #expect(found.isWhole, "change \(change) \(survival): \(found.findings)")
                    let other = SimulatedJournal(after.disk.clone())
                    let report = try await Journal.restore(
                        from: Self.folder, to: "/newest", opening: other.options)
                    #expect(report.verification.root == next.root && report.findings.isEmpty)
                }
                if isOver { break }
                #expect(change < 60)
            }
        }
        #expect(cuts > 100)
    }

    @Test func aPowerCutAtAnyChangeOfARestorationIsBegunAgain() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let report = try await simulated.read().backup(to: Self.folder)
        for change in 1...60 {
            let disk = simulated.disk.clone()
            disk.cutPower(atChange: change)
            let done = try? await Self.restore(SimulatedJournal(disk))
            let isOver = !disk.isCut
            for survival in Self.survivals(change) {
                let after = SimulatedJournal(disk.powerCut(survival))
                do {
                    let journal = try await Journal.open(
                        readingAt: Self.target, options: after.options)
                    let verified = try await journal.verify()
                    #expect(verified.verdict == .ok && verified.root == report.root)
                } catch let error as JournalError {
                    #expect(
                        error.code == .notAJournal && done == nil, "change \(change) \(survival)")
                    let again = try await Self.restore(after)
                    #expect(again.verification.root == report.root)
                }
            }
            if isOver { break }
            #expect(change < 60)
        }
    }

    private static func survivals(_ change: Int) -> [SimulatedDisk.Survival] {
        [
            .nothing, .everything, .some(sectorSize: 512, seed: UInt64(change)),
            .some(sectorSize: 4_096, seed: UInt64(change) + 1_000),
        ]
    }

    /// Every call of a backup and of a restoration fails once: the error is thrown, or the result is
    /// whole.
    @Test(arguments: [Errno.inputOutput, .noSpace])
    func aCallThatFailsHarmsNoBackup(errno: Errno) async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let first = try await simulated.read().backup(to: Self.folder)
        let writer = try await simulated.open()
        try await simulated.append(2, to: writer)
        try await writer.close()
        for call in SimulatedDisk.Call.allCases {
            for number in 1...80 {
                let copy = SimulatedJournal(simulated.disk.clone())
                let journal = try await copy.read()
                copy.disk.fail(.init(call, number, errno))
                let before = copy.disk.count(of: call)
                let report = try? await journal.backup(to: Self.folder)
                _ = try? await Self.restore(copy)
                let isReached = copy.disk.count(of: call) - before >= number
                copy.disk.failNoMore()
                let found = try await Journal.verifyBackup(at: Self.folder, opening: copy.options)
                if report?.findings.isEmpty ?? true {
                    #expect(found.isWhole, "\(call) \(number): \(found.findings)")
                }
                var old = RestoreOptions()
                old.generation = 1
                let restored = try await Journal.restore(
                    from: Self.folder, to: "/old", options: old, opening: copy.options)
                #expect(restored.verification.root == first.root, "\(call) \(number)")
                if copy.disk.files.keys.contains("\(Self.target)/JOURNAL") {
                    let journal = try await Journal.open(
                        readingAt: Self.target, options: copy.options)
                    #expect(try await journal.verify().verdict == .ok, "\(call) \(number)")
                }
                if !isReached { break }
            }
        }
    }

    /// Beside a writer that appends, rotates and seals.
    @Test func aBackupBesideAWriterIsWhole() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("j")
        let journal = try await Journal.create(at: path)
        let writing = Task {
            let ada = journal.as("user:ada")
            let session = try await ada.createSession(key: "busy")
            for round in 0..<10 {
                for number in 0..<25 {
                    let text = String(repeating: "round \(round), note \(number); ", count: 60)
                    try await ada.append(
                        [EventDraft("x.note", data: ["text": .string(text)])], to: session)
                }
                try await journal.seal()
            }
        }
        for round in 0..<8 {
            let reader = try await Journal.open(readingAt: path)
            let report = try await reader.backup(to: directory.path("b"))
            #expect(report.findings.isEmpty, "\(report.findings)")
            try await reader.close()
            let restored = try await Journal.restore(
                from: directory.path("b"), to: directory.path("r\(round)"))
            #expect(restored.verification.root == report.root && restored.findings.isEmpty)
        }
        try await writing.value
        // And by the writer itself.
        let last = try await journal.backup(to: directory.path("b"))
        #expect(last.lastSequence == 251 && last.findings.isEmpty)
        try await journal.close()
        let found = try await Journal.verifyBackup(at: directory.path("b"))
        #expect(found.isWhole && found.generations.count == 9)
    }
}
