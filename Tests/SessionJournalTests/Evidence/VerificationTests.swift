import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// What is damaged is named; what is not is served.
@Suite struct VerificationTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let disk = PosixFileSystem()

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("journal")
    }

    /// Three sessions of 40 messages each, every message a commit of its own; closed.
    private func fill(sealed: Bool) async throws -> [SessionID] {
        let journal = try await Journal.create(at: path)
        let ada = journal.as("user:ada")
        var sessions: [SessionID] = []
        for number in 0..<3 { sessions.append(try await ada.createSession(key: "s\(number)")) }
        for number in 0..<40 {
            for session in sessions {
                let text = String(repeating: "word \(number) ", count: 60)
                try await ada.say("user", text, in: session)
            }
        }
        if sealed { try await journal.seal() }
        try await journal.close()
        return sessions
    }

    private func flip(_ name: String, at fraction: Double) throws {
        let file = try disk.open(path + "/segments/" + name, .update)
        let offset = Int(Double(try file.size()) * fraction)
        var byte = try file.read(1, at: offset)
        byte[0] ^= 0x40
        try file.write(byte.span, at: offset)
    }

    @Test(arguments: [false, true])
    func whatIsWholeIsOK(sealed: Bool) async throws {
        _ = try await fill(sealed: sealed)
        let journal = try await Journal.open(readingAt: path)
        let report = try await journal.verify()
        #expect(report.verdict == .ok)
        #expect(report.events == 123)
        #expect(report.bytesChecked > 0)
        #expect(report.json["verdict"] == "ok")
        #expect(report.json["root"]?.string == report.root?.hexadecimal)
        #expect(report.json["holes"] == [])
        try await journal.close()
    }

    /// The key of a session whose first event is lost is not given to a second session. The sealed
    /// segment's filter still proves that other keys are free.
    @Test func aLostKeyIsNotGivenAgain() async throws {
        _ = try await fill(sealed: true)
        let name = "00000000000000000001.lz4"
        let file = try disk.open(path + "/segments/" + name, .update)
        try file.write([UInt8](repeating: 0xA5, count: 8).span, at: 400)
        let ada = try await Journal.open(at: path).as("user:ada")
        let lost = await #expect(throws: JournalError.self) {
            try await ada.createSession(key: "s0")
        }
        #expect(lost?.code == .damaged)
        let taken = await #expect(throws: JournalError.self) {
            try await ada.createSession(key: "s1")
        }
        #expect(taken?.code == .sessionExists)
        _ = try await ada.createSession(key: "a key of its own")
        let again = await #expect(throws: JournalError.self) {
            try await ada.createSession(key: "s0")
        }
        #expect(again?.code == .damaged)
        try await ada.journal.close()
    }

    /// A journal whose segments are all gone is not one without events.
    @Test func anEmptiedJournalIsDamaged() async throws {
        _ = try await fill(sealed: true)
        for name in try disk.names(in: path + "/segments") {
            try disk.remove(path + "/segments/" + name)
        }
        let journal = try await Journal.open(readingAt: path)
        #expect(try await journal.verify().verdict == .damaged)
        try await journal.close()
    }

    @Test(arguments: [false, true], [0.2, 0.5, 0.8])
    func aFlippedBitIsNamedAndTheRestIsServed(sealed: Bool, fraction: Double) async throws {
        let sessions = try await fill(sealed: sealed)
        try flip("00000000000000000001.lz4", at: fraction)
        let journal = try await Journal.open(readingAt: path)
        let report = try await journal.verify()
        #expect(report.verdict == .damaged)
        #expect(report.json["verdict"] == "damaged")
        #expect(!report.findings.isEmpty)
        for hole in report.holes {
            #expect(hole.file == "segments/00000000000000000001.lz4")
        }
        let lost = Set(
            report.holes.flatMap { hole in
                hole.firstSequence <= hole.lastSequence
                    ? Array(hole.firstSequence...hole.lastSequence) : []
            })
        #expect(report.events == 123 - UInt64(lost.count))
        var served: Set<UInt64> = []
        for try await event in journal.events(damage: .skip) { served.insert(event.sequence) }
        #expect(served == Set(1...123).subtracting(lost))
        if let first = lost.min() {
            let error = await #expect(throws: JournalError.self) {
                for try await event in journal.events() { #expect(event.sequence < first) }
            }
            #expect(error?.code == .damaged)
            #expect(error?.place?.hasPrefix("segments/00000000000000000001.lz4") == true)
        }
        // A session that lost nothing reads as if nothing were wrong.
        for (index, session) in sessions.enumerated() {
            let mine = (1...123).filter { sequence in
                (sequence <= 3 ? sequence - 1 : (sequence - 4) % 3) == index
            }
            guard lost.isDisjoint(with: mine.map { UInt64($0) }) else { continue }
            var count = 0
            for try await _ in journal.events(session: session) { count += 1 }
            #expect(count == 41)
        }
        try await journal.close()
    }

    @Test func damageThatForbidsToAppendOpensReadOnly() async throws {
        let sessions = try await fill(sealed: false)
        try flip("00000000000000000001.lz4", at: 0.3)
        let journal = try await Journal.open(at: path)
        #expect(!journal.isWritable)
        let error = await #expect(throws: JournalError.self) {
            try await journal.as("user:ada").say("user", "x", in: sessions[0])
        }
        #expect(error?.code == .readOnly || error?.code == .damaged)
        try await journal.close()
    }

    @Test func appendsGoOnBesideADamagedSealedSegment() async throws {
        let sessions = try await fill(sealed: true)
        try flip("00000000000000000001.lz4", at: 0.5)
        let journal = try await Journal.open(at: path)
        #expect(journal.isWritable)
        let receipt = try await journal.as("user:ada").append(
            EventDraft("x.note", data: [:]), to: sessions[0], if: .version(41))
        #expect(receipt.sequence == 124)
        let report = try await journal.verify()
        #expect(report.verdict == .damaged)
        try await journal.close()
    }

    @Test func theVerifierSeesWhatLinesSayOfThemselves() throws {
        var script = EventScript()
        script.add("x.note", ["text": "a"])
        script.add("x.note", ["text": "b"])
        script.add("x.note", ["text": "c"])
        let lines = script.events.map(\.line)

        func findings(_ lines: [[UInt8]]) -> [String] {
            var verifier = LineVerifier()
            for line in lines { verifier.check(line) }
            return verifier.findings
        }
        #expect(findings(lines).isEmpty)
        #expect(findings([lines[0], lines[2]]).count == 2)
        #expect(findings([lines[0], Array("{}".utf8), lines[2]]).count == 2)
        var tampered = lines
        tampered[1] = Array(
            String(decoding: lines[1], as: UTF8.self)
                .replacing("\"text\":\"b\"", with: "\"text\":\"x\"").utf8)
        #expect(findings(tampered).isEmpty)
        var original = LeafTree()
        for event in script.events {
            let line = event.line
            original.append(try EventLine.leafHash(of: line.span))
        }
        var verifier = LineVerifier()
        for line in tampered { verifier.check(line) }
        verifier.compare(original.record, place: "elsewhere")
        #expect(verifier.findings.count == 1)
        #expect(verifier.findings.first?.contains("elsewhere") == true)
    }

    @Test func behindAHoleTheRecordedTreeIsWhereItGoesOn() throws {
        var script = EventScript()
        for number in 0..<6 { script.add("x.note", ["text": .string("\(number)")]) }
        var record = FrontierRecord.empty
        var whole = LeafTree()
        for (index, event) in script.events.enumerated() {
            let line = event.line
            whole.append(try EventLine.leafHash(of: line.span))
            if index == 3 { record = whole.record }
        }
        var verifier = LineVerifier()
        verifier.check(script.events[0].line)
        verifier.skip(through: 4)
        #expect(verifier.knownTree == nil)
        verifier.compare(record, place: "in a block")
        for event in script.events[4...] { verifier.check(event.line) }
        #expect(verifier.findings.isEmpty)
        #expect(verifier.knownTree == whole)
        #expect(verifier.events == 3)
    }
}
