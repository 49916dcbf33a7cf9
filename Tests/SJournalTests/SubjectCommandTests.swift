import Foundation
import SessionJournal
import Testing

@testable import SJournal

/// `disclose --subject`.
struct SubjectCommandTests {
    private static func read(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    @Test func aFolderWithEverythingAndProofs() async throws {
        let sample = try await SampleJournal()
        let folder = sample.scratch.path("ada")
        let done = await sample.run("disclose", "--subject", "user:ada", "--to", folder)
        #expect(done.status == .done, "\(done.errors)")
        #expect(done.lines[0] == "wrote 9 events of user:ada to \(folder)")
        #expect(done.output.contains("by a tree that nobody has signed: 9"))
        let manifest = try JSONValue(parsing: Self.read(folder + "/manifest.json"))
        for file in try #require(manifest["files"]?.array) {
            let text = try Self.read(folder + "/" + (file["name"]?.string ?? ""))
            #expect(Digest(hashing: text.utf8.span).hexadecimal == file["sha256"]?.string)
        }
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
        #expect(names.count == 9 + 6 && !names.contains("context.jsonl"), "\(names)")
        let events = try Self.read(folder + "/events.jsonl").split(separator: "\n")
        #expect(events.count == 9 && !events.joined().contains("Three files"))
        let page = try Self.read(folder + "/record.html")
        #expect(page.contains("Please list this folder.") && !page.contains("Three files"))
        #expect(try Self.read(folder + "/README.txt").contains("verify.py"))
        for name in names where name.hasSuffix(".tlog-proof") {
            let verdict = await sample.run("verify", "--proof", folder + "/" + name)
            #expect(verdict.status == .done && verdict.output.contains("VALID-UNANCHORED"))
            #expect(verdict.output.contains("nobody has signed it"))
        }
        let again = await sample.run("disclose", "--subject", "user:ada", "--to", folder)
        #expect(again.status == .negative && again.errors.contains("does not exist yet"))
        let json = await sample.run(
            "disclose", "--subject", "agent:b", "--to", folder + "2", "--with-context",
            "--with-holds", "--json")
        #expect(json.status == .done && json.output.contains("\"holds\":[]"))
        let context = try Self.read(folder + "2/context.jsonl")
        #expect(context.contains("Please list this folder.") && !context.contains("user:ada"))
        #expect(try Self.read(folder + "2/record.html").contains("Messages that were answered"))
    }

    /// A page obeys nothing that stands in a journal, whoever the record is about.
    @Test func hostileTextStaysText() async throws {
        let sample = try await SampleJournal()
        let name = "user:<script>alert(1)</script>"
        let journal = try await Journal.open(at: sample.path, options: SampleJournal.options())
        let writer = journal.as(name)
        let session = try await writer.createSession(
            key: "\"><img src=x onerror=alert(2)>", metadata: ["name": "</pre><script>3</script>"])
        try await writer.say(
            "user", "</pre><script>alert('4')</script> & \u{202E}\u{1B}[2J", in: session)
        try await writer.append(
            EventDraft(.annotationAdded, data: ["name": "<b>", "value": "<i onclick='x'>"]),
            to: session)
        try await journal.close()
        let folder = sample.scratch.path("hostile")
        let done = await sample.run("disclose", "--subject", name, "--to", folder)
        #expect(done.status == .done, "\(done.errors)")
        let page = try Self.read(folder + "/record.html")
        #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("<i "))
        #expect(!page.contains("\u{202E}") && !page.contains("\u{1B}"))
        #expect(page.contains("&lt;script&gt;alert(&#39;4&#39;)&lt;/script&gt; &amp; \\u{202e}"))
        let tags = Set(page.matches(of: #/<\/?([A-Za-z!][A-Za-z0-9]*)/#).map { String($0.1) })
        let known: Set<String> = [
            "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "code",
            "article", "header", "pre", "ul", "li",
        ]
        #expect(tags.subtracting(known) == [], "\(tags)")
        #expect(page.contains("default-src 'none'; style-src 'sha256-"))
        let style = try #require(page.firstMatch(of: #/<style>(.*?)<\/style>/#))
        #expect(page.contains(Digest(hashing: String(style.1).utf8.span).base64))
        let readme = try Self.read(folder + "/README.txt")
        #expect(!readme.contains("\u{1B}"))
        // Nobody: a folder that says so.
        let none = await sample.run(
            "disclose", "--subject", "user:nobody", "--to", sample.scratch.path("none"))
        #expect(none.status == .done && none.lines[0].hasPrefix("wrote 0 events"))
        #expect(try Self.read(sample.scratch.path("none/record.html")).contains("<p>None.</p>"))
        #expect(try Self.read(sample.scratch.path("none/events.jsonl")).isEmpty)
    }

    @Test func itIsAReadingOfTheAuditTrail() async throws {
        let sample = try await SampleJournal()
        for words in [
            ["access", "grant", "admin", "user:root", "--actor", "user:root"],
            ["access", "grant", "reader", "tester", "--actor", "user:root"],
            ["access", "grant", "reader", "user:tester", "--actor", "user:root"],
            [
                "access", "policy", "--enforce", "on", "--record-reads", "on", "--actor",
                "user:root",
            ],
        ] {
            let answer = await InProcess.run(["-j", sample.path] + words)
            #expect(answer.status == .done, "\(words) \(answer.errors)")
        }
        let denied = await sample.run(
            "disclose", "--subject", "user:ada", "--to", sample.scratch.path("x"))
        #expect(denied.status == .denied && denied.errors.contains("audit"), "\(denied.errors)")
        #expect((await sample.run("scan", "chat-1")).status == .done)
        #expect((await sample.run("redact", "2")).status == .denied)
        let journal = try await Journal.open(at: sample.path)
        try await journal.as("user:root").grant(.auditor, to: "user:tester")
        try await journal.close()
        let done = await sample.run(
            "disclose", "--subject", "user:ada", "--to", sample.scratch.path("x"))
        #expect(done.status == .done, "\(done.errors)")
        let log = await sample.run("log", "@journal", "--json")
        #expect(
            log.output.contains("\"access.used\"") && log.output.contains("\"act\":\"disclose\""))
    }

    @Test func whatMakesNoSenseIsRefused() async throws {
        let sample = try await SampleJournal()
        for words in [
            ["disclose"], ["disclose", "--subject", "a"], ["disclose", "1", "--subject", "a"],
            ["disclose", "--subject", "a", "--to", "x", "--output", "y"],
            ["disclose", "--to", "x"],
            ["disclose", "1", "--with-context"], ["disclose", "1", "--json"],
            ["disclose", "--subject", "", "--to", "x"], ["disclose", "x"],
        ] {
            let answer = await InProcess.run(["-j", sample.path] + words)
            #expect(answer.status == .usage, "\(words) \(answer.errors)")
        }
    }
}
