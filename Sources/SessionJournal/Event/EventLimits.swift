/// The sizes that an event keeps to, in bytes of UTF-8.
public enum EventLimits {
    /// A whole line, without its newline: 16 MiB.
    public static let maximumLineSize = 16 << 20

    /// What an envelope may take of a line at most; `data` has the rest.
    public static let maximumEnvelopeSize = 128 << 10

    /// The `data` of an event.
    public static let maximumDataSize = maximumLineSize - maximumEnvelopeSize

    /// A kind.
    public static let maximumKindSize = 64

    /// The name of a branch.
    public static let maximumBranchSize = 255

    /// An actor, `onbehalf`, `origin`, `trace` or `id`.
    public static let maximumNameSize = 1024

    /// A reason.
    public static let maximumReasonSize = 64 << 10

    /// How deep the values in `data` may stand in one another. A little more than a foreign
    /// document may nest, so that it still fits into the event that wraps it.
    public static let maximumDataDepth = JSONDocument.defaultMaximumDepth + 16
}
