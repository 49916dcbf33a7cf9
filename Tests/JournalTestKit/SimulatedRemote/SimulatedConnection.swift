package import SessionJournal

/// A client's way to the simulated server.
package struct SimulatedConnection: RemoteServer {
    package let network: SimulatedNetwork
    package let client: Int

    package init(_ network: SimulatedNetwork, client: Int) {
        self.network = network
        self.client = client
    }

    private func call<Answer: Sendable>(
        _ work:
            @escaping @Sendable (
                inout SimulatedCluster, _ now: Int64, _ crash: SimulatedCluster.CrashPoint?
            ) throws(RemoteFault) -> Answer
    ) async throws(RemoteFault) -> Answer {
        await network.playInterlude(of: client)
        return try network.call(from: client, work)
    }

    package func state() async throws(RemoteFault) -> RemoteState {
        try await call { cluster, now, _ in cluster.state(at: now) }
    }

    package func takeLease(
        _ lease: WriterLease, for duration: Duration
    ) async throws(RemoteFault) -> RemoteState {
        try await call { cluster, now, crash throws(RemoteFault) in
            try cluster.takeLease(lease, for: duration, at: now, crash)
        }
    }

    package func renewLease(
        _ lease: WriterLease, for duration: Duration
    ) async throws(RemoteFault) {
        try await call { cluster, now, crash throws(RemoteFault) in
            try cluster.renewLease(lease, for: duration, at: now, crash)
        }
    }

    package func releaseLease(_ lease: WriterLease) async throws(RemoteFault) {
        try await call { cluster, _, crash throws(RemoteFault) in
            try cluster.releaseLease(lease, crash)
        }
    }

    package func commit(_ commit: RemoteCommit) async throws(RemoteFault) {
        try await call { cluster, now, crash throws(RemoteFault) in
            try cluster.commit(commit, at: now, crash)
        }
    }

    package func page(_ query: ReadQuery) async throws(RemoteFault) -> LinePage {
        try await call { cluster, _, _ in cluster.server.table.page(query) }
    }

    package func heads(
        from first: SessionID, limit: Int
    ) async throws(RemoteFault) -> [SessionHead] {
        try await call { cluster, _, _ in cluster.server.table.heads(from: first, limit: limit) }
    }

    package func answers(
        to questions: [HistoryQuestion]
    ) async throws(RemoteFault) -> HistoryAnswers {
        try await call { cluster, _, _ in cluster.answers(to: questions) }
    }

    package func tree(at size: UInt64) async throws(RemoteFault) -> RemoteTree {
        try await call { cluster, _, _ in cluster.tree(at: size) }
    }
}

extension SimulatedNetwork {
    private static let never = Duration.seconds(1 << 40)

    /// Opens the journal on this network's server. Time passes in the pauses of the client.
    ///
    /// - Parameters:
    ///   - client: A number for the client's place in the network.
    ///   - name: Its name as a holder of leases; nil to read only.
    ///   - isIdle: Whether it does nothing by itself: it renews its lease when it is told to.
    package func open(
        client: Int, as name: String?, options: JournalOptions = JournalOptions(),
        attemptLimit: Int = 10, isIdle: Bool = false
    ) async throws -> RemoteStore {
        var remote = RemoteOptions()
        remote.attemptLimit = attemptLimit
        remote.pause = { [self] in advance($0) }
        remote.idle = { [self] in try await idle(isIdle ? Self.never : $0) }
        return try await RemoteStore.open(
            SimulatedConnection(self, client: client),
            as: name.map { LeaseHolder(name: $0, token: Array($0.utf8)) }, options: options,
            remote: remote)
    }
}

extension StoreConformance.Harness {
    /// A store on a simulated server. Opening it again is another client's.
    package static func simulatedRemote(
        seed: UInt64, weather: SimulatedNetwork.Weather
    ) -> StoreConformance.Harness {
        let network = SimulatedNetwork(seed: seed, weather: weather)
        let openings = SharedGenerator(seed: seed)
        @Sendable func open(_ options: JournalOptions) async throws -> any JournalStore {
            let name = "client-\(openings.bytes(8))"
            return try await network.open(client: 1, as: name, options: options, attemptLimit: 60)
        }
        return StoreConformance.Harness(
            name: "simulated remote", make: { try await open($0) },
            reopen: { store, options in
                try await store.close()
                return try await open(options)
            })
    }
}
