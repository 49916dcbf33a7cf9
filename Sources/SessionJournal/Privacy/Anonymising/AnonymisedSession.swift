/// What an anonymised export of sessions is to keep.
public struct AnonymisingOptions: Sendable {
    /// What to look for in texts besides known names.
    public var rules = TextRule.builtIn

    /// Whether every session's times are moved by a time of its own: what lies between them stays.
    public var shiftsTimes = false

    /// Whether pictures, documents and encoded texts are kept, which nobody looks into.
    public var keepsAttachments = false

    /// The usual.
    public init() {}
}

/// One session without the names of those who took part, as lines of JSON: the session first, then its
/// branches, then its messages.
public struct AnonymisedSession: Sendable {
    /// The session's pseudonym.
    public let name: String
    /// Its lines.
    public let lines: [JSONValue]
    /// How much each rule found.
    public let counts: [String: Int]
    /// Pictures, documents and encoded texts.
    public let attachments: Int
    /// Messages that were erased, or are locked.
    public let withheld: Int
    /// Events of which nothing is exported: it is messages and metadata as they stand that are.
    public let otherEvents: Int
}

/// What an anonymised export came to. It says how much was found, and never what.
public struct AnonymisingReport: Sendable {
    /// The sessions that were exported.
    public internal(set) var sessions = 0
    /// Their messages.
    public internal(set) var messages = 0
    /// Names that were looked for in texts.
    public internal(set) var names = 0
    /// How much each rule found.
    public internal(set) var counts: [String: Int] = [:]
    /// Pictures, documents and encoded texts.
    public internal(set) var attachments = 0
    /// Messages that were erased, or are locked.
    public internal(set) var withheld = 0
    /// Events of which nothing is exported.
    public internal(set) var otherEvents = 0

    mutating func add(_ session: AnonymisedSession) {
        sessions += 1
        messages += session.lines.count { $0["type"] == "message" }
        counts.merge(session.counts, uniquingKeysWith: +)
        attachments += session.attachments
        withheld += session.withheld
        otherEvents += session.otherEvents
    }
}

extension Journal {
    /// Hands over sessions without the names of those who took part, one after the other.
    ///
    /// Actors, sessions, keys, branches, ids, and the names that metadata hold become pseudonyms: the
    /// same for the same within one call, and made under a key that is drawn for it and forgotten, so
    /// that nobody can try names against them. In texts the names of all known principals and the keys
    /// of all sessions become those pseudonyms, too, and what the rules find is redacted. Source lines
    /// of imports are left out.
    ///
    /// This makes it hard to tell who somebody is, not impossible: what a text says of a person without
    /// naming them stays.
    ///
    /// Cost: a reading of the journal for names, then of each session.
    ///
    /// - Parameters:
    ///   - sessions: Which; nil for all.
    ///   - options: What is kept.
    ///   - hand: Called with each session.
    /// - Returns: What it came to.
    /// - Throws: ``JournalError/Code/tooLarge`` where there are more names than can be looked for.
    @discardableResult
    public func anonymised(
        _ sessions: [SessionID]? = nil, options: AnonymisingOptions = .init(),
        hand: (AnonymisedSession) throws -> Void
    ) async throws -> AnonymisingReport {
        var principals: Set<String> = []
        var keys: Set<String> = []
        for try await event in events() {
            for name in [event.actor, event.onBehalf] { if let name { principals.insert(name) } }
            guard let change = MetadataChange(event) else { continue }
            if let key = (try? AdoptedLines.key(of: event)) ?? nil { keys.insert(key) }
            for (field, operation) in change.operations {
                guard case .set(.string(let text)) = operation else { continue }
                if AnonymisingRun.people.contains(field) { principals.insert(text) }
                if let login = AnonymisingRun.login(in: text) { principals.insert(login) }
            }
        }
        let base = try Anonymiser(
            Pseudonyms(random: self.options.random), principals: principals, keys: keys,
            rules: options.rules)
        var report = AnonymisingReport()
        report.names = principals.count(where: Anonymiser.isPerson) + keys.count
        let chosen: [SessionID]
        if let sessions {
            chosen = sessions
        } else {
            chosen = try await sessionHeads().map(\.session)
        }
        for session in chosen where !session.isJournal {
            let state = try await readState(of: session)
            var run = AnonymisingRun(base, options, session)
            if options.keepsAttachments {
                var names: Set<String> = []
                for event in state.tree.messages.flatMap(\.events) {
                    names.formUnion(BlobName.names(in: event.line.span))
                }
                run.base64 = try await base64(
                    of: names, in: session, limit: AnonymisingRun.attachmentLimit)
            }
            let result = run.run(state)
            report.add(result)
            try hand(result)
        }
        return report
    }
}

/// One session on its way out.
struct AnonymisingRun {
    /// Fields of metadata that name somebody.
    static let people: Set<String> = ["owner", MetadataField.modifiedBy]

    /// Fields that name something else.
    private static let names: Set<String> = ["name", "title"]

    /// The login name in a path, such as `login:ada` in `/home/ada/tea`; nil where there is none. Who
    /// has a folder of their own has a name that may stand anywhere.
    static func login(in path: String) -> String? {
        for folder in ["/home/", "/Users/"] where path.hasPrefix(folder) {
            let name = path.dropFirst(folder.count).prefix { $0 != "/" }
            return name.isEmpty ? nil : "login:" + name
        }
        return nil
    }

    /// How much of its attachments a session hands over at most, in bytes.
    static let attachmentLimit = 256 << 20

    /// Attachments that stand by themselves, by their names.
    var base64: [String: String] = [:]

    private var anonymiser: Anonymiser
    private let session: SessionID
    private let shift: Int64

    init(_ base: Anonymiser, _ options: AnonymisingOptions, _ session: SessionID) {
        anonymiser = base
        anonymiser.keepsAttachments = options.keepsAttachments
        self.session = session
        shift = options.shiftsTimes ? base.pseudonyms.shift(of: session) : 0
    }

    /// A part that holds its attachment itself, where that is at hand.
    private func held(_ part: JSONValue) -> JSONValue {
        guard let name = part["blob"]?.string, let text = base64[name] else {
            return part.filled(with: base64)
        }
        var held = part.object ?? [:]
        held["blob"] = nil
        held.append("base64", .string(text))
        return .object(held)
    }

    mutating func run(_ state: SessionState) -> AnonymisedSession {
        let name = pseudonym(session.hexadecimal, "session")
        var head: JSONObject = ["type": "session", "session": .string(name)]
        head.append("key", state.key.map { .string(pseudonym($0, "key")) } ?? .null)
        head.append("created", time(state.createdAt))
        head.append("last_active", time(state.lastActive))
        head.append("metadata", .object(metadata(state.metadata(on: EventDraft.mainBranch))))
        var lines: [JSONValue] = [.object(head)]
        for branch in state.tree.branches {
            lines.append([
                "type": "branch", "branch": .string(self.branch(branch.name)),
                "kind": .string(anonymiser.text(branch.type.rawValue)),
                "from": reference(branch.origin),
                "parent": branch.parent.map { .string(self.branch($0)) } ?? .null,
                "head": reference(branch.head),
            ])
        }
        var withheld = 0
        for message in state.tree.messages {
            if message.isWithheld { withheld += 1 }
            lines.append(line(message))
        }
        return AnonymisedSession(
            name: name, lines: lines, counts: anonymiser.counts,
            attachments: anonymiser.attachments, withheld: withheld,
            otherEvents: max(0, state.eventCount - state.tree.messages.count))
    }

    private func pseudonym(_ name: String, _ kind: String) -> String {
        anonymiser.pseudonyms.pseudonym(of: name, kind)
    }

    private func branch(_ name: String) -> String {
        name == EventDraft.mainBranch ? name : pseudonym(session.hexadecimal + name, "branch")
    }

    private func reference(_ reference: MessageReference?) -> JSONValue {
        guard let reference else { return .null }
        let session = reference.session ?? session.hexadecimal
        return .string(pseudonym(session + reference.message, "message"))
    }

    private func time(_ time: Timestamp?) -> JSONValue {
        guard let time else { return .null }
        let (moved, overflows) = time.microseconds.addingReportingOverflow(shift)
        return .string(
            Timestamp(microseconds: overflows ? time.microseconds : moved).description)
    }

    private mutating func metadata(_ fields: JSONObject) -> JSONObject {
        var result = JSONObject()
        for field in fields {
            let name =
                MetadataField.builtIn(field.name) == nil
                ? anonymiser.text(field.name) : field.name
            switch (field.name, field.value) {
            case (let field, .string(let text)) where Self.people.contains(field):
                result.append(name, .string(anonymiser.person(text)))
            case (let field, .string(let text)) where Self.names.contains(field) && !text.isEmpty:
                result.append(name, .string(pseudonym(text, "name")))
            case (_, .string(let text)):
                result.append(
                    name, Timestamp(text).map { time($0) } ?? .string(anonymiser.text(text)))
            default: result.append(name, anonymiser.value(field.value))
            }
        }
        return result
    }

    private mutating func line(_ message: Message) -> JSONValue {
        var line: JSONObject = [
            "type": "message",
            "message": .string(pseudonym(session.hexadecimal + message.id, "message")),
            "parent": reference(message.parent), "branch": .string(branch(message.branch)),
            "time": time(message.occurred ?? message.time),
        ]
        if message.isWithheld {
            line.append("withheld", true)
            return .object(line)
        }
        line.append("role", JSONValue(message.role.map { anonymiser.text($0.rawValue) }))
        let author = message.events.first?.onBehalf ?? message.actor
        line.append("author", JSONValue(author.map { anonymiser.person($0) }))
        line.append("model", JSONValue(message.model.map { anonymiser.text($0) }))
        if let synthetic = message.synthetic {
            line.append("synthetic", .string(anonymiser.text(synthetic)))
        }
        if message.isRemoved { line.append("removed", true) }
        if message.revision != nil { line.append("edited", true) }
        line.append("parts", .array((message.content() ?? []).map { anonymiser.part(held($0)) }))
        if let usage = message.usage() { line.append("usage", anonymiser.value(usage)) }
        if !message.metadata.isEmpty {
            line.append("metadata", anonymiser.value(.object(message.metadata)))
        }
        return .object(line)
    }
}
