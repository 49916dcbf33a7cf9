import JournalTestKit
import SessionJournal
import Testing

@Suite struct RemoteStoreTests {
    @Test(arguments: StoreConformance.cases)
    func conformsInCalmWeather(_ conformance: StoreConformance) async throws {
        try await conformance.run(on: .simulatedRemote(seed: 1, weather: .calm))
    }

    @Test(arguments: StoreConformance.cases, 1...4)
    func conformsInRoughWeather(_ conformance: StoreConformance, seed: UInt64) async throws {
        try await conformance.run(on: .simulatedRemote(seed: seed, weather: .rough))
    }

    @Test(arguments: 1...20)
    func agreesWithTheModel(seed: UInt64) async throws {
        try await StoreModelRun(seed: seed).run(on: .simulatedRemote(seed: seed, weather: .rough))
    }

    /// In bad weather, what was acknowledged is there once, and nobody writes after the next holder.
    @Test(arguments: 1...150)
    func endsInOneTruth(seed: UInt64) async throws {
        _ = try await RemoteRun(seed: seed).run()
    }

    @Test func theSameSeedIsTheSameStory() async throws {
        #expect(try await RemoteRun(seed: 5).run() == (try await RemoteRun(seed: 5).run()))
    }

    /// The plays meet what they are about.
    @Test func theStoriesAreEventful() async throws {
        var all = RemoteRun.Summary()
        for seed: UInt64 in 1...20 {
            let one = try await RemoteRun(seed: seed).run()
            all.acknowledged += one.acknowledged
            all.ambiguous += one.ambiguous
            all.fenced += one.fenced
            all.failovers += one.failovers
            all.epochs += one.epochs
        }
        #expect(all.acknowledged > 200 && all.ambiguous > 50 && all.fenced > 20, "\(all)")
        #expect(all.failovers > 50 && all.epochs > 200, "\(all)")
    }

    /// A server that breaks its promises is noticed.
    @Test(arguments: SimulatedCluster.Defect.allCases)
    func aWrongServerIsNoticed(defect: SimulatedCluster.Defect) async throws {
        var noticed = 0
        for seed: UInt64 in 1...30 {
            do { _ = try await RemoteRun(seed: seed, defect: defect).run() } catch { noticed += 1 }
        }
        #expect(noticed > 2, "\(noticed) of 30")
    }
}
