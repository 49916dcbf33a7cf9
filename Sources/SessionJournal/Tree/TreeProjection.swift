/// Folds one session's events into its tree of messages. The first event says which session that
/// is; events of others are passed over.
public struct TreeProjection: Projection {
    /// The projection's name.
    public static let name = "tree"

    /// The version of its rules.
    public static let version = 4

    /// Whether the tree keeps the lines that hold the messages' content.
    public let keepsContent: Bool

    /// Creates the fold.
    public init(keepsContent: Bool = true) { self.keepsContent = keepsContent }

    /// A tree without messages.
    public func initialState() -> ConversationTree { ConversationTree() }

    /// Takes one event into the tree.
    public func apply(_ event: Event, to state: inout ConversationTree) {
        if state.session == nil { state.begin(event.session) }
        guard event.session == state.session else { return }
        state.apply(event, keepsContent: keepsContent) { _ in }
    }
}
