/// The fields that metadata has: the built-in ones, and those that were declared in the journal.
/// Got from ``Journal/schema(at:)``. A field that is neither may hold any JSON, and belongs to the
/// session.
public struct MetadataSchema: Hashable, Sendable {
    /// The fields that were declared, in the order in which they first were.
    public let declared: [MetadataField]

    private let places: [String: Int]

    /// The built-in fields alone.
    public static let builtIn = MetadataSchema(declared: [])

    /// The built-in fields and others. Of two of the same name the later counts; one that has the
    /// name of a built-in field is left out.
    public init(declared: [MetadataField]) {
        var fields: [MetadataField] = []
        var places: [String: Int] = [:]
        for field in declared where MetadataField.builtIn(field.name) == nil {
            if let place = places[field.name] {
                fields[place] = field
            } else {
                places[field.name] = fields.count
                fields.append(field)
            }
        }
        self.declared = fields
        self.places = places
    }

    /// All fields, the built-in ones first.
    public var fields: [MetadataField] { MetadataField.builtIn + declared }

    /// The field of a name; nil where there is none, so that any JSON may be its value.
    public subscript(name: String) -> MetadataField? {
        MetadataField.builtIn(name) ?? places[name].map { declared[$0] }
    }

    /// What is wrong with metadata, field by field, in the order of the fields; empty where nothing
    /// is.
    ///
    /// - Parameters:
    ///   - metadata: All of it, the merged result of a change.
    ///   - branch: The branch that it is of.
    public func problems(
        in metadata: JSONObject, on branch: String = EventDraft.mainBranch
    ) -> [MetadataProblem] {
        problems(in: metadata, on: branch, only: nil)
    }

    /// What is wrong with the metadata that a session is to begin with.
    func problems(ofNew given: JSONObject) -> [MetadataProblem] {
        var problems: [MetadataProblem] = []
        var merged = initialValues(given: given, at: .earliest)
        var seen: Set<String> = []
        for name in given.names where seen.insert(name).inserted {
            if let problem = MetadataField.problem(withName: name) {
                problems.append(
                    MetadataProblem(
                        field: name, branch: EventDraft.mainBranch, value: given[name],
                        problem: problem))
            }
        }
        if let archived = given[MetadataField.archived]?.bool,
            let status = given[MetadataField.status]?.string,
            archived != (status == SessionStatus.archived.rawValue)
        {
            problems.append(
                MetadataProblem(
                    field: MetadataField.archived, branch: EventDraft.mainBranch,
                    value: .bool(archived), problem: "says something else than “status”"))
        }
        if merged[MetadataField.turnCount] == nil { merged[MetadataField.turnCount] = 0 }
        return problems + self.problems(in: merged, on: EventDraft.mainBranch, only: nil)
    }

    /// - Parameters:
    ///   - metadata: All fields with their values.
    ///   - branch: The branch that they are of.
    ///   - scope: Only fields of that scope; nil for all.
    ///   - erased: Fields whose values were erased, and so are neither right nor wrong.
    func problems(
        in metadata: JSONObject, on branch: String, only scope: MetadataField.Scope?,
        besides erased: Set<String> = []
    ) -> [MetadataProblem] {
        fields.compactMap { field in
            guard scope == nil || field.scope == scope, !erased.contains(field.name) else {
                return nil
            }
            let value = metadata[field.name]
            return field.problem(with: value).map {
                MetadataProblem(
                    field: field.name,
                    branch: field.scope == .branch ? branch : EventDraft.mainBranch, value: value,
                    problem: $0)
            }
        }
    }

    /// The metadata that `session.created` stores: every field with the value given or the one it
    /// begins with, and then the fields given that are not declared. Of the derived fields,
    /// `turn_count` stands there where it was given, and `archived` as the `status` it means.
    ///
    /// - Parameters:
    ///   - given: The values that are not those a session begins with.
    ///   - time: When it began.
    public func initialValues(given: JSONObject = [:], at time: Timestamp) -> JSONObject {
        var values = JSONObject()
        for field in fields {
            switch field.name {
            case MetadataField.turnCount, MetadataField.archived:
                // No default: what stands there is what somebody said.
                guard let value = given[field.name] else { continue }
                if field.name == MetadataField.archived, value.bool != nil { continue }
                values.append(field.name, value)
            case MetadataField.lastModified:
                values.append(field.name, given[field.name] ?? .string(time.description))
            case MetadataField.status:
                let said = given[MetadataField.archived]?.bool
                let view = said == true ? SessionStatus.archived : .active
                values.append(field.name, given[field.name] ?? .string(view.rawValue))
            default:
                guard let value = given[field.name] ?? field.ownInitialValue else { continue }
                values.append(field.name, value)
            }
        }
        var seen: Set<String> = []
        for member in given where self[member.name] == nil && seen.insert(member.name).inserted {
            values.append(member.name, given[member.name] ?? member.value)
        }
        return values
    }

    /// The names among these of declared fields that belong to branches: the events say so
    /// themselves, so that a session can be folded without the journal's declarations.
    func branchNames(among names: some Sequence<String>) -> [String] {
        names.filter { name in places[name].map { declared[$0].scope == .branch } ?? false }
    }
}

extension MetadataField {
    /// What a session's creation stores for the field; nil for one that begins with nothing.
    fileprivate var ownInitialValue: JSONValue? {
        guard !initialValue.isNull || isNullable else { return .none }
        return initialValue
    }
}

/// Something that is wrong with a value of metadata.
public struct MetadataProblem: Hashable, Sendable {
    /// The field.
    public let field: String
    /// The branch that the value belongs to; `main` for a value of the session.
    public let branch: String
    /// The value; nil where there is none.
    public let value: JSONValue?
    /// What is wrong; goes on from the field's name.
    public let problem: String

    /// The problem with its field, in words.
    public var words: String {
        let place = branch == EventDraft.mainBranch ? "" : " on branch “\(branch)”"
        return "“\(field)”\(place) \(problem)"
    }

    /// What `--json` prints of it.
    public var json: JSONValue {
        [
            "field": .string(field), "branch": .string(branch), "value": value ?? .null,
            "problem": .string(problem),
        ]
    }
}

extension JournalError {
    /// One error for all that is wrong with what was to be written.
    static func invalidMetadata(_ problems: [MetadataProblem]) -> JournalError {
        JournalError(
            .invalidMetadata,
            "the metadata is refused: " + problems.map(\.words).joined(separator: "; ")
                + "; nothing was appended")
    }
}
