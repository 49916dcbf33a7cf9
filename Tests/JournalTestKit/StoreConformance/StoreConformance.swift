package import SessionJournal

/// What every store of events owes, as cases that run on any of them. Written for stores that
/// assign positions themselves.
package struct StoreConformance: Sendable, CustomStringConvertible {
    /// How a kind of store is made.
    package struct Harness: Sendable {
        /// What the store is called in test output.
        package var name: String

        /// A new, empty store.
        package var make: @Sendable (JournalOptions) async throws -> any JournalStore

        /// The same store, closed and opened again; nil for one that does not outlive its closing.
        package var reopen:
            (@Sendable (any JournalStore, JournalOptions) async throws -> any JournalStore)?

        package init(
            name: String,
            make: @escaping @Sendable (JournalOptions) async throws -> any JournalStore,
            reopen: (
                @Sendable (any JournalStore, JournalOptions) async throws -> any JournalStore
            )? = nil
        ) {
            self.name = name
            self.make = make
            self.reopen = reopen
        }
    }

    /// What a case works with.
    package struct Context: Sendable {
        package var harness: Harness
        package var store: any JournalStore
        package var clock: ManualClock
        package var options: JournalOptions
    }

    /// What the case shows.
    package let name: String

    /// Whether the case opens its store a second time.
    package let needsReopening: Bool
    private let body: @Sendable (Context) async throws -> Void

    init(
        _ name: String, needsReopening: Bool = false,
        _ body: @escaping @Sendable (Context) async throws -> Void
    ) {
        self.name = name
        self.needsReopening = needsReopening
        self.body = body
    }

    package var description: String { name }

    /// Runs the case on a new store; throws where the store owes more than it does.
    package func run(on harness: Harness) async throws {
        guard !needsReopening || harness.reopen != nil else { return }
        let clock = ManualClock()
        var options = JournalOptions()
        options.clock = { clock.tick() }
        options.rememberedEvents = 0
        let context = Context(
            harness: harness, store: try await harness.make(options), clock: clock,
            options: options)
        try await body(context)
        try await context.store.close()
    }

    /// Every case.
    package static let cases: [StoreConformance] =
        positionCases + conditionCases + idempotencyCases + sessionCases + refusalCases
        + timeCases + concurrencyCases + adoptionCases + readingCases + selectionCases
        + followingCases + withholdingCases
        + evidenceCases + closingCases
}

/// What a case found wanting.
package struct ConformanceFailure: Error, CustomStringConvertible {
    package let description: String
}

func expect(
    _ condition: Bool, _ what: @autoclosure () -> String = "", line: UInt = #line,
    file: String = #fileID
) throws {
    guard !condition else { return }
    throw ConformanceFailure(description: "\(file):\(line): does not hold: \(what())")
}

func expectEqual<Value: Equatable>(
    _ left: Value, _ right: Value, _ what: @autoclosure () -> String = "", line: UInt = #line,
    file: String = #fileID
) throws {
    guard left != right else { return }
    throw ConformanceFailure(
        description: "\(file):\(line): \(what()) is \(left), should be \(right)")
}

func expectError<Result>(
    _ code: JournalError.Code, line: UInt = #line, file: String = #fileID,
    _ body: () async throws -> Result
) async throws {
    do {
        let result = try await body()
        throw ConformanceFailure(
            description: "\(file):\(line): should throw \(code), answers \(result)")
    } catch let error as JournalError {
        guard error.code == code else {
            throw ConformanceFailure(
                description: "\(file):\(line): should throw \(code), throws \(error.code): \(error)"
            )
        }
    }
}
