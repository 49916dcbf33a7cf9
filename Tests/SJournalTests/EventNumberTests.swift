import SessionJournal
import Testing

@testable import SJournal

@Suite("Numbers of events")
struct EventNumberTests {
    /// What is printed can be typed again behind `--at` and `'#'`: no digits are grouped.
    @Test("a number of an event is printed as it is typed, however large it is")
    func numbersAreAsTyped() async throws {
        let sample = try await SampleJournal()
        let journal = try await Journal.open(at: sample.path, options: SampleJournal.options())
        let ada = journal.as("user:ada")
        let chat = try await journal.resolve("chat-1")
        try await ada.append(
            (0..<1_000).map { EventDraft("x.note", data: ["number": JSONValue($0)]) }, to: chat)
        let said = try await ada.say("user", "And now?", in: chat)
        try await journal.close()
        let place = "#\(said.receipt.sequence)"
        for words in [
            ["say", "chat-1", "Hello"], ["edit", "chat-1", place, "And then?"],
            ["annotate", "chat-1", "topic", "files"], ["branch", "chat-1", "idea"],
            ["switch", "chat-1", "idea"], ["say", "chat-1", "On a branch."],
            ["branch", "chat-1"], ["merge", "chat-1", "idea", "--into", "main"],
            ["rewind", "chat-1", "--to", "\(said.receipt.sequence)", "--branch", "main"],
            ["clear", "chat-1"], ["undo", "chat-1"], ["remove", "chat-1", place],
            ["limits", "chat-1", "--set", "messages=5000"], ["label", "chat-1", "here"],
            ["field-declare", "mood", "--type", "string"], ["show", "chat-1", "--at", "~1"],
            ["branch", "chat-1", "idea", "--rename", "thought"], ["blame", "chat-1", "model"],
        ] {
            let run = await InProcess.run(["-j", sample.path] + words)
            #expect(run.status == .done, "\(words): \(run.errors)")
            #expect(run.output.contains(/\d{4}/), "\(words): \(run.output)")
            #expect(!run.output.contains(/\d,\d{3}/), "\(words): \(run.output)")
        }
    }

    @Test("a tree of nothing says so; an import says what the lines of documents were")
    func whatIsEmptySaysSo() async throws {
        let sample = try await SampleJournal()
        _ = await sample.run("new", "--key", "empty")
        #expect(await sample.run("tree", "empty").lines == ["no messages"])
        var tally = ImportTally()
        tally.malformed = 7
        let words = tally.lines(columns: 80).last?.rendered(isColoured: false)
        #expect(words == "7 lines are not one JSON object each, and kept as they are")
        tally.documents = 1
        let lines = tally.lines(columns: 80).map { $0.rendered(isColoured: false) }
        #expect(lines.suffix(2) == ["1 document over several lines:", words ?? ""])
    }
}
