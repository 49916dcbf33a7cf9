internal import SessionJournal

extension TranscriptFormat {
    /// The dialogues of the Schema-Guided Dialogue data set: a JSON array of them a file, each with
    /// its turns and the state that the user's turns state.
    static let schemaGuided = TranscriptFormat(
        name: "schema-guided-dialogue", confidence: { _, _ in 0 }, session: { _, _ in nil },
        time: { _, _ in nil }, reader: { .lines },
        document: DocumentFormat(
            isOurs: { document, bytes in
                guard let root = document.root, root.kind == .array,
                    let first = document.elements(of: root).first(where: { _ in true })
                else { return false }
                return SchemaGuidedDialogue.name(of: first, document, bytes) != nil
            },
            sessions: { document, bytes in
                guard let root = document.root else { return [] }
                return document.elements(of: root).compactMap { element in
                    SchemaGuidedDialogue.name(of: element, document, bytes).map { ($0, element) }
                }
            },
            read: { value, output in SchemaGuidedDialogue(value).write(to: &output) }),
        title: "Schema-Guided Dialogue", place: "dialogues_*.json")
}

/// A format whose files are one JSON document over several lines that holds many sessions.
///
/// The document is kept as it is, byte for byte, in a session of the file's own; its sessions are
/// made of what it says.
struct DocumentFormat: Sendable {
    /// Whether a document is of the format.
    let isOurs: @Sendable (JSONDocument, Span<UInt8>) -> Bool

    /// The sessions that a document holds, by their names.
    let sessions: @Sendable (JSONDocument, Span<UInt8>) -> [(name: String, JSONDocument.Node)]

    /// Makes the events of a session, behind its creation.
    let read: @Sendable (JSONValue, inout LineOutput) -> Void
}
