internal import SegmentLog
internal import Synchronization

extension FileStore {
    package func treeHead(at size: UInt64?) async throws -> TreeHead {
        try await settle()
        let view = try openView()
        let size = size ?? view.lastSequence
        guard size <= view.lastSequence else {
            throw JournalError.beyondEnd(size, last: view.lastSequence)
        }
        let frontier = try JournalError.wrap { () throws(LogError) in try view.frontier(at: size) }
        guard let tree = LeafTree(frontier) else {
            throw JournalError(.damaged, "the Merkle tree over \(size) events is not stored whole")
        }
        return TreeHead(size: tree.size, root: tree.root)
    }

    package func verify() async throws -> VerificationReport {
        try? await settle()
        _ = try openView()
        return try await blocking { [self] () throws(JournalError) in try report() }
    }

    private func report() throws(JournalError) -> VerificationReport {
        let structure = try JournalError.wrap { () throws(LogError) in
            try log.verifyStructure()
        }
        let view = log.view()
        var verifier = LineVerifier()
        var found: [Hole] = []
        var frontiers = structure.frontiers.sorted { $0.frontier.size > $1.frontier.size }
        func compare(through size: UInt64) {
            while let recorded = frontiers.last, recorded.frontier.size <= size {
                frontiers.removeLast()
                verifier.compare(
                    recorded.frontier, place: "\(recorded.place) (segments/\(recorded.file))")
            }
        }
        compare(through: 0)
        try JournalError.wrap { () throws(LogError) in
            try view.scan(
                from: 1, through: .max,
                onHole: { hole in
                    found.append(hole)
                    if let last = hole.events?.upperBound { verifier.skip(through: last) }
                }
            ) { sequence, line in
                // What is left of the frontiers inside a hole says nothing that can be compared.
                if sequence > 1 { compare(through: sequence - 1) }
                verifier.skip(through: sequence - 1)
                verifier.check(Array(copying: line))
                compare(through: sequence)
                return true
            }
        }
        return summary(structure, verifier, holes: structure.holes + found)
    }

    private func summary(
        _ structure: StructureReport, _ verifier: LineVerifier, holes: [Hole]
    ) -> VerificationReport {
        var findings: [String] = []
        var named: Set<JournalHole> = []
        for hole in holes {
            let place = JournalHole(hole)
            guard named.insert(place).inserted else { continue }
            findings.append("\(place.file) at byte \(place.offset): \(hole.reason)")
        }
        for damaged in structure.damagedQuarantine {
            findings.append("quarantine/\(damaged.name) at byte 0: \(damaged.reason)")
        }
        findings += verifier.findings
        let verdict: VerificationReport.Verdict =
            if !findings.isEmpty {
                .damaged
            } else if structure.tornTail != nil {
                .tornTail
            } else if !structure.quarantined.isEmpty {
                .tornTailCut
            } else {
                .ok
            }
        return VerificationReport(
            verdict: verdict, events: verifier.events,
            bytesChecked: UInt64(structure.bytesChecked), root: verifier.knownTree?.root,
            holes: named.sorted {
                ($0.firstSequence, $0.file, $0.offset) < ($1.firstSequence, $1.file, $1.offset)
            }, findings: findings)
    }
}
