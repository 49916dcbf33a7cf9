internal import SessionJournal

/// How the pieces of a format are read.
struct ConversationFormat: Sendable {
    /// The name of the client that wrote them.
    let client: String

    /// The time that a piece gives.
    var time: @Sendable (SourcePiece) -> Timestamp? = { $0["timestamp"]?.time }

    /// The time of a piece that gives none itself, from what was read before it.
    var timeBefore: @Sendable (SourcePiece, Conversation) -> Timestamp? = { _, _ in nil }

    /// Tells the conversation what a piece says. A piece of which it tells nothing is kept.
    let read: @Sendable (SourcePiece, inout Conversation) -> Void
}

/// Folds the pieces of one session of a format into messages, branches and what happened around
/// them.
struct ConversationReader: Sendable {
    let format: ConversationFormat
    let isChained: Bool
    private(set) var talk: Conversation

    /// The zone of times that name none; nil for UTC.
    var zone: SourceZone?

    /// - Parameter isChained: Whether pieces may follow others than the last.
    init(_ format: ConversationFormat, isChained: Bool = false) {
        self.format = format
        self.isChained = isChained
        talk = Conversation(client: format.client)
    }

    func time(of piece: SourcePiece) -> Timestamp? {
        format.time(piece) ?? format.timeBefore(piece, talk)
    }

    /// Reads the next distinct piece of the session.
    ///
    /// - Returns: Of the first one, the metadata that the session begins with.
    mutating func read(_ piece: SourcePiece, occurred: Timestamp?) -> JSONObject {
        talk.begin(piece, at: occurred)
        format.read(piece, &talk)
        talk.end(isChained: isChained && !piece.isFrame)
        return piece.ordinal == 1 ? talk.takeFields() : [:]
    }

    /// Makes events of what was read.
    func emit(_ piece: SourcePiece, _ original: Span<UInt8>, into output: inout LineOutput) {
        output.origin = EnvelopeName.clean(
            talk.clientVersion.map { "\(talk.client)/\($0)" } ?? talk.client)
        let holder = talk.acts.firstIndex { $0.isHolder }
        if holder == nil {
            output.emitMain(
                .importLine, branch: talk.branches[talk.current].name,
                onBehalf: talk.clientActor
            ) { data in
                data.member("line", piece.ordinal)
                data.member("why", ifPresent: talk.why)
                piece.note.write(to: &data)
                data.original(original)
            }
        }
        for (index, act) in talk.acts.enumerated() {
            guard index == holder else {
                output.emit(
                    act.kind, branch: act.branch, onBehalf: act.onBehalf, reason: act.reason
                ) { data in
                    for (name, field) in act.fields {
                        data.member(name, field, isPointing: false)
                    }
                }
                continue
            }
            output.emitMain(act.kind, branch: act.branch, onBehalf: act.onBehalf) { data in
                for (name, field) in act.fields { data.member(name, field, isPointing: true) }
                data.member("line", piece.ordinal)
                piece.note.write(to: &data)
                data.original(original)
            }
        }
    }
}
