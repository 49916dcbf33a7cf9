/// Repairs the segments of a log that nobody has open for writing.
///
/// ```
/// look at every byte ─▶ work out, in memory, what can be saved ─▶ copies, then records, into
///      quarantine/, durably ─▶ an empty active segment, where one is needed ─▶ the new files, one
///      rename each ─▶ what is not to be used leaves segments/
/// ```
///
/// Nothing in `segments/` is touched before its copy and its record are durable. A crash in between
/// leaves damage that the next run meets again; a record that is there already stays as it is, for it
/// knows what the damage was.
package struct LogRepair {
    /// A change of `segments/`, with what it is recorded as.
    private struct Change {
        var record: RepairRecord
        /// What takes the file's place; nil where it is taken away.
        var bytes: [UInt8]?
        /// An empty segment that is made before.
        var empty: (first: UInt64, epoch: UInt64)?
        /// Whether what stands there is no file, and is moved instead of copied.
        var isObstacle = false
    }

    private let environment: LogEnvironment
    private let opening: LogOpening
    /// Ranges that earlier repairs recorded as lost.
    private let known: [ClosedRange<UInt64>]
    private var changes: [Change] = []

    private var fileSystem: any FileSystem { environment.fileSystem }
    private var quarantine: String { opening.directory + "/quarantine" }

    /// - Parameter known: Ranges that earlier repairs recorded as lost.
    package init(
        directory: String, fileSystem: any FileSystem, journalID: JournalID,
        semantics: LineSemantics, known: [ClosedRange<UInt64>]
    ) {
        environment = LogEnvironment(
            fileSystem: fileSystem, journalID: journalID, semantics: semantics,
            cache: BlockCache())
        opening = LogOpening(directory: directory, environment: environment)
        self.known = known
    }

    /// Works out what is to be done. Changes nothing. Cost: a verification of the whole log.
    package mutating func plan(
        onProgress: (UInt64) -> Void = { _ in }
    ) throws(LogError) -> [RepairRecord] {
        let findings = try opening.look(openMode: .read)
        guard findings.unsealed.allSatisfy({ $0.scan.newer == nil }) else {
            throw LogError(
                .newerFormat, "a newer sjournal wrote it; use that one", path: opening.directory)
        }
        let handles = findings.handles
        var firsts = handles.map(\.firstSequence)
        if let refused = findings.refused, let first = SegmentName.first(in: refused.name) {
            firsts.append(first)
        }
        if let first = firsts.first, first > 1 { noteMissing(1...(first - 1)) }
        for (number, handle) in handles.enumerated() {
            let next = firsts.count > number + 1 ? firsts[number + 1] : nil
            try repair(handle, number, handles, successor: next)
            onProgress(size(of: handle.name))
        }
        if let refused = findings.refused, let first = SegmentName.first(in: refused.name) {
            changes.append(
                Change(
                    record: RepairRecord(
                        file: refused.name, firstSequence: first, action: .begun,
                        reason: refused.reason, lost: []),
                    empty: (first, 0), isObstacle: true))
        } else if findings.unsealed.isEmpty {
            begin(behind: handles.last)
        } else if case .end(let successor)? = findings.unsealed.last?.scan.ending,
            !changes.contains(where: { $0.empty != nil })
        {
            changes.append(
                Change(
                    record: RepairRecord(
                        file: SegmentName.file(first: successor), firstSequence: successor,
                        action: .begun, reason: "the segment that an end frame names is missing"),
                    empty: (successor, findings.unsealed.last?.scan.epoch ?? 0)))
        }
        return changes.map(\.record)
    }

    private func size(of name: String) -> UInt64 {
        UInt64(max(0, ((try? fileSystem.status(of: opening.path(name)))??.size) ?? 0))
    }

    // MARK: Looking

    private func isKnown(_ events: ClosedRange<UInt64>?) -> Bool {
        guard let events else { return false }
        return known.contains {
            $0.lowerBound <= events.lowerBound && events.upperBound <= $0.upperBound
        }
    }

    private mutating func noteMissing(_ events: ClosedRange<UInt64>) {
        guard !isKnown(events) else { return }
        changes.append(
            Change(
                record: RepairRecord(
                    file: SegmentName.file(first: events.lowerBound),
                    firstSequence: events.lowerBound, action: .removed,
                    reason: "the segment is missing", lost: [events])))
    }

    private mutating func begin(behind last: SegmentHandle?) {
        guard let last else { return }
        changes.append(
            Change(
                record: RepairRecord(
                    file: SegmentName.file(first: last.lastSequence + 1),
                    firstSequence: last.lastSequence + 1, action: .begun,
                    reason: "the active segment is missing"),
                empty: (last.lastSequence + 1, 0)))
    }

    private mutating func repair(
        _ handle: SegmentHandle, _ number: Int, _ handles: [SegmentHandle], successor: UInt64?
    ) throws(LogError) {
        var report = StructureReport()
        switch handle {
        case .sealed(let sealed):
            var verifier = SealedVerifier(segment: sealed, semantics: environment.semantics)
            try verifier.run(into: &report)
        case .active(let active):
            var verifier = ActiveVerifier(
                segment: active, isLast: successor == nil, isLive: false, opening: opening,
                semantics: environment.semantics)
            try verifier.run(through: .max, into: &report)
        }
        for hole in report.holes where hole.file != handle.name {
            if let events = hole.events { noteMissing(events) }
        }
        let damage = report.holes.filter {
            $0.file == handle.name && $0.reason != FooterTables.lostReason
        }
        guard let worst = damage.first else { return }
        try change(handle, number, handles, successor, worst.reason)
    }

    private mutating func change(
        _ handle: SegmentHandle, _ number: Int, _ handles: [SegmentHandle], _ successor: UInt64?,
        _ reason: String
    ) throws(LogError) {
        let path = opening.path(handle.name)
        var record = RepairRecord(
            file: handle.name, firstSequence: handle.firstSequence, action: .left, reason: reason)
        let bytes: [UInt8]
        do throws(Errno) {
            let file = try fileSystem.open(path, .read)
            bytes = try file.readAroundDamage(0..<file.size()).bytes
        } catch {
            guard error.refusal != nil, error != .inputOutput else {
                throw LogError(errno: error, action: "read", path: path)
            }
            record.action = .removed
            record.lost = [handle.firstSequence...handle.lastSequence]
            changes.append(Change(record: record, isObstacle: true))
            return
        }
        record.copy = Self.copyName(handle.firstSequence, bytes)
        let repair = SegmentRepair(
            environment: environment, name: handle.name, firstSequence: handle.firstSequence,
            successor: successor)
        let before = try frontier(before: number, handles)
        let predecessor = number > 0 ? handles[number - 1].firstSequence : 0
        let outcome: SegmentRepair.Outcome =
            switch handle {
            case .sealed:
                try repair.sealed(
                    bytes, before: before, after: frontierBefore(number + 1, handles),
                    predecessor: predecessor)
            case .active: try repair.active(bytes, before: before, predecessor: predecessor)
            }
        take(outcome, record)
    }

    private mutating func take(_ outcome: SegmentRepair.Outcome, _ found: RepairRecord) {
        var record = found
        switch outcome {
        case .replaced(let bytes, let saved, let lost):
            record.action = lost.isEmpty && !saved.mended.isEmpty ? .mended : .rebuilt
            (record.saved, record.mended, record.lost) = (saved.lines.count, saved.mended, lost)
            changes.append(Change(record: record, bytes: bytes))
        case .ended(let bytes, let saved, let last, let lost):
            record.action = .rebuilt
            (record.saved, record.mended, record.lost) = (saved.lines.count, saved.mended, lost)
            if lost.contains(where: { $0.upperBound > last }) { record.reused = last + 1 }
            changes.append(Change(record: record, bytes: bytes, empty: (last + 1, 0)))
        case .removed(let lost):
            record.action = .removed
            record.lost = lost
            changes.append(Change(record: record))
        case .left(let why):
            record.reason += "; " + why
            record.copy = nil
            changes.append(Change(record: record))
        }
    }

    /// The same damaged bytes have the same name, however often a repair is begun.
    private static func copyName(_ first: UInt64, _ bytes: [UInt8]) -> String {
        let hash = FileHash.hash(bytes.span).prefix(8).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }
        return "\(SegmentName.digits(first))-\(hash.joined())\(RepairRecord.copySuffix)"
    }

    /// The frontier before a segment, as the one before it knows it.
    private func frontier(
        before number: Int, _ handles: [SegmentHandle]
    ) throws(LogError) -> FrontierRecord? {
        let first = handles[number].firstSequence
        if first == 1 { return .empty }
        guard number > 0 else { return nil }
        let record: FrontierRecord? =
            switch handles[number - 1] {
            case .sealed(let sealed): try sealed.load().tables.summary?.frontierAfter
            case .active(let active): active.summary.frontier
            }
        return record?.size == first - 1 ? record : nil
    }

    /// The frontier before a segment, as it knows it itself.
    private func frontierBefore(
        _ number: Int, _ handles: [SegmentHandle]
    ) throws(LogError) -> FrontierRecord? {
        guard number < handles.count, case .sealed(let sealed) = handles[number] else { return nil }
        return try sealed.load().tables.summary?.frontierBefore
    }

    // MARK: Doing

    /// Does what was worked out. The caller holds the writer's lock.
    package func run(
        encoding record: (RepairRecord) -> [UInt8]
    ) throws(LogError) {
        guard changes.contains(where: { $0.record.action != .left }) else { return }
        try LogError.wrap("create", quarantine) { () throws(Errno) in
            if try fileSystem.status(of: quarantine) == nil {
                try fileSystem.makeDirectory(quarantine)
                try fileSystem.syncDirectory(opening.directory)
            }
        }
        for change in changes where change.record.action != .left {
            if let copy = change.record.copy {
                try keep(opening.path(change.record.file), as: copy)
            }
            try keep(record(change.record), as: change.record.name)
        }
        try LogError.wrap("sync", quarantine) { () throws(Errno) in
            try fileSystem.syncDirectory(quarantine)
        }
        try removeIndexes()
        for change in changes where change.record.action != .left { try apply(change) }
    }

    /// Copies a damaged file, unless its copy is there.
    private func keep(_ path: String, as name: String) throws(LogError) {
        let target = quarantine + "/" + name
        try LogError.wrap("keep a copy of", path) { () throws(Errno) in
            guard try fileSystem.status(of: target) == nil else { return }
            let source = try fileSystem.open(path, .read)
            try fileSystem.place(at: target) { file throws(Errno) in
                var copy = HashedCopy(to: file)
                _ = try copy.append(0..<source.size(), of: source, aroundDamage: true)
            }
        }
    }

    /// Writes a record, unless it is there.
    private func keep(_ bytes: [UInt8], as name: String) throws(LogError) {
        let target = quarantine + "/" + name
        try LogError.wrap("record a repair in", target) { () throws(Errno) in
            guard try fileSystem.status(of: target) == nil else { return }
            try fileSystem.place(bytes, at: target)
        }
    }

    /// Index files are caches, and come back.
    private func removeIndexes() throws(LogError) {
        let path = opening.directory + "/index"
        try LogError.wrap("clear", path) { () throws(Errno) in
            guard try fileSystem.status(of: path)?.kind == .directory else { return }
            for name in try fileSystem.names(in: path) where name.hasSuffix(StreamIndexes.suffix) {
                try fileSystem.remove(path + "/" + name)
            }
        }
    }

    private func apply(_ change: Change) throws(LogError) {
        let path = opening.path(change.record.file)
        if change.isObstacle { try moveAway(change.record, path) }
        if let empty = change.empty {
            try opening.place(
                SegmentWriter.emptySegment(
                    first: empty.first, journalID: environment.journalID, epoch: empty.epoch),
                as: SegmentName.file(first: empty.first))
        }
        if let bytes = change.bytes {
            try opening.place(bytes, as: change.record.file)
        } else if change.record.action == .removed, change.record.copy != nil {
            try LogError.wrap("take away", path) { () throws(Errno) in
                try fileSystem.remove(path)
                try fileSystem.syncDirectory(opening.segmentsPath)
            }
        }
    }

    /// Moves what is no file into `quarantine/`, under the first name that is free.
    private func moveAway(_ record: RepairRecord, _ path: String) throws(LogError) {
        try LogError.wrap("move away", path) { () throws(Errno) in
            var number = 1
            func name() -> String {
                quarantine + "/" + SegmentName.digits(record.firstSequence) + ".refused-\(number)"
            }
            while try fileSystem.status(of: name()) != nil { number += 1 }
            try fileSystem.rename(path, to: name())
            try fileSystem.syncDirectory(quarantine)
            try fileSystem.syncDirectory(opening.segmentsPath)
        }
    }
}
