#if Crypto
import Foundation
import JournalTestKit
import SegmentLog
import SessionJournal
import Testing

@testable import SessionCrypto

/// The file of a signing key.
@Suite struct SigningKeyFileTests {
    private static let path = "/keys/journal.key"

    private static func made(isWitness: Bool) throws -> (SimulatedDisk, SigningKeyFile) {
        let disk = SimulatedDisk()
        let file = try SigningKeyFile.create(
            at: path, name: "journal.example/notes", isWitness: isWitness, disk)
        return (disk, file)
    }

    @Test(arguments: [false, true]) func whatIsWrittenIsRead(isWitness: Bool) throws {
        let (disk, file) = try Self.made(isWitness: isWitness)
        let read = try SigningKeyFile.read(at: Self.path, disk)
        #expect(read.verifierKey == file.verifierKey && read.isWitness == isWitness)
        #expect(read.name == "journal.example/notes")
        #expect(throws: JournalError(.alreadyExists, "")) {
            try SigningKeyFile.create(
                at: Self.path, name: "another", isWitness: isWitness, disk)
        }
    }

    /// The key's id is of its name and its public half: no flipped bit gives another key that is used
    /// instead.
    @Test(arguments: [false, true]) func noFlippedBitGivesAnotherKey(isWitness: Bool) throws {
        let (disk, file) = try Self.made(isWitness: isWitness)
        let bytes = try #require(disk.bytes(of: Self.path))
        var refused = 0
        for bit in 0..<(8 * bytes.count) {
            disk.flipBit(Self.path, bit)
            do {
                let read = try SigningKeyFile.read(at: Self.path, disk)
                #expect(read.verifierKey == file.verifierKey, "bit \(bit)")
            } catch let error as JournalError {
                #expect(error.code == .invalidArgument, "bit \(bit)")
                refused += 1
            }
            disk.flipBit(Self.path, bit)
        }
        #expect(refused > 8 * (bytes.count - 2), "of \(8 * bytes.count) bits \(refused)")
    }

    /// A key that others may read may have been used by others.
    @Test func whatOthersMayReadIsRefused() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/journal.key"
        let made = try SigningKeyFile.create(at: path, name: "journal.example/notes")
        #expect(try SigningKeyFile.read(at: path).verifierKey == made.verifierKey)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(throws: JournalError(.accessDenied, "")) { try SigningKeyFile.read(at: path) }
        #expect(throws: JournalError(.inputOutput, "")) {
            try SigningKeyFile.read(at: folder.path + "/none")
        }
    }
}
#endif
