import JournalTestKit
@testable import SessionJournal
import Testing
import TransparencyLog

struct SessionIDTests {
    @Test func writesAndReadsHexadecimal() {
        let session = SessionID(high: 0x0195_0000_0000_7000, low: 0x8000_0000_0000_00FF)
        #expect(session.description == "019500000000700080000000000000ff")
        #expect(SessionID("019500000000700080000000000000ff") == session)
        #expect(SessionID("019500000000700080000000000000FF") == nil)
        #expect(SessionID("019500000000700080000000000000f") == nil)
        #expect(SessionID("019500000000700080000000000000fff") == nil)
        #expect(SessionID("") == nil)
    }

    @Test func theJournalHasAName() {
        #expect(SessionID.journal.description == "@journal")
        #expect(SessionID.journal.hexadecimal == String(repeating: "0", count: 32))
        #expect(SessionID("@journal") == .journal)
        #expect(SessionID(String(repeating: "0", count: 32)) == .journal)
    }

    @Test func randomNamesSortByTime() {
        let early = SessionID.random(at: Timestamp("2026-01-01T00:00:00Z")!)
        let late = SessionID.random(at: Timestamp("2026-01-01T00:00:00.001Z")!)
        #expect(early < late)
        #expect(early.high >> 16 == 1_767_225_600_000)
        #expect(early.high >> 12 & 0xF == 7)
        #expect(early.low >> 62 == 2)
        #expect(SessionID.random(at: .earliest).high >> 16 == 0)
        #expect(SessionID.random(at: .latest) != SessionID.random(at: .latest))
    }
}

struct DigestTests {
    /// The SHA-256 of "abc" (FIPS 180-4).
    static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func hashes() {
        let digest = Digest(hashing: Array("abc".utf8))
        #expect(digest.hexadecimal == Self.abc)
        #expect(digest.base64 == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
        #expect(Digest(hexadecimal: Self.abc) == digest)
        #expect(Digest(base64: digest.base64) == digest)
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(digest.description == Self.abc)
        #expect(Set([digest, digest]).count == 1)
        #expect(Digest(hashing: [UInt8]()) != digest)
    }

    @Test func refusesWhatIsNoDigest() {
        #expect(Digest(hexadecimal: Self.abc.uppercased()) == nil)
        #expect(Digest(hexadecimal: String(Self.abc.dropLast())) == nil)
        #expect(Digest(base64: "AAAA") == nil)
        #expect(Digest(bytes: [1, 2, 3] as [UInt8]) == nil)
    }
}

struct Base64Tests {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func encodesAndDecodes(_ plain: String, _ text: String) {
        #expect(Base64.text(Array(plain.utf8)) == text)
        #expect(Base64.bytes(text) == Array(plain.utf8))
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm9v\n", "Zm=v", "Z=9v", "Zm9v====",
        "Zm-_", "=AAA", "Zm8=Zm8=",
    ])
    func refusesWhatHasASecondReading(_ text: String) {
        #expect(Base64.bytes(text) == nil)
    }

    @Test func everyByteRoundTrips() {
        var generator = SeededGenerator(seed: 3)
        for count in 0..<100 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(Base64.bytes(Base64.text(bytes)) == bytes)
        }
    }
}

struct EventKindTests {
    @Test func theCatalogueIsWellFormed() {
        let names = EventKind.catalogue.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.count < 256)
        for entry in EventKind.catalogue {
            #expect(EventKind.isWellFormed(entry.name), "\(entry.name)")
            #expect(entry.meaning.hasSuffix("."))
            #expect(entry.isReserved == entry.schema.isEmpty)
            let kind = EventKind(rawValue: entry.name)
            #expect(kind.rawValue == entry.name)
            #expect(kind.entry == entry)
            #expect(kind.isAppendable != entry.isReserved)
        }
    }

    @Test func everyNamedKindIsInTheCatalogue() {
        let named: [EventKind] = [
            .sessionCreated, .sessionCloned, .sessionMetadataChanged, .sessionArchived,
            .sessionUnarchived,
            .sessionDeleted, .sessionRestored, .sessionResumed, .sessionTouched, .sessionExtended,
            .sessionExpired, .sessionTerminated, .sessionLimitsChanged, .sessionLimitReached,
            .sessionAccessed, .sessionPruned, .sessionUnpruned,
            .messageAppended,
            .messageExtended, .messageFinished, .messageEdited, .messageRemoved,
            .messageRedacted, .messagePruned, .messageUnpruned, .modelRequested,
            .modelResponded, .toolStarted, .toolProgressed, .toolFinished, .approvalRequested,
            .approvalDecided, .errorRecorded, .annotationAdded, .branchCreated, .branchSwitched,
            .branchRenamed, .branchDeleted, .branchRestored, .branchRewound, .branchMerged,
            .labelAdded, .labelRemoved, .summaryRecorded, .blobStored, .fieldDeclared,
            .templateDeclared, .importBegan,
            .importFinished, .importLine, .sourceDeleted, .sourceRewritten, .sourceRenamed,
            .recoveryCut, .recoveryRepaired,
            .holdPlaced, .holdLifted, .redactionRecorded, .erasureRequested, .erasureOutlined,
            .erasureFinished, .compactionBegan, .compactionFinished,
            .forgettingRequested, .forgettingFinished,
            .checkpointSigned, .keyDestroyed, .keyRotated, .verificationFinished, .clockJumped,
            .accessGranted,
            .accessRevoked,
            .accessPolicyChanged, .accessRequested,
            .accessApproved, .accessDenied, .accessUsed,
            .retentionChanged, .retentionAnnounced, .retentionApplied,
        ]
        #expect(named.map(\.rawValue) == EventKind.catalogue.filter { !$0.isReserved }.map(\.name))
    }

    @Test(arguments: [
        ("x.mine", true), ("x.a_b.c9", true), ("x.", false), ("x", false), ("x..a", false),
        ("x.A", false), ("x.a ", false), ("y.mine", false), ("x.é", false),
        ("x." + String(repeating: "a", count: 62), true),
        ("x." + String(repeating: "a", count: 63), false),
    ])
    func knowsOnesOwn(_ name: String, _ isCustom: Bool) {
        let kind = EventKind(rawValue: name)
        #expect(kind.isCustom == isCustom)
        #expect(kind.isAppendable == isCustom)
        #expect(!kind.isKnown)
        #expect(kind.rawValue == name)
    }
}

struct JournalErrorTests {
    @Test func isEqualByCodeAndSaysWhere() {
        let cause = JSONError(.invalidUTF8, offset: 3)
        let error = JournalError(.damaged, "run repair", place: "a.lz4 at 4096", cause: cause)
        #expect(error == JournalError(.damaged, "other words"))
        #expect(error != JournalError(.locked, "run repair"))
        #expect(error.description == "a.lz4 at 4096: run repair (not JSON at byte 3: not UTF-8)")
        #expect(error.at("elsewhere").place == "a.lz4 at 4096")
        #expect(JournalError(.closed, "m").at("here").description == "here: m")
        #expect(JournalError.Code.closed.description == "closed")
        #expect(MemoryLayout<JournalError>.size == MemoryLayout<Int>.size)
    }
}
