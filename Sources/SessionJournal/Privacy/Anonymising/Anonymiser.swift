/// Takes out of texts and values what tells who somebody is: names by pseudonyms, the rest by rules.
///
/// What has no shape and is no known name stays: a street, a nickname, what a person is known by.
public struct Anonymiser: Sendable {
    /// The names in place of names.
    public let pseudonyms: Pseudonyms

    /// How much each rule found; known names count as ``namesRule``.
    public private(set) var counts: [String: Int] = [:]

    /// Pieces of content that were left out: pictures, documents, encoded texts.
    public private(set) var attachments = 0

    /// Whether pictures, documents and the like are kept, which nobody looks into.
    public var keepsAttachments = false

    /// What names of principals and sessions count as.
    public static let namesRule = "known-name"

    /// Finds names and all else; the rule of a name is its pseudonym.
    private let scanner: TextScanner
    private let names: Set<String>

    /// A text of this many bytes without a space is no language: an encoded picture, a key.
    private static let longestRun = 512

    /// The largest number of names that are looked for in texts.
    public static let nameLimit = 16_384

    /// An anonymiser.
    ///
    /// - Parameters:
    ///   - pseudonyms: The names in place of names.
    ///   - principals: Names that are looked for in texts: `user:ada`, and `ada` without what stands
    ///     before the colon where it has three letters or more.
    ///   - keys: Callers' keys of sessions, which are looked for where they have four letters or more.
    ///   - rules: What else to look for.
    /// - Throws: ``JournalError/Code/tooLarge`` above ``nameLimit`` names.
    public init(
        _ pseudonyms: Pseudonyms, principals: Set<String> = [], keys: Set<String> = [],
        rules: [TextRule] = TextRule.builtIn
    ) throws {
        self.pseudonyms = pseudonyms
        var known: [(text: String, mark: String)] = []
        for name in principals where Self.isPerson(name) {
            let mark = pseudonyms.pseudonym(of: name, "person")
            known.append((name, mark))
            let parts = name.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[1].utf8.count >= 3 { known.append((String(parts[1]), mark)) }
        }
        for key in keys where key.utf8.count >= 4 {
            known.append((key, pseudonyms.pseudonym(of: key, "key")))
        }
        guard known.count <= Self.nameLimit else {
            throw JournalError(
                .tooLarge,
                "these are \(known.count) names, and \(Self.nameLimit) can be looked for; export fewer "
                    + "sessions at once")
        }
        // The longest first: a name may begin with another.
        known.sort { ($1.text.utf8.count, $0.text) < ($0.text.utf8.count, $1.text) }
        names = Set(known.map(\.mark))
        scanner = TextScanner(
            rules: try known.map { try TextRule(name: $0.mark, text: $0.text) } + rules)
    }

    /// Whether a name is somebody's, and not that of a model, a tool or a program, or of everybody.
    static func isPerson(_ name: String) -> Bool {
        let machines = ["model:", "tool:", "client:"]
        return !["user", "assistant", "system", "tool", "unknown", ""].contains(name)
            && !machines.contains { name.hasPrefix($0) }
    }

    /// The pseudonym of a principal; what is no person keeps its name.
    public func person(_ name: String) -> String {
        Self.isPerson(name) ? pseudonyms.pseudonym(of: name, "person") : name
    }

    /// A text without what is found in it: pseudonyms for known names, marks for the rest.
    public mutating func text(_ text: String) -> String {
        if BlobName.standing(in: text) != nil {
            attachments += 1
            return "[left out]"
        }
        if Self.isEncoded(text) {
            attachments += 1
            return keepsAttachments ? text : "[left out: \(text.utf8.count) bytes, encoded]"
        }
        let findings = scanner.findings(in: text)
        guard !findings.isEmpty else { return text }
        for finding in findings {
            let rule = names.contains(finding.rule) ? Self.namesRule : finding.rule
            counts[rule, default: 0] += 1
        }
        let bytes = TextScanner.replacing(findings, in: text.utf8.span) { rule in
            names.contains(rule) ? rule : TextScanner.mark(rule)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isEncoded(_ text: String) -> Bool {
        text.utf8.count > longestRun
            && text.utf8.allSatisfy { $0 > UInt8(ascii: " ") && $0 < 0x7F }
    }

    /// A value whose strings are texts, names of members included.
    public mutating func value(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): return .string(self.text(text))
        case .array(let elements): return .array(elements.map { self.value($0) })
        case .object(let object):
            var result = JSONObject()
            for member in object { result.append(text(member.name), self.value(member.value)) }
            return .object(result)
        default: return value
        }
    }

    /// A part of a message. Ids of calls become pseudonyms, signatures go, and so do pictures and the
    /// like, unless they are to be kept.
    public mutating func part(_ part: JSONValue) -> JSONValue {
        guard let object = part.object else { return value(part) }
        let type = object["type"]?.string ?? ""
        if ["image", "audio", "video", "document"].contains(type) {
            attachments += 1
            let isHeld = object["blob"] == nil
            return keepsAttachments && isHeld ? part : ["type": .string(type), "left_out": true]
        }
        var result = JSONObject()
        for member in object {
            switch member.name {
            case "type": result.append("type", .string(text(type)))
            case "signature": break
            case "call":
                let call = member.value.string ?? member.value.description
                result.append("call", .string(pseudonyms.pseudonym(of: call, "call")))
            case "content" where member.value.array != nil:
                // A tool may give back parts.
                result.append(
                    "content", .array(member.value.array?.map { self.part($0) } ?? []))
            default: result.append(text(member.name), value(member.value))
            }
        }
        return .object(result)
    }
}
