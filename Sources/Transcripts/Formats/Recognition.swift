internal import SessionJournal

/// What formats ask of a piece to recognise it: members of the outermost object and what they are.
struct Recognition {
    private let document: JSONDocument
    private let copy: [UInt8]

    init(_ document: JSONDocument, _ bytes: Span<UInt8>) {
        self.document = document
        copy = [UInt8](copying: bytes)
    }

    private func node(_ path: [String]) -> JSONDocument.Node? {
        guard var node = document.root else { return nil }
        let bytes = copy.span
        for name in path {
            let next =
                node.kind == .array
                ? Int(name).flatMap { document.element($0, of: node) }
                : document.member(name, of: node, in: bytes)
            guard let next else { return nil }
            node = next
        }
        return node
    }

    /// Whether there is a value at a path.
    func has(_ path: String...) -> Bool { node(path) != nil }

    /// Whether all members are there.
    func hasAll(_ names: [String]) -> Bool { names.allSatisfy { node([$0]) != nil } }

    /// The text of a string at a path that can be a name.
    func text(_ path: String...) -> String? {
        node(path).flatMap { document.name($0, in: copy.span) }
    }

    /// What a value at a path is.
    func kind(_ path: String...) -> JSONDocument.Kind? { node(path)?.kind }

    /// The text of a string at a path that can be a name.
    func text(at path: [String]) -> String? {
        node(path).flatMap { document.name($0, in: copy.span) }
    }

    /// What a value at a path is.
    func kind(at path: [String]) -> JSONDocument.Kind? { node(path)?.kind }

    /// What the outermost value is.
    var rootKind: JSONDocument.Kind? { document.root?.kind }
}

extension TranscriptFormat {
    /// A format that is read as a conversation.
    ///
    /// - Parameters:
    ///   - title: What people call it.
    ///   - place: Where they find its files.
    ///   - isChained: Whether entries and lines have no id, and are told apart by what precedes them.
    init(
        _ name: String, title: String, place: String, isChained: Bool = false,
        confidence: @escaping @Sendable (JSONDocument, Span<UInt8>) -> Double = { _, _ in 0 },
        session: @escaping @Sendable (JSONDocument, Span<UInt8>) -> String? = { _, _ in nil },
        time: @escaping @Sendable (JSONDocument, Span<UInt8>) -> Timestamp? = { document, bytes in
            document.rootText("timestamp", in: bytes).flatMap { Timestamp($0) }
        },
        shape: DocumentShape? = nil, reader: ConversationFormat
    ) {
        self.init(
            name: name, confidence: confidence, session: session, time: time,
            reader: { .conversation(ConversationReader(reader, isChained: isChained)) })
        self.title = title
        self.place = place
        self.shape = shape
        if isChained { self.isChained = { _, _, place in place != .frame } }
    }
}

extension DocumentShape {
    /// The shape of documents that hold one session.
    ///
    /// - Parameters:
    ///   - name: The path to the session's name.
    ///   - containers: The paths to the arrays and objects whose elements are entries.
    ///   - start: The paths to a time at which it began.
    init(
        name: [String]?, containers: [[String]], start: [[String]] = [], isLineable: Bool = false,
        confidence: @escaping @Sendable (JSONDocument, Span<UInt8>) -> Double
    ) {
        self.init(
            confidence: confidence,
            sessions: { document, bytes in
                guard let root = document.root else { return [] }
                return [
                    Session(
                        at: root, name: name, containers: containers, start: start, document, bytes)
                ]
            })
        self.isLineable = isLineable
    }
}

extension DocumentShape.Session {
    /// A session at a node, whose parts stand at paths below it.
    init(
        at node: JSONDocument.Node, name: [String]?, containers: [[String]], start: [[String]] = [],
        _ document: JSONDocument, _ bytes: Span<UInt8>
    ) {
        func find(_ path: [String]) -> JSONDocument.Node? {
            var found: JSONDocument.Node? = node
            for step in path {
                found = found.flatMap { value in
                    value.kind == .array
                        ? Int(step).flatMap { document.element($0, of: value) }
                        : document.member(step, of: value, in: bytes)
                }
            }
            return found
        }
        func container(_ path: [String]) -> JSONDocument.Node? {
            // An object that is the whole session holds members and no entries.
            find(path).flatMap { path.isEmpty && $0.kind != .array ? nil : $0 }
        }
        var began: Timestamp?
        var isNaive = false
        for path in start where began == nil {
            guard let source = find(path).map({ Sourced(document.value(of: $0, in: bytes)) })
            else { continue }
            began = source.time
            isNaive = source.string.map { Timestamp($0) == nil } ?? false
        }
        self.init(
            name.flatMap { find($0) }.flatMap { document.name($0, in: bytes) }, node,
            containers: containers.map { container($0) }, start: began)
        isStartNaive = isNaive
    }
}
