internal import SessionJournal

/// How a file is made of pieces: enough to write it again, byte for byte.
///
/// ```
/// {"sessions":["0198…"],"runs":[[0,1,566],[0,12,3]],"end":"\n","gaps":[[568,""]],"lead":""}
/// ```
///
/// `runs` lists, in the order of the file, the pieces by session (an index into `sessions`), number
/// of the first, and how many follow one another. `end` is the white space behind a piece unless
/// `gaps` says otherwise for it (by its place in the file, from 0); `lead` is what stands before the
/// first.
struct FileManifest: Sendable, Equatable {
    /// Pieces of one session whose numbers follow one another.
    struct Run: Sendable, Equatable {
        var session: Int
        var first: Int
        var count: Int
    }

    /// The white space behind a piece where it is not the usual.
    struct Gap: Sendable, Equatable {
        var piece: Int
        var text: String
    }

    var sessions: [SessionID] = []
    var runs: [Run] = []
    var end = "\n"
    var gaps: [Gap] = []
    var lead = ""

    /// How many pieces the runs hold.
    private(set) var count = 0
}

extension FileManifest {
    /// The manifest that JSON spells; nil where it spells none. Nothing in it is believed: numbers
    /// are in range, and sessions exist in its own list.
    init?(_ value: JSONValue) {
        guard let names = value["sessions"]?.array, let runs = value["runs"]?.array,
            let end = value["end"]?.string
        else { return nil }
        for name in names {
            guard let session = name.string.flatMap({ SessionID($0) }) else { return nil }
            sessions.append(session)
        }
        for run in runs {
            guard let numbers = run.array, numbers.count == 3,
                let session = numbers[0].integer, let first = numbers[1].integer,
                let count = numbers[2].integer,
                session >= 0, session < sessions.count, first >= 1, first <= Self.limit,
                count >= 1, count <= Self.limit
            else { return nil }
            self.runs.append(Run(session: Int(session), first: Int(first), count: Int(count)))
            self.count += Int(count)
            guard self.count <= Self.limit else { return nil }
        }
        var last = -1
        for gap in value["gaps"]?.array ?? [] {
            guard let members = gap.array, members.count == 2, let piece = members[0].integer,
                let text = members[1].string, piece > last, piece < count
            else { return nil }
            gaps.append(Gap(piece: Int(piece), text: text))
            last = Int(piece)
        }
        self.end = end
        lead = value["lead"]?.string ?? ""
    }

    /// The largest number of a piece.
    private static let limit = 1 << 40
}
