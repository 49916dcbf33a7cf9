import Testing

@testable import SJournal

@Suite("Trees and conversations in columns")
struct ViewTests {
    private struct Spoken {
        var node: TreeOutline.Node
        var text: String
    }

    private func node(
        _ parent: Int?, _ role: Shown, _ text: String, heads: [Shown] = [], isAside: Bool = false
    ) -> Spoken {
        let node = TreeOutline.Node(
            parent: parent, beginsTurn: role == "user", role: role, time: "TIME", heads: heads,
            isAside: isAside)
        return Spoken(node: node, text: text)
    }

    private func drawing(_ spoken: [Spoken], trunk: Int?, columns: Int = 50) -> [String] {
        let outline = TreeOutline(nodes: spoken.map(\.node), trunk: trunk, columns: columns) {
            spoken[$0].text
        }
        return outline.lines().map { line in
            #expect(line.width <= columns)
            return line.rendered(isColoured: false)
        }
    }

    @Test("linear runs fold into turns; forks are indented and end in their names")
    func fork() {
        let lines = drawing(
            [
                node(nil, "user", "Write a parser"), node(0, "assistant", "Yes"),
                node(1, "tool", ""), node(2, "assistant", "Done"),
                node(0, "assistant", "Another"), node(4, "user", "More", heads: ["fork-1"]),
                node(3, "user", "Now the tests, and make them thorough and quick"),
                node(6, "assistant", "Fine", heads: ["main"]),
            ], trunk: 7)
        #expect(
            lines
                == [
                    "● user  Write a parser                 TIME",
                    "├─╮",
                    "│ ● assistant  Another                 TIME",
                    "│ ● user  More                         TIME",
                    "│ ◆ fork-1",
                    "● assistant  Yes                       TIME  +2",
                    "● user  Now the tests, and make them…  TIME  +1",
                    "◆ main",
                ].map { $0 })
    }

    @Test("a parent that points at itself, past the end, or round in a circle traps nothing")
    func circles() {
        #expect(drawing([node(0, "user", "self")], trunk: 0).count == 1)
        #expect(drawing([node(9, "user", "none")], trunk: 9).count == 1)
        let lines = drawing(
            [
                node(2, "user", "a"), node(0, "user", "b"), node(1, "user", "c"),
                node(1, "user", "d"),
            ],
            trunk: 1)
        for word in ["a", "b", "c", "d"] {
            #expect(lines.filter { $0.contains("● user  \(word) ") }.count == 1)
        }
        #expect(drawing([], trunk: nil).isEmpty)
    }

    @Test("100,000 messages in a line, in a comb and all from one parent are drawn quickly")
    func large() {
        let count = 100_000
        let shapes: [(Int) -> Int?] = [
            { $0 == 0 ? nil : $0 - 1 },
            { $0 == 0 ? nil : 0 },
            { $0 == 0 ? nil : $0 % 2 == 0 ? $0 - 2 : $0 - 1 },
            { $0 == 0 ? nil : ($0 - 1) / 2 },
        ]
        for shape in shapes {
            let nodes = (0..<count).map { node(shape($0), "user", "word") }
            let start = ContinuousClock.now
            #expect(drawing(nodes, trunk: count - 1).count >= count)
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }

    private func spoken(_ messages: [SpokenMessage], isFull: Bool = false) -> [String] {
        var lines: [String] = []
        ConversationText(columns: 50, isFull: isFull).write(messages) { line in
            #expect(line.width <= 50)
            lines.append(line.rendered(isColoured: false))
        }
        return lines
    }

    @Test("a conversation has a header for each speaker, text wrapped, tool calls in one line")
    func conversation() {
        let lines = spoken([
            SpokenMessage(
                role: "user", time: "TIME", sequence: 7,
                parts: [.text("Please list the files in this folder, the hidden ones too.")]),
            SpokenMessage(
                role: "assistant", time: "TIME", sequence: 8,
                parts: [
                    .thinking("One\ntwo\nthree"),
                    .tool(name: "Bash", argument: "ls\n-la", outcome: .ok, milliseconds: 1234),
                ]),
            SpokenMessage(role: "tool", time: "TIME", sequence: 9, parts: []),
            SpokenMessage(
                role: "assistant", time: "TIME", sequence: 10,
                parts: [
                    .tool(
                        name: "Read", argument: "/a", outcome: .failed("no\nfile"),
                        milliseconds: nil),
                    .tool(name: "Ask", argument: "", outcome: .open, milliseconds: nil),
                    .named("image, image/png"), .text("Done.\u{1B}[2J"),
                ]),
            SpokenMessage(
                role: "user", time: "TIME", sequence: 11, remark: "meta", parts: [.text("x")]),
        ])
        #expect(
            lines == [
                "",
                "user                                      TIME  #7",
                "  Please list the files in this folder, the hidden",
                "  ones too.",
                "",
                "assistant                                 TIME  #8",
                "  ✻ One",
                "    two",
                "    … 6 B more; --full shows all",
                "  ⚙ Bash  ls -la → ok 1.2 s",
                "  ⚙ Read  /a → error: no file",
                "  ⚙ Ask → no result",
                "  [image, image/png]",
                "  Done.\\u{1b}[2J",
                "",
                "user  meta                               TIME  #11",
                "  x",
            ])
    }

    @Test("long text is cut unless all is asked for; long arguments are elided")
    func longTexts() {
        let long = String(repeating: "word ", count: 1000)
        let message = SpokenMessage(
            role: "user", time: "T", sequence: 1,
            parts: [
                .text(long),
                .tool(name: "Bash", argument: long, outcome: .failed(long), milliseconds: 5),
            ])
        let cut = spoken([message])
        #expect(cut.count == 2 + 40 + 1 + 1)
        #expect(cut[cut.count - 2].contains("kB more"))
        #expect(spoken([message], isFull: true).count > 100)
    }

    @Test("a short name is the shortest beginning that no other name has")
    func shortNames() {
        let names = ShortNames(["aaaaaaaaaa", "aaaaaaaaab", "bbbbbbbbbbbb", "cc", "bbbbbbbbbbbb"])
        #expect(names.short("aaaaaaaaaa") == "aaaaaaaaaa")
        #expect(names.short("aaaaaaaaab") == "aaaaaaaaab")
        #expect(names.short("bbbbbbbbbbbb").count > 8)
        #expect(names.short("cc") == "cc")
        #expect(ShortNames(["0123456789abcdef"]).short("0123456789abcdef") == "01234567")
        #expect(ShortNames([]).short("0123456789abcdef") == "01234567")
    }

    @Test(
        "an audit trail is a table; the values of a creation share a line unless they are asked for"
    )
    func audit() {
        let rows = [
            AuditRow(
                time: "T1", sequence: 1, field: "name", old: nil, new: "\"\"", actor: "user:ada"),
            AuditRow(
                time: "T1", sequence: 1, field: "status", old: nil, new: "\"active\"",
                actor: "user:ada"),
            AuditRow(
                time: "T2", sequence: 9, field: "name", old: "\"\"", new: "\"A\u{1B} b\"",
                actor: "user:ada",
                reason: "it had none"),
        ]
        func text(_ rows: [AuditRow], grouped: Bool, width: Int = 80) -> [String] {
            AuditTable(rows, groupsDefaults: grouped).lines(width: width).map {
                #expect($0.width <= width)
                return $0.rendered(isColoured: false)
            }
        }
        #expect(
            text(rows, grouped: true) == [
                "when  field    old → new         who",
                "T1    created  status \"active\"   user:ada",
                "T2    name     \"\" → \"A\\u{1b} b\"  user:ada",
                "                      why: it had none",
            ])
        #expect(
            text(rows, grouped: true, width: 120) == [
                "when  field    old → new         who       why",
                "T1    created  status \"active\"   user:ada",
                "T2    name     \"\" → \"A\\u{1b} b\"  user:ada  it had none",
            ])
        #expect(
            text(Array(rows.prefix(2)), grouped: false) == [
                "when  field   old → new  who", "T1    name    \"\"         user:ada",
                "T1    status  \"active\"   user:ada",
            ])
    }
}
