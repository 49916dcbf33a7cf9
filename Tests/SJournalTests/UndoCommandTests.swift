import SessionJournal
import Testing

@testable import SJournal

@Suite("Acts are taken back on the command line")
struct UndoCommandTests {
    @Test("undo takes back the last act, and again, and says what was in the way")
    func undo() async throws {
        let sample = try await SampleJournal()
        #expect(await sample.run("undo", "chat-1").status == .negative)
        _ = await sample.run("set", "chat-1", "name=Tea", "--actor", "user:ada")
        let run = await sample.run("undo", "chat-1", "--actor", "user:ada", "--reason", "oops")
        #expect(
            run.output
                == "undid event 12 (session.metadata_changed) by event 13 (session.metadata_changed)\n",
            "\(run.errors)")
        let json = await sample.run("undo", "chat-1", "--any", "--json")
        let answer = try JSONValue(parsing: json.output)
        #expect(answer["undone"]?[0]?["seq"] == 13)
        #expect(answer["events"]?[0]?["kind"] == "session.metadata_changed")
        let conflict = await sample.run("undo", "chat-1", "--event", "12")
        #expect(conflict.status == .done, "what was undone is not in the way: \(conflict.errors)")
        _ = await sample.run("set", "chat-1", "name=Coffee")
        let late = await sample.run("undo", "chat-1", "--event", "12")
        #expect(late.status == .negative && late.errors.contains("“name” changed since"))
        #expect(await sample.run("undo", "chat-1", "--event", "3").status == .negative)
        #expect(await sample.run("undo", "chat-1", "--event", "0").status == .usage)
        #expect(await sample.run("undo", "chat-1", "--event", "3", "--any").status == .usage)
        #expect(await sample.run("undo", "nobody").status == .negative)
    }

    @Test("revert names its event, and blame, history, audit and log say so")
    func revert() async throws {
        let sample = try await SampleJournal()
        // One event gave the name and the star.
        let named = try JSONValue(
            parsing: await sample.run("blame", "chat-1", "name", "--json").output)
        let sequence = try #require(named["set_by"]?["seq"]?.integer)
        let run = await sample.run("revert", "#\(sequence)", "--reason", "no")
        #expect(run.output.hasPrefix("undid event \(sequence) "), "\(run.errors)")
        #expect(await sample.run("blame", "chat-1", "name").output.contains("undoes event"))
        let words = "undoes event \(sequence): no"
        #expect(await sample.run("history", "chat-1", "name", columns: 160).output.contains(words))
        #expect(await sample.run("audit", "chat-1").output.contains(words))
        #expect(await sample.run("log", "chat-1").output.contains("undoes \(sequence): "))
        let show = try JSONValue(parsing: await sample.run("show", "chat-1", "--json").output)
        #expect(show["metadata"]?["name"] == "Folders" && show["metadata"]?["is_starred"] == false)
        let again = await sample.run("revert", "\(sequence)")
        #expect(again.status == .negative && again.errors.contains("changed since by event"))
        #expect(await sample.run("revert", "2").errors.contains("no change of metadata"))
        #expect(await sample.run("revert", "2").status == .negative)
        #expect(await sample.run("revert", "999").status == .negative)
        #expect(await sample.run("revert", "name").status == .usage)
        #expect(await sample.run("revert").status == .usage)
    }

    @Test("clear begins a conversation anew, and loses nothing")
    func clear() async throws {
        let sample = try await SampleJournal()
        let exported = await sample.run("show", "chat-1", "--at", "11", "--json")
        let run = await sample.run("clear", "chat-1", "--reason", "new subject")
        #expect(run.output == "cleared, event 12\n", "\(run.errors)")
        #expect(await sample.run("clear", "chat-1").output == "there is nothing to clear\n")
        #expect(await sample.run("clear", "chat-1", "--json").output == "{\"seq\":null}\n")
        let show = try JSONValue(parsing: await sample.run("show", "chat-1", "--json").output)
        #expect(show["messages"]?.array?.isEmpty == true)
        #expect(show["metadata"]?["turn_count"] == 2)
        #expect(await sample.run("show", "chat-1").status == .done)
        let tree = try JSONValue(parsing: await sample.run("tree", "chat-1", "--json").output)
        #expect(tree["nodes"]?.array?.count == 5 && tree["heads"]?["main"] == .null)
        let earlier = await sample.run("show", "chat-1", "--at", "11", "--json")
        #expect(earlier.output == exported.output)
        _ = await sample.run("say", "chat-1", "Something else.")
        let anew = try JSONValue(parsing: await sample.run("show", "chat-1", "--json").output)
        #expect(anew["messages"]?.array?.count == 1 && anew["messages"]?[0]?["parent"] == .null)
        #expect(await sample.run("clear", "chat-1", "--branch", "nope").status == .negative)
        _ = await sample.run("clear", "chat-1", "--branch", "fork-1")
        #expect(await sample.run("undo", "chat-1").output.contains("(branch.rewound)"))
        let fork = await sample.run("show", "chat-1", "--branch", "fork-1", "--json")
        #expect(try JSONValue(parsing: fork.output)["messages"]?.array?.count == 2)
    }
}
