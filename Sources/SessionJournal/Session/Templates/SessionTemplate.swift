/// What sessions can be made from: model, instructions, tools, metadata and limits, with places that
/// parameters fill.
///
/// ```json
/// {"name": "tea", "description": "Talks about tea.",
///  "parameters": [{"name": "kind", "required": true}, {"name": "heat", "type": "integer", "default": 80}],
///  "model": "m-1", "system_prompt": "You know all about {{kind}}.",
///  "metadata": {"tags": ["{{kind}}"], "heat": "{{heat}}"}, "max_messages": 100}
/// ```
///
/// A text that is nothing but `{{heat}}` becomes the parameter's value, of whatever type; in a longer
/// text the value stands as text. Text around `{{` that is no place stays as it is.
///
/// Two ship with the library (``builtIn``); others are declared in a journal
/// (``JournalWriter/declareTemplate(_:reason:durability:)``). A version never changes: what is
/// declared anew is the next one.
public struct SessionTemplate: Hashable, Sendable {
    /// Its name.
    public let name: String

    /// Its version, from 1; nil for one that is not declared yet and takes the next.
    public internal(set) var version: Int64?

    /// What it is for.
    public let text: String

    /// What can be given when a session is made from it: name, type, default, constraints, as for a
    /// field of metadata. One that is required has no default.
    public let parameters: [MetadataField]

    /// The members that sessions get, as they were declared: `provider`, `model`, `system_prompt`,
    /// `middleware`, `functions`, `max_messages`, `metadata`, `limits`.
    public let content: JSONObject

    /// The template that JSON declares.
    ///
    /// - Throws: ``JournalError/Code/invalidArgument``, which names all that is wrong with it.
    public init(_ json: JSONValue) throws(JournalError) {
        var problems: [String] = []
        let found = Self.read(json, &problems)
        guard problems.isEmpty, let found else {
            throw JournalError(
                .invalidArgument, "this is no template: " + problems.joined(separator: "; "))
        }
        self = found
    }

    /// The template that an event declares; nil where that makes no sense.
    init?(declared data: JSONValue) {
        var problems: [String] = []
        guard let found = Self.read(data, &problems), problems.isEmpty, found.version != nil else {
            return nil
        }
        self = found
    }

    private init(
        name: String, version: Int64?, text: String, parameters: [MetadataField],
        content: JSONObject
    ) {
        self.name = name
        self.version = version
        self.text = text
        self.parameters = parameters
        self.content = content
    }

    /// The name with the version, by which ``Journal/template(_:at:)`` finds this one: `tea@2`.
    public var reference: String { version.map { "\(name)@\($0)" } ?? name }

    /// The form that ``init(_:)`` reads.
    public var json: JSONObject {
        var object: JSONObject = ["name": .string(name)]
        object["version"] = version.map { .integer($0) }
        if !text.isEmpty { object["description"] = .string(text) }
        object.append(
            "parameters",
            .array(
                parameters.map { field in
                    var object = field.declaration
                    object["scope"] = nil
                    return .object(object)
                }))
        for member in content { object.append(member.name, member.value) }
        return object
    }
}

extension SessionTemplate {
    /// The largest name, in bytes.
    static let nameSize = 255

    /// What the members that sessions get must be, in words; those that nothing else may stand for.
    private static let members:
        [(name: String, words: String, fits: @Sendable (JSONValue) -> Bool)] = [
            ("provider", "a text", { $0.string != nil }),
            ("model", "a text", { $0.string != nil }),
            ("system_prompt", "a text", { $0.string != nil }),
            ("middleware", "a list", { $0.array != nil }),
            ("functions", "a list", { $0.array != nil }),
            (
                "max_messages", "a number from 0 on, or a place",
                { $0.integer.map { $0 >= 0 } ?? ($0.string != nil) }
            ),
            ("metadata", "an object", { $0.object != nil }),
            ("limits", "an object", { $0.object != nil }),
        ]

    private static func read(_ json: JSONValue, _ problems: inout [String]) -> SessionTemplate? {
        guard let object = json.object else {
            problems.append("it is no object")
            return nil
        }
        let name = object["name"]?.string ?? ""
        if let problem = MetadataField.problem(withName: name) {
            problems.append("its name \(problem)")
        } else if name.contains("@") || name.utf8.count > nameSize {
            problems.append("its name holds an @ or is longer than \(nameSize) bytes")
        }
        let version = object["version"]?.integer
        if object["version"] != nil, version ?? 0 < 1 {
            problems.append("its version is no number from 1 on")
        }
        if let text = object["description"], text.string == nil {
            problems.append("“description” is no text")
        }
        let parameters = parameters(object["parameters"], &problems)
        var content: JSONObject = [:]
        for (name, words, fits) in members {
            guard let value = object[name], !value.isNull else { continue }
            if !fits(value) { problems.append("“\(name)” is not \(words)") }
            content.append(name, value)
        }
        let known = Set(members.map(\.name) + ["name", "version", "description", "parameters"])
        for name in object.names where !known.contains(name) {
            problems.append("“\(name)” is nothing that a template has")
        }
        if let limits = content["limits"]?.object {
            let known: Set = ["max_events", "max_bytes", "max_messages", "action"]
            for name in limits.names where !known.contains(name) {
                problems.append("“\(name)” is no limit")
            }
        }
        let names = Set(parameters.map(\.name))
        for place in TemplatePlaces.names(in: .object(content)) where !names.contains(place) {
            problems.append("the place {{\(place)}} has no parameter")
        }
        return SessionTemplate(
            name: name, version: version, text: object["description"]?.string ?? "",
            parameters: parameters, content: content)
    }

    private static func parameters(
        _ json: JSONValue?, _ problems: inout [String]
    ) -> [MetadataField] {
        guard let json else { return [] }
        guard let list = json.array else {
            problems.append("“parameters” is no list")
            return []
        }
        var parameters: [MetadataField] = []
        for value in list {
            var declaration = value.object ?? [:]
            if declaration["type"] == nil { declaration["type"] = "string" }
            guard let field = MetadataField(read: .object(declaration)) else {
                problems.append(
                    "the parameter \(value.brief) has no name, or no type that there is")
                continue
            }
            for problem in field.problemsOfForm {
                problems.append("the parameter “\(field.name)”: \(problem)")
            }
            if !TemplatePlaces.isName(field.name) {
                problems.append(
                    "the parameter “\(field.name)” is not made of letters, digits, _ and -")
            }
            if parameters.contains(where: { $0.name == field.name }) {
                problems.append("the parameter “\(field.name)” stands twice")
            }
            parameters.append(field)
        }
        return parameters
    }
}

/// The template that a session was made from, as its creation says it.
public struct TemplateUse: Hashable, Sendable {
    /// The template's name.
    public let name: String
    /// Its version.
    public let version: Int64
    /// The parameters with the values that they had, defaults included.
    public let parameters: JSONObject

    init(name: String, version: Int64, parameters: JSONObject) {
        self.name = name
        self.version = version
        self.parameters = parameters
    }

    /// What an event says of one; nil where that makes no sense.
    init?(_ json: JSONValue) {
        guard let name = json["name"]?.string, let version = json["version"]?.integer else {
            return nil
        }
        self.init(
            name: name, version: version, parameters: json["parameters"]?.object ?? [:])
    }

    /// What `show --json` prints of it.
    public var json: JSONValue {
        [
            "name": .string(name), "version": .integer(version),
            "parameters": .object(parameters),
        ]
    }
}
