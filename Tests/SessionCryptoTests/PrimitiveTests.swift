#if Crypto
import SessionJournal
import Testing

@testable import SessionCrypto

@Suite struct PrimitiveTests {
    private let none: [UInt8] = []

    private func secret(_ text: String) -> SecretBytes { SecretBytes(copying: text.utf8.span) }

    private func bytes(_ digits: String) -> [UInt8] {
        Wycheproof.Case.bytes(.string(digits.filter { $0 != " " }))
    }

    // MARK: Ed25519

    /// RFC 8032, section 7.1, tests 1 and 2.
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ])
    func signsAsTheStandardDoes(
        seed: String, key: String, message: String, signature: String
    ) throws {
        let signing = try Ed25519.SigningKey(seed: SecretBytes(copying: bytes(seed).span))
        #expect(try signing.verifyingKey == bytes(key))
        #expect(try signing.signature(of: bytes(message).span) == bytes(signature))
    }

    private func holds(_ signature: [UInt8], _ message: String, _ key: [UInt8]) -> Bool {
        Ed25519.isValid(signature.span, of: message.utf8.span, by: key.span)
    }

    @Test func aSignatureHoldsForItsMessageAndKeyAlone() throws {
        let key = try Ed25519.SigningKey()
        let verifying = try key.verifyingKey
        let message = "the water boils"
        var signature = try key.signature(of: message.utf8.span)
        #expect(holds(signature, message, verifying))
        #expect(!holds(signature, "the water", verifying))
        let other = try Ed25519.SigningKey().verifyingKey
        #expect(!holds(signature, message, other))
        #expect(!holds(signature, message, Array(other.dropFirst())))
        signature[5] ^= 4
        #expect(!holds(signature, message, verifying))
        #expect(!holds([], message, verifying))
        // The seed is all of the key.
        let again = try Ed25519.SigningKey(seed: key.seed)
        #expect(try again.verifyingKey == verifying)
        #expect(throws: CryptoError.invalidSize("the key")) {
            try Ed25519.SigningKey(seed: SecretBytes(copying: none.span))
        }
    }

    // MARK: AES-256-GCM

    @Test func sealsInPlaceBehindWhatStandsThere() throws {
        let cipher = try AES256GCM(key: .random(32))
        let nonce = [UInt8](repeating: 7, count: 12)
        var buffer = Array("head".utf8) + Array("secret".utf8)
        try cipher.seal(&buffer, from: 4, nonce: nonce.span, with: "extra".utf8.span)
        #expect(buffer.count == 4 + 6 + 16)
        #expect(buffer.starts(with: "head".utf8))
        #expect(!buffer.contains("secret".utf8))
        let sealed = buffer
        try cipher.open(&buffer, from: 4, nonce: nonce.span, with: "extra".utf8.span)
        #expect(buffer == Array("headsecret".utf8))
        // Every bit counts: of the text, of the tag, of the nonce and of what goes with it.
        for bit in (4 * 8)..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: CryptoError.unauthentic) {
                try cipher.open(&changed, from: 4, nonce: nonce.span, with: "extra".utf8.span)
            }
            #expect(changed[4..<10].allSatisfy { $0 == 0 })
        }
        var copy = sealed
        #expect(throws: CryptoError.unauthentic) {
            try cipher.open(&copy, from: 4, nonce: nonce.span, with: "other".utf8.span)
        }
        copy = sealed
        let wrong = [UInt8](repeating: 8, count: 12)
        #expect(throws: CryptoError.unauthentic) {
            try cipher.open(&copy, from: 4, nonce: wrong.span, with: "extra".utf8.span)
        }
        copy = sealed
        let other = try AES256GCM(key: .random(32))
        #expect(throws: CryptoError.unauthentic) {
            try other.open(&copy, from: 4, nonce: nonce.span, with: "extra".utf8.span)
        }
    }

    @Test func refusesSizesThatAreNotItsOwn() throws {
        let cipher = try AES256GCM(key: .random(32))
        var buffer: [UInt8] = [1, 2, 3]
        let short = [UInt8](repeating: 0, count: 11)
        let nonce = [UInt8](repeating: 0, count: 12)
        #expect(throws: CryptoError.invalidSize("the nonce")) {
            try cipher.seal(&buffer, from: 0, nonce: short.span, with: none.span)
        }
        #expect(throws: CryptoError.invalidSize("the nonce")) {
            try cipher.open(&buffer, from: 0, nonce: short.span, with: none.span)
        }
        #expect(throws: CryptoError.invalidSize("the input")) {
            try cipher.seal(&buffer, from: 4, nonce: nonce.span, with: none.span)
        }
        #expect(throws: CryptoError.invalidSize("the input")) {
            try cipher.open(&buffer, from: 0, nonce: nonce.span, with: none.span)
        }
        #expect(buffer == [1, 2, 3])
        #expect(throws: CryptoError.invalidSize("the key")) { try AES256GCM(key: .random(16)) }
    }

    @Test func sealsFromSeveralThreadsAtOnce() async throws {
        let cipher = try AES256GCM(key: .random(32))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in UInt8(0)..<4 {
                group.addTask {
                    for number in UInt8(0)..<100 {
                        let nonce = [UInt8](repeating: task, count: 11) + [number]
                        var buffer = [UInt8](repeating: number, count: 300)
                        try cipher.seal(&buffer, from: 0, nonce: nonce.span, with: none.span)
                        try cipher.open(&buffer, from: 0, nonce: nonce.span, with: none.span)
                        #expect(buffer == [UInt8](repeating: number, count: 300))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    // MARK: Keys

    @Test func aWrappedKeyOpensWithItsKeyAlone() throws {
        let key = SecretBytes.random(32)
        let secret = SecretBytes.random(32)
        let wrapped = try KeyWrap.wrap(secret, with: key)
        #expect(wrapped.count == 40)
        #expect(try KeyWrap.unwrap(wrapped.span, with: key).isSame(as: secret))
        #expect(throws: CryptoError.unauthentic) {
            try KeyWrap.unwrap(wrapped.span, with: .random(32))
        }
        for bit in 0..<(wrapped.count * 8) {
            var changed = wrapped
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: CryptoError.unauthentic) { try KeyWrap.unwrap(changed.span, with: key) }
        }
        for length in 0..<wrapped.count {
            #expect(throws: CryptoError.unauthentic) {
                try KeyWrap.unwrap(Array(wrapped[..<length]).span, with: key)
            }
        }
        let short = SecretBytes(copying: ([1, 2, 3] as [UInt8]).span)
        #expect(throws: CryptoError.invalidSize("the key")) {
            try KeyWrap.wrap(secret, with: short)
        }
        #expect(throws: CryptoError.invalidSize("what is wrapped")) {
            try KeyWrap.wrap(SecretBytes(copying: none.span), with: key)
        }
    }

    /// RFC 7914, section 12: the second and the third vector.
    @Test func scryptIsThatOfTheStandard() throws {
        let first = try KeyDerivation.scrypt(
            secret("password"), salt: "NaCl".utf8.span,
            cost: .init(cost: 1024, blockSize: 8, parallelism: 16), count: 64)
        let expected = bytes(
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")
        #expect(first.isSame(as: SecretBytes(copying: expected.span)))
        let second = try KeyDerivation.scrypt(
            secret("pleaseletmein"), salt: "SodiumChloride".utf8.span,
            cost: .init(cost: 16384, blockSize: 8, parallelism: 1), count: 64)
        let other = bytes(
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")
        #expect(second.isSame(as: SecretBytes(copying: other.span)))
    }

    @Test(arguments: [
        KeyDerivation.ScryptCost(cost: 1000, blockSize: 8, parallelism: 1),
        KeyDerivation.ScryptCost(cost: 0, blockSize: 8, parallelism: 1),
        KeyDerivation.ScryptCost(cost: 1, blockSize: 8, parallelism: 1),
        KeyDerivation.ScryptCost(cost: 1 << 62, blockSize: 8, parallelism: 1),
        KeyDerivation.ScryptCost(cost: 1 << 24, blockSize: 8, parallelism: 1),
        KeyDerivation.ScryptCost(cost: 1024, blockSize: 0, parallelism: 1),
        KeyDerivation.ScryptCost(cost: 1024, blockSize: .max, parallelism: 1),
        KeyDerivation.ScryptCost(cost: 1024, blockSize: 8, parallelism: 0),
        KeyDerivation.ScryptCost(cost: 1024, blockSize: 8, parallelism: .max),
    ])
    func scryptRefusesWhatNobodyCanAfford(cost: KeyDerivation.ScryptCost) {
        #expect(!cost.isAcceptable)
        #expect(throws: CryptoError.invalidSize("the cost of scrypt")) {
            try KeyDerivation.scrypt(secret("tea"), salt: none.span, cost: cost, count: 32)
        }
    }

    @Test func hkdfDependsOnAllItIsGiven() throws {
        let key = SecretBytes.random(32)
        func derive(_ salt: String, _ info: String) throws -> SecretBytes {
            try KeyDerivation.hkdf(key, salt: salt.utf8.span, info: info.utf8.span, count: 32)
        }
        let one = try derive("a", "b")
        #expect(try derive("a", "b").isSame(as: one))
        #expect(try !derive("b", "b").isSame(as: one))
        #expect(try !derive("a", "a").isSame(as: one))
        #expect(throws: CryptoError.invalidSize("the derived key")) {
            try KeyDerivation.hkdf(key, salt: none.span, info: none.span, count: 8_161)
        }
    }

    @Test func aCodeMayBeCutButNotTooShort() throws {
        let key = secret("key")
        let code = try HMACSHA256.code(of: "tea".utf8.span, key: key)
        #expect(code.count == 32)
        func isValid(_ code: [UInt8]) throws -> Bool {
            try HMACSHA256.isValid(code.span, of: "tea".utf8.span, key: key)
        }
        #expect(try isValid(code))
        let half = Array(code[..<16])
        let less = Array(code[..<15])
        let more = code + [0]
        #expect(try isValid(half))
        #expect(try !isValid(less))
        #expect(try !isValid(more))
    }

    @Test func secretsSayNothingOfThemselves() {
        let secret = SecretBytes.random(32)
        #expect("\(secret)" == "32 secret bytes")
        #expect(!secret.isSame(as: .random(32)))
        #expect(!secret.isSame(as: .random(31)))
        var bytes: [UInt8] = [1, 2, 3]
        bytes.wipe()
        #expect(bytes == [0, 0, 0])
        #expect("\(CryptoError.unauthentic)".contains("cannot be authenticated"))
        #expect("\(CryptoError.invalidSize("the key"))" == "the key has a length that cannot be")
        #expect("\(CryptoError.unavailable("HKDF"))".contains("HKDF"))
    }
}
#endif
