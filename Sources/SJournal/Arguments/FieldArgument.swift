import SessionJournal

/// A field and its value as a command line gives them: `name=Green tea`, `limits:={"rows":5}`.
enum FieldArgument {
    static let positional = PositionalSpec(
        name: "FIELD=VALUE", count: .any,
        help: """
            A field and its value. After = a text stands as it is, a number, true, false and null as \
            JSON, a set as words between commas; after := any JSON. sjournal fields lists the fields.
            """)

    /// The values of several; of one that stands twice the last counts.
    static func values(
        _ arguments: some Sequence<String>, schema: MetadataSchema, command: String
    ) throws(UsageError) -> JSONObject {
        try values(arguments, command: command) { schema[$0] }
    }

    /// The same for anything that has the form of fields.
    static func values(
        _ arguments: some Sequence<String>, command: String, field: (String) -> MetadataField?
    ) throws(UsageError) -> JSONObject {
        var values: JSONObject = [:]
        for argument in arguments {
            let (name, value) = try parse(argument, field: field, command: command)
            values[name] = value
        }
        return values
    }

    private static func parse(
        _ argument: String, field: (String) -> MetadataField?, command: String
    ) throws(UsageError) -> (String, JSONValue) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
            throw UsageError(
                message: "\"\(argument)\" is no FIELD=VALUE; such as name=Tea", command: command)
        }
        let text = String(argument[argument.index(after: equals)...])
        let before = argument.index(before: equals)
        if argument[before] == ":" {
            let name = String(argument[..<before])
            guard let value = try? JSONValue(parsing: text) else {
                throw UsageError(
                    message: "what stands after \"\(name):=\" is no JSON; = takes a text as it is",
                    command: command)
            }
            return (name, value)
        }
        let name = String(argument[..<equals])
        return (name, value(of: text, for: field(name)))
    }

    /// What a text stands for in a field; a text where nothing else is meant, so that the schema
    /// says what is wrong with it.
    private static func value(of text: String, for field: MetadataField?) -> JSONValue {
        let parsed = try? JSONValue(parsing: text)
        switch field?.type {
        case .string?, .time?: return .string(text)
        case .level?: return parsed?.integer.map { .integer($0) } ?? .string(text)
        case .set?:
            if let parsed, parsed.array != nil { return parsed }
            return .array(
                text.split(separator: ",").map {
                    .string(String($0.drop { $0 == " " }))
                })
        case .integer?, .number?, .boolean?, .any?, nil: return parsed ?? .string(text)
        }
    }
}
