#if Crypto
import Foundation
import JournalTestKit
import SegmentLog
import SessionJournal
import Synchronization
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
        #expect(bytes[44..<52].allSatisfy { $0 == 0 } && bytes[56..<96].allSatisfy { $0 == 0 })
        #expect(Array(bytes[52..<56]) == [0x10, 1, 0, 0] && bytes.count == file.size)
        #expect(Array(bytes[136..<140]) == [2, 0, 0, 0])
        #expect(Array(bytes[140..<160]) == Self.one.streamKey.bytes + [1, 0, 72, 0])
        #expect(
            Array(bytes[(bytes.count - 16)...].prefix(12)) == [2, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0])
        let golden = Self.hexadecimal(FileHash.hash(bytes.span))
        #expect(
            golden == "a174cca529015a23969a8f712246cdd018fb6c2fed2eb2133241a1d5555b33eb",
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
        let ring = try Self.opened(try Self.made())
        let bytes = try #require(ring.state.withLock { $0.file }).bytes
        for count in 0..<bytes.count {
            let cut = Array(bytes[..<count])
            #expect(Self.parsed(cut) == nil, "cut to \(count)")
        }
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(Self.content(flipped) == nil, "bit \(bit)")
        }
    }

    // MARK: Records

    private static func content(_ bytes: [UInt8]) -> KeyringContent? {
        let span = bytes.span
        return try? KeyringContent(parsing: span)
    }

    /// A disk with a keyring of three sessions, each in a record of its own.
    private static func grown(isEnded: Bool) throws -> (disk: SimulatedDisk, ends: [Int]) {
        let disk = try made()
        let ring = try opened(disk)
        var ends = [try bytes(disk).count]
        for number: UInt64 in 3...5 {
            let session = SessionID(StreamKey(high: number, low: number))
            try ring.create([.init(session: session, key: "n\(number)")], mayBegin: false)
            ends.append(try bytes(disk).count)
        }
        if isEnded {
            try ring.end()
            try ring.end()
            ends.append(try bytes(disk).count)
        }
        return (disk, ends)
    }

    @Test func newKeysAreAppended() throws {
        let (disk, ends) = try Self.grown(isEnded: true)
        let bytes = try Self.bytes(disk)
        #expect(ends == [368, 492, 616, 740, 764] && bytes.count == 764)
        #expect(bytes.starts(with: try Self.bytes(try Self.made()).prefix(52)) == true)
        // The last one: the end.
        #expect(
            Array(bytes[740..<760])
                == [0x53, 0x4A, 0x4B, 0x41, 24, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        let record = KeyringRecord(
            generation: 7,
            entries: [.init(session: Self.one, time: 5, wrapped: [UInt8](repeating: 9, count: 24))])
        let golden = record.bytes
        #expect(golden.count == 76 && Array(golden[4..<8]) == [76, 0, 0, 0])
        #expect(Array(golden[20..<40]) == Self.one.streamKey.bytes + [1, 0, 24, 0])
        let found = KeyringRecord.decode(golden.span, at: 0)
        #expect(found?.record == record && found?.end == 76)
        // All of them are there, and the next change writes them whole.
        let ring = try Self.opened(disk)
        #expect(ring.keyCount == 5 && ring.sessions(named: "n4").count == 1)
        let keys = (1...5).map {
            ring.dataKey(of: SessionID(StreamKey(high: $0, low: $0)))
        }
        #expect(keys.allSatisfy { $0 != nil })
        try ring.destroy([Self.two])
        #expect(Self.parsed(try Self.bytes(disk))?.entries.count == 5)
        let again = try Self.opened(disk)
        #expect(again.keyCount == 4 && isSame(again.dataKey(of: Self.one), keys[0]))
        // Names are known at once, and a name may stand for two.
        let six = SessionID(StreamKey(high: 6, low: 6))
        try again.create([.init(session: six, key: "n4")], mayBegin: false)
        #expect(again.sessions(named: "n4").count == 2)
        #expect(again.dataKey(of: six) != nil)
    }

    /// Of a keyring that was closed every flipped bit is told; of one that was not, all but those of
    /// the last record, which may be the torn end of a step.
    @Test(arguments: [true, false]) func recordsAreWholeOrTold(isEnded: Bool) throws {
        let (disk, ends) = try Self.grown(isEnded: isEnded)
        let bytes = try Self.bytes(disk)
        let whole = try #require(Self.content(bytes))
        #expect(whole.isEnded == isEnded && whole.torn.isEmpty)
        let last = ends[ends.count - 2]
        for count in ends[0]...bytes.count {
            let cut = try #require(Self.content(Array(bytes[..<count])), "cut to \(count)")
            let holds = ends.last { $0 <= count } ?? 0
            #expect(cut.length == holds && cut.torn.count == count - holds, "cut to \(count)")
        }
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            let found = Self.content(flipped)
            if bit / 8 < last {
                #expect(found == nil, "bit \(bit)")
            } else {
                #expect(found?.length == last && found?.torn.count == bytes.count - last)
                if isEnded { #expect(found?.file.entries == whole.file.entries) }
            }
        }
        // A record of another place is none.
        let moved = Array(bytes[..<ends[0]] + bytes[ends[1]...])
        #expect(Self.content(moved) == nil)
        #expect(Self.content(bytes + bytes[last...]) == nil)
        #expect(Self.content(bytes + [1, 2, 3])?.torn == [1, 2, 3])
    }

    /// What a crash has left of a record is set aside, and goes with the next key that is destroyed.
    @Test func aTornRecordIsSetAside() throws {
        let (disk, ends) = try Self.grown(isEnded: false)
        let bytes = try Self.bytes(disk)
        Self.put(Array(bytes.dropLast(9)), on: disk)
        let reader = try Self.opened(disk)
        #expect(reader.keyCount == 4)
        #expect(try disk.names(in: "/j/keys") == ["keyring"])
        let writer = try Self.opened(disk)
        try writer.sessionKeys.load(true)
        #expect(try Self.bytes(disk).count == ends[2])
        #expect(disk.bytes(of: "/j/keys/keyring.torn") == Array(bytes[ends[2]...].dropLast(9)))
        try writer.create(
            [.init(session: SessionID(StreamKey(high: 9, low: 9)), key: nil)], mayBegin: false)
        #expect(try Self.opened(disk).keyCount == 5)
        try writer.destroy([Self.one])
        #expect(try disk.names(in: "/j/keys") == ["keyring"])
    }

    /// Behind an error nobody knows what the file holds: the next change writes it anew.
    @Test func anAppendThatFailsIsNotBelieved() throws {
        for call in [SimulatedDisk.Call.write, .sync, .open] {
            let disk = try Self.made()
            let ring = try Self.opened(disk)
            let three = SessionID(StreamKey(high: 3, low: 3))
            disk.fail(.init(call, 1, .inputOutput))
            #expect(throws: JournalError(.inputOutput, "")) {
                try ring.create([.init(session: three, key: nil)], mayBegin: false)
            }
            #expect(ring.protection(of: three) == .plain)
            try ring.create([.init(session: three, key: nil)], mayBegin: false)
            let again = try Self.opened(disk)
            let key = ring.dataKey(of: three)
            #expect(isSame(again.dataKey(of: three), key))
            #expect(again.keyCount == 3)
        }
    }

    /// Whoever can compute the checksum traps nobody and opens nothing.
    @Test func hostileBytesWithAGoodChecksumDoNotTrap() throws {
        let disk = try Self.made()
        let bytes = try Self.bytes(disk)
        let base = try #require(Self.parsed(bytes)).size
        for offset in 0..<(bytes.count - 4) {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] where bytes[offset] != value {
                var hostile = bytes
                hostile[offset] = value
                let end = offset < base - 4 ? base - 4 : hostile.count - 4
                let start = offset < base - 4 ? 0 : base
                hostile.replace(u32: CRC32C.checksum(hostile, start..<end), at: end)
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
        Self.put(Array(good.prefix(100)), on: disk)
        let error = #expect(throws: JournalError(.damaged, "")) { try Self.opened(disk) }
        #expect(error?.place == "/j/keys/keyring")
        let end = try #require(Self.parsed(good)).size - 4
        var newer = good
        newer[4] = 2
        newer.replace(u32: CRC32C.checksum(newer, 0..<end), at: end)
        Self.put(newer, on: disk)
        #expect(throws: JournalError(.newerFormat, "")) { try Self.opened(disk) }
        var foreign = good
        foreign[20] ^= 1
        foreign.replace(u32: CRC32C.checksum(foreign, 0..<end), at: end)
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
        let entry = Self.content(try Self.bytes(disk))?.file.entries.first
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

    // The ledger that looks for repetitions is there in debug builds.
    #if DEBUG
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
    #endif

    // MARK: Runs

    /// A function that is kept in a lock can get a layer more each time that somebody looks at it.
    @Test func keysAreAskedForTheSameWayEachTime() throws {
        let cipher = EpochCipher(journalID: Self.journal)
        let depths = Mutex<[Int]>([])
        cipher.source.withLock { source in
            source.key = { _ in
                let depth = Thread.callStackReturnAddresses.count
                depths.withLock { $0.append(depth) }
                return nil
            }
        }
        let run = CiphertextRun(
            journalID: Self.journal, stream: Self.one.streamKey, firstVersion: 1, lastVersion: 1,
            eventCount: 1, plainLength: 4, payload: [1, 2, 3, 4])
        for _ in 0..<60 { #expect(try cipher.open(run) == nil) }
        let found = depths.withLock { $0 }
        #expect(found.count == 60)
        #expect((found.max() ?? 0) - (found.min() ?? 0) < 20, "\(found)")
    }

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
