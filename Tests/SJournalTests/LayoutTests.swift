import Testing

@testable import SJournal

@Suite("Columns, wrapping and tables")
struct LayoutTests {
    @Test(
        "a text takes the columns that a terminal gives it",
        arguments: [
            ("", 0), ("abc", 3), ("Grüße", 5), ("漢字", 4), ("ｆｕ", 4), ("e\u{301}", 1),
            ("👍", 2), ("👍🏽", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("⚠\u{FE0F}", 2), ("⚙", 1), ("한글", 4),
            ("→…─│", 4), ("a\u{200B}b", 2), ("ｶﾅ", 2), ("\u{AD}", 0),
            ("\u{1112}\u{1161}\u{11AB}", 2),
        ])
    func width(text: String, columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
    }

    @Test("wrapped lines never exceed their columns and lose no word", arguments: 4...30)
    func wrapping(columns: Int) {
        let text = "The quick brown 狐 jumps over\n    the-lazy-and-very-long-dog, twice 👍👍 a b"
        let cut = Wrapping.wrapped(text, to: columns)
        #expect(cut.omittedBytes == 0)
        for line in cut.lines { #expect(DisplayWidth.of(line) <= columns) }
        let kept = cut.lines.joined().filter { $0 != " " }
        #expect(kept == text.filter { $0 != " " && $0 != "\n" })
    }

    @Test("the indent of a line is kept on its continuations; gaps inside a line stay")
    func indent() {
        #expect(
            Wrapping.wrapped("  - one two three", to: 9).lines == ["  - one", "  two", "  three"])
        #expect(Wrapping.wrapped("a   b", to: 9).lines == ["a   b"])
        #expect(Wrapping.wrapped("\tif x {\n\t}", to: 20).lines == ["    if x {", "    }"])
        #expect(Wrapping.wrapped("a\tb", to: 20).lines == ["a   b"])
    }

    @Test("line ends are understood; a trailing empty line is dropped")
    func lines() {
        #expect(Wrapping.lines("a\r\nb\n\nc\n\n") == ["a", "b", "", "c"])
        #expect(Wrapping.lines("") == [""])
        #expect(Wrapping.wrapped("a\u{1B}b\rc", to: 40).lines == ["a\\u{1b}b\\rc"])
    }

    @Test("a long text is cut at a number of lines and says how much is left out")
    func limit() {
        let cut = Wrapping.wrapped("one\ntwo\nthree\nfour", to: 40, limit: 2)
        #expect(cut.lines == ["one", "two"])
        #expect(cut.omittedBytes == 11)
        let long = Wrapping.wrapped(String(repeating: "word ", count: 100), to: 40, limit: 3)
        #expect(long.lines.count == 3)
        #expect(long.omittedBytes > 300)
    }

    @Test("a text flattens to one line")
    func flattening() {
        #expect(Wrapping.flattened("  a\n\n  b\tc ") == "a b c")
        #expect(Wrapping.flattened("abcdef", limit: 3) == "abc…")
        #expect(Wrapping.flattened(" \n ") == "")
    }

    @Test("an elided text ends in an ellipsis and fits", arguments: 0...8)
    func eliding(columns: Int) {
        let shown: Shown = "ab\("漢字", .name)cd"
        let cut = shown.elided(to: columns)
        #expect(cut.width <= columns)
        let text = cut.rendered(isColoured: false)
        #expect(columns >= 8 ? cut == shown : columns == 0 || text.hasSuffix("…"))
    }

    @Test("a path is cut at its beginning", arguments: 0...12)
    func ending(columns: Int) {
        let text = Shown.ending("/a/漢字/b.swift", columns: columns).rendered(isColoured: false)
        #expect(DisplayWidth.of(text) <= columns)
        #expect(columns == 0 || text.hasPrefix("…"))
        #expect(Shown.ending("/a/b", columns: 4).rendered(isColoured: false) == "/a/b")
        #expect(Shown.ending("/a/\u{1B}", columns: 9).rendered(isColoured: false) == "/a/\\u{1b}")
    }

    @Test("columns line up and the flexible one gives way")
    func table() {
        var table = Table([
            .init(title: "n", isRight: true), .init(title: "text", isFlexible: true),
            .init(title: "end"),
        ])
        table.add(["1", "漢字 and a long text", "x"])
        table.add(["10", "b", "yy"])
        let lines = table.lines(width: 22).map { $0.rendered(isColoured: false) }
        #expect(
            lines == [
                " n  text           end",
                " 1  漢字 and a l…  x",
                "10  b              yy",
            ])
        #expect(table.lines(width: 80, hasTitles: false).count == 2)
        for line in table.lines(width: 22) { #expect(line.width <= 22) }
    }

    @Test(
        "numbers read well",
        arguments: [
            (Numbers.grouped(0), "0"), (Numbers.grouped(999), "999"),
            (Numbers.grouped(1000), "1,000"), (Numbers.grouped(-1_234_567), "-1,234,567"),
            (Numbers.bytes(999), "999 B"), (Numbers.bytes(1000), "1.0 kB"),
            (Numbers.bytes(999_960), "1.0 MB"), (Numbers.bytes(57_300_000), "57.3 MB"),
            (Numbers.bytes(123_456_789), "123 MB"), (Numbers.bytes(.max), "18446744 TB"),
            (Numbers.duration(milliseconds: 85), "85 ms"),
            (Numbers.duration(milliseconds: 1240), "1.2 s"),
            (Numbers.duration(milliseconds: 200_000), "3 min 20 s"),
            (Numbers.duration(milliseconds: 7_500_000), "2 h 5 min"),
            (Numbers.counted(1, "branch", "branches"), "1 branch"),
            (Numbers.counted(2, "branch", "branches"), "2 branches"),
            (Numbers.percent(1, of: 8) ?? "", "12.5 %"), (Numbers.percent(1, of: 0) ?? "", ""),
        ])
    func numbers(actual: String, expected: String) {
        #expect(actual == expected)
    }

    @Test("the line of progress says files, bytes, speed and the time left")
    func progress() {
        let point = ProgressLine.Point(
            files: 3, totalFiles: 10, bytes: 50_000_000, totalBytes: 100_000_000)
        #expect(
            ProgressLine.line("importing", point, after: .seconds(2)).rendered(isColoured: false)
                == "importing  3 of 10 files  50.0 MB of 100 MB  25.0 MB/s  2 s left")
        let slow = ProgressLine.Point(bytes: 1, totalBytes: 400)
        let slowLine = ProgressLine.line("importing", slow, after: .seconds(1))
        #expect(slowLine.rendered(isColoured: false).hasSuffix("6 min 39 s left"))
        #expect(
            ProgressLine.line("sealing", .init(bytes: 7), after: .zero).rendered(isColoured: false)
                == "sealing  7 B")
    }
}
