internal import SegmentLog

extension RemoteStore {
    package func read(_ query: ReadQuery) async throws -> EventPage {
        try checkOpen()
        let page = try await ask { () async throws(RemoteFault) in try await server.page(query) }
        return EventPage(events: try page.lines.map { try Self.event($0) }, next: page.next)
    }

    private static func event(_ line: [UInt8]) throws(JournalError) -> Event {
        do throws(JournalError) {
            return try Event(line: line)
        } catch {
            throw JournalError(
                .damaged, "a stored line is no event; verify says where", cause: error)
        }
    }

    package func position() async throws -> StorePosition {
        try checkOpen()
        let last = try await ask { () async throws(RemoteFault) in
            try await server.state().lastSequence
        }
        return StorePosition(lastSequence: last, durableSequence: last)
    }

    package func head(of session: SessionID) async throws -> SessionHead? {
        try await heads(from: session, limit: 1).first { $0.session == session }
    }

    package func heads(from first: SessionID, limit: Int) async throws -> [SessionHead] {
        try checkOpen()
        return try await ask { () async throws(RemoteFault) in
            try await server.heads(from: first, limit: limit)
        }
    }

    package func session(forKey key: String) async throws -> SessionID? {
        try checkOpen()
        let answers = try await ask { () async throws(RemoteFault) in
            try await server.answers(to: [.key(key)])
        }
        return answers.keys[key] ?? nil
    }

    package func storage() async throws -> StorageFigures {
        try checkOpen()
        return StorageFigures(segmentCount: 0, sizeOnDisk: 0)
    }

    package func seal() async throws { try checkWritable() }

    // MARK: Evidence

    package func treeHead(at size: UInt64?) async throws -> TreeHead {
        let last = try await position().lastSequence
        let size = size ?? last
        guard size <= last else { throw JournalError.beyondEnd(size, last: last) }
        let found = try await ask { () async throws(RemoteFault) in try await server.tree(at: size)
        }
        guard var tree = LeafTree(found.record) else {
            throw JournalError.serverDamaged("a Merkle tree that it holds is none")
        }
        for leaf in found.leaves { tree.append(leaf) }
        guard tree.size == size else {
            throw JournalError.serverDamaged("the Merkle tree over \(size) events is not whole")
        }
        return TreeHead(size: size, root: tree.root)
    }

    package func verify(_ options: VerificationOptions) async throws -> VerificationReport {
        try checkOpen()
        let state = try await ask { () async throws(RemoteFault) in try await server.state() }
        var verifier = LineVerifier()
        var next: ReadQuery? = ReadQuery(through: state.lastSequence)
        while let query = next {
            let page = try await ask { () async throws(RemoteFault) in try await server.page(query)
            }
            for line in page.lines { verifier.check(line) }
            next = page.next
            // How many bytes there are is known at the end only.
            options.progress?(
                OperationProgress(bytesDone: verifier.size, bytesTotal: verifier.size))
        }
        if verifier.events < state.lastSequence {
            verifier.find(
                "the server has \(state.lastSequence) events and shows \(verifier.events)")
        }
        verifier.compare(state.tree, place: "on the server")
        return VerificationReport(
            verdict: verifier.findings.isEmpty ? .ok : .damaged, events: verifier.events,
            bytesChecked: verifier.size, root: verifier.knownTree.map(\.root),
            findings: verifier.findings)
    }
}
