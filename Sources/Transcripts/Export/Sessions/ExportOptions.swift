public import SessionJournal

/// What of a session is exported.
public struct ExportOptions: Sendable {
    /// The branch; nil for the current one, and for all of them in a shape that shows the tree.
    public var branch: String?

    /// As of which event.
    public var point = PointInTime.now

    /// Only messages that these events added, by their sequence numbers; nil for all.
    public var range: ClosedRange<UInt64>?

    /// Whether messages that were put out of sight are among the others.
    public var includesPruned = false

    /// Whether messages that a summary stands for are sent to a model themselves, and the summary is
    /// not. Only the shapes that are sent to a model ask.
    public var includesSummarized = false

    /// What to do where events are lost.
    public var damage = Journal.DamagePolicy.fail

    /// The whole session as it is now.
    public init() {}
}
