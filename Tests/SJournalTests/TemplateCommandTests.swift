import SessionJournal
import Testing

@testable import SJournal

@Suite("Templates on the command line")
struct TemplateCommandTests {
    @Test("they are listed, shown, declared, and sessions are made from them")
    func templates() async throws {
        let sample = try await SampleJournal()
        let list = await sample.run("templates")
        #expect(list.lines.contains { $0.hasPrefix("customer_support@1  company [tone]") })
        #expect(await sample.run("templates", "--json").lines.count == 2)
        let shown = await sample.run("templates", "show", "customer_support")
        #expect(shown.output.contains("Whose customers they are."), "\(shown.errors)")
        #expect(shown.lines.contains { $0.hasPrefix("system_prompt  You answer the customers") })
        #expect(shown.lines.allSatisfy { $0.count <= 80 })
        let json = await sample.run("templates", "show", "code_assistant", "--json")
        let mine = json.output.replacing("\"version\":1", with: "\"version\":2")
            .replacing("little at a time", with: "what you must")
        let declared = await InProcess.run(
            ["-j", sample.path, "templates", "declare", "-", "--reason", "shorter"], input: mine)
        #expect(
            declared.output.hasPrefix("declared code_assistant@2, event "), "\(declared.errors)")
        let again = await InProcess.run(
            ["-j", sample.path, "templates", "declare", "-", "--json"], input: mine)
        #expect(try JSONValue(parsing: again.output)["seq"] == .null)
        let other = mine.replacing("what you must", with: "everything")
        let refused = await InProcess.run(
            ["-j", sample.path, "templates", "declare", "-"], input: other)
        #expect(refused.status == .negative && refused.errors.contains("a version does not change"))
        let made = await sample.run(
            "new", "--key", "help", "--template", "customer_support", "--param", "company=Acme",
            "--param", "tone=short", "owner=ada")
        #expect(made.status == .done, "\(made.errors)")
        let show = await sample.run("show", "help")
        #expect(show.lines.contains("template    customer_support@1"))
        #expect(show.output.contains("You answer the customers of Acme. Be short."))
        let state = try JSONValue(parsing: await sample.run("show", "help", "--json").output)
        #expect(state["template"]?["parameters"]?["company"] == "Acme")
        #expect(state["metadata"]?["owner"] == "ada")
        #expect(state["lifecycle"]?["limits"]?["max_messages"] == 200)
        #expect(await sample.run("templates", "--at", "1", "--json").lines.count == 2)
        let code = await sample.run(
            "new", "--key", "code", "--template", "code_assistant@1", "--param", "max_tokens=9",
            "--limit", "messages=3")
        #expect(code.status == .done, "\(code.errors)")
        let small = try JSONValue(parsing: await sample.run("show", "code", "--json").output)
        #expect(small["metadata"]?["max_tokens"] == 9)
        #expect(small["lifecycle"]?["limits"]?["max_messages"] == 3)
    }

    @Test("what is wrong is said, and nothing is made")
    func refusals() async throws {
        let sample = try await SampleJournal()
        let before = await sample.run("log", "--json")
        let missing = await sample.run("new", "--template", "customer_support", "--param", "a=b")
        #expect(missing.status == .usage)
        #expect(missing.errors.contains("“company” is required"))
        #expect(missing.errors.contains("“a” is none"))
        let unknown = await sample.run("new", "--template", "nothing")
        #expect(unknown.status == .negative && unknown.errors.contains("code_assistant@1"))
        #expect(await sample.run("new", "--param", "a=b").status == .usage)
        #expect(
            await sample.run("new", "--template", "code_assistant", "--param", "a").status == .usage
        )
        let wrong = await sample.run("new", "--template", "code_assistant", "is_starred=5")
        #expect(wrong.status == .negative && wrong.errors.contains("“is_starred”"))
        #expect(await sample.run("templates", "show").status == .usage)
        #expect(await sample.run("templates", "drop", "x").status == .usage)
        #expect(await sample.run("templates", "show", "nothing").status == .negative)
        #expect(await sample.run("templates", "declare", "/nowhere").status == .negative)
        let noJSON = await InProcess.run(
            ["-j", sample.path, "templates", "declare", "-"], input: "{")
        #expect(noJSON.status == .negative)
        let none = await InProcess.run(
            ["-j", sample.path, "templates", "declare", "-"], input: "{\"name\":\"\"}")
        #expect(none.status == .usage && none.errors.contains("its name"))
        #expect(await sample.run("log", "--json").output == before.output)
    }
}
