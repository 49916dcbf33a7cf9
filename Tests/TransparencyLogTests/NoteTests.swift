import Testing
import TransparencyLog

/// Notes and keys by C2SP signed-note. What only looks like Ed25519 here is a toy, so that no
/// cryptography need be linked: a signature is 64 bytes of hash of key and message.
@Suite struct NoteTests {
    static func toySignature(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let hash = Hash(of: (key + message).span)
        return hash.bytes + hash.bytes
    }

    static let check = SignatureCheck { algorithm, key, message, signature in
        algorithm.publicKeySize == nil ? nil : signature == toySignature(key, message)
    }

    static func key(
        _ name: String, _ number: UInt8, _ algorithm: SignatureAlgorithm = .ed25519
    ) throws -> VerifierKey {
        try #require(
            VerifierKey(
                name: name, algorithm: algorithm,
                publicKey: [UInt8](repeating: number, count: 32)))
    }

    static func signed(_ text: String, _ keys: [VerifierKey]) throws -> SignedNote {
        var note = try #require(SignedNote(text: text))
        for key in keys {
            note.add(
                SignedNote.Signature(
                    name: key.name, id: key.id,
                    bytes: toySignature(key.publicKey, Array(text.utf8))))
        }
        return note
    }

    /// The example of the standard: its key, its id, its lines.
    @Test func readsTheExampleOfTheStandard() throws {
        let text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
        let key = try #require(VerifierKey(text))
        #expect(key.id == 0x530d_903a)
        #expect(key.algorithm == .ed25519 && key.algorithm.name == "ed25519")
        #expect("\(key)" == text)
        let bytes = Array(
            """
            This is an example message.

            — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERY\
            NZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

            """.utf8)
        let note = try #require(SignedNote(bytes))
        #expect(note.text == "This is an example message.\n")
        #expect(note.signatures.count == 1)
        #expect(note.signatures[0].isOf(key))
        #expect(note.signatures[0].bytes.count == 64)
        #expect(note.bytes == bytes)
    }

    @Test func theTextEndsAtTheLastEmptyLine() throws {
        let key = try Self.key("k", 1)
        let note = try Self.signed("one\n\ntwo\n\n\nthree\n", [key])
        let read = try #require(SignedNote(note.bytes))
        #expect(read == note)
        #expect(read.text == "one\n\ntwo\n\n\nthree\n")
    }

    @Test(arguments: [
        "", "\n", "text\n", "text\n\n", "text\n\n— k\n", "text\n\n— k AAAA\n",
        "text\n\n— k AAAAAA==",
        "text\n— k AAAAAAA=\n", "text\n\n- k AAAAAAA=\n", "text\n\n—  AAAAAAA=\n",
        "text\n\n— a+b AAAAAAA=\n", "text\n\n— k AAAAAAA=\nmore\n", "te\u{9}xt\n\n— k AAAAAAA=\n",
        "te\u{1B}xt\n\n— k AAAAAAA=\n", "text\r\n\n— k AAAAAAA=\n", "text\n\n— k\u{A0}b AAAAAAA=\n",
        "text\n\n— k AAAAAAA=\n\n",
    ])
    func refusesWhatIsNoNote(_ text: String) {
        #expect(SignedNote(Array(text.utf8)) == nil)
    }

    @Test func refusesWhatIsNoText() {
        #expect(SignedNote([0x61, 0xFF, 0x0A, 0x0A]) == nil)
        #expect(SignedNote(text: "no newline") == nil)
        #expect(SignedNote(text: "a\u{7}b\n") == nil)
        let huge = [UInt8](repeating: 0x61, count: 2 << 20)
        #expect(SignedNote(huge + Array("\n\n— k AAAAAAA=\n".utf8)) == nil)
    }

    /// A note of as many lines as the standard asks for is read; one of very many is not.
    @Test func signatureLinesAreBounded() throws {
        let keys = try (0..<SignedNote.signatureLimit).map { try Self.key("k\($0)", UInt8($0)) }
        var note = try Self.signed("text\n", keys)
        #expect(SignedNote(note.bytes) == note)
        let more = SignedNote.Signature(name: "more", id: 1, bytes: [1])
        let hasRoom = note.add(more)
        let isThere = note.add(note.signatures[3])
        #expect(!hasRoom)
        #expect(isThere, "a line that is there needs no room")
        #expect(SignedNote(note.bytes + Array(more.line.utf8)) == nil)
    }

    /// Cutting or changing a note anywhere leaves no valid signature of it.
    @Test func everyChangeIsNoticed() throws {
        let key = try Self.key("k", 1)
        let bytes = try Self.signed("text\nmore\n", [key]).bytes
        for index in bytes.indices {
            let cut = SignedNote(Array(bytes[..<index]))?.state(of: key, Self.check)
            #expect(cut != .valid(time: nil), "cut at \(index)")
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << UInt8(bit)
                let state = SignedNote(flipped)?.state(of: key, Self.check)
                #expect(state != .valid(time: nil), "byte \(index), bit \(bit)")
            }
        }
    }

    @Test func aKnownKeyMustHaveSigned() throws {
        let known = try Self.key("known", 1)
        let other = try Self.key("other", 2)
        let note = try Self.signed("text\n", [other, known])
        #expect(note.state(of: known, Self.check) == .valid(time: nil))
        #expect(note.state(of: known, nil) == .unchecked)
        #expect(try note.state(of: Self.key("known", 3), Self.check) == .absent)
        #expect(try note.state(of: Self.key("third", 1), Self.check) == .absent)
        var bad = note
        bad.add(SignedNote.Signature(name: "known", id: known.id, bytes: [1, 2, 3]))
        #expect(bad.state(of: known, Self.check) == .bad, "one bad line refuses all")
        #expect(bad.state(of: other, Self.check) == .valid(time: nil))
        let later = try #require(
            VerifierKey(
                name: "known", algorithm: SignatureAlgorithm(identifier: 0x06),
                publicKey: [1, 2, 3, 4]))
        #expect(later.algorithm.name == "type 6")
        var mixed = note
        mixed.add(SignedNote.Signature(name: "known", id: later.id, bytes: [1]))
        #expect(mixed.state(of: later, Self.check) == .unchecked)
        #expect(mixed.state(of: known, Self.check) == .valid(time: nil))
    }

    @Test func aWitnessSignsATimeToo() throws {
        let key = try Self.key("w", 9, .ed25519Cosignature)
        #expect(key.algorithm.name == "ed25519 cosignature/v1")
        let text = CheckpointTests.sofa
        let message = Cosignature.message(of: text, at: 1_679_315_147)
        #expect(
            String(decoding: message, as: UTF8.self)
                == "cosignature/v1\ntime 1679315147\n" + text)
        let cosignature = Cosignature(
            time: 1_679_315_147, signature: Self.toySignature(key.publicKey, message))
        var note = try #require(SignedNote(text: text))
        note.add(SignedNote.Signature(name: "w", id: key.id, bytes: cosignature.bytes))
        #expect(note.state(of: key, Self.check) == .valid(time: 1_679_315_147))
        #expect(Cosignature(cosignature.bytes) == cosignature)
        #expect(Cosignature([UInt8](repeating: 0, count: 71)) == nil)
        #expect(Cosignature([UInt8](repeating: 0xFF, count: 72)) == nil)
        var bytes = cosignature.bytes
        bytes[7] ^= 1
        var other = try #require(SignedNote(text: text))
        other.add(SignedNote.Signature(name: "w", id: key.id, bytes: bytes))
        #expect(other.state(of: key, Self.check) == .bad, "the time is signed")
        other = try #require(SignedNote(text: text))
        other.add(SignedNote.Signature(name: "w", id: key.id, bytes: [1]))
        #expect(other.state(of: key, nil) == .bad)
    }

    /// The cosignature in the standard's example has the time that its text says.
    @Test func readsTheCosignatureOfTheStandard() throws {
        let line =
            "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWX"
            + "EhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
        let signature = try #require(SignedNote.Signature(line: line))
        #expect(Cosignature(signature.bytes)?.time == 1_679_315_147)
        #expect(signature.line == line + "\n")
    }

    @Test(arguments: [
        "", "a", "a+b", "a+530d903a+",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
    ])
    func refusesWhatIsNoKey(_ text: String) {
        #expect(VerifierKey(text) == nil)
    }

    @Test func keysHaveTheirSizeAndAName() {
        let short = [UInt8](repeating: 1, count: 31)
        #expect(VerifierKey(name: "a", algorithm: .ed25519, publicKey: short) == nil)
        #expect(VerifierKey(name: "a b", algorithm: .ed25519, publicKey: short + [1]) == nil)
        #expect(VerifierKey(String(repeating: "a", count: 9_000)) == nil)
    }

    @Test func privateKeysAreOneLine() throws {
        let key = PrivateKeyText(
            name: "n", id: 0x00ab_cdef, algorithm: .ed25519,
            seed: [UInt8](repeating: 7, count: 32))
        #expect(key.text.hasPrefix("PRIVATE+KEY+n+00abcdef+AQcH"))
        let read = try #require(PrivateKeyText(Array(key.text.utf8)))
        #expect(read.name == "n" && read.id == key.id && read.seed == key.seed)
        #expect(read.algorithm == .ed25519)
        #expect(PrivateKeyText(Array(key.text.utf8.dropLast())) != nil)
        for bad in [
            "", "PRIVATE+KEY+n+00abcdef", "PUBLIC+KEY+n+00abcdef+AQcH",
            "PRIVATE+KEY++00abcdef+AQcH", "PRIVATE+KEY+n+00ABCDEF+AQcH",
            "PRIVATE+KEY+n+00abcdef+AQ==", "PRIVATE+KEY+n+00abcdef+AQc",
            "PRIVATE+KEY+n+0abcdef+AQcH", "PRIVATE+KEY+n+00abcdef+AQcH\n\n",
        ] {
            #expect(PrivateKeyText(Array(bad.utf8)) == nil, "\(bad)")
        }
    }
}
