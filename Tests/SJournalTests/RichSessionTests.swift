import Foundation
import SessionJournal
import Testing
import Transcripts

@testable import SJournal

@Suite("Sessions with everything in them, and terminals")
struct RichSessionTests {
    /// A journal with one session that has a part of every kind, a sidechain and a missing parent.
    private func richJournal() async throws -> (scratch: ScratchDirectory, path: String) {
        let scratch = try ScratchDirectory()
        let path = scratch.path("journal")
        let journal = try await Journal.create(at: path, options: SampleJournal.options())
        let ada = journal.as("user:ada")
        let rich = try await ada.createSession(
            key: "rich", metadata: ["status": "archived", "model": "m-1"])
        let parts: [JSONValue] = [
            ["type": "image", "media_type": "image/png", "base64": "AA=="],
            ["type": "audio", "url": "https://example.org/a.ogg", "name": "a.ogg"],
            ["type": "video"], ["type": "document", "name": "d.pdf"],
            ["type": "derived", "text": "A red square.", "source": 0],
            ["type": "unknown", "value": ["type": "odd"]], ["type": "unknown", "value": 7],
            ["type": "text", "text": ""],
        ]
        try await ada.say("user", parts: parts, in: rich)
        func call(_ id: String, _ input: JSONValue) -> JSONValue {
            ["type": "tool_use", "call": .string(id), "name": "T", "input": input]
        }
        try await ada.say(
            "assistant",
            parts: [
                call(
                    "c1", ["file_path": "/a/very/long/path/that/does/not/fit/into/the/line/x.swift"]
                ),
                call("c2", ["count": 3, "words": "two of them"]), call("c3", "as text"),
                call("c4", [:]),
            ], in: rich)
        func result(_ id: String, _ content: JSONValue) -> JSONValue {
            [
                "type": "tool_result", "call": .string(id), "content": content, "is_error": true,
            ]
        }
        try await ada.say(
            "tool",
            parts: [
                result("c1", "plain"), result("c2", [["type": "text", "text": "in a part"]]),
                result("c3", ["text": "in an object"]), result("c4", 7),
            ], in: rich)
        try await ada.append(
            EventDraft(
                .messageAppended, branch: "side",
                data: [
                    "message": "m-9", "parent": "gone", "missing_parent": "gone", "role": "user",
                    "parts": [["type": "thinking", "text": "hm"]],
                ]), to: rich)
        try await ada.append(
            EventDraft(
                .messageAppended, branch: "side",
                data: [
                    "message": "m-10", "parent": ["session": "other", "message": "x"],
                    "role": "user", "synthetic": "meta", "parts": [],
                ]), to: rich)
        try await ada.append(
            [
                EventDraft(.annotationAdded, data: ["name": "n", "value": 1.5]),
                EventDraft(
                    EventKind(rawValue: "x.own"), data: ["flag": true, "list": [1], "n": 7]),
                EventDraft(.errorRecorded, data: ["error": ["code": 5]]),
            ], to: rich)
        try await journal.close()
        return (scratch, path)
    }

    @Test("every kind of part is named, every outcome told")
    func parts() async throws {
        let rich = try await richJournal()
        defer { withExtendedLifetime(rich.scratch) {} }
        let path = rich.path
        let show = await InProcess.run(["-j", path, "show", "rich"])
        for line in [
            "status      archived", "model       m-1", "  [image, image/png]", "  [audio, a.ogg]",
            "  [video]", "  [document, d.pdf]", "  (from part 0) A red square.",
            "  [a part of type odd]", "  [an unknown part]",
            "  ⚙ T  two of them → error: in a part",
            "  ⚙ T  as text → error: in an object", "  ⚙ T → error",
        ] {
            #expect(show.lines.contains(line), "\(line) in\n\(show.output)")
        }
        #expect(show.output.contains("line/x.swift → error: plain"), "\(show.output)")
        let tree = await InProcess.run(["-j", path, "tree", "rich"])
        #expect(tree.output.contains("its parent is missing"), "\(tree.output)")
        #expect(tree.output.contains("answers session other"), "\(tree.output)")
        let log = await InProcess.run(["-j", path, "log"], columns: 120)
        for words in [
            "user: [image]", "assistant: ⚙ T /a/very", "tool: → error", "flag true, n 7",
            "side  user: [thinking]", "  n",
        ] {
            #expect(log.output.contains(words), "\(words) in\n\(log.output)")
        }
    }

    @Test("a terminal gets colour unless it or its owner says no; a pipe never does")
    func terminal() async throws {
        let sample = try await SampleJournal()
        try #require(FileManager.default.fileExists(atPath: "/usr/bin/script"))
        func run(_ environment: [String: String]) throws -> String {
            try ProcessRun.shell(
                "script -qec 'sjournal -j \(sample.path) log; sjournal -j \(sample.path) verify' "
                    + "/dev/null", in: sample.scratch.url, environment: environment
            ).output
        }
        #expect(try run(["TERM": "xterm"]).contains("\u{1B}[36m"))
        #expect(try !run(["TERM": "xterm", "NO_COLOR": "1"]).contains("\u{1B}[36m"))
        #expect(try !run(["TERM": "dumb"]).contains("\u{1B}"))
        let json = try ProcessRun.shell(
            "script -qec 'sjournal -j \(sample.path) log --json' /dev/null",
            in: sample.scratch.url, environment: ["TERM": "xterm"])
        #expect(json.output.contains("\\u202e"))
        #expect(!json.output.unicodeScalars.contains("\u{202E}"))
    }

    @Test("log --follow prints what is there and waits for more")
    func follow() async throws {
        let sample = try await SampleJournal()
        let writer = try await Journal.open(at: sample.path)
        let output = sample.scratch.url.appendingPathComponent("followed")
        let process = try ProcessRun.start(
            "exec timeout 60 sjournal -j \(sample.path) log chat-2 --follow --json",
            in: sample.scratch.url, output: output,
            errors: sample.scratch.url.appendingPathComponent("errors"))
        let session = try await writer.resolve("chat-2")
        try await writer.as("user:ada").say("user", "Later.", in: session)
        var followed = ""
        for _ in 0..<300 where !followed.contains("Later.") {
            try await Task.sleep(for: .milliseconds(100))
            followed = try String(contentsOf: output, encoding: .utf8)
        }
        process.terminate()
        #expect(followed.filter { $0 == "\n" }.count == 3, "\(followed)")
        #expect(followed.contains("Later."))
        try await writer.close()
    }

    @Test(
        "each error has its status",
        arguments: [
            (JournalError(.sessionNotFound, "x"), SJournal.ExitStatus.negative),
            (JournalError(.locked, "x"), .negative), (JournalError(.conflict, "x"), .negative),
            (JournalError(.invalidArgument, "x"), .usage),
            (JournalError(.notAJournal, "x"), .damaged),
            (JournalError(.newerFormat, "x"), .damaged),
            (JournalError(.damaged, "x"), .damaged), (JournalError(.noSpace, "x"), .damaged),
            (JournalError(.inputOutput, "x"), .damaged),
            (JournalError(.accessDenied, "x"), .denied),
            (JournalError(.readOnly, "x"), .denied),
        ])
    func statuses(error: JournalError, status: SJournal.ExitStatus) {
        #expect(Failure(explaining: error).status == status)
    }

    @Test("the place and the cause are named, and errors of other kinds too")
    func explanations() {
        func text(_ error: any Error) -> String {
            Failure(explaining: error).message.rendered(isColoured: false)
        }
        let inner = JournalError(.inputOutput, "inner")
        #expect(
            text(JournalError(.damaged, "outer", place: "file\u{1B}", cause: inner))
                == "file\\u{1b}: outer (inner); sjournal verify names all damage")
        #expect(text(JournalError(.closed, "shut")) == "shut")
        #expect(text(TranscriptError(.notFound, "gone")) == "gone")
        #expect(text(InputFailure(number: 5)).hasPrefix("the input cannot be read: "))
        #expect(text(CancellationError()).contains("CancellationError"))
        let denied = TranscriptError(
            .inaccessible, "no", cause: CocoaError(.fileReadNoPermission))
        #expect(Failure(explaining: denied).status == .denied)
        let posix = TranscriptError(.inaccessible, "no", cause: POSIXError(.EACCES))
        #expect(Failure(explaining: posix).status == .denied)
        #expect(Failure(explaining: TranscriptError(.inaccessible, "no")).status == .damaged)
        #expect(Failure(explaining: TranscriptError(.mismatch, "no")).status == .damaged)
        #expect(Failure(explaining: OutputFailure.refused(13)).status == .denied)
    }
}
