import SessionJournal
import Testing

@testable import SJournal

@Suite("Rules of access on the command line")
struct AccessCommandTests {
    @Test("every command is in the table of what commands need")
    func everyCommandHasANeed() {
        for command in Tool.commands {
            #expect(CommandAccess.table[command.spec.name] != nil, "\(command.spec.name)")
        }
        #expect(CommandAccess.table.count == Tool.commands.count)
    }

    @Test("roles are given, listed, checked and taken back")
    func roles() async throws {
        let sample = try await SampleJournal()
        let open = await sample.run("access")
        #expect(open.lines.first == "not enforced: whoever has the files may do everything")
        #expect(open.lines.last == "no roles; sjournal access grant ROLE WHO gives one")
        let admin = await sample.run("access", "grant", "admin", "user:tester")
        #expect(admin.lines == ["user:tester is admin"], "\(admin.errors)")
        let again = await sample.run("access", "grant", "admin", "user:tester")
        #expect(again.lines == ["user:tester is admin, as before"])
        let shared = await sample.run(
            "access", "grant", "reader", "user:eve", "--session", "chat-1", "--reason", "asked",
            "--json")
        #expect(try JSONValue(parsing: shared.output)["event"]?.integer ?? 0 > 0)
        let list = await sample.run("access")
        #expect(
            list.lines.contains { $0.hasPrefix("admin   user:tester  the journal") },
            "\(list.output)")
        #expect(list.lines.contains { $0.hasPrefix("reader  user:eve") })
        #expect(list.lines.allSatisfy { $0.count <= 80 })
        let json = try JSONValue(parsing: await sample.run("access", "--json").output)
        #expect(json["enforced"] == false && json["grants"]?.array?.count == 2)
        #expect(json["grants"]?.array?.last?["reason"] == "asked")
        let table = await sample.run("access", "table")
        #expect(table.lines.count == 2 * Permission.allCases.count + 3)
        #expect(table.lines.contains("read        yes    yes     yes     yes      yes"))
        #expect(table.lines.allSatisfy { $0.count <= 80 }, "\(table.output)")
        #expect(
            await sample.run("access", "table", "--json").lines.count == Permission.allCases.count)
        #expect(await sample.run("access", "check", "user:eve", "read").lines == ["yes"])
        let revoked = await sample.run(
            "access", "revoke", "reader", "user:eve", "--session", "chat-1")
        #expect(revoked.lines.first?.hasPrefix("user:eve is not reader of session ") ?? false)
    }

    @Test("what is not allowed is denied with status 4, and noted")
    func denials() async throws {
        let sample = try await SampleJournal()
        for words in [
            ["grant", "admin", "user:tester"], ["grant", "auditor", "user:kim"],
            ["policy", "--enforce", "on"],
        ] {
            let run = await InProcess.run(["-j", sample.path, "access"] + words)
            #expect(run.status == .done, "\(run.errors)")
        }
        // The tester runs the journal, and reads no session.
        let show = await sample.run("show", "chat-1")
        #expect(show.status == .denied && show.output.isEmpty)
        #expect(show.errors.contains("user:tester may not do that in session "))
        #expect(show.errors.contains("show needs “read”"))
        let said = await sample.run("say", "chat-1", "Hello")
        #expect(said.status == .denied)
        let asEve = await sample.run("say", "chat-1", "Hello", "--actor", "user:eve")
        #expect(asEve.status == .denied && asEve.errors.contains("user:eve may not"))
        let nobody = await sample.run("show", "no-such-session")
        #expect(nobody.status == .denied)
        // Ada created the session, and has it.
        let asAda = await sample.run("say", "chat-1", "Hello", "--actor", "user:ada")
        #expect(asAda.status == .done, "\(asAda.errors)")
        let json = await sample.run("access", "check", "user:eve", "read", "--json")
        #expect(json.status == .negative)
        #expect(try JSONValue(parsing: json.output)["allowed"] == false)
        let journal = try await Journal.open(readingAt: sample.path)
        var acts: [String] = []
        for try await event in journal.events(kinds: [.accessDenied]) {
            acts.append("\(event.actor ?? "") \(try event.data()["act"]?.string ?? "")")
        }
        try await journal.close()
        #expect(
            acts == [
                "user:tester show", "user:tester say", "user:eve say", "user:tester show",
            ])
    }

    @Test("reading the trail is an event where the policy asks for it")
    func recordedReads() async throws {
        let sample = try await SampleJournal()
        for words in [
            ["grant", "admin", "user:tester"],
            ["policy", "--enforce", "on", "--record-reads", "on", "--two-person", "erase,lift"],
        ] {
            _ = await InProcess.run(["-j", sample.path, "access"] + words)
        }
        let audit = await sample.run("audit")
        #expect(audit.status == .done, "\(audit.errors)")
        let rules = await sample.run("access")
        #expect(rules.lines.contains("two people have to agree to: erase, lift"))
        #expect(rules.lines.contains("reading the audit trail is an event"))
        // Whoever writes now is the one through whom it would be noted.
        let writer = try await Journal.open(at: sample.path)
        let held = await sample.run("audit")
        #expect(held.status == .denied && held.errors.contains("another process writes"))
        var acts: [String] = []
        for try await event in writer.events(kinds: [.accessUsed]) {
            acts.append(try event.data()["act"]?.string ?? "")
        }
        #expect(acts == ["audit", "access"])
        try await writer.close()
    }

    @Test("wrong words are told, and change nothing")
    func badWords() async throws {
        let sample = try await SampleJournal()
        for words in [
            ["grant", "king", "user:a"], ["grant", "admin"], ["policy"], ["approve", "x"],
            ["policy", "--enforce", "maybe"], ["policy", "--two-person", "write"],
            ["check", "user:a", "fly"], ["dance"],
        ] {
            let run = await InProcess.run(["-j", sample.path, "access"] + words)
            #expect(run.status == .usage, "\(words): \(run.output) \(run.errors)")
        }
        let locked = await sample.run("access", "policy", "--enforce", "on")
        #expect(locked.status == .negative && locked.errors.contains("is no admin"))
        let none = await sample.run("access", "approve", "3")
        #expect(none.status == .usage && none.errors.contains("there is no request 3"))
        #expect(await sample.run("access", "requests").lines == ["nobody has asked for anything"])
        let same = await sample.run("access", "policy", "--enforce", "off")
        #expect(same.lines == ["the policy is as before"])
    }
}
