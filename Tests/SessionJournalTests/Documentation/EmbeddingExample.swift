import SessionJournal

/// The example of the README and of "Getting started": what stands between the two marks is what
/// the pages show. Returns what it prints.
func embeddingExample(at path: String) async throws -> [String] {
    var printed: [String] = []
    func print(_ items: Any...) {
        printed.append(items.map { "\($0)" }.joined(separator: " "))
    }
    // The pages begin here.
    let journal = try await Journal.create(at: path)
    let ada = journal.as("user:ada")
    let session = try await ada.createSession(key: "tea", metadata: ["name": "Green tea"])
    try await ada.say("user", "How hot should the water be?", in: session)
    try await journal.as("agent:tea").say("assistant", "70 to 80 °C.", in: session)
    try await ada.setMetadata(["is_starred": true], in: session, reason: "worth keeping")

    let now = try await journal.state(of: session)
    print(now.tree.messages.count, "messages, starred:", now.metadata()["is_starred"] ?? .null)
    let then = try await journal.state(of: session, at: .sequence(2))
    print(then.tree.messages.count, "message,  starred:", then.metadata()["is_starred"] ?? .null)

    for try await event in journal.events(session: session, kinds: [.messageAppended]) {
        print(event.sequence, event.actor ?? "", try event.data()["parts"]?[0]?["text"] ?? .null)
    }
    for change in try await journal.audit(of: session).entries where change.reason != nil {
        print(change.actor ?? "", change.field ?? "", change.old, "→", change.new)
    }
    print(try await journal.verify().verdict)
    try await journal.close()
    // The pages end here.
    return printed
}

/// The other examples of the pages, on the journal that the first one has left.
func furtherExamples(at path: String, yesterday: Timestamp) async throws -> Int64 {
    let journal = try await Journal.open(at: path)
    let ada = journal.as("user:ada")
    let session = try await journal.resolve("tea")

    var call = EventDraft(.toolStarted, data: ["call": "c1", "name": "kettle", "message": "m2"])
    call.id = "c1-started"
    let end = EventDraft(
        .toolFinished, data: ["call": "c1", "status": "ok", "duration_ms": 120], cause: .inBatch(0))
    try await ada.append([call, end], to: session, if: .version(4))

    struct Tokens: Projection {
        static let name = "org.example.tokens"
        static let version = 1
        func initialState() -> Int64 { 0 }
        func apply(_ event: Event, to state: inout Int64) throws {
            guard event.kind == .modelResponded, let data = try? event.data() else { return }
            state += data["usage"]?["output_tokens"]?.integer ?? 0
        }
    }
    let tokens = try await journal.fold(Tokens(), over: session, at: .time(yesterday))

    try await journal.as("user:ada").say("user", "How hot?", in: session)
    let state = try await journal.state(of: session, at: .back(3))
    try await journal.close()
    return tokens + Int64(state.version)
}

/// The examples of "Watching a journal".
func watchingExamples(at path: String) async throws {
    struct SlowAppends: JournalObserver {
        func observe(_ operation: ObservedOperation) {
            guard operation.operation == .append, operation.duration > .milliseconds(50)
            else { return }
            print(operation.traceID ?? "-", operation.duration)
        }
    }
    var options = JournalOptions()
    options.observer = SlowAppends()
    let journal = try await Journal.open(at: path, options: options)
    let ada = journal.as("user:ada")
    let session = try await journal.resolve("tea")

    func print(_ items: Any...) {}
    try await Journal.$traceID.withValue("4bf92f3577b34da6") {
        try await ada.say("user", "How hot?", in: session)
    }
    let metrics = await journal.metrics()
    print(metrics[.sync].latency.quantile(0.99), metrics.eventsPerCommit, metrics.undurableEvents)
    try await journal.close()
}

/// The examples of "Session metadata". Returns the tags that the session has then.
func metadataExamples(at path: String) async throws -> JSONValue? {
    let journal = try await Journal.open(at: path)
    let ada = journal.as("user:ada")
    let session = try await journal.resolve("tea")

    let read = try await journal.state(of: session)
    var update: MetadataUpdate = ["description": "How to brew it.", "owner": "ada"]
    update.add(["tea", "brewing"], to: "tags")
    try await ada.change(update, in: session, since: read.version, reason: "sorted")

    let temperature = MetadataField(
        "temperature", type: .number, initialValue: 1, scope: .branch,
        constraints: .init(minimum: 0, maximum: 2), meaning: "How freely the model speaks.")
    try await ada.declareField(temperature)
    try await ada.setMetadata(["temperature": 0.2], in: session)

    let tags = try await journal.state(of: session).metadata()["tags"]
    try await journal.close()
    return tags
}

/// The examples of "The life of a session". Returns how many sessions would be deleted.
func lifecycleExamples(at path: String) async throws -> Int {
    let journal = try await Journal.open(at: path)
    let ada = journal.as("user:ada")

    let (talk, isNew) = try await ada.getOrCreateSession(key: "talk", metadata: ["ttl": 3_600])
    try await ada.touch(talk)
    try await ada.perform(.archive, in: talk, reason: "all said")
    try await ada.perform(.resume, in: talk)
    let report = try await ada.performAll(
        .delete, where: { $0.metadata["category"] == "scratch" }, isDryRun: true)

    try await journal.close()
    return isNew ? report.entries.count : -1
}

/// The examples of "Time travel", on a journal of their own. Returns what they print.
func timeTravelExamples() async throws -> [String] {
    var printed: [String] = []
    func print(_ items: Any...) {
        printed.append(items.map { "\($0)" }.joined(separator: " "))
    }
    let journal = Journal.inMemory()
    let ada = journal.as("user:ada")
    let session = try await ada.createSession(key: "tea", metadata: ["model": "m-1"])
    let first = try await ada.say("user", "How hot?", in: session)
    try await ada.say("assistant", "70 °C.", in: session)
    try await ada.say("user", "Really?", in: session)
    try await ada.setMetadata(["model": "m-2"], in: session, reason: "upgrade")
    try await ada.say("assistant", "I am sorry: 80 °C.", in: session)
    try await ada.append(
        EventDraft(
            .branchCreated, branch: "retry",
            data: [
                "branch": "retry", "from": .string(first.message), "type": "fork",
                "parent_branch": "main",
            ]), to: session)
    try await ada.say("assistant", "75 °C.", in: session, branch: "retry")

    try await ada.label("before-upgrade", at: 4, in: session, reason: "the old model")
    let then = try await journal.state(of: session, at: .label("before-upgrade"))
    print(then.metadata()["model"] ?? .null)

    let change = try await journal.difference(in: session, from: .label("before-upgrade"))
    print(change.fields.map(\.name), change.added.count, "messages more")
    let ways = try await journal.difference(
        in: session, from: .now, branch: "main", otherBranch: "retry")
    print(ways.base?.message ?? "nothing in common", ways.removed.count, ways.added.count)

    for value in try await journal.history(of: "model", in: session) {
        print(value.sequence, value.actor ?? "", value.value, value.reason ?? "")
    }
    let blame = try await journal.blame("model", in: session).first
    print(blame?.origin?.basis ?? .cause, blame?.origin?.message?.preview ?? "")

    let found = try await journal.bisect(session) { state in
        BisectCondition.contains("sorry").verdict(of: state)
    }
    print(found.outcome, found.evaluations.count, "of", found.count)

    for try await step in try await journal.replay(session, from: .label("before-upgrade")) {
        print(step.number, step.wait, step.event.kind)
    }

    let answer = try await journal.whatIf(Alteration(dropping: [3]), in: session)
    print(answer.difference.removed.count, "message less")
    let kept = try await ada.keep(answer, as: "without-3")
    print(kept.messageCount, kept.fieldsNotKept)
    return printed
}
