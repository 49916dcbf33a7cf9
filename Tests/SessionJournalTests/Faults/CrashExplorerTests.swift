import Foundation
import JournalTestKit
import Testing

/// A journal crashes at every change of its disk, and again while it recovers, and again.
///
/// `SJOURNAL_CRASH_STATES` says how many distinct states to go through (`tools/check` and
/// `tools/torture states` set it), `SJOURNAL_CRASH_SEED` with which workload to begin, and
/// `SJOURNAL_CRASH_PATH` names one state to be looked at again, as a failure prints it.
@Suite struct CrashExplorerTests {
    private static func setting(_ name: String) -> String? {
        ProcessInfo.processInfo.environment["SJOURNAL_CRASH_" + name]
    }

    @Test func everyCrashLeavesWhatWasAcknowledged() async throws {
        if let path = Self.setting("PATH") {
            return try await CrashExplorer.replay(try #require(CrashPath(path)))
        }
        let wanted = Self.setting("STATES").flatMap { Int($0) } ?? 3_000
        let seed = Self.setting("SEED").flatMap { UInt64($0) } ?? 1
        let summary = await CrashExplorer(firstSeed: seed, limits: .init(states: wanted)).run()
        let depths = summary.statesByDepth.map(String.init).joined(separator: " + ")
        print(
            "crash states: \(summary.states) distinct (\(depths) by the number of crashes) of "
                + "\(summary.cuts) power cuts in \(summary.workloads) workloads from seed \(seed), "
                + "\(summary.violations.count) violations")
        for violation in summary.violations {
            Issue.record("SJOURNAL_CRASH_PATH=\(violation)")
        }
        #expect(summary.states >= wanted)
        #expect(summary.statesByDepth.allSatisfy { $0 > 0 })
    }
}
