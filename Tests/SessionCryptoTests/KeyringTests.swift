#if Crypto
import Foundation
import JournalTestKit
import SegmentLog
import SessionJournal
import Testing

@testable import SessionCrypto

/// The keyring on its own: its file, the keys of a master key, and what damage and crashes leave.
@Suite struct KeyringTests {
    static let journal = JournalID(high: 0x019B_76DA_A800_7101, low: 0x8040_4040_4040_4040)
    static let one = SessionID(StreamKey(high: 1, low: 1))
    static let two = SessionID(StreamKey(high: 2, low: 2))

    static func key(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    static func place(_ disk: SimulatedDisk) -> SessionKeys.Place {
        .init(directory: "/j", fileSystem: disk, journalID: journal) {
            Timestamp(microseconds: 1_767_225_600_000_000)
        }
    }

    /// A disk with a keyring of two sessions.
    static func made(master: [UInt8] = key(7)) throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        try disk.makeDirectory("/j")
        try disk.syncDirectory("/")
        let ring = Keyring(place(disk), master: try MasterKey(bytes: master))
        try ring.load()
        try ring.create(
            [.init(session: one, key: "tea"), .init(session: two, key: nil)], mayBegin: true)
        return disk
    }

    static func opened(_ disk: SimulatedDisk, _ master: [UInt8] = key(7)) throws -> Keyring {
        let ring = Keyring(place(disk), master: try MasterKey(bytes: master))
        try ring.load()
        return ring
    }

    static func bytes(_ disk: SimulatedDisk) throws -> [UInt8] {
        try #require(disk.bytes(of: "/j/keys/keyring"))
    }

    private static func put(_ bytes: [UInt8], on disk: SimulatedDisk) {
        disk.place(bytes, at: "/j/keys/keyring")
    }

    // MARK: The file

    /// Every byte of a keyring whose keys are known.
    @Test func theBytesAreThoseOfThePage() throws {
        let master = SecretBytes(copying: Self.key(0x11).span)
        let twice = Self.journal.bytes + Self.journal.bytes
        var file = KeyringFile(
            journalID: Self.journal, source: .key,
            check: try KeyWrap.wrap(SecretBytes(copying: twice.span), with: master))
        file.generation = 3
        let secret = SessionSecret(
            dataKey: SecretBytes(copying: Self.key(0x22).span), key: "tea")
        file.entries = [
            .init(session: Self.one, time: 5, wrapped: try secret.wrapped(with: master)),
            .init(session: Self.two, time: 6, wrapped: []),
        ]
        let bytes = file.bytes
        #expect(bytes.count == 140 + 28 + 72 + 28 + 4)
        #expect(bytes.starts(with: [0x53, 0x4A, 0x4B, 0x31, 1, 0, 0, 0]))
        #expect(Array(bytes[16..<32]) == Self.journal.bytes)
        #expect(Array(bytes[32..<44]) == [3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
        #expect(bytes[44..<96].allSatisfy { $0 == 0 })
        #expect(Array(bytes[136..<140]) == [2, 0, 0, 0])
        #expect(Array(bytes[140..<160]) == Self.one.streamKey.bytes + [1, 0, 72, 0])
        #expect(
            Array(bytes[(bytes.count - 16)...].prefix(12)) == [2, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0])
        let golden = Self.hexadecimal(FileHash.hash(bytes.span))
        #expect(
            golden == "645d8bde0b5c7df1e7d5df50ba9b9b0f6f9d4875cdba4d3763959f9b5c5f3b01",
            "\(golden)")
        #expect(Self.parsed(bytes) == file)
        let opened = try SessionSecret(unwrapping: file.entries[0].wrapped, with: master)
        #expect(opened.key == "tea" && opened.dataKey.isSame(as: secret.dataKey))
    }

    static func parsed(_ bytes: [UInt8]) -> KeyringFile? {
        let span = bytes.span
        return try? KeyringFile(parsing: span)
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func noTruncationAndNoFlippedBitIsBelieved() throws {
        let bytes = try Self.bytes(try Self.made())
        for count in 0..<bytes.count {
            let cut = Array(bytes[..<count])
            #expect(Self.parsed(cut) == nil, "cut to \(count)")
        }
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(Self.parsed(flipped) == nil, "bit \(bit)")
        }
    }

    /// Whoever can compute the checksum traps nobody and opens nothing.
    @Test func hostileBytesWithAGoodChecksumDoNotTrap() throws {
        let disk = try Self.made()
        let bytes = try Self.bytes(disk)
        for offset in 0..<(bytes.count - 4) {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] where bytes[offset] != value {
                var hostile = bytes
                hostile[offset] = value
                let end = hostile.count - 4
                hostile.replace(u32: CRC32C.checksum(hostile, 0..<end), at: end)
                Self.put(hostile, on: disk)
                guard let ring = try? Self.opened(disk) else { continue }
                for session in [Self.one, Self.two] { _ = ring.dataKey(of: session) }
                _ = ring.sessions(named: "tea")
            }
        }
    }

    // MARK: Errors that say what is wrong

    @Test func wrongKeysAndDamageAreTold() throws {
        let disk = try Self.made()
        #expect(throws: JournalError(.wrongKey, "")) { try Self.opened(disk, Self.key(8)) }
        let passphrase = Keyring(
            Self.place(disk), master: try MasterKey(passphrase: "correct horse"))
        #expect(throws: JournalError(.wrongKey, "")) { try passphrase.load() }
        let good = try Self.bytes(disk)
        Self.put(Array(good.dropLast(9)), on: disk)
        let error = #expect(throws: JournalError(.damaged, "")) { try Self.opened(disk) }
        #expect(error?.place == "/j/keys/keyring")
        var newer = good
        newer[4] = 2
        newer.replace(u32: CRC32C.checksum(newer, 0..<(newer.count - 4)), at: newer.count - 4)
        Self.put(newer, on: disk)
        #expect(throws: JournalError(.newerFormat, "")) { try Self.opened(disk) }
        var foreign = good
        foreign[20] ^= 1
        foreign.replace(
            u32: CRC32C.checksum(foreign, 0..<(foreign.count - 4)), at: foreign.count - 4)
        Self.put(foreign, on: disk)
        #expect(throws: JournalError(.wrongKey, "")) { try Self.opened(disk) }
        try disk.remove("/j/keys/keyring")
        let lost = try Self.opened(disk)
        #expect(lost.dataKey(of: Self.one) == nil)
        #expect(throws: JournalError(.wrongKey, "")) {
            try lost.create([.init(session: Self.one, key: nil)], mayBegin: false)
        }
        #expect(throws: JournalError(.sessionNotFound, "")) { try lost.destroy([Self.one]) }
    }

    // MARK: Changing

    @Test func aRotationKeepsTheKeys() throws {
        let disk = try Self.made()
        let ring = try Self.opened(disk)
        let before = try #require(ring.dataKey(of: Self.one))
        try ring.destroy([Self.two])
        var other = try MasterKey(passphrase: "correct horse")
        other.cost = .init(cost: 1 << 10, blockSize: 8, parallelism: 1)
        try ring.rotate(to: other)
        #expect(isSame(ring.dataKey(of: Self.one), before))
        #expect(ring.keyCount == 1 && ring.protection(of: Self.two) == .destroyed)
        #expect(throws: JournalError(.wrongKey, "")) { try Self.opened(disk) }
        let again = Keyring(Self.place(disk), master: other)
        try again.load()
        #expect(isSame(again.dataKey(of: Self.one), before))
        #expect(again.sessions(named: "tea") == [Self.one])
        let wrong = Keyring(Self.place(disk), master: try MasterKey(passphrase: "correct house"))
        #expect(throws: JournalError(.wrongKey, "")) { try wrong.load() }
        try again.rotate(to: try MasterKey(bytes: Self.key(9)))
        let last = try Self.opened(disk, Self.key(9))
        #expect(isSame(last.dataKey(of: Self.one), before))
    }

    @Test func whatIsDestroyedIsGoneFromTheFile() throws {
        let disk = try Self.made()
        let ring = try Self.opened(disk)
        let cipher = ring.cipher
        var run = CiphertextRun(
            journalID: Self.journal, stream: Self.one.streamKey, firstVersion: 1, lastVersion: 1,
            eventCount: 1, plainLength: 4, payload: [1, 2, 3, 4])
        try cipher.seal(&run)
        #expect(try cipher.open(run) == [1, 2, 3, 4])
        let entry = Self.parsed(try Self.bytes(disk))?.entries.first
        let wrapped = try #require(entry?.wrapped)
        try ring.destroy([Self.one])
        try ring.destroy([Self.one])
        #expect(try cipher.open(run) == nil)
        #expect(throws: LogError(.failed, "")) { try cipher.seal(&run) }
        for bytes in disk.files.values {
            #expect(bytes.span.firstIndex(of: wrapped, from: 0) == nil)
        }
        let again = try Self.opened(disk)
        #expect(again.protection(of: Self.one) == .destroyed)
        #expect(again.dataKey(of: Self.one) == nil && again.sessions(named: "tea") == [])
        #expect(again.protection(of: SessionID(StreamKey(high: 9, low: 9))) == .plain)
        // A destroyed session gets no other key.
        try again.create([.init(session: Self.one, key: "tea")], mayBegin: false)
        #expect(again.protection(of: Self.one) == .destroyed)
    }

    /// A reader sees the keys that the writer has made since.
    @Test func aReaderLooksAgain() throws {
        let disk = try Self.made()
        let reader = try Self.opened(disk)
        let writer = try Self.opened(disk)
        let three = SessionID(StreamKey(high: 3, low: 3))
        #expect(reader.dataKey(of: three) == nil)
        try writer.create([.init(session: three, key: nil)], mayBegin: false)
        let key = try #require(writer.dataKey(of: three))
        #expect(isSame(reader.dataKey(of: three), key))
    }

    /// The power fails at every change that a step makes: the keyring is the old or the new one, and
    /// what is left aside is removed by the next writer.
    @Test(arguments: ["create", "destroy", "rotate"]) func powerFailsAtEveryChange(
        step: String
    ) throws {
        let disk = try Self.made()
        disk.keepMoments()
        let ring = try Self.opened(disk)
        let keys = [Self.one, Self.two].map { ring.dataKey(of: $0) }
        let three = SessionID(StreamKey(high: 3, low: 3))
        switch step {
        case "create": try ring.create([.init(session: three, key: nil)], mayBegin: false)
        case "destroy": try ring.destroy([Self.two])
        default: try ring.rotate(to: try MasterKey(bytes: Self.key(9)))
        }
        var outcomes: Set<Bool> = []
        for (index, moment) in disk.moments.enumerated() {
            for seed in 0..<6 as Range<UInt64> {
                var survival = SimulatedDisk.Survival.some(sectorSize: 512, seed: seed)
                if seed < 2 { survival = seed == 0 ? .nothing : .everything }
                let left = moment.powerCut(survival)
                let old = try? Self.opened(left)
                let found: Keyring
                if let old { found = old } else { found = try Self.opened(left, Self.key(9)) }
                try found.removeAside()
                #expect(try left.names(in: "/j/keys") == ["keyring"])
                #expect(isSame(found.dataKey(of: Self.one), keys[0]))
                var isNew = old == nil
                if step == "create" { isNew = found.protection(of: three) == .encrypted }
                if step == "destroy" { isNew = found.protection(of: Self.two) == .destroyed }
                outcomes.insert(isNew)
                let isOver = index == disk.moments.count - 1
                if isOver { #expect(isNew, "\(step) is durable when it returns") }
                if !isNew { #expect(isSame(found.dataKey(of: Self.two), keys[1])) }
            }
        }
        #expect(outcomes == [false, true])
    }

    private func isSame(_ one: SecretBytes?, _ two: SecretBytes?) -> Bool {
        guard let one, let two else { return false }
        return one.isSame(as: two)
    }

    // MARK: Nonces

    /// How many: `tools/torture nonces` asks for ten million, over ten thousand crashes.
    static let nonceCount =
        ProcessInfo.processInfo.environment["SJOURNAL_NONCES"].flatMap { Int($0) } ?? 40_000

    @Test func noNonceComesTwice() async throws {
        let disk = try Self.made()
        let count = Self.nonceCount
        let crashes = max(100, count / 1_000)
        let before = NonceLedger.shared.totals
        for crash in 0..<crashes {
            // Each opening is another epoch, whatever the one before had come to.
            let ring = try Self.opened(disk)
            var last: UInt64 = 0
            for number in 0..<(count / crashes) {
                let session = number.isMultiple(of: 2) ? Self.one : Self.two
                var run = CiphertextRun(
                    journalID: Self.journal, stream: session.streamKey,
                    firstVersion: UInt64(number) + 1, lastVersion: UInt64(number) + 1,
                    eventCount: 1, plainLength: 4, payload: [1, 2, 3, UInt8(crash % 256)])
                // The ledger traps where a nonce comes again.
                try ring.cipher.seal(&run)
                last = run.counter
            }
            #expect(last == UInt64(count / crashes))
        }
        let after = NonceLedger.shared.totals
        #expect(after.epochs - before.epochs >= crashes)
        #expect(after.nonces - before.nonces >= UInt64(count / crashes * crashes))
    }

    @Test func theLedgerNoticesARepetition() {
        let ledger = NonceLedger()
        let salt = Self.key(1)
        #expect(ledger.isFresh(salt, 1))
        #expect(ledger.isFresh(salt, 3))
        #expect(!ledger.isFresh(salt, 3))
        #expect(ledger.isFresh(salt, 2))
        #expect(!ledger.isFresh(salt, 2) && !ledger.isFresh(salt, 1))
        #expect(ledger.isFresh(Self.key(2), 1))
        #expect(ledger.totals == (2, 4))
    }

    // MARK: Runs

    @Test func aRunOpensWhereItBelongs() throws {
        let disk = try Self.made()
        // A cipher asks its keyring, and does not keep it.
        let rings = [try Self.opened(disk), try Self.opened(disk)]
        let cipher = rings[0].cipher
        let text = Array("the water boils".utf8)
        var run = CiphertextRun(
            journalID: Self.journal, stream: Self.one.streamKey, firstVersion: 4, lastVersion: 9,
            eventCount: 6, plainLength: 99, payload: text)
        try cipher.seal(&run)
        #expect(run.payload.count == text.count + CiphertextRun.tagSize)
        let other = rings[1].cipher
        #expect(try other.open(run) == text)
        var changes = [CiphertextRun](repeating: run, count: 10)
        changes[0].stream = Self.two.streamKey
        changes[1].firstVersion = 3
        changes[2].lastVersion = 8
        changes[3].eventCount = 5
        changes[4].plainLength = 98
        changes[5].counter += 1
        changes[6].salt[0] ^= 1
        changes[7].payload[0] ^= 1
        changes[8].payload[run.payload.count - 1] ^= 1
        changes[9].journalID = JournalID(high: 5, low: 5)
        for changed in changes {
            #expect(throws: LogError(.damaged, "")) { try other.open(changed) }
        }
        var foreign = run
        foreign.stream = StreamKey(high: 8, low: 8)
        #expect(try other.open(foreign) == nil)
        #expect(rings.allSatisfy { $0.keyCount == 2 })
    }
}
#endif
