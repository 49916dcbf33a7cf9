extension JournalWriter {
    /// Creates a session.
    ///
    /// Its `session.created` event holds every built-in field of metadata with its default, or with
    /// the value given here, and then the fields that are not built in.
    ///
    /// - Parameters:
    ///   - key: The caller's own name for the session, unique in the journal; every call and command
    ///     that takes a session takes it. Nil for none.
    ///   - metadata: Fields and their first values.
    ///   - occurred: When the session began, where that is not now.
    ///   - source: Where the session comes from, as an importer says it.
    ///   - limits: What it may hold at most; nil for any amount.
    ///   - durability: What the answer promises.
    /// - Returns: The session's id.
    /// - Throws: ``JournalError/Code/sessionExists``, which names the session that has the key, and
    ///   ``JournalError/Code/invalidMetadata``, which names every field that is wrong.
    public func createSession(
        key: String? = nil, metadata: JSONObject = [:], occurred: Timestamp? = nil,
        source: JSONValue? = nil, limits: SessionLimits? = nil,
        durability: Durability = .durable
    ) async throws -> SessionID {
        let schema = try await journal.schema()
        let problems = schema.problems(ofNew: metadata)
        guard problems.isEmpty else { throw JournalError.invalidMetadata(problems) }
        let session = journal.newSessionID()
        let draft = sessionCreation(
            key: key, metadata: metadata, schema: schema, occurred: occurred, source: source,
            limits: limits)
        try await append(draft, to: session, if: .version(0), durability: durability)
        return session
    }

    /// The event that creates a session, for a batch that creates one and says something in it. The
    /// metadata is taken as it is given, whatever a schema says of it: an import is not refused.
    ///
    /// - Parameters:
    ///   - key: The caller's own name for the session.
    ///   - metadata: Fields and their first values.
    ///   - schema: The fields that there are.
    ///   - occurred: When the session began, where that is not now.
    ///   - source: Where the session comes from, as an importer says it.
    ///   - limits: What it may hold at most; nil for any amount.
    ///   - template: The template that it is made from.
    public func sessionCreation(
        key: String? = nil, metadata: JSONObject = [:], schema: MetadataSchema = .builtIn,
        occurred: Timestamp? = nil, source: JSONValue? = nil, limits: SessionLimits? = nil,
        template: TemplateUse? = nil
    ) -> EventDraft {
        var data: JSONObject = [:]
        if let key { data.append("key", .string(key)) }
        data.append("schema", .integer(MetadataField.schemaVersion))
        let fields = schema.initialValues(
            given: metadata, at: occurred ?? journal.options.clock())
        data.append("metadata", .object(fields))
        let branchNames = schema.branchNames(among: fields.names)
        if !branchNames.isEmpty {
            data.append("branch_fields", .array(branchNames.map { .string($0) }))
        }
        if let source { data.append("source", source) }
        if let limits, !limits.isNone { data.append("limits", .object(limits.json)) }
        if let template { data.append("template", template.json) }
        var draft = EventDraft(.sessionCreated, data: EventData(data))
        draft.occurred = occurred
        return draft
    }
}
