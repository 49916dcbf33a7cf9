internal import Synchronization

/// A store on a server that may answer late, twice or not at all, and that may be replaced by another.
///
/// One handle writes at a time: the one with the newest ``WriterLease``. It gives events their
/// positions itself and sends the lines; the server compares epoch and position and stores them.
/// What is not answered is sent again until the outcome is known. Where it does not become known, the
/// append throws ``JournalError/Code/ambiguous``, and the next one begins with a new lease, under
/// which what is still on its way is refused: so every commit ends as stored or as not stored,
/// for everybody. Appending again with the same `id`s tells which.
///
/// Commits are as durable as the server is, whatever an append asks for.
package final class RemoteStore: JournalStore {
    struct State {
        var term: RemoteTerm?

        /// The epoch of the last term; 0 before the first.
        var epoch: UInt64 = 0

        /// Whoever begins a term, for all who need one.
        var beginning: Task<Void, any Error>?

        /// Whether a task sends what is staged.
        var isSending = false

        /// Somebody else took the lease: this handle writes no more.
        var isFenced = false
        var isClosed = false
    }

    let server: any RemoteServer
    let state = Mutex(State())
    let signal = GrowthSignal(position: 0)
    let options: RemoteOptions
    let clock: @Sendable () -> Timestamp
    let random: @Sendable (_ count: Int) -> [UInt8]
    private let followInterval: Duration

    /// nil: for reading only.
    let holder: LeaseHolder?
    private let keeper = Mutex<Task<Void, Never>?>(nil)

    package var isWritable: Bool { holder != nil }

    /// Opens a journal on a server.
    ///
    /// - Parameter holder: Who writes; nil to read only.
    /// - Throws: ``JournalError/Code/locked`` while another has the lease,
    ///   ``JournalError/Code/unavailable`` where the server cannot be reached.
    package static func open(
        _ server: any RemoteServer, as holder: LeaseHolder?,
        options: JournalOptions = JournalOptions(), remote: RemoteOptions = RemoteOptions()
    ) async throws -> RemoteStore {
        let store = RemoteStore(server, holder, options, remote)
        guard holder != nil else {
            _ = try await store.ask { () async throws(RemoteFault) in try await server.state() }
            return store
        }
        try await store.ensureTerm()
        store.keepLease()
        return store
    }

    private init(
        _ server: any RemoteServer, _ holder: LeaseHolder?, _ options: JournalOptions,
        _ remote: RemoteOptions
    ) {
        self.server = server
        self.holder = holder
        self.options = remote
        clock = options.clock
        random = options.random
        followInterval = options.followInterval
    }

    deinit { keeper.withLock { $0?.cancel() } }

    /// Renews the lease now and then, so that a writer that appends nothing keeps it.
    private func keepLease() {
        let task = Task { [weak self, options] in
            while !Task.isCancelled {
                do { try await options.idle(options.leaseDuration / 3) } catch { return }
                guard let self else { return }
                await self.renewLease()
            }
        }
        keeper.withLock { $0 = task }
    }

    /// Renews the lease, if there is one. What goes wrong here is found out by the next commit.
    package func renewLease() async {
        guard let lease = state.withLock({ $0.term?.lease }) else { return }
        try? await server.renewLease(lease, for: options.leaseDuration)
    }

    // MARK: Asking

    /// Asks the server, again where no answer came, until it is given up.
    func ask<Answer>(
        _ body: () async throws(RemoteFault) -> Answer
    ) async throws -> Answer {
        var attempt = 1
        while true {
            let fault: RemoteFault
            do throws(RemoteFault) {
                return try await body()
            } catch {
                fault = error
            }
            switch fault {
            case .unreachable, .noAnswer:
                guard attempt < options.attemptLimit else {
                    throw JournalError.serverUnavailable(attempts: attempt)
                }
                try await options.pause(options.pause(after: attempt))
                attempt += 1
            case .fenced: throw JournalError.writerFenced()
            case .held: throw JournalError.leaseHeld(by: nil, for: nil)
            case .misplaced(let last):
                throw JournalError.serverDamaged("it ends with event \(last)")
            }
        }
    }

    func checkOpen() throws(JournalError) {
        guard !state.withLock({ $0.isClosed }) else { throw JournalError.journalClosed() }
    }

    func checkWritable() throws(JournalError) {
        try checkOpen()
        guard isWritable else {
            throw JournalError.journalReadOnly("the journal was opened for reading")
        }
        guard !state.withLock({ $0.isFenced }) else { throw JournalError.writerFenced() }
    }

    // MARK: Following

    package func growth(past sequence: UInt64) async throws -> UInt64 {
        // Only this handle's appends make the journal grow as long as it writes.
        guard !isWritable else { return try await signal.wait(past: sequence) }
        while true {
            let last = try await position().lastSequence
            if last > sequence { return last }
            // Waits for the end of this handle too.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [options, followInterval] in try await options.idle(followInterval)
                }
                group.addTask { [signal] in _ = try await signal.wait(past: .max) }
                defer { group.cancelAll() }
                _ = try await group.next()
            }
        }
    }

    // MARK: Closing

    package func close() async throws {
        let (isFirst, last) = state.withLock { state in
            defer { state.isClosed = true }
            return (!state.isClosed, state.term?.joinAll())
        }
        guard isFirst else { return }
        keeper.withLock { $0?.cancel() }
        signal.end(.journalClosed())
        // Whoever waits for a commit is told what became of it; here it only has to be over.
        try? await last?.wait()
        guard let lease = state.withLock({ $0.term?.lease }) else { return }
        // A lease that cannot be given back runs out.
        try? await ask { () async throws(RemoteFault) in try await server.releaseLease(lease) }
    }
}
