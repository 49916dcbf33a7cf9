/// What a journal, or a proof, is held against.
public struct EvidenceOptions: Sendable {
    /// The text of a checkpoint that the journal must extend: one that you kept, or that somebody
    /// else did. Nil: only the checkpoints in the journal itself.
    public var against: [UInt8]?

    /// The verifier keys whose signatures count as the journal's own: `name+id+base64(…)`. None, and
    /// no policy: those that the journal itself names, which proves nothing to anybody else.
    public var keys: [String] = []

    /// The text of a policy that says which logs and witnesses are believed, and how many of these are
    /// needed (C2SP tlog-policy).
    public var policy: [UInt8]?

    /// What checks signatures; nil where nothing can. Then everything else is checked, and the answer
    /// says that signatures were not.
    public var signatures: SignatureChecker?

    /// How the journal itself is read.
    public var verification = VerificationOptions()

    /// Nothing but the journal itself.
    public init() {}
}

/// What holding a journal or a proof against signatures came to.
public struct EvidenceReport: Sendable {
    /// The answer in one word, the worst first.
    public enum Verdict: Sendable, Hashable {
        /// Something is damaged, or a signature is wrong.
        case invalid
        /// Everything is whole in itself, and contradicts a state that was signed: history was
        /// rewritten, cut off or set back.
        case diverged
        /// Everything fits, and nobody but the journal's own key vouches for it.
        case unanchored
        /// Everything fits, and witnesses vouch for it: so many of those that the policy names.
        case witnessed(Int, of: Int)

        /// As it is printed: `VALID-WITNESSED(2 of 3)`.
        public var words: String {
            switch self {
            case .invalid: "INVALID"
            case .diverged: "DIVERGED"
            case .unanchored: "VALID-UNANCHORED"
            case .witnessed(let count, of: let all): "VALID-WITNESSED(\(count) of \(all))"
            }
        }
    }

    /// The answer.
    public internal(set) var verdict: Verdict

    /// The state that was signed, and that the rest was held against; nil where there is none.
    public internal(set) var anchor: TreeHead?

    /// Whether as many witnesses have signed as the policy asks for; nil without a policy.
    public internal(set) var isQuorumMet: Bool?

    /// The number of checkpoints that were looked at.
    public internal(set) var checkpoints = 0

    /// One sentence for each thing that is wrong.
    public internal(set) var findings: [String] = []

    /// One sentence for each thing that was not checked, and why.
    public internal(set) var unchecked: [String] = []

    /// What the reading of the journal came to; nil of a proof in a file.
    public internal(set) var verification: VerificationReport?

    /// The line that a proof in a file is about: an event line, or an entry line.
    public internal(set) var line: [UInt8]?

    init(_ verdict: Verdict) { self.verdict = verdict }

    /// The report as scripts read it: `evidence` (the verdict's words in lower case without numbers),
    /// `witnesses` (`count`, `of`, or null), `quorum` (true, false or null), `anchor` (`size`, `root`,
    /// or null), `checkpoints`, `wrong` and `unchecked` (sentences).
    public var json: JSONObject {
        var json: JSONObject = [:]
        var word = "invalid"
        var witnesses = JSONValue.null
        switch verdict {
        case .invalid: break
        case .diverged: word = "diverged"
        case .unanchored: word = "valid_unanchored"
        case .witnessed(let count, of: let all):
            word = "valid_witnessed"
            witnesses = ["count": JSONValue(count), "of": JSONValue(all)]
        }
        json["evidence"] = .string(word)
        json["witnesses"] = witnesses
        json["quorum"] = isQuorumMet.map { .bool($0) } ?? .null
        json["anchor"] =
            anchor.map { ["size": JSONValue($0.size), "root": .string($0.root.hexadecimal)] }
            ?? .null
        json["checkpoints"] = JSONValue(checkpoints)
        json["wrong"] = .array(findings.map { .string($0) })
        json["unchecked"] = .array(unchecked.map { .string($0) })
        return json
    }
}
