/// A projection whose state can be put away and taken up again: what a ``ProjectionHost`` keeps.
///
/// The bytes are a cache. They are used again only by the same ``Projection/version``, behind the
/// same event of the same journal; else the projection is rebuilt from its events.
public protocol CheckpointedProjection<State>: Projection {
    /// The state as bytes.
    func encode(_ state: State) throws -> [UInt8]

    /// The state that bytes hold. What it throws means that they are of no use.
    func decode(_ bytes: [UInt8]) throws -> State
}

/// How far a projection of a ``ProjectionHost`` is.
public struct ProjectionStatus: Sendable {
    /// Its name.
    public let name: String

    /// The version of its rules.
    public let version: Int

    /// The last event that its state holds; 0 for none.
    public let sequence: UInt64

    /// The last event that its checkpoint holds; 0 where there is none.
    public let checkpointSequence: UInt64

    /// What its `apply` threw; it stands still since, behind ``sequence``, and the others go on.
    public let failure: (any Error)?

    /// Why the last checkpoint could not be written; the next start folds more events for it.
    public let checkpointFailure: (any Error)?
}
