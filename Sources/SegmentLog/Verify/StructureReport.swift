/// What a reading of every byte of the log found.
package struct StructureReport: Sendable {
    /// The frontier that a block or a footer recorded, for the owner to compare with its own.
    package struct RecordedFrontier: Sendable {
        package var frontier: FrontierRecord
        /// Which header says so, in words.
        package var place: String
        package var file: String
        package var offset: Int
    }

    /// What a run says that it holds.
    package struct RunExtent: Sendable {
        package var stream: StreamKey
        package var versions: ClosedRange<UInt64>
        package var eventCount: Int

        init(_ run: CiphertextRun) {
            stream = run.stream
            versions = run.firstVersion...run.lastVersion
            eventCount = run.eventCount
        }
    }

    /// Bytes of `segments/` that were read and checked.
    package var bytesChecked = 0
    package var holes: [Hole] = []
    package var tornTail: RecoveryReport.TornTail?
    /// In order of sequence.
    package var frontiers: [RecordedFrontier] = []
    /// The runs that stand behind their entry lines.
    package var runs: [RunExtent] = []
    /// The torn tails that lie in `quarantine/`.
    package var quarantined: [String] = []
    /// Those of them that are no more what was set aside, each with why.
    package var damagedQuarantine: [(name: String, reason: String)] = []

    /// Takes in what was found further on.
    package mutating func add(_ other: StructureReport) {
        bytesChecked += other.bytesChecked
        add(holes: other.holes)
        tornTail = other.tornTail ?? tornTail
        frontiers += other.frontiers
        runs += other.runs
        quarantined += other.quarantined
        damagedQuarantine += other.damagedQuarantine
    }

    /// Takes in holes, each once.
    package mutating func add(holes more: [Hole]) {
        let known = Set(holes)
        holes += more.filter { !known.contains($0) }
    }

    package init() {}

    static let strayRun = "a run stands behind a content without its entry lines"
}

extension StoredContent {
    /// What the runs hold; nil where the first or the last line of one has no entry line here.
    ///
    /// - Parameter versions: Of the lines of the content, by their streams.
    func runExtents(
        _ versions: [StreamKey: Set<UInt64>]
    ) -> [StructureReport.RunExtent]? {
        for run in runs {
            guard let own = versions[run.stream], own.contains(run.firstVersion),
                own.contains(run.lastVersion)
            else { return nil }
        }
        return runs.map { StructureReport.RunExtent($0) }
    }
}

extension SegmentLog {
    /// Reads every byte of every segment, and checks it against every checksum, table and rule of
    /// the format that covers it.
    ///
    /// Cost: one reading and one decompression of the log; one segment in memory at a time.
    package func verifyStructure() throws(LogError) -> StructureReport {
        let plan = verificationPlan()
        var report = StructureReport()
        report.holes = plan.holes
        for item in plan.items { report.add(try check(item, in: plan)) }
        report.add(try checkQuarantine())
        return report
    }

    /// Checks the torn tails that were set aside.
    package func checkQuarantine() throws(LogError) -> StructureReport {
        var report = StructureReport()
        report.quarantined = try quarantined()
        for name in report.quarantined {
            if let reason = try checkQuarantined(name) {
                report.damagedQuarantine.append((name, reason))
            }
        }
        return report
    }

    /// Why a file in `quarantine/` is not what was set aside; nil where it is.
    private func checkQuarantined(_ name: String) throws(LogError) -> String? {
        guard let known = QuarantineName(name) else { return nil }
        let path = directory + "/quarantine/" + name
        do throws(LogError) {
            let isSame = try LogError.wrapContent(path, 0) { () throws(Errno) in
                let file = try fileSystem.open(path, .read)
                let size = try file.size()
                let tail = try TornTailCopy(of: file, from: 0, fileSize: size)
                return tail.size == size ? try tail.hash() == known.hash : false
            }
            return isSame ? nil : "the bytes are not those that were set aside"
        } catch {
            guard error.code == .damaged || error.errno?.refusal != nil else { throw error }
            return error.errno?.refusal ?? error.message
        }
    }

    /// The names in `quarantine/` that are torn tails, sorted.
    package func quarantined() throws(LogError) -> [String] {
        let path = directory + "/quarantine"
        let names = try LogError.wrap("list", path) { () throws(Errno) -> [String] in
            guard try fileSystem.status(of: path)?.kind == .directory else { return [] }
            return try fileSystem.names(in: path)
        }
        return names.filter { QuarantineName($0) != nil }
    }

    /// Bytes of all files in `segments/`.
    package func sizeOnDisk() throws(LogError) -> (files: Int, bytes: Int) {
        try LogError.wrap("list", opening.segmentsPath) { () throws(Errno) in
            var total = (files: 0, bytes: 0)
            for name in try fileSystem.names(in: opening.segmentsPath)
            where SegmentName.first(in: name) != nil {
                guard let status = try fileSystem.status(of: opening.path(name)) else { continue }
                total.files += 1
                total.bytes += status.size
            }
            return total
        }
    }
}
