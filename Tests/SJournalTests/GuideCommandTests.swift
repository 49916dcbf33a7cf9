import Foundation
import JournalTestKit
import Testing

@testable import SJournal

@Suite("Commands on the pages")
struct GuideCommandTests {
    private let parser = ArgumentParser(commands: Tool.commands.map { $0.spec })

    /// What the parser has against a line; nil for nothing.
    private func complaint(_ line: String) -> String? {
        do {
            _ = try parser.parse(PageCommands.words(line))
            return nil
        } catch {
            return error.message.rendered(isColoured: false)
        }
    }

    /// `COMMAND` and `…` stand for words: a line with one of them is a form, not a command.
    private func isForm(_ line: String) -> Bool { line.contains("COMMAND") || line.contains("…") }

    @Test("words are those of a shell")
    func words() {
        #expect(
            PageCommands.words(#"sjournal set a name='Green tea' b="c d" e\ f '' | head >x"#)
                == ["set", "a", "name=Green tea", "b=c d", "e f", ""])
        #expect(PageCommands.words("sjournal edit a '#2' x # why") == ["edit", "a", "#2", "x"])
    }

    @Test("every line of every page is a command with options that there are")
    func everyLineIsACommand() throws {
        var count = 0
        for (path, page) in try Pages.all() {
            let calls = PageCommands.calls(in: page)
            for line in calls.lines where !isForm(line) {
                count += 1
                #expect(complaint(line) == nil, "\(path): \(line)")
            }
            // A span in a sentence may leave out what is not the point.
            for span in calls.spans where !isForm(span) {
                count += 1
                let complaint = complaint(span)
                #expect(complaint?.contains(" needs ") ?? true, "\(path): \(span): \(complaint!)")
            }
        }
        #expect(count > 150)
        #expect(complaint("sjournal shwo x")?.contains("did you mean show") == true)
        #expect(complaint("sjournal verify --deeep") != nil)
    }

    @Test("every command is on the page about the command line")
    func everyCommandIsListed() throws {
        let page = try Pages.read("\(Pages.catalog)/CommandLine.md")
        for command in Tool.commands {
            #expect(
                page.contains("| `\(command.spec.name)")
                    || page.contains(", `\(command.spec.name) "),
                "\(command.spec.name)")
        }
    }

    /// What is there before the blocks of a page run.
    private static let beginnings = [
        "UsingSessions": "", "Extending": "sjournal init",
        "TimeTravel": """
        sjournal init
        sjournal new --key tea model=m-1
        sjournal say tea 'How hot?'
        sjournal say tea '70 °C.' --role assistant
        sjournal say tea 'Really?'
        sjournal set tea model=m-2 --reason upgrade
        sjournal say tea 'I am sorry: 80 °C.' --role assistant
        """,
        "MeasuringSessions": talk, "CommandLine": talk, "OperatingAJournal": talk,
    ]

    private static let talk = """
        sjournal init
        sjournal new --key chat-1 --actor user:ada
        sjournal say chat-1 'Please list this folder.'
        sjournal archive chat-1
        """

    @Test("the blocks of a page run, one after the other", arguments: beginnings.keys.sorted())
    func blocksRun(page: String) throws {
        let scratch = try ScratchDirectory()
        func run(_ script: String) throws -> ProcessRun {
            // Folders of an administrator lie in the test's own.
            let script = script.replacing(/\/(mnt\/other|var\/lib)\//) { _ in
                "\(scratch.url.path)/"
            }
            return try ProcessRun.shell(
                "set -eo pipefail\n" + script, in: scratch.url,
                environment: ["SJOURNAL_DIR": scratch.path("journal"), "USER": "ada"])
        }
        let begun = try run(Self.beginnings[page] ?? "")
        #expect(begun.status == 0, "\(begun.errors)")
        let blocks = try PageCommands.blocks(of: page)
        #expect(!blocks.isEmpty)
        for block in blocks {
            let run = try run(block.lines.joined(separator: "\n"))
            #expect(run.status == 0, "\(block): \(run.output)\(run.errors)")
        }
        let verified = try run("sjournal verify")
        #expect(verified.status == 0)
    }

    @Test("what the README shows is what is printed")
    func theReadmeShowsWhatIsPrinted() async throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path("journal")
        _ = await InProcess.run(["-j", path, "init"])
        let first = "$ sjournal import Fixtures/claude-code"
        let block = try #require(Pages.block(beginning: first, in: Pages.read("README.md")))
        var printed: ArraySlice<String> = []
        var isGap = false
        var count = 0
        for line in block where !line.isEmpty {
            if line.hasPrefix("$ ") {
                let words = PageCommands.words(String(line.dropFirst(2)))
                let fixtures = "Fixtures/claude-code"
                let folder = Pages.root.appending(path: fixtures).path()
                let run = await InProcess.run(
                    ["-j", path] + words.map { $0 == fixtures ? folder : $0 })
                #expect(run.status == .done, "\(line): \(run.errors)")
                printed = run.lines[...]
                isGap = false
            } else if line == "  …" {
                isGap = true
            } else {
                // Two spaces before each line; `…` alone stands for lines that are left out.
                let shown = String(line.dropFirst(2))
                while isGap, let next = printed.first, next != shown { printed.removeFirst() }
                #expect(printed.popFirst() == shown)
                isGap = false
                count += 1
            }
        }
        #expect(count > 10)
    }
}
