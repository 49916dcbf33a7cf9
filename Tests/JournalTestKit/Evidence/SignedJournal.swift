package import SessionJournal
internal import Synchronization

/// A journal on a simulated disk that has a key and was signed twice, and what somebody outside of it
/// kept: the checkpoints, the key's public half, and three witnesses. What an attacker starts with.
package struct SignedJournal: Sendable {
    package static let key = ToyKey(1)
    package static let witnesses = [ToyKey(11), ToyKey(12), ToyKey(13)]

    package var simulated: SimulatedJournal
    /// The files after the first closing, and after the second.
    package private(set) var early: [String: [UInt8]] = [:]
    package private(set) var late: [String: [UInt8]] = [:]
    /// The two checkpoints, as they were signed.
    package private(set) var first: [UInt8] = []
    package private(set) var second: [UInt8] = []
    /// The verifier key, and the journal's name.
    package private(set) var verifierKey = ""
    package private(set) var origin = ""

    private init(_ simulated: SimulatedJournal) { self.simulated = simulated }

    /// The journal with other lines in it, as somebody would make it who rewrites history and takes care
    /// that every checksum fits: the same id, and the checkpoints of the original beside it.
    ///
    /// - Parameter change: Gets the lines in order, and gives those to be stored.
    package func rebuilt(_ change: ([String]) -> [String]) async throws -> SignedJournal {
        let reader = try await simulated.read()
        var lines: [String] = []
        for try await event in reader.events() { lines.append("\(event)") }
        try await reader.close()
        var other = self
        other.simulated = SimulatedJournal()
        let journal = try await Journal.create(
            at: SimulatedJournal.path, options: other.options(nil))
        try await journal.store.adopt(
            change(lines).map { Array($0.utf8) }, durability: .durable)
        try await journal.close()
        let folder = SimulatedJournal.path + "/checkpoints/"
        for (path, bytes) in simulated.disk.files where path.hasPrefix(folder) {
            other.simulated.disk.place(bytes, at: path)
        }
        return other
    }

    /// Asks witnesses to sign the newest checkpoint, and keeps what they answer.
    package func cosigned(by witnesses: [ToyKey]) async throws -> SignedJournal {
        var other = self
        let journal = try await simulated.open()
        for key in witnesses {
            let witness = try Witness(
                name: Self.name(of: key), signer: key.signer, logs: [verifierKey],
                signatures: ToyKey.checker, "/witness-\(key.number)", simulated.disk)
            let request = try await journal.consistencyFile(from: 0)
            guard
                case .signed(let line) = try witness.answer(
                    Array(request.utf8), at: Timestamp(microseconds: 1_800_000_000_000_000))
            else { continue }
            other.second = Array(try await journal.addCosignatures(Array(line.utf8)).text.utf8)
        }
        try await journal.close()
        return other
    }

    /// A journal in a sealed and an active segment: 40 notes, a checkpoint, 40 more, another one.
    package static func made(
        notes: Int = 40, changing change: (Int) -> JSONValue = { JSONValue($0) }
    ) async throws -> SignedJournal {
        var signed = SignedJournal(SimulatedJournal())
        let options = try signed.options()
        let journal = try await Journal.create(at: SimulatedJournal.path, options: options)
        let session = try await journal.as("user:ada").createSession(key: "notes")
        try await append(0..<notes, to: session, of: journal, change)
        try await journal.close()
        signed.early = signed.simulated.disk.files
        let again = try await Journal.open(at: SimulatedJournal.path, options: options)
        signed.origin = again.origin ?? ""
        signed.verifierKey = try key.signer.verifierKey(named: signed.origin) ?? ""
        signed.first = Array(try await again.checkpoints()[0].text.utf8)
        try await again.seal()
        try await append(notes..<(2 * notes), to: session, of: again, change)
        try await again.close()
        signed.late = signed.simulated.disk.files
        let reader = try await signed.simulated.read()
        signed.second = Array(try await reader.checkpoints()[1].text.utf8)
        try await reader.close()
        return signed
    }

    private static func append(
        _ range: Range<Int>, to session: SessionID, of journal: Journal,
        _ change: (Int) -> JSONValue
    ) async throws {
        for number in range {
            try await journal.as("user:ada").append(
                EventDraft("x.note", data: ["n": change(number)]), to: session)
        }
    }

    /// How such a journal is opened: always at the same times and with the same ids, so that two that
    /// were made alike differ in what was said only.
    package func options(_ key: ToyKey? = SignedJournal.key) throws -> JournalOptions {
        var options = simulated.options
        options.signer = try key?.signer
        let clock = ManualClock()
        options.clock = { clock.tick() }
        let noise = Mutex(UInt64(0))
        options.random = { count in
            let number = noise.withLock { noise in
                noise += 1
                return noise
            }
            return (0..<count).map { UInt8(truncatingIfNeeded: number &* 167 &+ UInt64($0)) }
        }
        return options
    }

    /// The disk with other files on it, and nothing else.
    package func replaced(by files: [String: [UInt8]]) -> SignedJournal {
        var other = self
        other.simulated = SimulatedJournal()
        for (path, bytes) in files { other.simulated.disk.place(bytes, at: path) }
        return other
    }

    /// A policy that believes the key, and wants so many of the three witnesses.
    package func policy(needing count: Int) throws -> [UInt8] {
        var text = "log \(verifierKey)\n"
        for (index, witness) in Self.witnesses.enumerated() {
            text += "witness W\(index) \(try Self.witnessKey(witness))\n"
        }
        return Array((text + "group all-of-them \(count) W0 W1 W2\nquorum all-of-them\n").utf8)
    }

    package static func witnessKey(_ key: ToyKey) throws -> String {
        try Witness(
            name: name(of: key), signer: key.signer, logs: [], signatures: ToyKey.checker,
            rememberingAt: "/nowhere"
        ).verifierKey
    }

    package static func name(of witness: ToyKey) -> String { "witness.example/\(witness.number)" }

    /// What the journal, opened for reading, is held to be.
    package func verdict(
        against: [UInt8]? = nil, keys: [String] = [], policy: [UInt8]? = nil,
        signatures: SignatureChecker? = ToyKey.checker
    ) async throws -> EvidenceReport {
        let journal = try await simulated.read()
        var options = EvidenceOptions()
        options.against = against
        options.keys = keys
        options.policy = policy
        options.signatures = signatures
        let report = try await journal.verifyEvidence(options)
        try await journal.close()
        return report
    }
}
