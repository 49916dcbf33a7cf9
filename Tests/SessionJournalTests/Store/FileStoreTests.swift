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

    @Test(arguments: 1...8)
    func agreesWithTheModel(seed: UInt64) async throws {
        let (harness, directory) = try Self.harness()
        try await StoreModelRun(seed: seed).run(on: harness)
        withExtendedLifetime(directory) {}
    }
}

extension FileStoreTests {
    /// A store on a disk in memory.
    static func simulated() -> StoreConformance.Harness {
        let disk = SimulatedDisk()
        @Sendable func on(_ options: JournalOptions) -> JournalOptions {
            var options = options
            options.fileSystem = disk
            return options
        }
        return StoreConformance.Harness(
            name: "simulated disk",
            make: { try await Journal.create(at: "/journal", options: on($0)).store },
            reopen: { store, options in
                try await store.close()
                return try await Journal.open(at: "/journal", options: on(options)).store
            })
    }

    @Test(arguments: StoreConformance.cases)
    func conformsOnASimulatedDisk(_ conformance: StoreConformance) async throws {
        try await conformance.run(on: Self.simulated())
    }

    @Test(arguments: 100...111)
    func agreesWithTheModelOnASimulatedDisk(seed: UInt64) async throws {
        try await StoreModelRun(seed: seed).run(on: Self.simulated())
    }
}
