import JournalTestKit
import SessionJournal
import Testing

@Suite struct MemoryStoreTests {
    static let harness = StoreConformance.Harness(name: "memory") { MemoryStore(options: $0) }

    @Test(arguments: StoreConformance.cases)
    func conforms(_ conformance: StoreConformance) async throws {
        try await conformance.run(on: Self.harness)
    }
}

extension MemoryStoreTests {
    @Test(arguments: 1...40)
    func agreesWithTheModel(seed: UInt64) async throws {
        try await StoreModelRun(seed: seed).run(on: Self.harness)
    }
}
