import Testing
import TransparencyLog

/// Policies by C2SP tlog-policy.
@Suite struct TrustPolicyTests {
    private func log(_ number: UInt8) throws -> VerifierKey { try NoteTests.key("log", number) }

    private func witness(_ number: UInt8) throws -> VerifierKey {
        try NoteTests.key("w\(number)", number, .ed25519Cosignature)
    }

    private func policy(_ text: String) throws -> TrustPolicy {
        try TrustPolicy(Array(text.utf8))
    }

    /// The example of the standard: two of three, and any of three, both.
    @Test func readsTheExampleOfTheStandard() throws {
        let policy = try policy(
            """
            # Who may sign.
            log \(log(1))

            witness X1 \(witness(11))
            witness X2 \(witness(12)) https://example.com/x2
            witness X3 \(witness(13))
            group X-witnesses 2 X1 X2 X3

            \twitness Y1 \(witness(21))
            witness Y2   \(witness(22))
            witness Y3 \(witness(23))
            group Y-witnesses any Y1 Y2 Y3

            group X-and-Y all X-witnesses Y-witnesses
            quorum X-and-Y

            """)
        #expect(policy.logs == [try log(1)])
        #expect(policy.witnesses.map(\.name) == ["X1", "X2", "X3", "Y1", "Y2", "Y3"])
        #expect(policy.needsWitnesses)
        #expect(policy.isSatisfied(by: [0, 2, 4]))
        #expect(policy.isSatisfied(by: [0, 1, 2, 3, 4, 5]))
        #expect(!policy.isSatisfied(by: [0, 4]))
        #expect(!policy.isSatisfied(by: [0, 1, 2]))
        #expect(!policy.isSatisfied(by: []))
    }

    @Test func aQuorumMayBeOneOrNone() throws {
        let one = try policy("witness W \(witness(1))\nquorum W\n")
        #expect(one.isSatisfied(by: [0]) && !one.isSatisfied(by: []))
        let none = try policy("witness W \(witness(1))\nquorum none")
        #expect(none.isSatisfied(by: []) && !none.needsWitnesses)
        #expect(TrustPolicy().isSatisfied(by: []) && TrustPolicy().logs.isEmpty)
        #expect(try TrustPolicy(log: log(1)).logs.count == 1)
    }

    @Test func whatIsWrongIsNamedByItsLine() throws {
        let head = """
            witness A \(try witness(1))
            witness B \(try witness(2))

            """
        let cases: [(String, Int)] = [
            ("", 1), ("quorum X\n", 1), (head, 3), (head + "quorum A\nquorum B\n", 4),
            (head + "group G 3 A B\nquorum G\n", 3), (head + "group G 0 A B\nquorum G\n", 3),
            (head + "group G 01 A B\nquorum G\n", 3), (head + "group G some A\nquorum G\n", 3),
            (head + "group G all\n", 3), (head + "group A all B\n", 3),
            (head + "group none all B\n", 3), (head + "group G all A none\n", 3),
            (head + "group G all A A\n", 3), (head + "group G any A\ngroup H any A\n", 4),
            (head + "group G any H\n", 3), (head + "witness A \(try witness(3))\n", 3),
            (head + "witness C \(try witness(1))\n", 3), (head + "witness C\n", 3),
            (head + "witness C \(try log(1))\n", 3), ("log \(try witness(1))\n", 1),
            ("log \(try log(1))\nlog \(try log(1))\n", 2), ("log\n", 1), ("log a b c\n", 1),
            ("logs x\n", 1), (head + "quorum\n", 3), (head + "quorum A B\n", 3),
            ("# \u{7}\n", 1), ("quorum none\r\n", 1),
        ]
        for (text, line) in cases {
            do {
                _ = try policy(text)
                Issue.record("taken: \(text)")
            } catch let problem as TrustPolicy.Problem {
                #expect(problem.line == line, "\(text): \(problem.message)")
                #expect(!problem.message.isEmpty)
            }
        }
    }

    @Test func policiesAreBounded() {
        let many = String(repeating: "log x\n", count: 10) + "quorum none\n"
        #expect(throws: TrustPolicy.Problem.self) { try policy(many) }
        let long = [UInt8](repeating: 0x20, count: 2 << 20)
        #expect(throws: TrustPolicy.Problem.self) { try TrustPolicy(long) }
    }
}
