import JournalTestKit
import Testing

@testable import SessionJournal

/// Every bit of every file of a small journal with checkpoints, cosignatures and a certificate of
/// erasure, one after the other.
@Suite struct EveryBitTests {
    /// What rests on a file.
    private enum Weight {
        /// The events, and what is signed of them: a flipped bit is noticed.
        case all
        /// It is made again, or read by nobody: the verdict is that of the whole journal.
        case none
        /// An older checkpoint than the one that the verdict rests on.
        case older
    }

    private static func weight(of path: String, newest: String) -> Weight {
        let parts = path.dropFirst(SimulatedJournal.path.count + 1).split(separator: "/")
        switch parts.first {
        case "tiles", "snapshots", "projections", "index", "LOCK": return .none
        case "checkpoints": return path == newest ? .all : .older
        default: return .all
        }
    }

    /// A journal of some notes, of which a session was erased, signed by its key and three witnesses.
    private static func made() async throws -> SignedJournal {
        let signed = try await SignedJournal.made(notes: 2)
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: try signed.options())
        let ada = journal.as("user:ada")
        let gone = try await ada.createSession(key: "gone")
        try await ada.say("user", "what nobody may read any more", in: gone)
        try await ada.erase(.session(gone), options: ErasureOptions(basis: "GDPR 17"))
        try await journal.close()
        return try await signed.cosigned(by: SignedJournal.witnesses)
    }

    /// What the journal is held to be, or why it cannot be read.
    private static func verdict(
        of signed: SignedJournal, _ policy: [UInt8]
    ) async throws -> EvidenceReport? {
        do {
            return try await signed.verdict(policy: policy)
        } catch is JournalError {
            return nil
        }
    }

    @Test func aFlippedBitIsNoticedOrNothingRestsOnIt() async throws {
        let signed = try await Self.made()
        let policy = try signed.policy(needing: 3)
        let disk = signed.simulated.disk
        let whole = try await signed.verdict(policy: policy)
        try #require(whole.verdict == .witnessed(3, of: 3), "\(whole.findings) \(whole.unchecked)")
        let folder = SimulatedJournal.path + "/checkpoints/"
        let newest = try #require(disk.files.keys.filter { $0.hasPrefix(folder) }.max())
        var counts: [String: Int] = [:]
        let own = disk.files.filter { $0.key.hasPrefix(SimulatedJournal.path + "/") }
        for (path, bytes) in own.sorted(by: { $0.key < $1.key }) {
            let weight = Self.weight(of: path, newest: newest)
            for bit in stride(from: 0, to: 8 * bytes.count, by: FaultScale.stride(127)) {
                disk.flipBit(path, bit)
                let report = try await Self.verdict(of: signed, policy)
                disk.replace(path, with: bytes)
                counts["\(weight)", default: 0] += 1
                let place: Comment = "\(path), bit \(bit): \(report?.verdict.words ?? "unread")"
                switch weight {
                case .all: #expect(report?.verdict != whole.verdict, place)
                case .none: #expect(report?.verdict == whole.verdict, place)
                case .older:
                    #expect(
                        report?.verdict != whole.verdict || report?.unchecked != whole.unchecked
                            || report?.checkpoints != whole.checkpoints, place)
                }
            }
        }
        #expect(counts.count == 3, "\(counts)")
        let again = try await signed.verdict(policy: policy)
        #expect(again.verdict == whole.verdict)
    }
}
