/// The head of a log's tree as the text of a note (C2SP tlog-checkpoint, "Note text"): the log's
/// name, the number of leaves, the root, and lines that say more, which nobody can check.
package struct Checkpoint: Hashable, Sendable {
    /// The log's name.
    package let origin: String
    /// The number of leaves.
    package let size: UInt64
    package let root: Hash
    /// Lines behind the root; ours have none.
    package let extensions: [String]

    package init(origin: String, size: UInt64, root: Hash) {
        self.origin = origin
        self.size = size
        self.root = root
        extensions = []
    }

    /// Reads the text of a note; nil where it is no checkpoint.
    package init?(text: String) {
        guard let lines = NoteText.lines(of: text), lines.count >= 3,
            lines.allSatisfy({ !$0.isEmpty }), let size = NoteText.number(lines[1]),
            size <= RunningTree.maximumSize, let root = NoteText.hash(lines[2])
        else { return nil }
        origin = String(lines[0])
        self.size = size
        self.root = root
        extensions = lines.dropFirst(3).map(String.init)
    }

    /// The text that is signed.
    package var text: String {
        ([origin, String(size), NoteText.base64(root)] + extensions)
            .map { $0 + "\n" }.joined()
    }
}

/// A proof that an entry is in a log, in one file that is checked without the log (C2SP tlog-proof).
package struct LogProof: Hashable, Sendable {
    /// What the file says beside the proof; vouched for by nobody.
    package var extra: [UInt8]?
    /// The leaf's index, from 0.
    package var index: UInt64
    /// The hashes of the inclusion proof, the leaf's sibling first.
    package var hashes: [Hash]
    /// The checkpoint as it was signed.
    package var note: SignedNote

    static let header = "c2sp.org/tlog-proof@v1"

    package init(extra: [UInt8]? = nil, index: UInt64, hashes: [Hash], note: SignedNote) {
        self.extra = extra
        self.index = index
        self.hashes = hashes
        self.note = note
    }

    /// Reads a file, also one whose checkpoint nobody has signed; nil for anything else.
    package init?(_ bytes: [UInt8]) {
        guard let text = NoteText.checked(bytes, limit: 2 * NoteText.sizeLimit),
            let divide = text.firstRange(ofLine: ""),
            let lines = NoteText.lines(of: text[..<divide.lowerBound]),
            let note = Self.note(text[divide.upperBound...])
        else { return nil }
        var rest = lines[...]
        guard rest.popFirst() == Self.header[...] else { return nil }
        if let line = rest.first, let value = line.value(of: "extra") {
            guard let content = Base64.decode(Array(value.utf8).span) else { return nil }
            extra = content
            rest = rest.dropFirst()
        }
        guard let index = rest.popFirst()?.value(of: "index").flatMap({ NoteText.number($0) }),
            rest.count <= TreeProof.maximumCount
        else { return nil }
        self.index = index
        self.note = note
        hashes = []
        for line in rest {
            guard let hash = NoteText.hash(line) else { return nil }
            hashes.append(hash)
        }
    }

    private static func note(_ text: Substring) -> SignedNote? {
        if let note = SignedNote(Array(text.utf8)) { return note }
        guard text.hasSuffix("\n\n") else { return nil }
        return SignedNote(text: String(text.dropLast()))
    }

    /// The file.
    package var text: String {
        var text = Self.header + "\n"
        if let extra { text += "extra \(Base64.string(extra.span))\n" }
        text += "index \(index)\n"
        for hash in hashes { text += NoteText.base64(hash) + "\n" }
        return text + "\n" + note.description
    }

    /// Whether a leaf is in the tree that the checkpoint states. Says nothing about who signed it.
    package func includes(_ leaf: Hash) -> Bool {
        guard let checkpoint = Checkpoint(text: note.text) else { return false }
        return TreeProof.verifyInclusion(
            of: leaf, at: index, in: checkpoint.size, root: checkpoint.root, proof: hashes)
    }
}

/// What a log asks a witness to sign: a checkpoint, and the proof that the tree that the witness knows
/// is its beginning (C2SP tlog-witness, "add-checkpoint").
package struct WitnessRequest: Hashable, Sendable {
    /// The size of the last checkpoint that the witness signed; 0 for one that it never saw.
    package var oldSize: UInt64
    package var hashes: [Hash]
    package var note: SignedNote

    /// The largest number of hashes that a request may have.
    static let hashLimit = 63

    package init(oldSize: UInt64, hashes: [Hash], note: SignedNote) {
        self.oldSize = oldSize
        self.hashes = hashes
        self.note = note
    }

    /// Reads a request; nil for anything else.
    package init?(_ bytes: [UInt8]) {
        guard let text = NoteText.checked(bytes, limit: 2 * NoteText.sizeLimit),
            let divide = text.firstRange(ofLine: ""),
            let lines = NoteText.lines(of: text[..<divide.lowerBound]),
            let oldSize = lines.first?.value(of: "old").flatMap({ NoteText.number($0) }),
            lines.count - 1 <= Self.hashLimit,
            let note = SignedNote(Array(text[divide.upperBound...].utf8))
        else { return nil }
        self.oldSize = oldSize
        self.note = note
        hashes = []
        for line in lines.dropFirst() {
            guard let hash = NoteText.hash(line) else { return nil }
            hashes.append(hash)
        }
    }

    package var text: String {
        var text = "old \(oldSize)\n"
        for hash in hashes { text += NoteText.base64(hash) + "\n" }
        return text + "\n" + note.description
    }
}

extension StringProtocol {
    /// What follows a word and a space.
    fileprivate func value(of word: String) -> SubSequence? {
        guard hasPrefix(word + " ") else { return nil }
        return dropFirst(word.count + 1)
    }
}

extension String {
    /// Where the first line stands that says just that, its newline included.
    fileprivate func firstRange(ofLine line: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            guard let newline = utf8[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                return nil
            }
            let next = utf8.index(after: newline)
            if self[start..<newline] == line { return start..<next }
            start = next
        }
        return nil
    }
}
