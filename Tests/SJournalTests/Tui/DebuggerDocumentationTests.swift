import JournalTestKit
import Testing

@testable import SJournal

@Suite("The page about the debugger")
struct DebuggerDocumentationTests {
    private static let path = "\(Pages.catalog)/TheDebugger.md"

    @Test("the screen on the page is one that was drawn, and the keys are those in code")
    func screen() async throws {
        let driver = try await DebuggerDriver(try await DebuggerSample(), cursor: 9)
        await driver.press(.character("d"))
        // The page shows no empty lines at the bottom.
        let screen = Array(driver.lines.reversed().drop(while: \.isEmpty).reversed())
        await driver.close()
        var page = try Pages.read(Self.path)
        page = Pages.replacing(table: KeyBinding.markdown, in: page)
        page = Pages.replacing(screen, in: page)
        if Pages.isWriting { try Pages.write(page, to: Self.path) }
        let shown = try Pages.read(Self.path)
        #expect(Pages.block(beginning: screen[0], in: shown) == screen)
        #expect(shown.contains(KeyBinding.markdown.joined(separator: "\n")))
    }
}
