extension Message {
    /// A message whose events are lost: its place in the tree is all that is known.
    init(lostAt sequence: UInt64) {
        id = "@\(sequence)"
        parent = nil
        missingParent = nil
        role = nil
        branch = EventDraft.mainBranch
        self.sequence = sequence
        time = .earliest
        occurred = nil
        actor = nil
        model = nil
        synthetic = nil
        references = []
        isWithheld = true
        state = .complete
        metadata = [:]
        branchPlace = nil
    }

    /// A message of which only the entry line, or no sensible content, is left.
    init(unreadable event: Event) {
        id = "@\(event.sequence)"
        parent = nil
        missingParent = nil
        role = nil
        branch = event.branch ?? EventDraft.mainBranch
        sequence = event.sequence
        time = event.time
        occurred = event.occurred
        actor = event.actor
        model = nil
        synthetic = nil
        references = []
        isWithheld = true
        state = .complete
        metadata = [:]
        branchPlace = nil
    }

    init(
        id: String, _ event: Event, _ reader: DataReader, branch: Int, session: SessionID?,
        keepsContent: Bool, inPlaceOf erased: Message? = nil
    ) {
        self.id = id
        parent = MessageReference(reader.value("parent"))?.local(to: session)
        missingParent = reader.string("missing_parent")
        role = reader.string("role").map { Role(rawValue: $0) }
        self.branch = event.branch ?? EventDraft.mainBranch
        sequence = erased?.sequence ?? event.sequence
        time = erased?.time ?? event.time
        // Who said an erased one, and when by their clock, went with it.
        occurred = erased == nil ? event.occurred : nil
        actor = erased == nil ? event.actor : nil
        model = reader.string("model")
        synthetic = reader.string("synthetic")
        references =
            reader.value("references")?.array?.compactMap {
                MessageReference($0)?.local(to: session)
            } ?? []
        isWithheld = false
        state = reader.bool("streaming") == true ? .partial : .complete
        metadata = reader.value("metadata")?.object ?? [:]
        branchPlace = branch
        if keepsContent { events = [event] }
    }
}
