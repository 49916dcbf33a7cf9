internal import SegmentLog

/// What the stores have to say of their operations.
extension Instruments {
    /// Measures something that throws.
    func measure<Value>(
        _ start: Start, _ operation: JournalOperation, _ body: () throws(JournalError) -> Value
    ) throws(JournalError) -> Value {
        do throws(JournalError) {
            let value = try body()
            end(start, operation)
            return value
        } catch {
            end(start, operation, error: error)
            throw error
        }
    }

    /// Measures what is done outside of a store, or takes its time.
    func measure<Value>(
        _ operation: JournalOperation, bytes: (Value) -> UInt64 = { _ in 0 },
        _ body: () async throws -> Value
    ) async throws -> Value {
        let start = begin()
        do {
            let value = try await body()
            end(start, operation, bytes: Int(clamping: bytes(value)))
            return value
        } catch {
            end(start, operation, error: error)
            throw error
        }
    }

    /// A batch was stored, or known already.
    func appended(_ start: Start, _ batch: AppendBatch, _ staged: StagedBatch) {
        end(
            start, .append, bytes: staged.lines.bytes.count, events: staged.lines.records.count
        ) {
            Subject(
                session: batch.onlySession, lastSequence: staged.lastSequence,
                traceID: batch.items.first?.draft.trace)
        }
    }

    /// A batch was refused, or nobody knows what became of it.
    func failed(_ start: Start, _ batch: AppendBatch, _ error: any Error) {
        end(start, .append, error: error) {
            Subject(session: batch.onlySession, traceID: batch.items.first?.draft.trace)
        }
    }

    /// Lines of another journal were taken in.
    func adopted(_ start: Start, _ receipt: AdoptReceipt, bytes: Int) {
        end(start, .append, bytes: bytes, events: receipt.adopted) {
            Subject(lastSequence: receipt.lastSequence)
        }
    }

    /// A page was read.
    func read(_ start: Start, _ query: ReadQuery, _ page: EventPage) {
        let bytes = page.events.reduce(0) { $0 + $1.line.count + 1 }
        end(start, .read, bytes: bytes, events: page.events.count) {
            Subject(session: query.session, lastSequence: page.events.last?.sequence)
        }
        writeDamage(page.holes)
    }

    /// A page could not be read.
    func failed(_ start: Start, _ query: ReadQuery, _ error: any Error) {
        end(start, .read, error: error) { Subject(session: query.session) }
    }

    /// All was read again. Damage is an answer, and yet worth an entry.
    func verified(_ start: Start, _ report: VerificationReport) {
        end(
            start, .verify, bytes: Int(clamping: report.bytesChecked),
            events: Int(clamping: report.events))
        writeDamage(report.holes)
    }
}

/// A store that measures what it does.
protocol InstrumentedStore: JournalStore {
    var instruments: Instruments { get }
}

extension FileStore: InstrumentedStore {}
extension MemoryStore: InstrumentedStore {}

extension Journal {
    /// Measures what is more than one call of the store.
    func measure<Value>(
        _ operation: JournalOperation, bytes: (Value) -> UInt64 = { _ in 0 },
        _ body: () async throws -> Value
    ) async throws -> Value {
        guard let instruments = (store as? any InstrumentedStore)?.instruments else {
            return try await body()
        }
        return try await instruments.measure(operation, bytes: bytes, body)
    }
}
