internal import SessionJournal

/// Makes a ``FileManifest`` of a file while that is read. What it knows of a file with many pieces is
/// in files, not in memory.
struct ManifestBuilder: Sendable {
    /// The white space behind a piece.
    private struct Gap {
        let piece: Int
        let text: TextList.Place
    }

    private(set) var sessions: [SessionID] = []
    private var indices = KeyTable()
    private var runs = PagedList<FileManifest.Run>()
    private var end = "\n"
    private var gaps = PagedList<Gap>()
    private var texts = TextList()
    private var lead = ""
    private var count = 0
    private var pending = ""

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
        let key = PieceKey(session)
        let index = indices[key] ?? sessions.count
        if index == sessions.count {
            indices[key] = index
            sessions.append(session)
        }
        count += 1
        if let last = runs.last, last.session == index, last.first + last.count == ordinal {
            runs[runs.count - 1].count += 1
        } else {
            runs.append(.init(session: index, first: ordinal, count: 1))
        }
    }

    /// The number of the last piece; 0 before the first.
    var last: Int { runs.last.map { $0.first + $0.count - 1 } ?? 0 }

    /// The pieces of one session, in the order of the file.
    func pieces(of session: SessionID) -> [ClosedRange<Int>] {
        runs.pieces(of: indices[PieceKey(session)])
    }

    /// Whether something that was known could not be read again.
    var hasLost: Bool { indices.hasLost || runs.hasLost || gaps.hasLost || texts.hasLost }

    /// Ends the file.
    mutating func finish() {
        closeGap()
        takeUsualEnd()
    }

    /// Takes the white space that stands behind most pieces for the usual one.
    private mutating func takeUsualEnd() {
        var counts: [TextList.Place: Int] = [:]
        for gap in gaps where texts.isUsual(gap.text) { counts[gap.text, default: 0] += 1 }
        guard
            let usual = counts.max(by: {
                ($0.value, texts[$1.key]) < ($1.value, texts[$0.key])
            }), usual.value > count - gaps.count
        else { return }
        var others = PagedList<Gap>()
        let former = texts.add(usual: end)
        var piece = 0
        for gap in gaps {
            for place in piece..<gap.piece { others.append(Gap(piece: place, text: former)) }
            if gap.text != usual.key { others.append(gap) }
            piece = gap.piece + 1
        }
        for place in piece..<max(piece, count) { others.append(Gap(piece: place, text: former)) }
        gaps = others
        end = texts[usual.key]
    }

    private mutating func closeGap() {
        if count == 0 {
            lead += pending
        } else if count == 1, pending == "\r\n" {
            end = pending
        } else if pending != end {
            gaps.append(Gap(piece: count - 1, text: texts.add(usual: pending)))
        }
        pending = ""
    }

    /// The manifest as JSON.
    func encoded() throws(TranscriptError) -> FileContent {
        var spool = Spool(memoryLimit: Self.encodedLimit)
        var data = DataWriter()
        data.key("sessions")
        data.open(UInt8(ascii: "["))
        for session in sessions {
            data.element(session.hexadecimal)
            try data.drain(into: &spool)
        }
        data.close(UInt8(ascii: "]"))
        data.key("runs")
        data.open(UInt8(ascii: "["))
        for run in runs {
            data.element([run.session, run.first, run.count])
            try data.drain(into: &spool)
        }
        data.close(UInt8(ascii: "]"))
        data.member("end", end)
        if !gaps.isEmpty {
            data.key("gaps")
            data.open(UInt8(ascii: "["))
            for gap in gaps {
                data.element([gap.piece], text: texts[gap.text])
                try data.drain(into: &spool)
            }
            data.close(UInt8(ascii: "]"))
        }
        if !lead.isEmpty { data.member("lead", lead) }
        let rest = data.finish()
        try spool.append(rest.span)
        return spool.finish()
    }

    /// How much of the JSON is kept in memory, in bytes.
    private static let encodedLimit: UInt64 = 1 << 20
}

extension DataWriter {
    /// How much is written before it is handed on, in bytes.
    private static let drainSize = 64 << 10

    /// Hands on what is written, where that is much.
    fileprivate mutating func drain(into spool: inout Spool) throws(TranscriptError) {
        guard bytes.count > Self.drainSize else { return }
        let written = takeWritten()
        try spool.append(written.span)
    }
}

extension Sequence<FileManifest.Run> {
    /// The pieces of a session, by its index, in the order of the file.
    func pieces(of session: Int?) -> [ClosedRange<Int>] {
        var pieces: [ClosedRange<Int>] = []
        for run in self where run.session == session {
            let end = run.first + run.count - 1
            if let last = pieces.last, last.upperBound + 1 == run.first {
                pieces[pieces.count - 1] = last.lowerBound...end
            } else {
                pieces.append(run.first...end)
            }
        }
        return pieces
    }
}
