import Glibc
import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// Every call of a workload fails, once or from then on, with every error that a disk has.
///
/// `SJOURNAL_FAULTS=all` tries every error at every call (`tools/check` does); without it each call
/// fails with two of them, in turn.
@Suite struct NthFailureTests {
    static let errors: [Errno] = [
        .inputOutput, .noSpace, .quotaExceeded, .fileTooLarge, .readOnly, Errno(rawValue: EMFILE),
        Errno(rawValue: EINTR), Errno(rawValue: ENOMEM),
    ]

    /// A workload with every kind of step.
    private static let workload = CrashWorkload(seed: 12, stepCount: 10)

    private struct Case {
        var number: Int
        var errno: Errno
        var isLasting: Bool
        var written = 0
    }

    /// What is tried at the `number`-th call.
    private static func cases(_ call: SimulatedDisk.Call, _ number: Int) -> [Case] {
        var all: [Case] = []
        for (index, errno) in errors.enumerated() {
            for isLasting in [false, true] {
                guard FaultScale.isFull || index == (number + (isLasting ? 3 : 0)) % errors.count
                else {
                    continue
                }
                all.append(Case(number: number, errno: errno, isLasting: isLasting))
                if call == .write, index % 3 == 1 {
                    all.append(
                        Case(number: number, errno: errno, isLasting: isLasting, written: 700))
                }
            }
        }
        return all
    }

    /// The code that tells a caller of an error.
    private static func code(_ errno: Errno) -> JournalError.Code {
        switch errno {
        case .noSpace, .quotaExceeded, .fileTooLarge: .noSpace
        case .readOnly: .accessDenied
        default: .inputOutput
        }
    }

    @Test func theWorkloadHasEveryKindOfCall() async throws {
        let disk = SimulatedDisk()
        let history = await Self.workload.run(on: disk)
        #expect(history.failure == nil && history.violations.isEmpty)
        for call in SimulatedDisk.Call.allCases where call != .remove {
            #expect(disk.count(of: call) > 1, "\(call)")
        }
    }

    /// After a write or a sync that failed nothing is acknowledged; what was, is read on and is
    /// there after opening again, whatever became of the power meanwhile.
    @Test(arguments: SimulatedDisk.Call.allCases)
    func aFailureTakesNothingAcknowledged(call: SimulatedDisk.Call) async throws {
        let whole = SimulatedDisk()
        _ = await Self.workload.run(on: whole)
        let count = whole.count(of: call)
        for number in 1...max(count, 1) where count > 0 {
            for one in Self.cases(call, number) {
                try await Self.fail(call, one)
            }
        }
    }

    private static func fail(_ call: SimulatedDisk.Call, _ one: Case) async throws {
        let place = "\(call) \(one)"
        let disk = SimulatedDisk()
        disk.fail(
            .init(
                call, one.number, one.errno, isLasting: one.isLasting,
                keeping: one.number % 2 == 0 ? .nothing : .some(sectorSize: 4_096, seed: 3),
                written: one.written))
        let isFinal = call == .write || call == .sync
        let history = await workload.run(on: disk, isFinal: isFinal)
        #expect(history.violations.isEmpty, "\(place): \(history.violations)")
        if isFinal, let failure = history.failure {
            // An append that was answered may have failed behind its answer: the next one says so.
            #expect(
                [code(one.errno), .failed].contains(failure.error.code), "\(place): \(failure)")
        }
        disk.failNoMore()
        let oracle = CrashOracle(workload: workload, history: history)
        let states = [
            ("nothing kept", disk.powerCut(.nothing)), ("all kept", disk.powerCut(.everything)),
            ("power stayed", disk),
        ]
        for (state, after) in states {
            do {
                try await oracle.checkFailed(after, isDeep: one.number % 4 == 0)
            } catch {
                Issue.record("\(place), \(state), \(String(describing: history.failure)): \(error)")
            }
        }
    }

    /// The same while a torn tail is set aside and cut: opening throws or opens, and the next
    /// opening finds everything.
    @Test(arguments: SimulatedDisk.Call.allCases)
    func aFailureInRecoveryTakesNothing(call: SimulatedDisk.Call) async throws {
        let torn = SimulatedDisk()
        torn.keepMoments()
        let history = await Self.workload.run(on: torn)
        let oracle = CrashOracle(workload: Self.workload, history: history)
        // A moment in the middle of a commit that spans many sectors.
        for moment in torn.moments.indices.filter({ $0 % 9 == 4 }) {
            let state = torn.moments[moment]
            let made = try #require(history.createdAt)
            guard state.changeCount >= made else { continue }
            let disk = state.powerCut(.some(sectorSize: 512, seed: UInt64(moment)))
            let number = 1 + moment % 7
            for errno in Self.errors {
                let own = disk.clone()
                own.fail(.init(call, number, errno))
                let options = Self.workload.options(own, opening: 50)
                try? await Journal.open(at: CrashWorkload.path, options: options).close()
                own.failNoMore()
                do {
                    try await oracle.checkFailed(
                        own.powerCut(.nothing), after: state.changeCount, isDeep: false)
                } catch {
                    Issue.record("\(call) \(number) \(errno) in recovery of \(moment): \(error)")
                }
            }
        }
    }
}
