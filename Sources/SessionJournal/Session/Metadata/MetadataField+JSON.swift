extension MetadataField {
    /// The field as `fields --json` prints it, on one line. Keys: `name`, `type`, `default`,
    /// `nullable`, `required`, `scope`, `derived`, `since`, and where they say something `minimum`,
    /// `maximum`, `max_length`, `allowed`, `meaning`.
    public var json: JSONValue {
        var object = declaration
        object["derived"] = .bool(isDerived)
        object["built_in"] = .bool(MetadataField.builtIn(name) != nil)
        return .object(object)
    }

    /// The data of the `field.declared` event that declares it.
    var declaration: JSONObject {
        var object: JSONObject = [
            "name": .string(name), "type": .string(type.rawValue), "default": initialValue,
            "nullable": .bool(isNullable), "required": .bool(isRequired),
            "scope": .string(scope.rawValue),
        ]
        object["minimum"] = constraints.minimum.map { .integer($0) }
        object["maximum"] = constraints.maximum.map { .integer($0) }
        object["max_length"] = constraints.maximumLength.map { JSONValue($0) }
        object["allowed"] = constraints.allowed.map { .array($0) }
        if !meaning.isEmpty { object["meaning"] = .string(meaning) }
        return object
    }

    /// The field that the data of a `field.declared` event declares; nil where it makes no sense.
    init?(declaration: JSONValue) {
        self.init(read: declaration)
        guard problemsOfDeclaration.isEmpty else { return nil }
    }

    /// The same, whatever is wrong with it; nil where it has no name or no type that there is.
    init?(read declaration: JSONValue) {
        guard let name = declaration["name"]?.string,
            let type = declaration["type"]?.string.flatMap({ ValueType(rawValue: $0) })
        else { return nil }
        let constraints = Constraints(
            minimum: declaration["minimum"]?.integer, maximum: declaration["maximum"]?.integer,
            maximumLength: declaration["max_length"]?.integer.map { Int(clamping: $0) },
            allowed: declaration["allowed"]?.array)
        self.init(
            name, type: type, initialValue: declaration["default"] ?? .null,
            isNullable: declaration["nullable"]?.bool ?? false,
            isRequired: declaration["required"]?.bool ?? false,
            scope: declaration["scope"]?.string.flatMap { Scope(rawValue: $0) } ?? .session,
            constraints: constraints, meaning: declaration["meaning"]?.string ?? "")
    }

    /// What is wrong with the field as a declaration; empty where nothing is.
    var problemsOfDeclaration: [String] {
        let isBuiltIn = MetadataField.builtIn(name) != nil
        return (isBuiltIn ? ["“\(name)” is built in"] : []) + problemsOfForm
    }

    /// The same of anything that has the form of a field, whatever it is called.
    var problemsOfForm: [String] {
        var problems: [String] = []
        if let problem = Self.problem(withName: name) { problems.append("the name \(problem)") }
        let isNumber = type == .integer || type == .number
        if !isNumber, constraints.minimum != nil || constraints.maximum != nil {
            problems.append("only a number has a minimum or a maximum")
        }
        if let minimum = constraints.minimum, let maximum = constraints.maximum, minimum > maximum {
            problems.append("the minimum \(minimum) is above the maximum \(maximum)")
        }
        if let length = constraints.maximumLength, length < 0 {
            problems.append("a length is not below 0")
        }
        if let allowed = constraints.allowed {
            let bare = MetadataField(
                name, type: type,
                constraints: Constraints(
                    minimum: constraints.minimum, maximum: constraints.maximum,
                    maximumLength: constraints.maximumLength))
            if allowed.isEmpty { problems.append("no value is allowed") }
            for value in allowed {
                let sample: JSONValue = type == .set ? .array([value]) : value
                if let problem = bare.problem(with: sample) {
                    problems.append("the allowed value \(value.brief) \(problem)")
                }
            }
        }
        if !initialValue.isNull, let problem = problem(with: initialValue) {
            problems.append("the default \(problem)")
        }
        return problems
    }
}
