#if Crypto
import SessionJournal
import Testing

@testable import SessionCrypto

/// The sets of Project Wycheproof: every case of every file, counted.
@Suite(.enabled(if: Wycheproof.isPresent)) struct WycheproofTests {
    @Test func ed25519() throws {
        let file = try Wycheproof("ed25519_test.json")
        var tally = WycheproofTally()
        for test in file.cases {
            let key = Wycheproof.Case.bytes(test.group["publicKey"]?["pk"])
            tally.note(
                test,
                Ed25519.isValid(
                    test.bytes("sig").span, of: test.bytes("msg").span, by: key.span))
        }
        #expect(tally == WycheproofTally(valid: 88, invalid: 63))
        #expect(file.count == 151)
    }

    @Test func aes256GCM() throws {
        let file = try Wycheproof("aes_gcm_test.json")
        var tally = WycheproofTally()
        for test in file.cases {
            tally.note(
                test,
                try verdict {
                    let cipher = try AES256GCM(key: SecretBytes(copying: test.bytes("key").span))
                    let nonce = test.bytes("iv")
                    let extra = test.bytes("aad")
                    var opened = test.bytes("ct") + test.bytes("tag")
                    let sealed = opened
                    do {
                        try cipher.open(&opened, from: 0, nonce: nonce.span, with: extra.span)
                    } catch CryptoError.unauthentic {
                        // Nothing plain is left behind: zeros, and the tag.
                        let size = sealed.count - AES256GCM.tagSize
                        #expect(opened.prefix(size).allSatisfy { $0 == 0 })
                        throw CryptoError.unauthentic
                    }
                    var again = test.bytes("msg")
                    try cipher.seal(&again, from: 0, nonce: nonce.span, with: extra.span)
                    return opened == test.bytes("msg") && again == sealed
                })
        }
        let ours = file.cases.filter {
            $0.group["keySize"]?.integer == 256 && $0.group["ivSize"]?.integer == 96
        }
        #expect(tally.valid + tally.invalid == ours.count)
        #expect(tally.valid == ours.count { $0.result == "valid" })
        #expect(tally.refused == file.count - ours.count)
        #expect(tally.wrong == [])
        #expect(file.count == 316 && file.cases.count == 316 && ours.count == 66)
    }

    @Test func aes256KWP() throws {
        let file = try Wycheproof("aes_kwp_test.json")
        var tally = WycheproofTally()
        for test in file.cases {
            tally.note(
                test,
                try verdict {
                    let key = SecretBytes(copying: test.bytes("key").span)
                    let message = SecretBytes(copying: test.bytes("msg").span)
                    let wrapped = test.bytes("ct")
                    let opened = try KeyWrap.unwrap(wrapped.span, with: key)
                    return try opened.isSame(as: message)
                        && KeyWrap.wrap(message, with: key) == wrapped
                })
        }
        let ours = file.cases.filter { $0.group["keySize"]?.integer == 256 }
        #expect(tally.valid == ours.count { $0.result == "valid" })
        #expect(tally.invalid == ours.count { $0.result == "invalid" })
        #expect(tally.refused == file.count - ours.count)
        #expect(tally.wrong == [])
        #expect(file.count == 254 && file.cases.count == 254)
    }

    @Test func hkdf() throws {
        let file = try Wycheproof("hkdf_sha256_test.json")
        var tally = WycheproofTally()
        for test in file.cases {
            let derived = try verdict {
                let key = try KeyDerivation.hkdf(
                    SecretBytes(copying: test.bytes("ikm").span), salt: test.bytes("salt").span,
                    info: test.bytes("info").span, count: Int(test.test["size"]?.integer ?? 0))
                return key.isSame(as: SecretBytes(copying: test.bytes("okm").span))
            }
            // The invalid ones ask for more than HKDF can give: that is a size.
            tally.note(test, derived ?? false)
        }
        #expect(tally == WycheproofTally(valid: 83, invalid: 3))
        #expect(file.count == 86)
    }

    @Test func hmac() throws {
        let file = try Wycheproof("hmac_sha256_test.json")
        var tally = WycheproofTally()
        for test in file.cases {
            tally.note(
                test,
                try HMACSHA256.isValid(
                    test.bytes("tag").span, of: test.bytes("msg").span,
                    key: SecretBytes(copying: test.bytes("key").span)))
        }
        #expect(tally == WycheproofTally(valid: 66, invalid: 108))
        #expect(file.count == 174)
    }
}
#endif
