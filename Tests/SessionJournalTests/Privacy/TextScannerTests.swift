import JournalTestKit
import SessionJournal
import Testing

/// What is found in texts, and what is not.
@Suite struct TextScannerTests {
    private static let scanner = TextScanner()

    private static func found(_ text: String) -> [String] {
        scanner.findings(in: text).map { finding in
            let bytes = Array(text.utf8)[finding.range]
            return "\(finding.rule) \(String(decoding: bytes, as: UTF8.self))"
        }
    }

    struct Sample: Sendable {
        let rule: String
        let text: String

        /// Parts that are put together here, so that no scanner of somebody else finds them in this
        /// file.
        init(_ rule: String, _ parts: String..., times: Int = 1) {
            self.rule = rule
            text = parts[0] + String(repeating: parts.dropFirst().joined(), count: times)
        }
    }

    private static let samples: [Sample] = [
        Sample("aws-access-key", "AKIA", "IOSFODNN7EXAMPLE"),
        Sample("github-token", "ghp_", "aB3d", times: 9),
        Sample("github-token", "github_pat_", "A1_b", times: 10),
        Sample("gitlab-token", "glpat-", "abcdefghij0123456789"),
        Sample("anthropic-key", "sk-ant-", "api03-abcdefghij_0123456789"),
        Sample("openai-key", "sk-", "a1B2", times: 10),
        Sample("openai-key", "sk-proj-", "abcdefghij-0123456789_x"),
        Sample("slack-token", "xoxb-", "123456789012-abcdef"),
        Sample("google-key", "AIza", "s", times: 35),
        Sample("stripe-key", "sk_live_", "abcdefghij0123456789"),
        Sample("npm-token", "npm_", "x9", times: 18),
        Sample("huggingface-token", "hf_", "aB", times: 17),
        Sample(
            "json-web-token", "eyJ", "hbGciOiJIUzI1NiJ9", ".eyJ", "zdWIiOiIxMjM0In0",
            ".c2lnbmF0dXJlLi4u"),
        Sample("email", "ada.l+notes@mail.example.org"), Sample("home-folder", "/home/ada"),
        Sample("home-folder", "/Users/ada.l"), Sample("ip-address", "192.0.2.17"),
        Sample("phone", "+44 20 7946 0958"), Sample("card", "4111 1111 1111 1111"),
        Sample("card", "378282246310005"), Sample("iban", "GB82 WEST 1234 5698 7654 32"),
    ]

    @Test(arguments: samples)
    func isFoundWhereverItStands(_ sample: Sample) {
        let (rule, secret) = (sample.rule, sample.text)
        for text in [
            secret, "see \(secret) there", "(\(secret))", "\"\(secret)\",", "a\n\(secret)\nb",
            "ünïcödé: \(secret).", "\(secret), \(secret)",
        ] {
            let findings = Self.found(text)
            #expect(findings.first == "\(rule) \(secret)", "\(text)")
            let clean = Self.scanner.redacted(text).text
            #expect(!clean.contains(secret) && clean.contains("[redacted: \(rule)]"))
            #expect(Self.scanner.findings(in: clean).isEmpty, "\(clean)")
        }
    }

    @Test func passwordsInAddressesAreFoundWithTheirUser() {
        #expect(
            Self.found("git clone https://ada:" + "s3cr3t.pw@git.example.org/x")
                .first == "url-password ://ada:" + "s3cr3t.pw@")
        #expect(Self.found("https://example.org:8080/a@b").isEmpty)
    }

    @Test func aPrivateKeyGoesFromItsBeginningToItsEnd() {
        let key =
            "-----BEGIN " + "OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n"
            + "-----END " + "OPENSSH PRIVATE KEY-----"
        #expect(Self.found("here:\n\(key)\nand more words") == ["private-key \(key)"])
        #expect(Self.scanner.redacted("a \(key) b").text == "a [redacted: private-key] b")
    }

    /// What looks alike and is none.
    @Test(arguments: [
        "sk-short", "AKIA12", "the risk-free-and-other-words-that-go-on-and-on-and-on-and-on",
        "4111 1111 1111 1112", "0000 0000 0000 0000", "version 1.2.3", "127.0.0.1", "256.1.1.1",
        "192.0.2.17.9", "ada@localhost", "@ada", "ada@", "a@b.c1", "GB82 WEST 1234 5698 7654 33",
        "+12 34", "2026-11-21T01:02:03.123456Z", "01a1fb9feec87718864686c7074787c8",
        "ghp_" + "tooshort", "eyJhbGci.eyJzdWI.x", "",
    ])
    func isNotFound(_ text: String) {
        #expect(Self.found(text).isEmpty, "\(Self.found(text))")
    }

    /// What begins further in front takes in what was found there, and leaves secrets alone.
    @Test func anAddressIsOneFinding() throws {
        let token = "ghp_" + String(repeating: "aB3d", count: 9)
        let scanner = TextScanner(
            rules: try TextRule.rules(parsing: "[name] ada\n[name] lovelace") + TextRule.builtIn)
        let clean = { scanner.redacted($0).text }
        #expect(clean("ada: ada.lovelace@example.org") == "[redacted: name]: [redacted: email]")
        #expect(clean("x-ada@example.org") == "[redacted: email]")
        #expect(clean("ada.x@example.org ada") == "[redacted: email] [redacted: name]")
        #expect(clean("192.0.2.17@example.org") == "[redacted: email]")
        #expect(clean("\(token)@github.com") == "[redacted: github-token]@github.com")
        #expect(
            clean("\(token).ada@github.com") == "[redacted: github-token][redacted: email]")
    }

    @Test func aRuleOfOnesOwn() throws {
        let rule = try TextRule(
            name: "badge", prefix: "EMP-", followedBy: 5...5, meaning: "a badge")
        let scanner = TextScanner(rules: [rule])
        #expect(
            scanner.redacted("EMP-12345 and EMP-123456").text == "[redacted: badge] and EMP-123456")
        #expect(rule.purpose == .secret)
        #expect(throws: JournalError(.invalidArgument, "")) {
            try TextRule(name: "", prefix: "x", followedBy: 1...2)
        }
        #expect(throws: JournalError(.invalidArgument, "")) {
            try TextRule(name: "x", prefix: "ü", followedBy: 1...2)
        }
    }

    /// Any bytes at all: ranges are in order, apart, inside, and redacting takes them all.
    @Test func anyTextIsTaken() {
        var random = SeededGenerator(seed: 71)
        let pieces = [
            "AKIA", "sk-", "@", ".", "eyJ", "-----BEGIN ", "PRIVATE KEY-----", "+", "1", "23", " ",
            "ghp_", "ü", "GB82", "://", ":", "x", "\n", "4111", "\u{0}", "-",
        ]
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<24, using: &random) {
                text += pieces.randomElement(using: &random) ?? ""
            }
            let findings = Self.scanner.findings(in: text)
            var end = 0
            for finding in findings {
                #expect(finding.range.lowerBound >= end && !finding.range.isEmpty)
                end = finding.range.upperBound
            }
            #expect(end <= text.utf8.count)
            let clean = Self.scanner.redacted(text)
            #expect(clean.findings == findings)
        }
    }

    @Test func everyRuleSaysWhatItFinds() {
        #expect(Set(TextRule.builtIn.map(\.name)).count == TextRule.builtIn.count)
        for rule in TextRule.builtIn { #expect(!rule.meaning.isEmpty, "\(rule.name)") }
        #expect(Set(TextRule.builtIn.map(\.purpose)) == [.secret, .personal])
    }
}
