#if Crypto
import Foundation
import SessionJournal

@testable import SessionCrypto

/// A file of test vectors of Project Wycheproof, where they lie beside the repository.
struct Wycheproof {
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/vectors/wycheproof")

    static var isPresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// One case, with what its group says of all of its cases.
    struct Case {
        var group: JSONValue
        var test: JSONValue

        var number: Int64 { test["tcId"]?.integer ?? 0 }
        var result: String { test["result"]?.string ?? "" }

        /// The bytes that a field writes in hexadecimal.
        func bytes(_ name: String) -> [UInt8] { Self.bytes(test[name]) }

        static func bytes(_ value: JSONValue?) -> [UInt8] {
            let digits = Array((value?.string ?? "").utf8)
            return stride(from: 0, to: digits.count - 1, by: 2).map { at in
                UInt8(String(decoding: digits[at..<(at + 2)], as: UTF8.self), radix: 16) ?? 0
            }
        }
    }

    var cases: [Case] = []
    /// How many the file says it has.
    var count = 0

    init(_ name: String) throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: name)))
        let file = try JSONValue(parsing: bytes.span)
        count = Int(file["numberOfTests"]?.integer ?? 0)
        for group in file["testGroups"]?.array ?? [] {
            for test in group["tests"]?.array ?? [] { cases.append(Case(group: group, test: test)) }
        }
    }
}

/// What became of the cases of a file: all of them are one of these.
struct WycheproofTally: Equatable {
    var valid = 0
    var invalid = 0
    /// Of another size of key or nonce than ours, and refused for it.
    var refused = 0
    /// The numbers of the cases that came out otherwise.
    var wrong: [Int64] = []

    mutating func note(_ test: Wycheproof.Case, _ verdict: Bool?) {
        switch (verdict, test.result) {
        case (nil, _): refused += 1
        case (true?, "valid"): valid += 1
        case (false?, "invalid"): invalid += 1
        default: wrong.append(test.number)
        }
    }
}

/// Whether a body throws `unauthentic`; nil where it refuses a size. Other errors pass.
func verdict(_ body: () throws -> Bool) throws -> Bool? {
    do {
        return try body()
    } catch CryptoError.unauthentic {
        return false
    } catch CryptoError.invalidSize {
        return nil
    }
}
#endif
