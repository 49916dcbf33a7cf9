/// Something that is looked for in texts: a secret, or what tells who a person is.
public struct TextRule: Sendable {
    /// What a rule is for.
    public enum Purpose: String, Sendable, Hashable, CaseIterable {
        /// What opens a door: keys, tokens, passwords.
        case secret
        /// What tells who a person is.
        case personal
    }

    /// The rule's name, such as `github-token`.
    public let name: String

    /// What it finds, in a few words.
    public let meaning: String

    /// What it is for.
    public let purpose: Purpose

    /// The shapes that it looks for.
    let patterns: [TextPattern]

    /// The last word on what has the shape: a check digit, say.
    let confirms: @Sendable (Span<UInt8>) -> Bool

    init(
        _ name: String, _ meaning: String, _ purpose: Purpose, _ patterns: [TextPattern],
        confirms: @escaping @Sendable (Span<UInt8>) -> Bool = { _ in true }
    ) {
        self.name = name
        self.meaning = meaning
        self.purpose = purpose
        self.patterns = patterns
        self.confirms = confirms
    }

    /// A rule of one's own: a beginning, and how many letters, digits, `_` and `-` follow it.
    ///
    /// - Parameters:
    ///   - name: Its name: what stands in place of what it finds.
    ///   - prefix: What everything that it finds begins with; not empty.
    ///   - counts: How many characters follow.
    ///   - purpose: What it is for.
    ///   - meaning: What it finds.
    /// - Throws: ``JournalError/Code/invalidArgument`` for an empty name or prefix, or one that is not
    ///   ASCII.
    public init(
        name: String, prefix: String, followedBy counts: ClosedRange<Int>,
        purpose: Purpose = .secret, meaning: String = ""
    ) throws {
        guard Self.isPlain(name), Self.isPlain(prefix), counts.lowerBound >= 0 else {
            throw JournalError(
                .invalidArgument,
                "a rule needs a name and a prefix of ASCII characters without spaces")
        }
        self.init(
            name, meaning, purpose,
            [TextPattern([.literal(Array(prefix.utf8)), .run(.token, counts)])])
    }

    /// Whether a text is of visible characters of ASCII.
    static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension TextRule {
    /// The rules that come with the library.
    public static let builtIn: [TextRule] = secrets + personal

    private static func token(
        _ prefixes: [String], _ bytes: TextPattern.ByteClass, _ counts: ClosedRange<Int>
    ) -> TextPattern {
        TextPattern([.anyOf(prefixes.map { Array($0.utf8) }), .run(bytes, counts)])
    }

    private static let secrets: [TextRule] = [
        TextRule(
            "aws-access-key", "the id of an AWS access key", .secret,
            [token(["AKIA", "ASIA"], .upper.union(.digits), 16...16)]),
        TextRule(
            "github-token", "a token of GitHub", .secret,
            [
                token(["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], .alphanumerics, 36...255),
                token(["github_pat_"], .alphanumerics.union(.init("_")), 22...255),
            ]),
        TextRule(
            "gitlab-token", "a token of GitLab", .secret, [token(["glpat-"], .token, 20...64)]),
        TextRule(
            "anthropic-key", "an API key of Anthropic", .secret,
            [token(["sk-ant-"], .token, 20...255)]),
        TextRule(
            "openai-key", "an API key of OpenAI", .secret,
            [
                token(["sk-proj-", "sk-svcacct-"], .token, 20...255),
                token(["sk-"], .alphanumerics, 32...255),
            ]),
        TextRule(
            "slack-token", "a token of Slack", .secret,
            [token(["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"], .token, 10...255)]),
        TextRule(
            "google-key", "an API key of Google", .secret, [token(["AIza"], .token, 35...35)]),
        TextRule(
            "stripe-key", "a live key of Stripe", .secret,
            [token(["sk_live_", "rk_live_"], .alphanumerics, 16...255)]),
        TextRule(
            "npm-token", "a token of npm", .secret, [token(["npm_"], .alphanumerics, 36...36)]),
        TextRule(
            "huggingface-token", "a token of Hugging Face", .secret,
            [token(["hf_"], .alphanumerics, 30...64)]),
        TextRule(
            "json-web-token", "a signed JSON Web Token", .secret,
            [
                TextPattern([
                    .literal(Array("eyJ".utf8)), .run(.token, 10...4_096),
                    .literal(Array(".eyJ".utf8)), .run(.token, 10...16_384),
                    .literal(Array(".".utf8)), .run(.token, 10...4_096),
                ])
            ]),
        TextRule(
            "private-key", "a private key in PEM", .secret,
            [
                TextPattern(
                    [
                        .literal(Array("-----BEGIN ".utf8)),
                        .anyOf(
                            [
                                "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY",
                                "ENCRYPTED PRIVATE KEY", "PRIVATE KEY",
                            ].map { Array($0.utf8) }),
                        .literal(Array("-----".utf8)),
                        .through(Array("PRIVATE KEY-----".utf8), 65_536),
                    ], boundary: .init(""))
            ]),
        TextRule(
            "url-password", "a password in an address", .secret,
            [
                TextPattern(
                    [
                        .literal(Array("://".utf8)), .run(.token.union(.init(".%")), 1...64),
                        .literal(Array(":".utf8)),
                        .run(.token.union(.init(".%!$&*+=~^")), 3...128),
                        .literal(Array("@".utf8)),
                    ], boundary: .init(""))
            ]),
    ]

    private static let personal: [TextRule] = [
        TextRule(
            "email", "an e-mail address", .personal,
            [
                TextPattern(
                    [
                        .literal(Array("@".utf8)),
                        .grouped(.alphanumerics, by: .init(".-"), 3...255),
                    ], boundary: .alphanumerics.union(.init("_%+@")),
                    lead: (.alphanumerics.union(.init("._%+-")), 1...64))
            ], confirms: { isHost($0) }),
        TextRule(
            "home-folder", "the home folder of somebody, by their login name", .personal,
            ["/home/", "/Users/", "\\Users\\"].map { folder in
                TextPattern(
                    [
                        .literal(Array(folder.utf8)),
                        .grouped(.words.union(.init("_-")), by: .init("."), 1...64),
                    ], boundary: .init(""))
            }),
        TextRule(
            "ip-address", "an IPv4 address", .personal,
            [
                TextPattern(
                    [.grouped(.digits, by: .init("."), 4...24)],
                    boundary: .alphanumerics.union(.init(".")), after: .alphanumerics)
            ], confirms: { areOctets($0) }),
        TextRule(
            "phone", "a telephone number with its country", .personal,
            [
                TextPattern(
                    [
                        .literal(Array("+".utf8)),
                        .grouped(.digits, by: .init(" -/"), 8...15),
                    ])
            ]),
        TextRule(
            "card", "the number of a payment card", .personal,
            [TextPattern([.grouped(.digits, by: .init(" -"), 13...19)])],
            confirms: { isCard($0) }),
        TextRule(
            "iban", "an international bank account number", .personal,
            [
                TextPattern([
                    .run(.upper, 2...2), .grouped(.upper.union(.digits), by: .init(" "), 13...32),
                ])
            ], confirms: { isIBAN($0) }),
    ]

    // MARK: Check digits

    private static func digits(of bytes: Span<UInt8>) -> [UInt8] {
        var digits: [UInt8] = []
        for index in bytes.indices where TextPattern.ByteClass.digits.contains(bytes[index]) {
            digits.append(bytes[index] - UInt8(ascii: "0"))
        }
        return digits
    }

    /// Whether digits stand together as on a card, begin as those of an issuer, and have the right check
    /// digit: one number in ten has that, and a journal is full of numbers.
    private static func isCard(_ bytes: Span<UInt8>) -> Bool {
        let digits = digits(of: bytes)
        var groups: [Int] = [0]
        var separators: Set<UInt8> = []
        for index in bytes.indices {
            if TextPattern.ByteClass.digits.contains(bytes[index]) {
                groups[groups.count - 1] += 1
            } else {
                separators.insert(bytes[index])
                groups.append(0)
            }
        }
        let isGrouped =
            groups.count == 1 || groups == [4, 6, 5]
            || (groups.count == 4 && groups.dropLast().allSatisfy { $0 == 4 })
            || groups == [4, 4, 4, 4, 3]
        let number = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
        let isIssued =
            switch (number, digits.count) {
            case (4000..<5000, 13), (4000..<5000, 16), (4000..<5000, 19): true
            case (5100..<5600, 16), (2221...2720, 16), (3528...3589, 16): true
            case (3400..<3500, 15), (3700..<3800, 15), (3600..<3700, 14), (3800..<3900, 14): true
            case (6011, 16), (6440..<6600, 16), (6200..<6300, 16...19): true
            default: false
            }
        return isGrouped && separators.count <= 1 && isIssued && isLuhn(digits)
    }

    /// The check digit of payment cards (ISO/IEC 7812-1, annex B).
    private static func isLuhn(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = place.isMultiple(of: 2) ? Int(digit) : Int(digit) * 2
            sum += value > 9 ? value - 9 : value
        }
        // All zeros have the right check digit, and are nobody's.
        return sum > 0 && sum.isMultiple(of: 10)
    }

    /// The check digits of account numbers (ISO 13616: the remainder by 97 is 1).
    private static func isIBAN(_ bytes: Span<UInt8>) -> Bool {
        var characters: [UInt8] = []
        for index in bytes.indices where bytes[index] != UInt8(ascii: " ") {
            characters.append(bytes[index])
        }
        let digits = TextPattern.ByteClass.digits
        guard (15...34).contains(characters.count), digits.contains(characters[2]),
            digits.contains(characters[3])
        else { return false }
        var remainder = 0
        for byte in characters.dropFirst(4) + characters.prefix(4) {
            if digits.contains(byte) {
                remainder = (remainder * 10 + Int(byte - UInt8(ascii: "0"))) % 97
            } else {
                remainder = (remainder * 100 + Int(byte - UInt8(ascii: "A")) + 10) % 97
            }
        }
        return remainder == 1
    }

    /// Four numbers up to 255, none of them with a zero in front; not what every machine calls itself,
    /// and not the four numbers of a version, which end in zeros.
    private static func areOctets(_ bytes: Span<UInt8>) -> Bool {
        let parts = String(decoding: Array(copying: bytes), as: UTF8.self).split(separator: ".")
        let numbers = parts.compactMap { part in
            part.count > 1 && part.first == "0" ? nil : UInt8(part)
        }
        return parts.count == 4 && numbers.count == 4 && numbers[0] != 0 && numbers[0] != 127
            && numbers[1...].contains { $0 != 0 }
    }

    /// Whether what stands behind the @ has a dot, and a last part of two letters or more.
    private static func isHost(_ bytes: Span<UInt8>) -> Bool {
        let text = String(decoding: Array(copying: bytes), as: UTF8.self)
        guard let host = text.split(separator: "@").last else { return false }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, let last = parts.last, last.count >= 2 else { return false }
        return parts.allSatisfy { !$0.isEmpty }
            && last.utf8.allSatisfy {
                TextPattern.ByteClass.letters.contains($0)
            }
    }
}
