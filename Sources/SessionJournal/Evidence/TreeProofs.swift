internal import TransparencyLog

/// A proof that an event is in a journal (RFC 6962, section 2.1.1): whoever holds the tree's root and
/// the event's line, or its entry line, can check it without the journal.
public struct InclusionProof: Hashable, Sendable {
    /// The event's sequence number, from 1; its leaf's index is one less.
    public var sequence: UInt64

    /// The event's leaf: SHA-256 of a zero byte and its entry line.
    public var leaf: Digest

    /// The tree that the event is proved to be in.
    public var head: TreeHead

    /// The hashes of the proof, the leaf's sibling first; at most 63.
    public var hashes: [Digest]

    /// Creates a proof of what somebody sent; see ``holds``.
    ///
    /// - Parameters:
    ///   - sequence: The event's sequence number, from 1.
    ///   - leaf: The event's leaf.
    ///   - head: The tree.
    ///   - hashes: The proof's hashes, the leaf's sibling first.
    public init(sequence: UInt64, leaf: Digest, head: TreeHead, hashes: [Digest]) {
        self.sequence = sequence
        self.leaf = leaf
        self.head = head
        self.hashes = hashes
    }

    /// Whether the leaf is at its place in the tree of that root. Cost: a hash a level.
    public var holds: Bool {
        sequence > 0
            && TreeProof.verifyInclusion(
                of: Hash(leaf), at: sequence - 1, in: head.size, root: Hash(head.root),
                proof: hashes.map { Hash($0) })
    }
}

/// A proof that one state of a journal is the beginning of another (RFC 6962, section 2.1.2): nothing
/// that the first held was changed or taken away.
public struct ConsistencyProof: Hashable, Sendable {
    /// The earlier tree.
    public var first: TreeHead

    /// The later tree.
    public var second: TreeHead

    /// The hashes of the proof; none where the trees are the same, and none from the empty tree.
    public var hashes: [Digest]

    /// Creates a proof of what somebody sent; see ``holds``.
    ///
    /// - Parameters:
    ///   - first: The earlier tree.
    ///   - second: The later tree.
    ///   - hashes: The proof's hashes.
    public init(first: TreeHead, second: TreeHead, hashes: [Digest]) {
        self.first = first
        self.second = second
        self.hashes = hashes
    }

    /// Whether the first tree is the beginning of the second. From the empty tree nothing can be
    /// proved, and this is false. Cost: two hashes a level.
    public var holds: Bool {
        TreeProof.verifyConsistency(
            from: first.size, to: second.size, firstRoot: Hash(first.root),
            secondRoot: Hash(second.root), proof: hashes.map { Hash($0) })
    }
}

extension Hash {
    init(_ digest: Digest) {
        let bytes = digest.bytes
        self = Hash(bytes.span) ?? Hash()
    }
}

extension Digest {
    init(_ hash: Hash) {
        let bytes = hash.bytes
        self = Digest(bytes: bytes.span) ?? Digest(hashing: bytes.span)
    }
}

extension Journal {
    /// Proves that an event is in the journal.
    ///
    /// The proof was checked before it is given. Cost: well under a millisecond once the tiles around
    /// the event are in memory; a few of their files else; where the folder `tiles/` is absent, a
    /// reading of the journal. A store without files reads all its events each time.
    ///
    /// - Parameters:
    ///   - sequence: The event's sequence number.
    ///   - size: The number of events of the tree that it is proved to be in; nil for all.
    /// - Returns: A proof that ``InclusionProof/holds``.
    /// - Throws: ``JournalError/Code/eventNotFound`` where there are not as many events;
    ///   ``JournalError/Code/damaged`` where the events do not come to the tree that was recorded.
    public func inclusionProof(
        of sequence: UInt64, in size: UInt64? = nil
    ) async throws -> InclusionProof {
        try await store.prove { tree throws(JournalError) in
            let last = tree.tree.size
            let size = size ?? last
            guard size <= last else { throw JournalError.beyondEnd(size, last: last) }
            guard sequence > 0, let plan = ProofPlan.inclusion(of: sequence - 1, in: size) else {
                throw JournalError.beyondEnd(sequence, last: size)
            }
            let proof = InclusionProof(
                sequence: sequence,
                leaf: Digest(try tree.hash(of: TreeNode(height: 0, index: sequence - 1))),
                head: try tree.head(size), hashes: try tree.hashes(of: plan).map { Digest($0) })
            return proof.holds ? proof : nil
        }
    }

    /// Proves that the journal of an earlier size is the beginning of that of a later one.
    ///
    /// Cost: that of ``inclusionProof(of:in:)``.
    ///
    /// - Parameters:
    ///   - first: The earlier number of events. From 0 the proof is empty, and proves nothing.
    ///   - second: The later number of events; nil for all.
    /// - Returns: A proof that ``ConsistencyProof/holds``, but for one from 0.
    /// - Throws: as ``inclusionProof(of:in:)``, and ``JournalError/Code/invalidArgument`` where the
    ///   first size is above the second.
    public func consistencyProof(
        from first: UInt64, to second: UInt64? = nil
    ) async throws -> ConsistencyProof {
        try await store.prove { tree throws(JournalError) in
            let last = tree.tree.size
            let second = second ?? last
            guard second <= last else { throw JournalError.beyondEnd(second, last: last) }
            guard let plan = ProofPlan.consistency(from: first, to: second) else {
                throw JournalError(
                    .invalidArgument,
                    "\(first) events are more than \(second): name the earlier number first")
            }
            let proof = ConsistencyProof(
                first: try tree.head(first), second: try tree.head(second),
                hashes: try tree.hashes(of: plan).map { Digest($0) })
            return proof.holds || first == 0 ? proof : nil
        }
    }
}

extension TileTree {
    /// The tree over the first `size` leaves. That it is the beginning of the trusted one follows
    /// from its nodes.
    mutating func head(_ size: UInt64) throws(JournalError) -> TreeHead {
        TreeHead(size: size, root: Digest(try hash(of: 0..<size)))
    }
}

extension JournalStore {
    /// Makes a proof over the tree of all events. A store without tiles reads its events.
    fileprivate func prove<Proof: Sendable>(
        _ make: @escaping @Sendable (inout TileTree) throws(JournalError) -> Proof?
    ) async throws -> Proof {
        if let files = self as? FileStore { return try await files.prove(make) }
        var tree = try await TileTree(overEventsOf: self)
        guard let proof = try make(&tree) else {
            throw JournalError(.internalError, "a proof was made that does not hold")
        }
        return proof
    }
}

extension TileTree {
    /// The tree over the events of a store that keeps no tiles.
    init(overEventsOf store: some JournalStore) async throws {
        var leaves: [UInt8] = []
        var running = RunningTree()
        var query: ReadQuery? = ReadQuery()
        while let current = query {
            let page = try await store.read(current)
            if let hole = page.holes.first {
                throw JournalError(
                    .damaged,
                    "events \(hole.firstSequence) to \(hole.lastSequence) are lost, so that the tree "
                        + "is not known", place: hole.file)
            }
            for event in page.events {
                let leaf = try EventLine.leafHash(of: event.line.span)
                leaf.appendBytes(to: &leaves)
                running.append(Hash(leaf))
            }
            query = page.next
        }
        let content = leaves
        self.init(running, leaves: content)
    }
}
