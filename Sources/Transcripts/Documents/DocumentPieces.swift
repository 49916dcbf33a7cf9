internal import SessionJournal

/// One stretch of a document: an entry, or a frame.
struct DocumentPiece: Sendable {
    /// Where it stands in the file's bytes.
    var range: Range<Int>
    var place: PieceNote.Place
    /// The session it belongs to, by its place among the document's; nil for what stands between
    /// them.
    var session: Int?
    /// JSON that makes it a value: in front, and behind.
    var open: [UInt8] = []
    var close: [UInt8] = []
}

/// Takes a document apart into stretches, in the order of the file.
struct DocumentPieces {
    private(set) var pieces: [DocumentPiece] = []

    private let document: JSONDocument
    private let base: Int

    /// - Parameters:
    ///   - document: The parsed document, whose offsets count from `base`.
    ///   - bytes: What was parsed.
    ///   - base: Where that stands in the file.
    init(
        _ document: JSONDocument, _ bytes: Span<UInt8>, base: Int,
        sessions: [DocumentShape.Session]
    ) {
        self.document = document
        self.base = base
        for (index, session) in sessions.enumerated() { add(session, index, bytes) }
    }

    private mutating func add(
        _ session: DocumentShape.Session, _ index: Int, _ bytes: Span<UInt8>
    ) {
        let whole = document.range(of: session.node)
        var start = whole.lowerBound
        var open: [UInt8] = []
        let containers = session.containers.filter { !isEmpty($0) }
            .sorted { document.range(of: $0).lowerBound < document.range(of: $1).lowerBound }
        for container in containers {
            let range = document.range(of: container)
            guard let path = path(to: container, from: session.node, bytes) else { continue }
            add(
                .frame, start..<range.lowerBound + 1, index, open: open,
                close: [bytes[range.upperBound - 1]] + path.close)
            addEntries(of: container, index, bytes)
            start = range.upperBound - 1
            open = path.open + [bytes[range.lowerBound]]
        }
        add(.frame, start..<whole.upperBound, index, open: open, close: [])
        // Brackets that close say nothing: they belong to the white space.
        let behind = bytes.extracting(start..<whole.upperBound)
        if start > whole.lowerBound, behind.count <= Self.gapLimit, behind.isClosing {
            pieces.removeLast()
        }
    }

    /// The longest end of a session that counts as white space, in bytes.
    private static let gapLimit = 64

    private func isEmpty(_ container: JSONDocument.Node) -> Bool {
        container.kind == .array
            ? !document.elements(of: container).contains { _ in true }
            : !document.members(of: container).contains { _ in true }
    }

    private mutating func addEntries(
        of container: JSONDocument.Node, _ session: Int, _ bytes: Span<UInt8>
    ) {
        if container.kind == .array {
            for element in document.elements(of: container) {
                add(.entry, document.range(of: element), session)
            }
        } else {
            for (key, value) in document.members(of: container) {
                let start = document.range(of: key).lowerBound
                add(
                    .entry, start..<document.range(of: value).upperBound, session,
                    open: [UInt8(ascii: "{")], close: [UInt8(ascii: "}")])
            }
        }
    }

    private mutating func add(
        _ place: PieceNote.Place, _ range: Range<Int>, _ session: Int, open: [UInt8] = [],
        close: [UInt8] = []
    ) {
        pieces.append(
            DocumentPiece(
                range: base + range.lowerBound..<base + range.upperBound, place: place,
                session: session, open: open, close: close))
    }

    /// What leads to a container: what is opened on the way, and what closes it again.
    private func path(
        to target: JSONDocument.Node, from node: JSONDocument.Node, _ bytes: Span<UInt8>
    ) -> (open: [UInt8], close: [UInt8])? {
        var open: [UInt8] = []
        var close: [UInt8] = []
        var node = node
        let end = document.range(of: target).upperBound
        while node != target {
            switch node.kind {
            case .object:
                guard
                    let (key, value) = document.members(of: node).first(where: {
                        document.range(of: $0.value).upperBound >= end
                    })
                else { return nil }
                open.append(UInt8(ascii: "{"))
                open.append(copying: bytes.extracting(document.range(of: key)))
                open.append(UInt8(ascii: ":"))
                close.insert(UInt8(ascii: "}"), at: 0)
                node = value
            case .array:
                guard
                    let element = document.elements(of: node).first(where: {
                        document.range(of: $0).upperBound >= end
                    })
                else { return nil }
                open.append(UInt8(ascii: "["))
                close.insert(UInt8(ascii: "]"), at: 0)
                node = element
            default: return nil
            }
        }
        return (open, close)
    }
}

extension Span<UInt8> {
    /// Whether there is nothing but closing brackets and white space.
    fileprivate var isClosing: Bool {
        indices.allSatisfy {
            self[$0].isJSONSpace || self[$0] == UInt8(ascii: "]") || self[$0] == UInt8(ascii: "}")
        }
    }
}
