extension PackFacts {
    /// What a fact comes to.
    func statement(_ fact: ComplianceFact, of pack: PackHead) -> PackStatement {
        switch fact {
        case .order: order(pack)
        case .span: spanned()
        case .actors:
            PackStatement(
                fact: fact,
                says: [
                    "\(Self.counted(UInt64(actors.rows.count), "name")) of who appended something; "
                        + "how often, first and last, stands in the file."
                ], file: PackRun.actorsName)
        case .periods:
            PackStatement(
                fact: fact,
                says: [
                    "\(Self.counted(UInt64(periods.count), "session")) with the time of its use by "
                        + "its source's clock, first and last event by the journal's, and, where "
                        + "somebody ended it, the event that did."
                ], file: PackRun.sessionsName)
        case .models:
            PackStatement(
                fact: fact,
                says: [
                    "\(Self.counted(UInt64(models.rows.count), "model")) named by messages and "
                        + "answers; how often, first and last, stands in the file."
                ], file: PackRun.modelsName)
        case .changes:
            PackStatement(
                fact: fact,
                says: [
                    "\(Self.counted(pack.changes, "change")) of metadata with old and new value, who, "
                        + "when and why, stand in the file."
                ], file: PackRun.changesName + ".csv")
        case .signature: signature(pack)
        case .verification: verified(pack)
        case .access: accessible()
        case .erasures: erased()
        case .holds: held()
        }
    }

    private static func counted(_ count: UInt64, _ word: String) -> String {
        "\(count) \(word)\(count == 1 ? "" : "s")"
    }

    private func order(_ pack: PackHead) -> PackStatement {
        var statement = PackStatement(fact: .order)
        if pack.head.size == 0 {
            statement.says.append("The journal has no event.")
        } else if lost.isEmpty {
            statement.says.append(
                "Events 1 to \(pack.head.size) are there, each number once.")
        } else {
            let ranges = lost.map { "\($0.lowerBound) to \($0.upperBound)" }
            statement.says.append(
                "Of events 1 to \(pack.head.size) these are lost to damage: "
                    + ranges.joined(separator: ", ") + ".")
            statement.sequences = lost.flatMap { [$0.lowerBound, $0.upperBound] }
        }
        if backwards.isEmpty {
            statement.says.append("No event has an earlier time than the event before it.")
        } else {
            statement.says.append("Events with an earlier time than the event before them.")
            statement.sequences += backwards
        }
        statement.says.append(
            "\(Self.counted(clockJumps, "step")) back of the clock, which were held and recorded.")
        return statement
    }

    private func spanned() -> PackStatement {
        guard let first = span.firstTime, let last = span.lastTime else {
            return PackStatement(fact: .span, says: ["There is no event."])
        }
        let days = (last.microseconds - first.microseconds) / PackText.dayMicroseconds
        return PackStatement(
            fact: .span,
            says: [
                "From \(first) (event \(span.first)) to \(last) (event \(span.last)): "
                    + "\(Self.counted(UInt64(max(0, days)), "whole day"))."
            ], sequences: [span.first, span.last])
    }

    private func signature(_ pack: PackHead) -> PackStatement {
        var statement = PackStatement(fact: .signature)
        statement.says.append(
            "The tree over \(Self.counted(pack.head.size, "event")) has the root "
                + "\(pack.head.root.base64).")
        if let checkpoint = pack.checkpoint {
            statement.says.append(
                "A checkpoint of \(Self.counted(checkpoint.head.size, "event")) is signed by "
                    + checkpoint.signers.joined(separator: ", ")
                    + "; whether by their keys is checked with keys that you were given.")
            if checkpoint.head.size < pack.head.size {
                statement.says.append(
                    "Events \(checkpoint.head.size + 1) to \(pack.head.size) came after it: nothing "
                        + "signs them.")
            }
            statement.file = PackRun.checkpointName
        } else {
            statement.says.append(
                "Nothing signs it: whoever holds the journal could have made another one. The tree's "
                    + "head stands in the file, to be kept or signed by others.")
            statement.file = PackRun.headName
        }
        return statement
    }

    private func verified(_ pack: PackHead) -> PackStatement {
        var statement = PackStatement(fact: .verification)
        guard let last = verifications.last else {
            statement.says.append("No verification is on record.")
            return statement
        }
        statement.says.append(
            "\(Self.counted(verifications.count, "verification")) on record, the last at "
                + "\(last.time) (event \(last.sequence)), which "
                + (last.isPassed ? "found nothing wrong." : "found something wrong."))
        statement.sequences.append(last.sequence)
        if verifications.failedCount > 0 {
            statement.says.append(
                "\(Self.counted(verifications.failedCount, "verification")) found something wrong.")
            statement.sequences += verifications.failed
        }
        if let gap = verifications.gap {
            statement.says.append(
                "The longest time between two was \(PackText.duration(gap.microseconds)), between "
                    + "events \(gap.before) and \(gap.after).")
            statement.sequences += [gap.before, gap.after]
        }
        if let end = span.lastTime {
            let pause = end.microseconds - last.time.microseconds
            if pause > 0 {
                statement.says.append(
                    "From the last one to the last event that is reported on: "
                        + "\(PackText.duration(pause)).")
            }
        }
        if let oldest = verifications.covered.map(\.time).min() {
            statement.says.append("Of what was read, the part that waits longest was at \(oldest).")
        }
        if let first = verifications.firstUncovered(through: pack.head.size) {
            statement.says.append("From event \(first) on, no verification has read everything.")
        }
        statement.sequences = Array(Set(statement.sequences)).sorted()
        return statement
    }

    private func accessible() -> PackStatement {
        var says = [
            rules.isEnforced
                ? "At the end the rules of access are enforced: what no role allows is denied."
                : "At the end no rules of access are enforced: whoever has the files may do "
                    + "everything."
        ]
        let pairs = rules.twoPersonPermissions.map(\.rawValue).sorted().joined(separator: ", ")
        says.append("Two people have to agree to: \(pairs.isEmpty ? "nothing" : pairs).")
        says.append(
            "Reading the audit trail is \(rules.recordsReads ? "recorded" : "not recorded").")
        says.append("\(Self.counted(UInt64(rules.grants.count), "role")) at the end.")
        return PackStatement(
            fact: .access, says: says,
            sequences: Array(
                Set((policySequence.map { [$0] } ?? []) + rules.grants.map(\.sequence))
            ).sorted())
    }

    private func erased() -> PackStatement {
        var says = [
            "\(Self.counted(UInt64(finishedErasures.count), "erasure")) carried out, of "
                + "\(Self.counted(erasedCount, "event")); the certificates stand in the file, with "
                + "the backups that were looked into."
        ]
        if !unfinishedErasures.isEmpty {
            says.append(
                "\(Self.counted(UInt64(unfinishedErasures.count), "erasure")) asked for and not on "
                    + "record as done.")
        }
        return PackStatement(
            fact: .erasures, says: says,
            sequences: (finishedErasures + unfinishedErasures.values).sorted(),
            file: PackRun.erasuresName)
    }

    private func held() -> PackStatement {
        PackStatement(
            fact: .holds,
            says: ["\(Self.counted(UInt64(holds.count), "hold")) in force at the end."]
                + holds.values.sorted { $0.sequence < $1.sequence }.map {
                    "Event \($0.sequence), matter: \($0.matter)"
                }, sequences: holds.values.map(\.sequence).sorted())
    }
}
