import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import SJournal

/// `report`, and `verify --record`.
@Suite struct ReportCommandTests {
    @Test func aReportIsMadeAndSaysWhatItHolds() async throws {
        let sample = try await SampleJournal()
        let folder = sample.scratch.path("pack")
        let made = await sample.run("report", folder)
        #expect(made.status == .done, "\(made.errors)")
        #expect(made.lines.first?.hasPrefix(folder + ": ") == true)
        #expect(made.lines.contains("reported on  11 of 11 events"), "\(made.output)")
        #expect(made.output.contains("by nobody"))
        #expect(
            made.lines.last == "begin with \(folder)/index.html; python3 verify.py checks it all")
        let manifest = try String(contentsOfFile: folder + "/manifest.sha256", encoding: .utf8)
        #expect(made.lines.contains("manifest     " + manifest.prefix(64)))
        let again = await sample.run("report", folder)
        #expect(again.status == .negative && again.errors.contains("name a folder"))
        let page = try String(contentsOfFile: folder + "/index.html", encoding: .utf8)
        #expect(page.contains("sjournal \(Tool.version)"))
    }

    @Test func aReportIsNarrowed() async throws {
        let sample = try await SampleJournal()
        let json = await sample.run(
            "report", sample.scratch.path("one"), "--regime", "gdpr", "--regime", "gdpr",
            "--session", "chat-2", "--json")
        let value = try JSONValue(parsing: json.output)
        #expect(value["events"] == 2 && value["size"] == 11, "\(json.output)")
        #expect(value["signed"] == .null && value["lost"] == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: sample.scratch.path("one"))
        #expect(names.contains("gdpr.html") && !names.contains("hipaa.html"))
        let found = await sample.run(
            "report", sample.scratch.path("two"), "--query", "name~Listing", "--from", "2", "--to",
            "5", "--since", "2026-01-01", "--until", "2026-12-31", "--json")
        #expect(try JSONValue(parsing: found.output)["events"] == 4, "\(found.errors)")
        for words in [
            ["--regime", "pci"], ["--from", "5", "--to", "2"], ["--from", "x"],
            ["--since", "2026-02-02", "--until", "2026-01-01"],
        ] {
            let run = await InProcess.run(
                ["-j", sample.path, "report", sample.scratch.path("three")] + words)
            #expect(run.status == .usage, "\(words)")
        }
        #expect(await sample.run("report").status == .usage)
        #expect(
            await sample.run("report", sample.scratch.path("x"), "--session", "none").status
                == .negative)
        #expect(!FileManager.default.fileExists(atPath: sample.scratch.path("x")))
    }

    @Test func theRolesOfTheTrailMayReport() async throws {
        let sample = try await SampleJournal()
        for words in [
            ["grant", "admin", "user:tester"], ["grant", "reader", "user:kim"],
            ["policy", "--enforce", "on"],
        ] {
            let run = await InProcess.run(["-j", sample.path, "access"] + words)
            #expect(run.status == .done, "\(run.errors)")
        }
        #expect(CommandAccess.table["report"] == .permission(.audit))
        #expect(await sample.run("report", sample.scratch.path("pack")).status == .done)
        for role in [AccessRole.auditor, .compliance, .admin, .owner] {
            #expect(Permission.audit.roles.contains(role))
        }
        #expect(
            !Permission.audit.roles.contains(.reader) && !Permission.audit.roles.contains(.writer))
    }

    @Test func lossesHaveAStatusOfTheirOwn() async throws {
        let sample = try await SampleJournal()
        #expect(await sample.run("seal").status == .done)
        let folder = sample.path + "/segments"
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder).min())
        let file = URL(fileURLWithPath: folder + "/" + name)
        var bytes = try Data(contentsOf: file)
        for place in 0..<8 { bytes[bytes.count / 4 + place] ^= 0x55 }
        try bytes.write(to: file)
        let run = await sample.run("report", sample.scratch.path("pack"))
        #expect(run.status == .negative, "\(run.errors)")
        #expect(run.output.contains("to damage: the tree cannot be computed"), "\(run.output)")
    }

    @Test func aVerificationIsRecorded() async throws {
        let sample = try await SampleJournal()
        let made = await sample.run("verify", "--record", "--actor", "service:timer")
        #expect(made.status == .done && made.lines.last == "recorded as event 12", "\(made.output)")
        let fresh = await sample.run("verify", "--record", "--if-older-than", "3600")
        #expect(fresh.lines == ["event 12 is of a verification that is new enough"])
        let json = await sample.run("verify", "--record", "--if-older-than", "3600", "--json")
        #expect(json.lines == ["{\"event\":null,\"last\":12}"])
        let part = await sample.run(
            "verify", "--record", "--at-most", "1", "--reason", "asked", "--json")
        let value = try JSONValue(parsing: part.output)
        #expect(value["passed"] == true && value["event"] == 13 && value["contradictions"] == [])
        #expect(await sample.run("log", "--kind", "verification.*").lines.count == 2)
        for words in [
            ["--at-most", "1"], ["--if-older-than", "1"], ["--reason", "x"],
            ["--record", "--deep"], ["--record", "--resume", "file"],
            ["--record", "--at-most", "0"],
        ] {
            let run = await InProcess.run(["-j", sample.path, "verify"] + words)
            #expect(run.status == .usage, "\(words)")
        }
    }

    /// Parts and contradictions are said in words.
    @Test func whatAPartIsAndContradictsIsSaid() async throws {
        let sample = try await SampleJournal()
        #expect(await sample.run("seal").status == .done)
        let part = await sample.run("verify", "--record", "--at-most", "1")
        #expect(part.output.contains("recorded as event 12"), "\(part.output)")
        let journal = try await Journal.open(at: sample.path)
        try await journal.as("user:eve").append(
            EventDraft(
                .verificationFinished,
                data: [
                    "passed": true, "events": [1, 11], "whole": false, "next": 12,
                    "root": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                ]), to: .journal)
        try await journal.close()
        let wrong = await sample.run("verify", "--record", "--at-most", "1")
        #expect(wrong.status == .negative, "\(wrong.output)")
        #expect(wrong.output.contains("the first 11 events are not those that were read"))
        #expect(wrong.output.contains("a part of them"))
    }

    #if Crypto
    @Test func whatHasAKeyIsSignedFirst() async throws {
        let sample = try await SampleJournal()
        let key = await sample.run("key", "new").lines[0]
        let folder = sample.scratch.path("pack")
        let made = await sample.run("report", folder)
        #expect(made.lines.contains { $0.hasPrefix("signed       the first ") }, "\(made.output)")
        let note = try String(contentsOfFile: folder + "/checkpoint", encoding: .utf8)
        #expect(note.hasPrefix(String(key.split(separator: "+")[0]) + "\n"))
        let recorded = await sample.run("verify", "--record", "--key", key)
        #expect(recorded.status == .done, "\(recorded.output)")
        #expect(recorded.output.contains("VALID-UNANCHORED"))
        // While somebody else writes, what was signed last is what there is.
        let journal = try await Journal.open(at: sample.path)
        let other = await sample.run("report", sample.scratch.path("other"))
        #expect(other.status == .done && other.errors.contains("nothing is signed now"))
        try await journal.close()
    }
    #endif
}

/// The units with which systemd runs the verification.
@Suite struct VerificationUnitTests {
    private func unit(_ name: String) throws -> String { try Pages.read("tools/\(name)") }

    /// The command line of the unit is one that the tool knows.
    @Test func theServiceRunsACommandThatThereIs() throws {
        let line = try #require(
            unit("sjournal-verify.service").split(separator: "\n").first {
                $0.hasPrefix("ExecStart=/usr/bin/env sjournal ")
            })
        let words = line.split(separator: " ").dropFirst(2).map(String.init)
        let parsed = try ArgumentParser(commands: Tool.commands.map { $0.spec }).parse(words)
        guard case .run(let arguments) = parsed else {
            Issue.record("\(words) is no command")
            return
        }
        #expect(arguments.command == "verify" && arguments.has("--record"))
        #expect(try arguments.number("--if-older-than") ?? 0 < 3_600)
        #expect(try unit("sjournal-verify.timer").contains("OnCalendar=hourly"))
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")))
    func systemdTakesTheUnits() throws {
        let scratch = try ScratchDirectory()
        let tools = Pages.root.path + "/tools"
        let run = try ProcessRun.shell(
            "systemd-analyze verify --man=no '\(tools)'/sjournal-verify.{service,timer} 2>&1",
            in: scratch.url, environment: [:])
        #expect(!run.output.contains("sjournal-verify"), "\(run.output)")
    }
}
