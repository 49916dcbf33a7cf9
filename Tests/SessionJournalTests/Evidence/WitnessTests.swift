import JournalTestKit
import SegmentLog
import Testing
import TransparencyLog

@testable import SessionJournal

/// A witness signs growth, and nothing else.
@Suite struct WitnessTests {
    static let path = "/w/state"
    static let time = Timestamp(microseconds: 1_800_000_000_000_000)

    private func witness(
        _ signed: SignedJournal, _ disk: SimulatedDisk? = nil, logs: [String]? = nil
    ) throws -> Witness {
        let disk = disk ?? signed.simulated.disk
        if try disk.status(of: "/w") == nil {
            try disk.makeDirectory("/w")
            try disk.syncDirectory("/")
        }
        return try Witness(
            name: "w.example/1", signer: ToyKey(11).signer, logs: logs ?? [signed.verifierKey],
            signatures: ToyKey.checker, Self.path, disk)
    }

    private func request(
        _ signed: SignedJournal, from first: UInt64, to second: UInt64? = nil
    ) async throws -> [UInt8] {
        let reader = try await signed.simulated.read()
        let text = try await reader.consistencyFile(from: first, to: second)
        try await reader.close()
        return Array(text.utf8)
    }

    @Test func itSignsAJournalThatGrows() async throws {
        let signed = try await SignedJournal.made()
        let witness = try witness(signed)
        let first = try await request(signed, from: 0, to: 41)
        guard case .signed(let line) = try witness.answer(first, at: Self.time) else {
            Issue.record("not signed")
            return
        }
        let note = try #require(SignedNote(signed.first + Array(line.utf8)))
        let key = try #require(VerifierKey(witness.verifierKey))
        #expect(note.state(of: key, ToyKey.checker.check) == .valid(time: 1_800_000_000))
        // Asked again from where it stands, and then for more.
        #expect(try witness.answer(first, at: Self.time) == .conflict(41))
        let same = try await request(signed, from: 41, to: 41)
        #expect(try witness.answer(same, at: Self.time).status == 200)
        let grown = try await request(signed, from: 41)
        #expect(try witness.answer(grown, at: Self.time).status == 200)
        // It never goes back.
        #expect(try witness.answer(first, at: Self.time) == .conflict(82))
        #expect(try witness.answer(same, at: Self.time) == .conflict(82))
    }

    @Test func itSignsNoForkAndNoRollback() async throws {
        let signed = try await SignedJournal.made()
        let other = try await SignedJournal.made { $0 == 7 ? "nothing" : JSONValue($0) }
        let witness = try witness(signed)
        _ = try witness.answer(try await request(signed, from: 0, to: 41), at: Self.time)
        let fork = try await request(other, from: 41)
        #expect(try witness.answer(fork, at: Self.time) == .inconsistent)
        let same = try await request(other, from: 41, to: 41)
        #expect(try witness.answer(same, at: Self.time) == .inconsistent)
        // Nothing of that was remembered.
        let grown = try await request(signed, from: 41)
        #expect(try witness.answer(grown, at: Self.time).status == 200)
    }

    @Test func itRefusesBadRequests() async throws {
        let signed = try await SignedJournal.made()
        let witness = try witness(signed)
        let good = try #require(WitnessRequest(try await request(signed, from: 0, to: 41)))
        func answer(_ change: (inout WitnessRequest) -> Void) throws -> Witness.Answer {
            var request = good
            change(&request)
            return try witness.answer(Array(request.text.utf8), at: Self.time)
        }
        #expect(try witness.answer([1, 2], at: Self.time) == .malformed)
        #expect(try answer { $0.oldSize = 50 } == .malformed)
        #expect(try answer { $0.oldSize = 5 } == .conflict(0))
        #expect(try answer { $0.hashes = [Hash()] } == .inconsistent)
        let stranger = try NoteMaker.note(origin: "else", size: 3)
        let note = try #require(SignedNote(stranger))
        #expect(try answer { $0.note = note } == .unknownLog("else"))
        let forged = try #require(SignedNote(try NoteMaker.note(origin: signed.origin, size: 3)))
        #expect(try answer { $0.note = forged } == .unsigned)
        let text = try #require(SignedNote(text: "no checkpoint\n"))
        #expect(try answer { $0.note = text }.status == 400)
        for (answer, status) in [
            (Witness.Answer.malformed, 400), (.unsigned, 403), (.unknownLog(""), 404),
            (.conflict(1), 409), (.inconsistent, 422),
        ] { #expect(answer.status == status) }
        let bad = SignedNote.Signature(
            name: signed.origin, id: good.note.signatures[0].id, bytes: [1])
        var twice = good.note
        twice.add(bad)
        #expect(try answer { $0.note = twice } == .unsigned, "one bad line refuses all")
        #expect(try answer { _ in }.status == 200)
    }

    @Test func aCheckpointOfNothingHasTheEmptyRoot() async throws {
        let signed = try await SignedJournal.made(notes: 1)
        let witness = try witness(signed)
        for (root, status) in [(RunningTree().root, 200), (Hash(), 422)] {
            let text = Checkpoint(origin: signed.origin, size: 0, root: root).text
            let note = try SignedJournal.key.signer.note(text, named: signed.origin)
            let request = WitnessRequest(oldSize: 0, hashes: [], note: note)
            let answer = try witness.answer(Array(request.text.utf8), at: Self.time)
            #expect(answer.status == status)
        }
    }

    @Test func itsMemoryIsChecked() async throws {
        let signed = try await SignedJournal.made(notes: 1)
        let disk = signed.simulated.disk
        let witness = try witness(signed)
        let request = try await request(signed, from: 0)
        _ = try witness.answer(request, at: Self.time)
        let bytes = try #require(disk.bytes(of: Self.path))
        for bit in 0..<(8 * bytes.count) {
            disk.flipBit(Self.path, bit)
            #expect(throws: JournalError(.damaged, "")) {
                try witness.answer(request, at: Self.time)
            }
            disk.flipBit(Self.path, bit)
        }
        let lock = try disk.lock(Self.path + ".lock")
        #expect(throws: JournalError(.locked, "")) { try witness.answer(request, at: Self.time) }
        lock?.release()
        let wrong: [(name: String, logs: [String])] = [
            ("a b", []), ("w", ["x"]), ("w", [try SignedJournal.witnessKey(ToyKey(1))]),
        ]
        for (name, logs) in wrong {
            #expect(throws: JournalError(.invalidArgument, "")) {
                try Witness(
                    name: name, signer: ToyKey(1).signer, logs: logs,
                    signatures: ToyKey.checker, rememberingAt: "/nowhere")
            }
        }
    }

    /// Whenever the power fails, a signature that was handed out is remembered.
    @Test func powerFailsWhileItSigns() async throws {
        let signed = try await SignedJournal.made(notes: 2)
        let first = try await request(signed, from: 0, to: 3)
        let second = try await request(signed, from: 3)
        var change = 1
        var isOver = false
        while !isOver {
            let disk = SimulatedDisk()
            let witness = try witness(signed, disk)
            #expect(try witness.answer(first, at: Self.time).status == 200)
            disk.cutPower(atChange: change)
            let answer = try? witness.answer(second, at: Self.time)
            isOver = !disk.isCut
            for survival in [SimulatedDisk.Survival.nothing, .everything] {
                let after = try self.witness(signed, disk.powerCut(survival))
                let again = try after.answer(first, at: Self.time)
                #expect(again == .conflict(6) || (answer == nil && again == .conflict(3)))
            }
            change += 1
        }
        #expect(change > 4)
    }
}
