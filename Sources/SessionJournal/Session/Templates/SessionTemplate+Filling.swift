extension SessionTemplate {
    /// What a session gets from a template.
    struct Filling: Sendable {
        var use: TemplateUse
        var metadata: JSONObject
        var systemPrompt: String?
        var limits: SessionLimits?
    }

    /// The template with its places filled.
    ///
    /// - Throws: ``JournalError/Code/invalidArgument``, which names every parameter that is unknown,
    ///   missing or wrong, and limits that come to none that there are.
    func filled(with given: JSONObject) throws(JournalError) -> Filling {
        var problems: [String] = []
        let names = parameters.map(\.name)
        for name in given.names where !names.contains(name) {
            let known =
                names.isEmpty ? "there is none" : "there are " + names.joined(separator: ", ")
            problems.append("“\(name)” is none; \(known)")
        }
        var values: JSONObject = [:]
        for field in parameters {
            let value = given[field.name] ?? field.initialValue
            // No value is needed where there is no default.
            let isGiven = given[field.name] != nil
            if isGiven || field.isRequired, let problem = field.problem(with: value) {
                problems.append("“\(field.name)” \(problem)")
            }
            values.append(field.name, value)
        }
        guard problems.isEmpty else { throw refusal("the parameters", problems) }
        let content = TemplatePlaces.filled(.object(content), with: values)
        let limits = Self.limits(content, &problems)
        guard problems.isEmpty else { throw refusal("the limits", problems) }
        return Filling(
            use: TemplateUse(name: name, version: version ?? 1, parameters: values),
            metadata: Self.metadata(content), systemPrompt: content["system_prompt"]?.string,
            limits: limits)
    }

    private func refusal(_ what: String, _ problems: [String]) -> JournalError {
        JournalError(
            .invalidArgument,
            "\(what) of the template “\(reference)” are refused: "
                + problems.joined(separator: "; "))
    }

    /// The fields of metadata, with provider, model, middleware and functions among them; without
    /// those that come to nothing.
    private static func metadata(_ content: JSONValue) -> JSONObject {
        var metadata: JSONObject = [:]
        for name in ["model", "provider", "middleware", "functions"] {
            if let value = content[name], !value.isNull { metadata.append(name, value) }
        }
        for member in content["metadata"]?.object ?? [:] { metadata[member.name] = member.value }
        return metadata
    }

    private static func limits(_ content: JSONValue, _ problems: inout [String]) -> SessionLimits? {
        var object = content["limits"]?.object ?? [:]
        if let maximum = content["max_messages"] { object["max_messages"] = maximum }
        for member in object where !member.value.isNull {
            let isFitting =
                member.name == "action"
                ? member.value.string.flatMap { SessionLimits.Action(rawValue: $0) } != nil
                : member.value.integer.map { $0 >= 0 } ?? false
            if !isFitting {
                problems.append("“\(member.name)” cannot be \(member.value.brief)")
            }
        }
        return SessionLimits(.object(object))
    }
}
