#if Search
import SessionJournal
import SessionSearch

/// Rows of SQL as people, spreadsheets and scripts read them, printed as they come.
struct SQLOutput {
    let console: Console
    let isJSON: Bool
    let isCSV: Bool

    /// So many rows are aligned with each other.
    private static let blockCount = 200
    private static let cellLimit = 80

    func print(_ rows: SQLRows) async throws {
        if isCSV { try console.line(csv: rows.columns) }
        var block: [[SQLValue]] = []
        for try await row in rows {
            if isJSON {
                var object = JSONObject()
                for (name, value) in zip(rows.columns, row) { object.append(name, value.json) }
                try console.json(row: .object(object))
            } else if isCSV {
                try console.line(csv: row.map { $0.text ?? "" })
            } else {
                block.append(row)
                guard block.count == Self.blockCount else { continue }
                try print(block, rows.columns)
                block = []
            }
        }
        if !block.isEmpty { try print(block, rows.columns) }
    }

    /// The widest column gives way where the line is too short.
    private func print(_ rows: [[SQLValue]], _ columns: [String]) throws {
        let cells = rows.map { row in
            row.map { value in
                value.text.map { Shown(Wrapping.flattened($0, limit: Self.cellLimit)) }
                    ?? "\("—", .quiet)"
            }
        }
        let widths = columns.indices.map { index in cells.map { $0[index].width }.max() ?? 0 }
        let widest = widths.indices.max { widths[$0] < widths[$1] }
        var table = Table(
            columns.indices.map { index in
                .init(
                    title: "\(columns[index])",
                    isRight: rows.allSatisfy { $0[index].isNumberOrNull },
                    isFlexible: index == widest)
            })
        for row in cells { table.add(row) }
        for line in table.lines(width: console.columns) { try console.line(line) }
    }

    /// The tables that there are.
    func printTables() throws {
        if isCSV { try console.line(csv: ["table", "column", "type", "meaning"]) }
        for table in SearchTable.all {
            if isJSON || isCSV {
                for column in table.columns { try print(column, of: table) }
                continue
            }
            try console.line("\(table.name, .title)  \(table.meaning, .quiet)")
            var lines = Table([
                .init(title: "  "), .init(title: "column"), .init(title: "type"),
                .init(title: "meaning", isFlexible: true),
            ])
            for column in table.columns {
                lines.add([
                    "  ", "\(column.name, .name)", "\(column.kind.rawValue)",
                    "\(column.meaning.filter { $0 != "`" })",
                ])
            }
            for line in lines.lines(width: console.columns, hasTitles: false) {
                try console.line(line)
            }
        }
    }

    private func print(_ column: SearchTable.Column, of table: SearchTable) throws {
        let cells = [table.name, column.name, column.kind.rawValue, column.meaning]
        guard isJSON else {
            try console.line(csv: cells)
            return
        }
        let names = ["table", "column", "type", "meaning"]
        try console.json(
            row: .object(JSONObject(zip(names, cells).map { ($0, .string($1)) })))
    }
}

extension SQLValue {
    fileprivate var isNumberOrNull: Bool {
        switch self {
        case .null, .integer, .real: true
        default: false
        }
    }

    /// As a person would type it; nil for null.
    fileprivate var text: String? {
        switch self {
        case .null: nil
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .text(let text): text
        case .blob(let bytes):
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .null: .null
        case .integer(let number): .integer(number)
        case .real(let number): JSONValue(number)
        default: JSONValue(text)
        }
    }
}
#endif
