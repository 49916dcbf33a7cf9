internal import SegmentLog
internal import Synchronization

extension FileStore {
    package func treeHead(at size: UInt64?) async throws -> TreeHead {
        try await settle()
        return try reading { view throws(JournalError) in
            let size = size ?? view.lastSequence
            guard size <= view.lastSequence else {
                throw JournalError.beyondEnd(size, last: view.lastSequence)
            }
            let frontier = try JournalError.wrap { () throws(LogError) in
                try view.frontier(at: size)
            }
            guard let tree = LeafTree(frontier) else {
                throw JournalError(
                    .damaged, "the Merkle tree over \(size) events is not stored whole")
            }
            return TreeHead(size: tree.size, root: tree.root)
        }
    }

    /// Makes a proof over the tree of all events, by way of the tiles. Where these were held against
    /// another journal's tree, which stood here before, they are looked at anew.
    func prove<Proof: Sendable>(
        _ make: @escaping @Sendable (inout TileTree) throws(JournalError) -> Proof?
    ) async throws -> Proof {
        try await settle()
        let view = try openView()
        return try await blocking { [tiles] () throws(JournalError) in
            do throws(JournalError) {
                if let proof = try tiles.use(view, make) { return proof }
            } catch {
                guard error.code == .damaged else { throw error }
            }
            tiles.forget()
            if let proof = try tiles.use(view, make) { return proof }
            throw JournalError(
                .damaged, "the Merkle tree that the segments record is not that of the events")
        }
    }
}
