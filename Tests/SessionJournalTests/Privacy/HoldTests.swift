import JournalTestKit
import Synchronization
import Testing

@testable import SessionJournal

@Suite struct HoldTests {
    private static let options = ErasureOptions(basis: "GDPR 17")

    @Test func whatIsHeldIsNotErasedUntilTheHoldIsLifted() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let dpo = journal.as("user:dpo")
        let scopes: [HoldScope] = [
            .journal, .session(made.own), .actor(ErasureRig.ada), .query("name~poodle"),
        ]
        for scope in scopes {
            let hold = try await dpo.placeHold(on: scope, matter: "case 7", reason: "a lawsuit")
            #expect(try await journal.holds() == [hold])
            let before = try await journal.lastSequence()
            await #expect(throws: JournalError(.held, "")) {
                try await dpo.erase(.actor(ErasureRig.ada), options: Self.options)
            }
            #expect(try await journal.lastSequence() == before)
            let lifted = try await dpo.liftHold(String(hold.id.prefix(30)), reason: "it is over")
            #expect(!lifted.isActive && lifted.lifting?.actor == "user:dpo")
            #expect(try await journal.holds().isEmpty)
        }
        #expect(try await journal.holds(includingLifted: true).map(\.scope) == scopes)
        #expect(try await journal.holds(includingLifted: true)[1].json["active"] == false)
        // What lies beside a hold can be erased.
        try await dpo.placeHold(on: .session(made.shared), matter: "case 8")
        try await dpo.erase(.session(made.own), options: Self.options)
        try await journal.close()
    }

    @Test func aHoldStopsAnErasureBeforeItsNextStep() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let dpo = journal.as("user:dpo")
        // The journal has two segments: the hold comes between the first and the second.
        let isFirst = Mutex(true)
        let beside = OwnThread()
        let wait = Mutex<Task<Hold, any Error>?>(nil)
        await #expect(throws: JournalError(.held, "")) {
            try await dpo.erase(.actor(ErasureRig.ada), options: Self.options) { _ in
                guard
                    isFirst.withLock({ first in
                        defer { first = false }
                        return first
                    })
                else { return }
                wait.withLock {
                    $0 = Task(executorPreference: beside) {
                        try await dpo.placeHold(on: .journal, matter: "case 9")
                    }
                }
                while (try? rig.files(holding: ["case 9"]))?.isEmpty != false {}
            }
        }
        let task = try #require(wait.withLock { $0 })
        let hold = try await task.value
        let pending = try await journal.erasures()
        #expect(pending.count == 1 && !pending[0].isFinished)
        #expect(try !rig.files(holding: [ErasureRig.secrets[2]]).isEmpty)
        await #expect(throws: JournalError(.held, "")) { try await journal.resumeErasures() }
        try await journal.close()
        // Nor does the next opening go on, until the hold is lifted.
        let again = try await rig.open()
        #expect(try await again.erasures()[0].isFinished == false)
        try await again.as("user:dpo").liftHold(hold.id)
        let certificates = try await again.resumeErasures()
        #expect(certificates.map(\.isFinished) == [true])
        #expect(try rig.files(holding: [ErasureRig.secrets[2], ErasureRig.ada]) == [])
        #expect(try await again.resumeErasures().isEmpty)
        try await again.close()
    }

    @Test func aHoldThatMakesNoSenseIsRefused() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let dpo = made.journal.as("user:dpo")
        for (scope, matter, code) in [
            (HoldScope.journal, "", JournalError.Code.invalidArgument),
            (.session(Drafts.session(9)), "m", .sessionNotFound),
            (.session(.journal), "m", .sessionNotFound), (.query("("), "m", .invalidArgument),
        ] {
            await #expect(throws: JournalError(code, "")) {
                try await dpo.placeHold(on: scope, matter: matter)
            }
        }
        for name in ["", "ffff"] {
            await #expect(throws: JournalError(.invalidArgument, "")) {
                try await dpo.liftHold(name)
            }
        }
        try await made.journal.close()
    }
}
