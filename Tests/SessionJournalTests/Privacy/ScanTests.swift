import JournalTestKit
import Testing

@testable import SessionJournal

/// Where in sessions something is found, and what rules of one's own find.
@Suite struct ScanTests {
    private static let token = "ghp_" + String(repeating: "aB3d", count: 9)

    private static func findings(_ event: Event) -> [ScanFinding] {
        var scanner = EventScanner(.secrets)
        return scanner.findings(in: event)
    }

    @Test func placesLeadToTheTextAndNeverHoldIt() throws {
        var script = EventScript()
        let token = Self.token
        let event = script.add(
            .messageAppended,
            [
                "parts": [
                    ["type": "text", "text": "none"],
                    ["type": "text", "text": .string("a\n\(token) and \u{1F511}\(token)")],
                ],
                "a/b~c": .string(token),
                token: ["x": .string(token)],
            ], branch: "main", reason: "see \(token)")
        let findings = Self.findings(event)
        #expect(
            findings.map(\.place) == [
                "/reason", "/data/parts/1/text", "/data/parts/1/text", "/data/a~1b~0c", "/data/*",
                "/data/[redacted: github-token]/x",
            ])
        #expect(findings.map(\.range.lowerBound) == [4, 2, 51, 0, 0, 0])
        #expect(findings.allSatisfy { $0.range.count == 40 && $0.rule == "github-token" })
        for finding in findings { #expect(!finding.json.description.contains("ghp_aB3daB3d")) }
        // A step of the pointer that names an element leads to what was found.
        let data = try JSONValue(parsing: event.line.span)
        let text = try #require(data["data"]?["parts"]?[1]?["text"]?.string)
        #expect(String(decoding: Array(text.utf8)[findings[2].range], as: UTF8.self) == token)
    }

    @Test func noMoreThanAThirdIsShown() {
        for count in 0..<80 {
            let text = String(
                decoding: (0..<count).map { UInt8(ascii: "A") + UInt8($0 % 26) }, as: UTF8.self)
            let shown = TextScanner.excerpt(of: text).prefix { $0 != " " }
            #expect(shown.count - 1 <= min(6, count / 3))
        }
        #expect(TextScanner.excerpt(of: Self.token) == "ghp_…3d (40)")
        #expect(TextScanner.excerpt(of: "\u{1B}[2J\u{1B}[2J\u{1B}[2J").contains("\u{1B}") == false)
    }

    @Test func aScanCountsWhatItSees() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let one = try await ada.createSession(key: "one")
        let two = try await ada.createSession(key: "two")
        try await ada.say("user", "the key \(Self.token)", in: one)
        try await ada.say("user", "write to ada@example.org", in: two)
        try await ada.append(
            EventDraft(.blobStored, data: ["blob": "sha256:0", "base64": "AAAA"]), to: two)
        var found: [ScanFinding] = []
        let all = try await journal.scan { found.append($0) }
        #expect(all.count == 1 && found.map(\.session) == [one] && all.unseen == 1)
        #expect(all.events == 5 && all.bytes > 500)
        let none = try await journal.scan([two]) { _ in Issue.record("found") }
        #expect(none.count == 0 && none.events == 3)
        let personal = try await journal.scan(
            [one, two], for: TextScanner(), found: { _ in })
        #expect(personal.counts == ["github-token": 1, "email": 1])
        struct Stop: Error {}
        await #expect(throws: Stop.self) { try await journal.scan { _ in throw Stop() } }
    }

    @Test func rulesOfAFile() throws {
        let rules = try TextRule.rules(
            parsing: """
                # a remark

                Blue Heron
                [customer] Łukasz Żółw
                [badge]  ~ EMP-##@?
                ~ proj_*
                """)
        #expect(rules.map(\.name) == ["own", "customer", "badge", "own"])
        let scanner = TextScanner(rules: rules)
        let text = "BLUE heron, blue herons; Łukasz Żółw, emp-12xY, EMP-12x, proj_a-1_b."
        #expect(
            scanner.redacted(text).text
                == "[redacted: own], blue herons; [redacted: customer], [redacted: badge], EMP-12x, "
                + "[redacted: own].")
        for (text, place) in [
            ("fine\nx", "line 2"), ("[] ab", "line 1"), ("~ a*b", "line 1"), ("[a b] cd", "line 1"),
            ("~ ", "line 1"),
        ] {
            do {
                _ = try TextRule.rules(parsing: text)
                Issue.record("\(text) was taken")
            } catch let error as JournalError {
                #expect(error.code == .invalidArgument && error.message.hasPrefix(place))
            }
        }
    }

    /// Numbers that have a right check digit by chance, and addresses of nobody.
    @Test(arguments: [
        "6489ebb3-d701-4514-8208-982069110213", "42441335-7716-4673-bbd5-93ac8b",
        "cabb72d9-105a-4d21-9129-658564274696", "019f0000-0000-7000-8000-000000000003",
        "1795222923000", "1795222923000000007", "98780182 100644", "0.0072973525693",
        "Chrome/120.0.0.0", "index 05b18eb..7372485 100644",
    ])
    func isNoCardAndNoAddress(_ text: String) {
        #expect(TextScanner().findings(in: text).isEmpty)
    }

    @Test func everyTextIsTheSameWithEscapesAndWithout() throws {
        var random = SeededGenerator(seed: 73)
        let pieces = [Self.token, "\n", "\"", "é", " ", "x", "\\", "\t", "a@b.example"]
        let scanner = TextScanner()
        for _ in 0..<500 {
            var text = ""
            for _ in 0..<8 { text += pieces.randomElement(using: &random) ?? "" }
            let value: JSONValue = ["a": [.string(text)]]
            let bytes = Array(value.description.utf8)
            var document = JSONDocument()
            try document.parse(bytes.span)
            var scratch: [UInt8] = []
            let found = scanner.findings(in: document, bytes.span, scratch: &scratch)
            #expect(found.map(\.finding) == scanner.findings(in: text))
            let clean = scanner.replacing(found, in: document, bytes.span)
            let expected: JSONValue = ["a": [.string(scanner.redacted(text).text)]]
            #expect(try JSONValue(parsing: clean.span) == expected)
            #expect(scanner.redacted(value) == expected)
        }
    }
}
