internal import Synchronization

/// Where the conversations stand that were written to lately: a hint, checked by the version of the
/// session when it is used.
final class ConversationHeads: Sendable {
    /// The end of a branch.
    struct Head: Sendable {
        /// The version of the session at which this was so.
        var version: UInt64
        var branch: String
        var message: MessageReference?
    }

    /// What is known of a session.
    struct Known {
        /// The branches, and whose own they are.
        var tree: ConversationTree
        /// Up to which event the tree goes, and its version.
        var lastSequence: UInt64
        var treeVersion: UInt64
        /// The version up to which the heads are known: that of the tree, or a later one.
        var version: UInt64
        /// The heads that moved since then.
        var moved: [String: MessageReference] = [:]
    }

    /// The largest number of sessions that are remembered, and of messages in them.
    private static let sessionLimit = 4_096
    private static let messageLimit = 262_144

    private struct Memory {
        var sessions: [SessionID: Known] = [:]
        var messageCount = 0
    }

    private let memory = Mutex(Memory())

    /// The end of a branch, or of an actor's own, as far as it is remembered.
    func head(_ session: SessionID, branch: String?, actor: String) throws -> Head? {
        try memory.withLock { memory in
            try memory.sessions[session].map { try $0.head(branch: branch, actor: actor) }
        }
    }

    /// Notes that a message was appended to a branch as the session's last event.
    func advance(_ session: SessionID, branch: String, to message: String, version: UInt64) {
        memory.withLock { memory in
            // What was remembered meanwhile may be newer.
            guard memory.sessions[session]?.version == version - 1 else { return }
            memory.sessions[session]?.version = version
            memory.sessions[session]?.moved[branch] = MessageReference(message)
        }
    }

    /// Forgets everything.
    func forget() { memory.withLock { $0 = Memory() } }

    /// What is known of the branches of a session, and up to which event. It is taken out, to be
    /// brought up to date without a copy.
    func take(_ session: SessionID) -> Known? {
        memory.withLock { memory in
            let known = memory.sessions.removeValue(forKey: session)
            memory.messageCount -= known?.tree.messages.count ?? 0
            return known
        }
    }

    /// Remembers where a session stands, and answers for a branch of it.
    func note(
        _ session: SessionID, _ known: Known, branch: String?, actor: String
    ) throws -> Head {
        let count = known.tree.messages.count
        memory.withLock { memory in
            memory.messageCount -= memory.sessions[session]?.tree.messages.count ?? 0
            if memory.sessions.count >= Self.sessionLimit
                || memory.messageCount + count > Self.messageLimit
            {
                memory = Memory()
            }
            memory.sessions[session] = known
            memory.messageCount += count
        }
        return try known.head(branch: branch, actor: actor)
    }
}

extension ConversationHeads.Known {
    func head(branch: String?, actor: String) throws -> ConversationHeads.Head {
        let name = branch ?? tree.currentBranch(of: actor)
        guard let found = tree.branch(name) else {
            throw JournalError.branchNotFound(name, in: tree)
        }
        return .init(version: version, branch: name, message: moved[name] ?? found.head)
    }
}

extension Journal {
    /// Where a conversation stands: from memory, or from what is new of the session's events. Without
    /// a branch it is the actor's own.
    func conversationHead(
        _ session: SessionID, branch: String?, actor: String, isFresh: Bool
    ) async throws -> ConversationHeads.Head {
        // A branch that is not known may have been created by somebody else meanwhile.
        if !isFresh, let known = try? conversations.head(session, branch: branch, actor: actor) {
            return known
        }
        let projection = TreeProjection(keepsContent: false)
        var known: ConversationHeads.Known
        if let taken = conversations.take(session) {
            known = taken
        } else {
            let state = try await foldState(of: session, at: .now, keepsContent: false)
            known = .init(
                tree: state.tree, lastSequence: state.lastSequence, treeVersion: state.version,
                version: 0)
        }
        for try await event in events(
            of: session, after: known.lastSequence, version: known.treeVersion)
        {
            projection.apply(event, to: &known.tree)
            known.lastSequence = event.sequence
            known.treeVersion = event.version
        }
        known.version = known.treeVersion
        known.moved = [:]
        return try conversations.note(session, known, branch: branch, actor: actor)
    }
}
