#if Stores
internal import SessionJournal

/// A dump that `pg_dump` wrote as text: the columns of its tables, and the rows in its `COPY` blocks.
struct PostgresDump {
    /// What values of a column are.
    enum Kind: Sendable {
        case text, integer, bytes

        /// What it is in SQLite.
        var affinity: String {
            switch self {
            case .text: "TEXT"
            case .integer: "INTEGER"
            case .bytes: "BLOB"
            }
        }

        fileprivate init(_ type: Substring) {
            switch type.lowercased().split(whereSeparator: { " (,".contains($0) }).first {
            case "integer", "bigint", "smallint", "serial", "bigserial": self = .integer
            case "bytea": self = .bytes
            default: self = .text
            }
        }
    }

    /// A value of a row.
    enum Value: Sendable {
        case null
        case text([UInt8])
        case bytes([UInt8])
    }

    /// What a line of the dump is to whoever reads it.
    enum Item {
        /// A table with columns.
        case table(String, [(name: String, kind: Kind)])
        /// Rows begin, of some columns of a table.
        case rows(String, [String])
        /// A row.
        case row([Value])
        /// A row of a table that stands in a statement, which is not read.
        case statement(String)
    }

    /// The longest line that is read, in bytes: a value in hexadecimal digits takes two a byte.
    private static let lineLimit = 160 << 20

    /// The most columns of a table.
    private static let columnLimit = 1_600

    private var window: FileWindow
    private let path: String
    private var cursor = 0

    /// The columns of the table whose definition, or whose rows, are being read.
    private var table: (name: String, columns: [(name: String, kind: Kind)])?
    private var kinds: [String: [String: Kind]] = [:]
    private var copied: [Kind]?

    init(_ file: FileWalk.File) throws(TranscriptError) {
        window = try FileWindow(path: file.place, size: file.size)
        path = file.path
    }

    /// The next thing that the dump says; nil at its end.
    mutating func next() throws(TranscriptError) -> Item? {
        while let line = try line() {
            if let copied {
                if line == Array("\\.".utf8) {
                    self.copied = nil
                    continue
                }
                return .row(try row(line, copied))
            }
            let isStatement = line.count < 1 << 16
            guard isStatement else { continue }
            let text = String(decoding: line, as: UTF8.self)
            if let item = define(text) ?? begin(text) { return item }
        }
        return nil
    }

    // MARK: Lines

    private mutating func line() throws(TranscriptError) -> [UInt8]? {
        var searched = cursor
        while true {
            if let end = window.bytes[searched...].firstIndex(of: 0x0A) {
                let line = Array(window.bytes[cursor..<end])
                cursor = end + 1
                if cursor > 1 << 20 {
                    window.discard(before: cursor)
                    cursor = 0
                }
                return line.last == 0x0D ? line.dropLast() : line
            }
            searched = window.bytes.count
            guard !window.isAtEnd else {
                guard cursor < window.bytes.count else { return nil }
                defer { cursor = window.bytes.count }
                return Array(window.bytes[cursor...])
            }
            guard searched - cursor <= Self.lineLimit else {
                throw TranscriptError(
                    .archive,
                    "\(path) has a row above \(Self.lineLimit >> 20) MiB, which is not read. Dump "
                        + "without it.", path: path)
            }
            try window.fill()
        }
    }

    // MARK: Statements

    /// Follows the definition of a table.
    private mutating func define(_ line: String) -> Item? {
        if line.hasPrefix("CREATE TABLE "), line.hasSuffix(" (") {
            let name = line.dropFirst(13).dropLast(2).trimmingPrefix("IF NOT EXISTS ")
            table = (Self.table(name), [])
            return nil
        }
        guard let found = table else { return nil }
        if line.hasPrefix(")") {
            table = nil
            kinds[found.name] = Dictionary(
                found.columns.map { ($0.name, $0.kind) }, uniquingKeysWith: { first, _ in first })
            return .table(found.name, found.columns)
        }
        var rest = line.drop { $0 == " " }
        guard let name = Self.name(&rest), name != "CONSTRAINT",
            found.columns.count < Self.columnLimit
        else { return nil }
        table?.columns.append((name, Kind(rest.drop { $0 == " " })))
        return nil
    }

    private mutating func begin(_ line: String) -> Item? {
        if line.hasPrefix("INSERT INTO ") {
            return .statement(Self.table(line.dropFirst(12).prefix { $0 != " " }))
        }
        guard line.hasPrefix("COPY "), line.hasSuffix(") FROM stdin;"),
            let open = line.firstIndex(of: "(")
        else { return nil }
        let name = Self.table(line[line.index(line.startIndex, offsetBy: 5)..<open])
        var rest = line[line.index(after: open)...]
        var columns: [String] = []
        while columns.count < Self.columnLimit, let column = Self.name(&rest) {
            columns.append(column)
            guard rest.first == "," else { break }
            rest = rest.dropFirst().drop { $0 == " " }
        }
        copied = columns.map { kinds[name]?[$0] ?? .text }
        return .rows(name, columns)
    }

    /// The name of a table, without that of its schema.
    private static func table(_ text: Substring) -> String {
        var rest = text.drop { $0 == " " }
        var last = ""
        while let part = name(&rest) {
            last = part
            guard rest.first == "." else { break }
            rest = rest.dropFirst()
        }
        return last
    }

    /// Takes a name off the front of a text: as it stands, or in quotation marks.
    private static func name(_ rest: inout Substring) -> String? {
        guard rest.first == "\"" else {
            let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }
            rest = rest.dropFirst(name.count)
            return name.isEmpty ? nil : String(name)
        }
        var name = ""
        rest = rest.dropFirst()
        while let next = rest.popFirst() {
            if next == "\"" {
                guard rest.first == "\"" else { return name }
                rest = rest.dropFirst()
            }
            name.append(next)
        }
        return nil
    }

    // MARK: Rows

    private func row(_ line: [UInt8], _ kinds: [Kind]) throws(TranscriptError) -> [Value] {
        var values: [Value] = []
        var start = 0
        while true {
            let end = line[start...].firstIndex(of: 0x09) ?? line.count
            let kind = values.count < kinds.count ? kinds[values.count] : .text
            values.append(Self.value(line[start..<end], kind))
            guard end < line.count, values.count <= Self.columnLimit else { break }
            start = end + 1
        }
        guard values.count == kinds.count else {
            throw TranscriptError(
                .archive,
                "\(path) has a row with \(values.count) values where its table has "
                    + "\(kinds.count) columns. Dump it again.", path: path)
        }
        return values
    }

    private static func value(_ field: ArraySlice<UInt8>, _ kind: Kind) -> Value {
        if field.elementsEqual([UInt8(ascii: "\\"), UInt8(ascii: "N")]) { return .null }
        let text = field.contains(UInt8(ascii: "\\")) ? unescaped(field) : Array(field)
        guard case .bytes = kind, text.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "x")]),
            let bytes = hexadecimal(text.dropFirst(2))
        else { return .text(text) }
        return .bytes(bytes)
    }

    /// The bytes that pairs of hexadecimal digits spell; nil where they are none.
    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var index = digits.startIndex
        while index < digits.endIndex {
            guard let high = digit(digits[index]), let low = digit(digits[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
            index += 2
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// A field without its escapes, as `COPY` writes them.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(field.count)
        var index = field.startIndex
        while index < field.endIndex {
            let byte = field[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < field.endIndex else {
                text.append(byte)
                continue
            }
            let next = field[index]
            index += 1
            switch next {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "v"): text.append(0x0B)
            default: text.append(next)
            }
        }
        return text
    }
}
#endif
