internal import SessionJournal

/// What a line repeats of the lines before it, referred to and not copied.
///
/// A rollout of Codex writes, with each compaction, the whole history that the model goes on with:
/// items that stood in lines of their own. A checkpoint of LangGraph holds all messages so far. Such
/// a line is stored without them, and this says where they are, in the order of the history.
///
/// ```
/// "history":[[3,40],2,[55,1,0]]
/// ```
///
/// `[3,40]`: the items of all lines from number 3 to number 40. `2`: two items that the line still
/// holds. `[55,1,0]`: the item at place 1, counted from 0, of those that line 55 holds.
struct PieceHistory: Sendable, Equatable {
    enum Run: Sendable, Equatable {
        /// The items of all lines of a range of numbers.
        case lines(ClosedRange<Int>)
        /// An item of the history that a line holds.
        case element(line: Int, place: Int)
        /// So many items that the line holds itself.
        case own(Int)
    }

    var runs: [Run] = []

    /// The largest number of a line.
    private static let limit = 1 << 40

    init() {}

    func write(to data: inout DataWriter) {
        data.array("history") { array in
            for run in runs {
                switch run {
                case .lines(let range): array.element([range.lowerBound, range.upperBound])
                case .element(let line, let place): array.element([line, place, 0])
                case .own(let count): array.element(count)
                }
            }
        }
    }

    /// The history that an event's member spells; nil where it spells none.
    init?(_ value: JSONValue) {
        guard let elements = value.array else { return nil }
        for element in elements {
            if let count = element.integer {
                guard count > 0, count < Self.limit else { return nil }
                runs.append(.own(Int(count)))
                continue
            }
            guard let first = element[0]?.integer, let second = element[1]?.integer, first >= 1,
                first < Self.limit, second >= 0, second < Self.limit
            else { return nil }
            if element.array?.count == 3 {
                runs.append(.element(line: Int(first), place: Int(second)))
            } else {
                guard first <= second else { return nil }
                runs.append(.lines(Int(first)...Int(second)))
            }
        }
    }

    /// What tells a line that is stored without what it repeats from others.
    func key(of value: Span<UInt8>) -> PieceKey {
        var data = DataWriter()
        write(to: &data)
        let own = data.finish()
        return PieceKey(after: PieceKey(own.span), PieceKey(value))
    }

    /// The line as it stood in its file.
    ///
    /// - Parameters:
    ///   - value: What is stored of it.
    ///   - line: Hands out what is stored of another line; nil where that is no JSON.
    func bytes(
        of value: Span<UInt8>, _ line: (Int) async throws -> [UInt8]?
    ) async throws -> [UInt8] {
        let stored = [UInt8](copying: value)
        var document = JSONDocument()
        try document.parse(stored.span)
        guard let node = HistoryShape.history(of: document, stored.span) else { return stored }
        let own = document.elements(of: node).map { document.range(of: $0) }
        var items: [[UInt8]] = []
        var next = 0
        for run in runs {
            switch run {
            case .own(let count):
                for range in own.dropFirst(next).prefix(count) {
                    items.append(Array(stored[range]))
                }
                next += count
            case .element(let number, let place):
                guard let other = try await line(number) else { continue }
                items += Self.element(place, of: other)
            case .lines(let range):
                for number in range {
                    if let other = try await line(number) { items += Self.item(of: other) }
                }
            }
        }
        let range = document.range(of: node)
        return Array(stored[..<range.lowerBound]) + [UInt8(ascii: "[")]
            + Array(items.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: "]")]
            + Array(stored[range.upperBound...])
    }

    private static func item(of line: [UInt8]) -> [[UInt8]] {
        var document = JSONDocument()
        guard (try? document.parse(line.span)) != nil else { return [] }
        return HistoryShape.item(of: document, line.span).map { [Array(line[$0])] } ?? []
    }

    private static func element(_ place: Int, of line: [UInt8]) -> [[UInt8]] {
        var document = JSONDocument()
        guard (try? document.parse(line.span)) != nil,
            let node = HistoryShape.history(of: document, line.span),
            let element = document.element(place, of: node)
        else { return [] }
        return [Array(line[document.range(of: element)])]
    }
}

/// How lines repeat others: where the item of a line stands, and where the history of another.
enum HistoryShape {
    /// Whether a line holds something that others may repeat.
    static func isSource(_ document: JSONDocument, _ bytes: Span<UInt8>) -> Bool {
        item(of: document, bytes) != nil || history(of: document, bytes) != nil
    }

    /// The item of a line; nil for a line that is none.
    static func item(
        of document: JSONDocument, _ bytes: Span<UInt8>
    ) -> Range<Int>? {
        guard let root = document.root,
            document.string("type", of: root, in: bytes) == "response_item",
            let payload = document.member("payload", of: root, in: bytes)
        else { return nil }
        return document.range(of: payload)
    }

    /// The history of a line, an array; nil for a line that has none.
    static func history(
        of document: JSONDocument, _ bytes: Span<UInt8>
    ) -> JSONDocument.Node? {
        guard let root = document.root else { return nil }
        if let row = document.member("row", of: root, in: bytes) {
            return messages(of: row, document, bytes)
        }
        guard document.string("type", of: root, in: bytes) == "compacted" else { return nil }
        let history = find(["payload", "replacement_history"], below: root, document, bytes)
        return history?.kind == .array ? history : nil
    }

    /// The messages that a checkpoint of LangGraph holds, or the value of its channel: of the graph
    /// itself, and not of one within it.
    private static func messages(
        of row: JSONDocument.Node, _ document: JSONDocument, _ bytes: Span<UInt8>
    ) -> JSONDocument.Node? {
        guard document.string("checkpoint_ns", of: row, in: bytes) == "" else { return nil }
        let isChannel =
            document.string("channel", of: row, in: bytes) == "messages"
            && document.member("version", of: row, in: bytes) != nil
        let path = isChannel ? ["blob"] : ["checkpoint", "channel_values", "messages"]
        guard let held = find(path, below: row, document, bytes) else { return nil }
        if held.kind == .array { return held }
        // The snapshot of a channel that is kept by deltas.
        let list = find(["value"], below: held, document, bytes)
        return list?.kind == .array ? list : nil
    }

    private static func find(
        _ path: [String], below node: JSONDocument.Node, _ document: JSONDocument,
        _ bytes: Span<UInt8>
    ) -> JSONDocument.Node? {
        var found: JSONDocument.Node? = node
        for name in path {
            found = found.flatMap { document.member(name, of: $0, in: bytes) }
        }
        return found
    }

    /// Whether an element of a history can be referred to: of LangGraph's messages only where it has
    /// an id, for without one the same words twice are two messages.
    static func isReferable(
        _ element: JSONDocument.Node, _ document: JSONDocument, _ bytes: Span<UInt8>
    ) -> Bool {
        guard let root = document.root, document.member("row", of: root, in: bytes) != nil else {
            return true
        }
        let packed = document.member("value", of: element, in: bytes)
        let fields =
            packed.flatMap { document.element(2, of: $0) }
            ?? document.member("kwargs", of: element, in: bytes) ?? element
        return document.member("id", of: fields, in: bytes)?.kind == .string
    }
}

/// The items of a session, by what they are.
struct HistoryIndex: Sendable {
    /// Where an item stands, in one number: the line above bit 32, bit 31 for one of several that the
    /// line holds, and below it the place among those or, for the item of a line, its number among the
    /// items of all lines, from 1.
    private struct Place {
        let packed: Int

        private static let several = 1 << 31

        init(_ packed: Int) { self.packed = packed }

        /// Nil for numbers beyond any file's.
        private init?(line: Int, _ isOneOfSeveral: Bool, _ number: Int) {
            guard line < Self.several, number < Self.several else { return nil }
            packed = line << 32 | (isOneOfSeveral ? Self.several : 0) | number
        }

        init?(line: Int, element: Int) { self.init(line: line, true, element) }

        init?(line: Int, number: Int) { self.init(line: line, false, number) }

        var line: Int { packed >> 32 }

        /// The place among the items that a line with a history holds; nil for the item of a line.
        var element: Int? { packed & Self.several == 0 ? nil : packed & (Self.several - 1) }

        /// The number of the item among the items of lines; 0 for one of a history.
        var number: Int { packed & Self.several == 0 ? packed & (Self.several - 1) : 0 }
    }

    private var places = KeyTable()
    private var count = 0

    /// How much memory it takes, in bytes.
    var weight: Int { places.weight }

    /// Whether something that was known could not be read again.
    var hasLost: Bool { places.hasLost }

    /// Notes what a line holds, as it is stored.
    mutating func add(_ document: JSONDocument, _ bytes: Span<UInt8>, line: Int) {
        if let item = HistoryShape.item(of: document, bytes) {
            count += 1
            let key = PieceKey(bytes.extracting(item))
            if places[key] == nil { places[key] = Place(line: line, number: count)?.packed }
        } else if let history = HistoryShape.history(of: document, bytes) {
            for (index, element) in document.elements(of: history).enumerated() {
                let key = PieceKey(bytes.extracting(document.range(of: element)))
                if places[key] == nil, HistoryShape.isReferable(element, document, bytes) {
                    places[key] = Place(line: line, element: index)?.packed
                }
            }
        }
    }

    /// A line without what it repeats, and what that is; nil for a line that repeats nothing.
    ///
    /// - Parameter last: The number of the last line that it can repeat.
    func reduce(
        _ document: JSONDocument, _ bytes: Span<UInt8>, upTo last: Int
    ) -> (value: [UInt8], history: PieceHistory)? {
        guard let node = HistoryShape.history(of: document, bytes) else { return nil }
        var history = PieceHistory()
        var own: [UInt8] = []
        var number = -1
        var isReduced = false
        var whole: [UInt8] = [UInt8(ascii: "[")]
        for element in document.elements(of: node) {
            let item = bytes.extracting(document.range(of: element))
            if whole.count > 1 { whole.append(UInt8(ascii: ",")) }
            whole.append(copying: item)
            guard let place = places[PieceKey(item)].map(Place.init), place.line <= last else {
                if !own.isEmpty { own.append(UInt8(ascii: ",")) }
                own.append(copying: item)
                number = -1
                if case .own(let count)? = history.runs.last {
                    history.runs[history.runs.count - 1] = .own(count + 1)
                } else {
                    history.runs.append(.own(1))
                }
                continue
            }
            isReduced = true
            if let element = place.element {
                history.runs.append(.element(line: place.line, place: element))
                number = -1
            } else if number >= 0, place.number == number + 1,
                case .lines(let range)? = history.runs.last
            {
                history.runs[history.runs.count - 1] = .lines(range.lowerBound...place.line)
                number = place.number
            } else {
                history.runs.append(.lines(place.line...place.line))
                number = place.number
            }
        }
        whole.append(UInt8(ascii: "]"))
        let range = document.range(of: node)
        // With white space in it, it would not come back.
        guard isReduced, whole.count == range.count,
            PieceKey(whole.span) == PieceKey(bytes.extracting(range))
        else { return nil }
        var value = [UInt8](copying: bytes.extracting(0..<range.lowerBound))
        value.append(UInt8(ascii: "["))
        value += own
        value.append(UInt8(ascii: "]"))
        value.append(copying: bytes.extracting(range.upperBound..<bytes.count))
        return (value, history)
    }
}
