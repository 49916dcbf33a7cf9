extension Journal {
    /// What differs between two points of a session, or between two of its branches.
    ///
    /// Cost: reads the session twice, up to each point.
    ///
    /// ```swift
    /// let change = try await journal.difference(in: session, from: .label("before"), to: .now)
    /// ```
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - old: The older point, or any.
    ///   - new: The newer point.
    ///   - branch: Compares the path of this branch alone, and its metadata; nil compares all
    ///     messages, and the metadata of `main`.
    ///   - otherBranch: The branch at the newer point, where it is another: what differs is then
    ///     what either has behind their common ancestor.
    ///   - damage: What to do where events of the session are lost.
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/branchNotFound``,
    ///   ``JournalError/Code/labelNotFound``, ``JournalError/Code/damaged``.
    public func difference(
        in session: SessionID, from old: PointInTime, to new: PointInTime = .now,
        branch: String? = nil, otherBranch: String? = nil, damage: DamagePolicy = .fail
    ) async throws -> SessionDifference {
        try await difference(
            from: session, at: old, branch: branch, to: session, at: new,
            branch: otherBranch ?? branch, damage: damage)
    }

    /// What differs between two sessions, or between two branches of two sessions.
    ///
    /// Cost: reads both, up to each point. Messages are compared by content, since each session
    /// gives them ids of its own.
    public func difference(
        from oldSession: SessionID, at old: PointInTime = .now, branch oldBranch: String? = nil,
        to newSession: SessionID, at new: PointInTime = .now, branch newBranch: String? = nil,
        damage: DamagePolicy = .fail
    ) async throws -> SessionDifference {
        let before = try await readState(of: oldSession, at: old, branch: oldBranch, damage: damage)
        let after = try await readState(of: newSession, at: new, branch: newBranch, damage: damage)
        return SessionDifference(from: before, branch: oldBranch, to: after, branch: newBranch)
    }
}
