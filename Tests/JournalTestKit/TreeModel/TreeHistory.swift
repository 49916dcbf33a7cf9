package import SessionJournal

/// A random history of a session with up to three branches, made of the acts that a writer has, with
/// the model beside it. The same seed makes the same history.
package struct TreeHistory: Sendable {
    package private(set) var script = EventScript()
    package private(set) var state = SessionProjection().initialState()
    package private(set) var model = TreeModel()
    /// What was done, for a failure to show.
    package private(set) var acts: [String] = []

    private var generator: SeededGenerator
    private var count = 0
    private static let actor = "user:ada"
    private static let names = ["main", "a", "b"]
    private static let fields = ["model", "context_window", "max_tokens"]

    package init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        add([EventDraft(.sessionCreated, data: ["metadata": [:]])])
        say(on: "main")
    }

    /// The branches there are.
    package var branches: [String] { Self.names.filter { model.lines[$0] != nil } }

    /// Does one random act. Returns what the library's merge came to beside the model's, where the
    /// act was one.
    package mutating func step() throws -> (library: TreeModel.Outcome, model: TreeModel.Outcome)? {
        let branch = branches.randomElement(using: &generator)!
        let path = model.lines[branch]!.path
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<6: say(on: branch)
        case 6..<9:
            let field = Self.fields.randomElement(using: &generator)!
            let value = "v\(Int.random(in: 0..<4, using: &generator))"
            guard model.lines[branch]!.fields[field]?.text != value else { return nil }
            acts.append("set \(field)=\(value) on \(branch)")
            model.set(field, to: value, on: branch)
            add([
                EventDraft(
                    .sessionMetadataChanged, branch: branch,
                    data: ["set": .object([field: .string(value)])])
            ])
        case 9..<12:
            guard let message = path.randomElement(using: &generator) else { return nil }
            let removes = Int.random(in: 0..<4, using: &generator) == 0
            edit(
                message, to: removes ? nil : "t\(Int.random(in: 0..<3, using: &generator))",
                on: branch)
        case 12..<14: try fork()
        case 14..<16:
            guard let message = path.randomElement(using: &generator) else { return nil }
            acts.append("rewind \(branch) to \(message)")
            let drafts = try state.rewinding(
                branch, to: .message(message), past: nil, id: id("cut"), by: Self.actor)
            model.rewind(branch, to: message)
            add(drafts)
        default:
            guard branches.count > 1 else { return nil }
            let source = branches.filter { $0 != branch }.randomElement(using: &generator)!
            let strategy = [MergeStrategy.append, .ours, .theirs].randomElement(using: &generator)!
            return try merge(source, into: branch, strategy)
        }
        return nil
    }

    /// Merges one branch into another.
    package mutating func merge(
        _ source: String, into target: String, _ strategy: MergeStrategy
    ) throws -> (library: TreeModel.Outcome, model: TreeModel.Outcome) {
        acts.append("merge \(source) into \(target), \(strategy.rawValue)")
        let preview = try state.mergePreview(source, into: target, strategy: strategy)
        let expected = model.merge(
            source, into: target, theirsWin: strategy == .append ? nil : strategy == .theirs)
        if let draft = try state.merging(preview, id: id("merge")) { add([draft]) }
        var outcome = TreeModel.Outcome()
        outcome.messages = preview.messages.map(\.id)
        for field in preview.metadata { outcome.fields[field.name] = field.value.string }
        outcome.edits = Set(preview.edits.map(\.message))
        outcome.conflicts = Set(preview.conflicts.map(\.name))
        outcome.agreed = Set(preview.sameMetadata.names + preview.sameEdits.map(\.message))
        return (outcome, expected)
    }

    private mutating func say(on branch: String) {
        let message = id("m")
        acts.append("say \(message) on \(branch)")
        let head = state.tree.branch(branch)?.head
        add([
            EventDraft(
                .messageAppended, branch: branch,
                data: [
                    "message": .string(message), "parent": head?.json ?? .null, "role": "user",
                    "parts": [["type": "text", "text": .string(message)]],
                ])
        ])
        model.say(message, on: branch)
    }

    private mutating func edit(_ message: String, to text: String?, on branch: String) {
        acts.append("edit \(message) to \(text ?? "nothing") on \(branch)")
        model.edit(message, to: text, on: branch)
        guard let text else {
            add([
                EventDraft(
                    .messageRemoved, branch: branch, data: ["message": .string(message)])
            ])
            return
        }
        add([
            EventDraft(
                .messageEdited, branch: branch,
                data: [
                    "message": .string(message),
                    "parts": [["type": "text", "text": .string(text)]],
                ])
        ])
    }

    private mutating func fork() throws {
        guard let name = Self.names.first(where: { model.lines[$0] == nil }) else { return }
        let parent = branches.randomElement(using: &generator)!
        let message =
            Bool.random(using: &generator)
            ? model.lines[parent]!.path.randomElement(using: &generator) : nil
        acts.append("fork \(name) of \(parent) at \(message ?? "its head")")
        let new = SessionState.NewBranch(
            name, start: message.map { .message($0) } ?? .head, parent: parent)
        add(try state.creation(of: new, by: Self.actor).drafts)
        model.fork(name, of: parent, at: message)
    }

    private mutating func id(_ what: String) -> String {
        count += 1
        return "\(what)\(count)"
    }

    private mutating func add(_ drafts: [EventDraft]) {
        for draft in drafts {
            let event = script.add(draft)
            SessionProjection().apply(event, to: &state)
        }
    }

    /// What the library says that differs from the model; nil where nothing does.
    package func difference() -> String? {
        for (name, line) in model.lines {
            guard let path = state.tree.path(ofBranch: name) else { return "no branch \(name)" }
            let ids = path.messages.map(\.id)
            if ids != line.path { return "path of \(name): \(ids), expected \(line.path)" }
            for message in path.messages {
                let expected = line.texts[message.id].map(\.text) ?? message.id
                let shown = message.isRemoved ? nil : message.preview()
                if shown != expected {
                    return "\(message.id) on \(name): \(shown ?? "removed"), expected "
                        + (expected ?? "removed")
                }
            }
            let metadata = state.metadata(on: name)
            for field in Self.fields where metadata[field]?.string != line.fields[field]?.text {
                return "\(field) of \(name): \(metadata[field] ?? .null), expected "
                    + (line.fields[field]?.text ?? "null")
            }
        }
        return nil
    }

    /// What a branch comes to where order does not count: its messages with their texts, and its
    /// metadata.
    package func content(of branch: String) -> (messages: [String: String], fields: [String]) {
        var messages: [String: String] = [:]
        for message in state.tree.path(ofBranch: branch)?.messages ?? [] {
            messages[message.id] = message.isRemoved ? "removed" : message.preview()
        }
        let metadata = state.metadata(on: branch)
        return (messages, Self.fields.map { "\($0)=\(metadata[$0] ?? .null)" })
    }
}
