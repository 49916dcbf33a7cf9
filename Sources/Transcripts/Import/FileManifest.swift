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
    var count = 0

    // MARK: Building

    private var pending = ""
    private var indices: [SessionID: Int] = [:]

    init() {}

    /// Adds white space behind what has been added.
    mutating func add(gap: Span<UInt8>) {
        if gap.count == 1, gap[0] == UInt8(ascii: "\n") {
            pending.append("\n")
        } else {
            pending += String(repairing: gap)
        }
    }

    /// Adds a piece.
    mutating func add(_ session: SessionID, _ ordinal: Int) {
        closeGap()
        let index = indices[session] ?? sessions.count
        if index == sessions.count {
            indices[session] = index
            sessions.append(session)
        }
        count += 1
        if let last = runs.last, last.session == index, last.first + last.count == ordinal {
            runs[runs.count - 1].count += 1
        } else {
            runs.append(Run(session: index, first: ordinal, count: 1))
        }
    }

    /// Ends the file.
    mutating func finish() {
        closeGap()
        indices = [:]
        takeUsualEnd()
    }

    /// Takes the white space that stands behind most pieces for the usual one.
    private mutating func takeUsualEnd() {
        var counts: [String: Int] = [:]
        for gap in gaps { counts[gap.text, default: 0] += 1 }
        guard
            let usual = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
            usual.value > count - gaps.count
        else { return }
        var others: [Gap] = []
        var next = 0
        for piece in 0..<count {
            var text = end
            if next < gaps.count, gaps[next].piece == piece {
                text = gaps[next].text
                next += 1
            }
            if text != usual.key { others.append(Gap(piece: piece, text: text)) }
        }
        gaps = others
        end = usual.key
    }

    private mutating func closeGap() {
        if count == 0 {
            lead += pending
        } else if count == 1, pending == "\r\n" {
            end = pending
        } else if pending != end {
            gaps.append(Gap(piece: count - 1, text: pending))
        }
        pending = ""
    }

    static func == (left: FileManifest, right: FileManifest) -> Bool {
        left.sessions == right.sessions && left.runs == right.runs && left.end == right.end
            && left.gaps == right.gaps && left.lead == right.lead
    }
}

extension FileManifest {
    /// The manifest as JSON.
    func encoded() -> [UInt8] {
        var writer = DataWriter()
        writer.array("sessions") { array in
            for session in sessions { array.element(session.hexadecimal) }
        }
        writer.array("runs") { array in
            for run in runs { array.element([run.session, run.first, run.count]) }
        }
        writer.member("end", end)
        if !gaps.isEmpty {
            writer.array("gaps") { array in
                for gap in gaps { array.element([gap.piece], text: gap.text) }
            }
        }
        if !lead.isEmpty { writer.member("lead", lead) }
        return writer.finish()
    }

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
