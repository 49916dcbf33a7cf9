/// The events of which a verification read only the entry line: erased, encrypted, or removed by
/// somebody.
///
/// Their leaves were checked like any other. What they said was not, for it is not there or cannot be
/// opened.
public struct WithheldEvents: Sendable, Hashable {
    /// Whose content is in no segment any more, and of which it is known which they are.
    public var removed: UInt64 = 0

    /// Those of them, and of the compacted and forgotten ones, that nothing in this journal says was to
    /// be taken, as sequence numbers in order: somebody removed them, or it came behind the end of this copy.
    public var unexplained: [ClosedRange<UInt64>] = []

    /// Whose content is there, encrypted, and was not opened: whether it is what the leaf says can be
    /// told with the key alone.
    public var locked: UInt64 = 0

    /// Those of them whose keys an erasure has destroyed: nobody can tell any more.
    public var destroyed: UInt64 = 0

    /// Whose content was taken out of runs that were not opened: how many is known, and which ones can
    /// be told with the key alone.
    public var unplaced: UInt64 = 0

    /// Whose content was compacted away: envelope and shape are there.
    public var compacted: UInt64 = 0

    /// Of which no line is left: they were erased, and their leaves forgotten after a retention period.
    /// Of the tree there, the roots of the largest subtrees were checked.
    public var forgotten: UInt64 = 0

    /// No events.
    public init() {}

    /// How many there are in all of which the entry line is there.
    public var count: UInt64 { removed + locked + unplaced }

    /// What scripts read: `removed`, `unexplained` (each `[first, last]`), `locked`, `destroyed`,
    /// `unplaced`, `compacted`, `forgotten`.
    public var json: JSONValue {
        [
            "removed": JSONValue(removed), "unexplained": ErasurePlan.json(of: unexplained),
            "locked": JSONValue(locked), "destroyed": JSONValue(destroyed),
            "unplaced": JSONValue(unplaced), "compacted": JSONValue(compacted),
            "forgotten": JSONValue(forgotten),
        ]
    }
}
