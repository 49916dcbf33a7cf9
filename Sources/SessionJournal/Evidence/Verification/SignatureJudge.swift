internal import TransparencyLog

/// Holds the signatures under notes against the keys that are believed.
struct SignatureJudge {
    /// Whether somebody outside of the journal named the keys.
    let isTold: Bool
    private(set) var keys: [VerifierKey]
    let policy: TrustPolicy?
    let check: SignatureCheck?

    private(set) var findings: [String] = []
    /// Checkpoints that no key signed that is believed.
    private(set) var strangers = 0
    /// Whether a signature was met that nothing here can check.
    private(set) var hasUnchecked = false

    /// The largest number of keys that a journal's rotations may add.
    private static let keyLimit = 10_000

    /// - Throws: `invalidArgument` where a key or the policy is none.
    init(_ options: EvidenceOptions) throws(JournalError) {
        keys = []
        for text in options.keys {
            guard let key = VerifierKey(text) else {
                throw JournalError(
                    .invalidArgument,
                    "this is no verifier key; one reads NAME+ID+KEY, and ends in base64",
                    place: text)
            }
            keys.append(key)
        }
        do throws(TrustPolicy.Problem) {
            policy = try options.policy.map { text throws(TrustPolicy.Problem) in
                try TrustPolicy(text)
            }
        } catch {
            throw JournalError(
                .invalidArgument, "the policy is none: \(error.message)",
                place: "line \(error.line)")
        }
        for key in policy?.logs ?? [] where !keys.contains(key) { keys.append(key) }
        isTold = !keys.isEmpty
        check = options.signatures?.check
    }

    /// Believes a key that the journal itself names, where nobody named one.
    mutating func hear(of key: String?) {
        guard !isTold, let key = key.flatMap({ VerifierKey($0) }) else { return }
        add(key)
    }

    private mutating func add(_ key: VerifierKey) {
        if keys.count < Self.keyLimit, !keys.contains(key) { keys.append(key) }
    }

    /// Follows a key that is believed to the one that it names. Statements come in their order.
    mutating func follow(_ statement: String?, origin: String?, place: String) {
        guard let note = statement.flatMap({ SignedNote(Array($0.utf8)) }),
            let rotation = KeyRotation(text: note.text), rotation.origin == origin
        else {
            findings.append("\(place): what it says of the new key is no statement of a key")
            return
        }
        switch state(of: note) {
        case .valid: add(rotation.new)
        case .bad: findings.append("\(place): the statement about the new key has a bad signature")
        case .unchecked: hasUnchecked = true
        case .absent: break
        }
    }

    /// What the signatures of the keys that are believed are worth, of all of them together.
    private func state(of note: SignedNote) -> SignatureState {
        var found = SignatureState.absent
        for key in keys {
            let state = note.state(of: key, check)
            switch (state, found) {
            case (.bad, _): return .bad
            case (.absent, _): break
            case (.valid, _): found = state
            case (.unchecked, .absent): found = state
            case (.unchecked, _): break
            }
        }
        return found
    }

    /// Judges the journal's own signature under a checkpoint. `isNeeded`: whether one that nobody
    /// believed in signed is refused.
    mutating func judge(_ checkpoint: SignedCheckpoint, place: String, isNeeded: Bool) -> Bool {
        switch state(of: checkpoint.note) {
        case .valid: return true
        case .bad:
            findings.append("\(place): a signature is not that of the key that it names")
            return false
        case .unchecked:
            hasUnchecked = true
            return true
        case .absent where keys.isEmpty: return true
        case .absent where isNeeded:
            findings.append(
                isTold
                    ? "\(place): it is signed by none of the keys that are believed"
                    : "\(place): it is signed by none of the keys that the journal names")
            return false
        case .absent:
            strangers += 1
            return true
        }
    }

    /// The witnesses of the policy that have signed a checkpoint.
    mutating func witnesses(of checkpoint: SignedCheckpoint, place: String) -> Set<Int> {
        var signed: Set<Int> = []
        for (index, witness) in (policy?.witnesses ?? []).enumerated() {
            switch checkpoint.note.state(of: witness.key, check) {
            case .valid: signed.insert(index)
            case .bad:
                findings.append(
                    "\(place): the signature of witness \(witness.name) is not that of its key")
            case .unchecked: hasUnchecked = true
            case .absent: break
            }
        }
        return signed
    }

    /// What to say about signatures that were not checked.
    var unchecked: [String] {
        var unchecked: [String] = []
        if check == nil {
            unchecked.append(
                "no signature: this program was built without the cryptography for it")
        } else if hasUnchecked {
            unchecked.append("a signature of an algorithm that this version does not know")
        }
        if !isTold {
            unchecked.append(
                "whose keys these are: name one with a policy, or with the key that you were given")
        }
        if strangers > 0 {
            unchecked.append("\(strangers) older checkpoints that are signed with other keys")
        }
        return unchecked
    }
}
