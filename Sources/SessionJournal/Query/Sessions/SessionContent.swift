/// What was said in a session, and by whom and with what: what a ``SessionQuery`` may ask for beside
/// the metadata.
struct SessionContent: Sendable {
    var texts: [String] = []
    var tools: Set<String> = []
    var models: Set<String> = []
    var actors: Set<String> = []
}

/// Folds a session's events into its content.
struct SessionContentProjection: Projection {
    static let name = "content"
    static let version = 1

    func initialState() -> SessionContent { SessionContent() }

    func apply(_ event: Event, to state: inout SessionContent) {
        if let actor = event.actor { state.actors.insert(actor) }
        if let actor = event.onBehalf { state.actors.insert(actor) }
        switch event.kind {
        case .messageAppended, .messageExtended, .toolStarted, .toolFinished, .modelRequested,
            .modelResponded:
            break
        default: return
        }
        guard let reader = try? DataReader(event) else { return }
        if let model = reader.string("model") { state.models.insert(model) }
        if event.kind == .toolStarted || event.kind == .toolFinished {
            if let name = reader.string("name") { state.tools.insert(name) }
            return
        }
        guard let parts = reader.member("parts") else { return }
        for part in reader.elements(of: parts) {
            if let text = reader.string("text", of: part) { state.texts.append(text) }
            if reader.string("type", of: part) == "tool_use",
                let name = reader.string("name", of: part)
            {
                state.tools.insert(name)
            }
        }
    }
}
