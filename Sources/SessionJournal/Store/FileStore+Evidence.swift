internal import SegmentLog
internal import Synchronization

extension FileStore {
    package func treeHead(at size: UInt64?) async throws -> TreeHead {
        try await settle()
        let view = try openView()
        let size = size ?? view.lastSequence
        guard size <= view.lastSequence else {
            throw JournalError.beyondEnd(size, last: view.lastSequence)
        }
        let frontier = try JournalError.wrap { () throws(LogError) in try view.frontier(at: size) }
        guard let tree = LeafTree(frontier) else {
            throw JournalError(.damaged, "the Merkle tree over \(size) events is not stored whole")
        }
        return TreeHead(size: tree.size, root: tree.root)
    }
}
