import JournalTestKit
import SessionJournal
import Testing

@Suite struct FileStoreTests {
    /// A store in a directory of the real disk, which goes with the harness.
    static func harness() throws -> (StoreConformance.Harness, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        let path = directory.path("journal")
        let harness = StoreConformance.Harness(
            name: "files",
            make: { options in try await Journal.create(at: path, options: options).store },
            reopen: { store, options in
                try await store.close()
                return try await Journal.open(at: path, options: options).store
            })
        return (harness, directory)
    }

    @Test(arguments: StoreConformance.cases)
    func conforms(_ conformance: StoreConformance) async throws {
        let (harness, directory) = try Self.harness()
        try await conformance.run(on: harness)
        withExtendedLifetime(directory) {}
    }

    @Test(arguments: 1...24)
    func agreesWithTheModel(seed: UInt64) async throws {
        let (harness, directory) = try Self.harness()
        try await StoreModelRun(seed: seed).run(on: harness)
        withExtendedLifetime(directory) {}
    }
}
