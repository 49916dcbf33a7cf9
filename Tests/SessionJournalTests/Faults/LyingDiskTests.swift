import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// One write of a workload is a lie: it is lost, torn, or lands elsewhere, and every call says that
/// all went well. Once the cache is gone, nothing is served that was not stored, and what is missing
/// before something that is served is named.
@Suite struct LyingDiskTests {
    private static let workload = CrashWorkload(seed: 12, stepCount: 10)

    private static func segment(_ first: UInt64) -> String {
        "\(CrashWorkload.path)/segments/\(SegmentName.file(first: first))"
    }

    @Test(
        arguments: [
            .lost, .torn(512), .torn(4_096), .shifted(512), .shifted(-4_096), .shifted(4_096),
            .elsewhere(segment(1)), .elsewhere("\(CrashWorkload.path)/JOURNAL"),
        ] as [SimulatedDisk.Lie])
    func noLieIsServed(lie: SimulatedDisk.Lie) async throws {
        let whole = SimulatedDisk()
        _ = await Self.workload.run(on: whole)
        let store = DamagedStore(
            files: whole.files, olderFiles: [:], lines: try await lines(whole))
        #expect(store.lines.count > 10)
        var noticed = 0
        for number in 1...whole.count(of: .write) {
            let disk = SimulatedDisk()
            disk.lie(lie, atWrite: number)
            let history = await Self.workload.run(on: disk)
            #expect(history.violations.isEmpty, "write \(number): \(history.violations)")
            for after in [disk.powerCut(.nothing), disk.powerCut(.everything)] {
                do {
                    let answer = try await store.inspect(after)
                    let isWhole = answer.served.count == store.lines.count
                    // What was lost at the very end is an older state of the journal, or torn.
                    if answer.isDetected || !isWhole { noticed += 1 }
                    try await open(after, served: answer.served)
                } catch {
                    Issue.record("\(lie) at write \(number): \(error)")
                }
            }
        }
        #expect(noticed > 1)
    }

    private func lines(_ disk: SimulatedDisk) async throws -> [[UInt8]] {
        let options = Self.workload.options(disk, opening: 99)
        let journal = try await Journal.open(readingAt: CrashWorkload.path, options: options)
        return try await journal.store.all().map(\.line)
    }

    /// Opening for writing takes nothing away that a reader was served.
    private func open(_ disk: SimulatedDisk, served: [UInt64]) async throws {
        let options = Self.workload.options(disk, opening: 60)
        guard
            let journal = try? await Journal.open(at: CrashWorkload.path, options: options)
        else { return }
        var present: Set<UInt64> = []
        for try await event in journal.events(damage: .skip) { present.insert(event.sequence) }
        let gone = served.filter { !present.contains($0) }
        #expect(gone.isEmpty)
        try? await journal.close()
    }
}
