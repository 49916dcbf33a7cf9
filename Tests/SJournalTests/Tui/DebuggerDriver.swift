import SessionJournal
import Testing

@testable import SJournal

/// A session for the debugger: everything its panes can show, and every byte of it known.
struct DebuggerSample {
    let sample: SampleJournal

    var path: String { sample.path }

    /// - Parameter events: So many messages are said besides.
    init(events: Int = 0) async throws {
        sample = try await SampleJournal()
        let journal = try await Journal.open(at: sample.path, options: SampleJournal.options())
        let ada = journal.as("user:ada")
        let chat = try await journal.resolve("chat-1")
        try await ada.label("before", at: 3, in: chat)
        try await ada.setMetadata(["model": "m-1"], in: chat, reason: "the usual")
        let usage: JSONValue = [
            "input_tokens": 1_200, "cache_read_input_tokens": 30_000, "output_tokens": 450,
        ]
        try await journal.as("agent:b").append(
            EventDraft(
                .messageAppended,
                data: [
                    "message": "answer", "role": "assistant", "model": "claude-sonnet-4-5",
                    "parent": nil, "usage": usage,
                    "parts": [["type": "text", "text": "漢字 and 👩‍👩‍👧, e\u{301}: \u{1B}[31mred"]],
                ]), to: chat)
        try await ada.setMetadata(["model": "m-2"], in: chat, reason: "upgrade")
        try await ada.merge("fork-1", in: chat, strategy: .theirs)
        try await ada.say("user", "What did we count?", in: chat)
        if events > 0 {
            let drafts = (1...events).map { number in
                EventDraft(
                    .messageAppended,
                    data: [
                        "message": .string("m\(number)"), "parent": nil,
                        "role": number % 3 == 0 ? "user" : "assistant",
                        "parts": [["type": "text", "text": .string("message number \(number)")]],
                    ])
            }
            for start in stride(from: 0, to: drafts.count, by: 500) {
                let end = min(start + 500, drafts.count)
                try await ada.append(Array(drafts[start..<end]), to: chat)
            }
        }
        try await journal.close()
    }
}

/// The debugger without a terminal: keys go in, everything that is needed is answered at once, and
/// the screen is looked at as text.
final class DebuggerDriver {
    var state: DebuggerState
    var acts: DebuggerActs
    let reader: SessionReader
    /// Its folder is there for as long as it is.
    private var sample: DebuggerSample?
    /// What was asked for that is nobody's but the terminal's.
    private(set) var effects: [DebuggerEffect] = []

    /// Over a journal on disk, which acts write to.
    convenience init(
        _ sample: DebuggerSample, session: String = "chat-1", cursor: UInt64? = nil,
        size: ScreenSize = ScreenSize(columns: 80, rows: 24), prices: PriceTable = .builtIn
    ) async throws {
        let path = sample.path
        let journal = try await Journal.open(readingAt: path)
        try await self.init(
            journal, try await journal.resolve(session), name: session, cursor: cursor,
            size: size, prices: prices
        ) { try await JournalWriting.open(at: path, SampleJournal.options()) }
        self.sample = sample
        await settle()
    }

    /// Over any journal; nothing is read yet.
    init(
        _ journal: Journal, _ session: SessionID, name: String = "session",
        cursor: UInt64? = nil, size: ScreenSize, prices: PriceTable = .builtIn,
        openWriter: @escaping @Sendable () async throws -> Journal = {
            throw Failure(.negative, "nobody writes here")
        }
    ) async throws {
        reader = SessionReader(journal: journal, session: session, prices: prices)
        acts = DebuggerActs(
            reader: reader, actor: "user:tester", openWriter: openWriter,
            columns: DebuggerActs.columns(of: size))
        state = DebuggerState(
            names: DebuggerNames(title: name, journalOption: "", session: name),
            lastVersion: try await reader.lastVersion(), cursor: cursor, size: size)
    }

    /// Presses keys, one after the other, and waits for what they need.
    func press(_ keys: Key...) async { for key in keys { await press(key) } }

    /// Types letters.
    func type(_ text: String) async { for letter in text { await press(.character(letter)) } }

    private func press(_ key: Key) async {
        await carryOut(state.handle(key))
        await settle()
    }

    func carryOut(_ effects: [DebuggerEffect]) async {
        for effect in effects {
            if effect.isAwaited {
                await carryOut(state.take(.done(await acts.perform(effect))))
            } else {
                self.effects.append(effect)
            }
        }
    }

    /// Answers what is needed until nothing is.
    func settle() async {
        while let need = state.needs.first { await answer(need) }
    }

    func answer(_ need: DebuggerNeed) async {
        let answer: DebuggerAnswer
        do {
            answer = try await reader.answer(need)
        } catch {
            answer = .failed(need, Failure(explaining: error).message)
        }
        await carryOut(state.take(answer))
    }

    /// The screen as text, spaces at the ends of lines left out.
    var lines: [String] {
        DebuggerScreen.draw(state).lines.map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// What lies over the panes, by its title.
    var overlayTitle: String? { state.overlay?.title.rendered(isColoured: false) }

    /// The line at the bottom.
    var message: String { lines.last ?? "" }

    func close() async { try? await reader.journal.close() }
}
