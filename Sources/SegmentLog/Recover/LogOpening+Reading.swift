extension LogOpening.Findings {
    /// All segments, oldest first.
    var handles: [SegmentHandle] {
        sealed.map { .sealed($0) } + unsealed.map { .active($0.segment) }
    }
}

extension LogOpening {
    /// What a reader may see.
    struct Reading {
        var findings: Findings
        var lastSequence: UInt64
        var watermark: UInt64
        /// The last event of all whole commits.
        var committedSequence: UInt64

        /// While a writer is alive, only what it has synced may be read; without one, all commits
        /// that are whole, and `watermark` says from where on they are unconfirmed.
        init(findings: Findings, isWriterAlive: Bool) {
            self.findings = findings
            var confirmed = findings.sealed.last?.lastSequence ?? 0
            var last = confirmed
            for unsealed in findings.unsealed {
                let end = unsealed.scan.lastSequence ?? unsealed.segment.firstSequence - 1
                last = max(last, end)
                confirmed = max(confirmed, min(end, unsealed.scan.watermark))
            }
            watermark = confirmed
            committedSequence = last
            lastSequence = isWriterAlive ? confirmed : last
        }
    }

    /// Whether somebody holds the writer's lock. Where that cannot be found out, somebody may: then
    /// only what is known to be synced is shown.
    var isWriterAlive: Bool { (try? fileSystem.isLocked(directory + "/LOCK")) ?? true }

    /// How often a place that looks damaged is read again while a writer is at work.
    private static let attemptLimit = 5

    /// Looks for a reader. A live writer may be in the middle of a write or a rotation, so that what
    /// looks damaged then is looked at again.
    ///
    /// - Parameter known: What was found before; sealed files that are still there are not opened
    ///   again.
    func lookForReading(reusing known: [SegmentHandle] = []) throws(LogError) -> Reading {
        var attempt = 1
        while true {
            var isAlive = isWriterAlive
            do throws(LogError) {
                let findings = try look(openMode: .read, reusing: known)
                // One may have begun since.
                isAlive = isAlive || isWriterAlive
                let looksDamaged = findings.report.readOnlyReason != nil
                if !isAlive || !looksDamaged || attempt == Self.attemptLimit {
                    return Reading(findings: findings, isWriterAlive: isAlive)
                }
            } catch {
                // A file went between the listing and its opening: a rotation or a sealing.
                guard isAlive, attempt < Self.attemptLimit else { throw error }
            }
            attempt += 1
        }
    }
}
