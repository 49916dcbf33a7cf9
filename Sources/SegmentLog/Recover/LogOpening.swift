/// Finds out what stands in a log's directory. Looking changes nothing; `LogRecovery` acts on it.
///
/// What follows from what is found at the end of the log, row by row; each has a test of its name:
///
/// | row | last segments | ending of the last | then |
/// |---|---|---|---|
/// | empty | none | | `init` did not finish: a writer makes segment 1 |
/// | closed | N active | closed tail | clean |
/// | quiet | N active | tail to the end of the file | not closed: all commits are whole |
/// | torn | N active | anything else, no watermark beyond | set aside, cut, record |
/// | hole | N active | a watermark names a lost event | typed hole; read-only |
/// | rotated | N active, N+1 active | N: end frame | N is sealed |
/// | rotating | N active, N+1 active | N: tail, N+1 empty | N gets its end frame, then is sealed |
/// | short | N active, N+1 active | N ends before N+1 begins | typed hole; read-only |
/// | orphan | N active | end frame, no successor | damage; read-only |
/// | headless | N sealed | | the active segment is missing: damage; read-only |
/// | missing | gap between names | | typed hole; appends go on |
struct LogOpening {
    let directory: String
    let environment: LogEnvironment

    var fileSystem: any FileSystem { environment.fileSystem }
    var journalID: JournalID { environment.journalID }
    var semantics: LineSemantics { environment.semantics }

    /// An unsealed segment and its scan.
    struct Unsealed {
        var segment: ActiveSegment
        var scan: ActiveScan
    }

    struct Findings {
        var sealed: [SealedSegment] = []
        /// Oldest first; the last one is where appends go.
        var unsealed: [Unsealed] = []
        var missing: [Hole] = []
        var report = RecoveryReport()
        /// Files that are not segments and that only a crash leaves.
        var leftovers: [String] = []
        /// The last name, where what stands there cannot be opened, and why.
        var refused: (name: String, reason: String)?
    }

    var segmentsPath: String { directory + "/segments" }

    func path(_ name: String) -> String { segmentsPath + "/" + name }

    func look(
        openMode: OpenMode, reusing known: [SegmentHandle] = []
    ) throws(LogError) -> Findings {
        let names = try LogError.wrap("list", segmentsPath) { () throws(Errno) in
            try fileSystem.names(in: segmentsPath)
        }
        var findings = Findings()
        findings.leftovers = names.filter { $0.hasSuffix(SegmentName.asideSuffix) }
        let firsts = names.compactMap(SegmentName.first(in:)).sorted()
        guard !firsts.isEmpty else {
            findings.report.isClean = false
            return findings
        }
        var sealedFirsts = firsts
        walk: while let first = sealedFirsts.last {
            let next = firsts.count > sealedFirsts.count ? firsts[sealedFirsts.count] : nil
            switch try scan(first, before: next, openMode) {
            case .sealed: break walk
            case .refused(let reason):
                // One that has a successor is a segment of which every event is lost.
                guard next == nil else { break walk }
                findings.refused = (SegmentName.file(first: first), reason)
                sealedFirsts.removeLast()
                break walk
            case .unsealed(let unsealed):
                findings.unsealed.insert(unsealed, at: 0)
                sealedFirsts.removeLast()
            }
        }
        var current: [UInt64: SealedSegment] = [:]
        for case .sealed(let segment) in known where segment.isCurrent {
            current[segment.firstSequence] = segment
        }
        for (index, first) in sealedFirsts.enumerated() {
            let next =
                index + 1 < firsts.count ? firsts[index + 1] : try successor(of: first)
            if let same = current[first], same.lastSequence == max(next, first + 1) - 1 {
                findings.sealed.append(same)
            } else {
                findings.sealed.append(sealed(first, before: next))
            }
        }
        judge(&findings, firsts: firsts)
        return findings
    }

    private func sealed(_ first: UInt64, before next: UInt64) -> SealedSegment {
        let name = SegmentName.file(first: first)
        return SealedSegment(
            name: name, path: path(name), firstSequence: first,
            lastSequence: max(next, first + 1) - 1, environment: environment)
    }

    /// What follows a sealed segment that is the last one: its footer says.
    private func successor(of first: UInt64) throws(LogError) -> UInt64 {
        let path = path(SegmentName.file(first: first))
        let front = try LogError.wrap("read", path) { () throws(Errno) -> FooterSummary? in
            let file = try fileSystem.open(path, .read)
            return try? FooterTables.front(of: file, size: try file.size())
        }
        return (front?.lastSequence ?? first) + 1
    }

    /// What stands under a segment's name.
    private enum Standing {
        case sealed
        case unsealed(Unsealed)
        /// Nothing that can be opened.
        case refused(String)
    }

    /// Looks at a segment, and scans it where it is not sealed.
    private func scan(
        _ first: UInt64, before next: UInt64?, _ mode: OpenMode
    ) throws(LogError) -> Standing {
        let name = SegmentName.file(first: first)
        let path = path(name)
        return try LogError.wrap("read", path) { () throws(Errno) -> Standing in
            let file: any File
            do throws(Errno) {
                file = try fileSystem.open(path, mode)
            } catch {
                guard let reason = error.refusal else { throw error }
                return .refused(reason)
            }
            if try isSealed(file) { return .sealed }
            // A successor exists only once all of a segment is durable.
            let floor = (next ?? first) - 1
            let scan = try ActiveScanner.scan(
                file, name: name, journalID: journalID, firstSequence: first, floor: floor,
                passingOverUnreadable: mode == .read)
            let segment = ActiveSegment(
                name: name, path: path, firstSequence: first, file: file)
            segment.add(scan.blocks)
            for hole in scan.holes { segment.add(hole) }
            return .unsealed(Unsealed(segment: segment, scan: scan))
        }
    }

    /// The first frame says which layout a file has; where it is damaged, the footer or any frame.
    private func isSealed(_ file: any File) throws(Errno) -> Bool {
        let size = try file.size()
        let start = try file.readAroundDamage(0..<min(size, SegmentLogFormat.pageSize)).bytes
        if let kind = SkippableFrame.parse(start.span, at: 0)?.kind {
            if kind == .sealedFrameHeader, (try? SealedFrameHeader.decode(start.span, at: 0)) != nil
            {
                return true
            }
            if kind == .tail, (try? TailFrame.decode(start.span, at: 0)) != nil { return false }
            if kind == .blockHeader { return false }
        }
        let trailer = try file.readAroundDamage(max(0, size - Footer.trailerSize)..<size).bytes
        if (try? Footer.size(fromTrailer: trailer.span)) != nil { return true }
        return SkippableFrame.parse(start.span, at: 0)?.kind == .sealedFrameHeader
    }

    // MARK: Judging

    private func judge(_ findings: inout Findings, firsts: [UInt64]) {
        if firsts[0] > 1 {
            // Row "missing", at the front; `SealedSegment` notices it elsewhere, from its footer.
            findings.missing.append(
                Hole(
                    file: SegmentName.file(first: 1), offset: 0, events: 1...(firsts[0] - 1),
                    reason: FooterTables.missingReason))
        }
        for unsealed in findings.unsealed {
            if let newer = unsealed.scan.newer {
                findings.report.readOnlyReason = "a newer sjournal wrote it (\(newer))"
            }
            findings.report.holes.append(contentsOf: unsealed.scan.holes)
        }
        findings.report.holes.append(contentsOf: findings.missing)
        guard let last = findings.unsealed.last else {
            // Row "headless".
            if let refused = findings.refused {
                return refuse(&findings, file: refused.name, offset: 0, refused.reason)
            }
            let lost = (findings.sealed.last?.lastSequence ?? 0) + 1
            refuse(
                &findings, file: SegmentName.file(first: lost), offset: 0,
                "the active segment is missing")
            return
        }
        for (unsealed, next) in zip(findings.unsealed, findings.unsealed.dropFirst()) {
            judge(unsealed, before: next, &findings)
        }
        switch last.scan.ending {
        case .closed: break
        case .tail: findings.report.isClean = false
        case .end(let successor):
            // Row "orphan".
            refuse(
                &findings, file: SegmentName.file(first: successor), offset: 0,
                "the successor that an end frame names is missing")
        case .torn(let offset, let reason):
            findings.report.isClean = false
            if last.scan.holes.isEmpty {
                findings.report.tornTail = RecoveryReport.TornTail(
                    file: last.segment.name, offset: offset, size: 0,
                    firstSequence: (last.scan.lastSequence ?? last.segment.firstSequence - 1) + 1,
                    reason: reason)
            }
        }
        if !findings.unsealed.allSatisfy({ $0.scan.holes.isEmpty }),
            findings.report.readOnlyReason == nil
        {
            findings.report.readOnlyReason = "an unsealed segment is damaged"
        }
    }

    /// Rows "rotated", "rotating" and "short".
    private func judge(_ unsealed: Unsealed, before next: Unsealed, _ findings: inout Findings) {
        let last = unsealed.scan.lastSequence ?? unsealed.segment.firstSequence - 1
        guard last + 1 == next.segment.firstSequence else {
            if unsealed.scan.holes.isEmpty {
                let hole = Hole(
                    file: unsealed.segment.name, offset: unsealed.scan.position,
                    events: last + 1 < next.segment.firstSequence
                        ? (last + 1)...(next.segment.firstSequence - 1) : nil,
                    reason: "the segment ends before its successor begins")
                unsealed.segment.add(hole)
                findings.report.holes.append(hole)
            }
            findings.report.readOnlyReason = "an unsealed segment is damaged"
            return
        }
        if case .end(let successor) = unsealed.scan.ending,
            successor != next.segment.firstSequence
        {
            refuse(
                &findings, file: unsealed.segment.name, offset: unsealed.scan.position,
                "the end frame names another successor")
        }
    }

    private func refuse(
        _ findings: inout Findings, file: String, offset: Int, _ reason: String
    ) {
        findings.report.isClean = false
        findings.report.holes.append(Hole(file: file, offset: offset, events: nil, reason: reason))
        findings.report.readOnlyReason = reason
    }
}
