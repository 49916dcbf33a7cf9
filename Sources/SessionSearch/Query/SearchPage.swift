#if Search
public import SessionJournal

/// A message in which something was found.
public struct SearchHit: Sendable, Hashable {
    /// Its session.
    public let session: SessionID
    /// The caller's own name for the session.
    public let sessionKey: String?
    /// What the session is called: its name, else its title; nil where it has neither.
    public let sessionName: String?
    /// The message's id in the session.
    public let message: String
    /// The branch it was added to, by the name it had then.
    public let branch: String
    /// Who speaks; nil where nobody said.
    public let role: Role?
    /// Who added it.
    public let actor: String?
    /// When it happened by its source's clock where that is known, else when the journal took it.
    public let time: Timestamp
    /// The sequence number of the event that added it.
    public let sequence: UInt64
    /// How well it fits: above 0, the more the better; to be compared within one search.
    public let score: Double
    /// The place in the message that shows best what was found.
    public let snippet: SearchSnippet
    /// What the hits behind this one are asked for with.
    public let token: String
}

/// A piece of a message's text.
public struct SearchSnippet: Sendable, Hashable {
    /// A stretch of it.
    public struct Piece: Sendable, Hashable {
        /// The text, as it stands in the message, line breaks and all.
        public let text: String
        /// Whether it is what was looked for.
        public let isMatch: Bool
    }

    /// The stretches in order. What is left out before, between and behind them is "…".
    public let pieces: [Piece]

    /// All of it.
    public var text: String { pieces.map(\.text).joined() }

    /// Cuts a text at marks that stand before and behind each match. By bytes, for what follows a
    /// mark may join it to one character.
    init(_ marked: String, _ opening: String, _ closing: String) {
        var pieces: [Piece] = []
        var rest = Array(marked.utf8)[...]
        var isMatch = false
        while true {
            let mark = Array((isMatch ? closing : opening).utf8)
            let range = rest.firstRange(of: mark)
            let text = rest[..<(range?.lowerBound ?? rest.endIndex)]
            if !text.isEmpty {
                pieces.append(Piece(text: String(decoding: text, as: UTF8.self), isMatch: isMatch))
            }
            guard let range else { break }
            rest = rest[range.upperBound...]
            isMatch.toggle()
        }
        self.pieces = pieces
    }
}

/// Some of the messages in which something was found, the best first.
public struct SearchPage: Sendable {
    /// The hits.
    public let hits: [SearchHit]
    /// What the next page is asked for with; nil where there are no more hits.
    public let next: String?
}

/// The place behind which a page begins: the last hit, and up to which event was searched.
struct SearchToken {
    let score: Double
    let id: UInt64
    let covered: UInt64

    var text: String {
        [score.bitPattern, id, covered].map { String($0, radix: 36) }.joined(separator: "-")
    }

    init(score: Double, id: UInt64, covered: UInt64) {
        self.score = score
        self.id = id
        self.covered = covered
    }

    init(_ text: String) throws(JournalError) {
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false)
            .map { UInt64($0, radix: 36) }
        guard numbers.count == 3, let bits = numbers[0], let id = numbers[1],
            let covered = numbers[2], Double(bitPattern: bits).isFinite
        else {
            throw JournalError(
                .invalidArgument,
                "\"\(text)\" is not what a page of a search names as the next; take it as it stands "
                    + "there")
        }
        score = Double(bitPattern: bits)
        self.id = id
        self.covered = covered
    }
}
#endif
