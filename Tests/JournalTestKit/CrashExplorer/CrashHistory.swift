internal import SegmentLog
package import SessionJournal

/// What a workload was told while it ran.
package struct CrashHistory: Sendable {
    /// What became of one batch.
    struct Answer: Sendable {
        var items: [CrashWorkload.Item]
        /// The receipts' sequence numbers; nil where the append threw.
        var sequences: [UInt64]?
        /// How many changes the disk had seen when the answer came.
        var changeCount: Int
    }

    /// In order of appending.
    var answers: [Answer] = []
    /// How many changes the disk had seen when the journal was made; nil while it was not.
    package var createdAt: Int?
    /// The first thing that failed, and in which step.
    package var failure: (step: Int, error: JournalError)?
    /// What broke a rule while the workload ran.
    package var violations: [String] = []

    /// The answers that had come after so many changes of the disk.
    func acknowledged(at changeCount: Int) -> Int {
        answers.count { $0.sequences != nil && $0.changeCount <= changeCount }
    }
}

extension CrashWorkload {
    /// Runs on a disk. Where something fails, the rest is tried all the same, so that what a failed
    /// writer answers afterwards is seen too; the journal is left open then.
    ///
    /// - Parameter isFinal: Whether the planned fault is one of those after which a writer must
    ///   take nothing more.
    package func run(on disk: SimulatedDisk, isFinal: Bool = false) async -> CrashHistory {
        var run = CrashRun(workload: self, disk: disk, isFinal: isFinal)
        await run.play()
        return run.history
    }
}

/// A workload under way.
private struct CrashRun {
    let workload: CrashWorkload
    let disk: SimulatedDisk
    let isFinal: Bool
    var history = CrashHistory()
    var journal: Journal?
    /// Whether an append through the open journal has failed.
    var hasFailed = false
    var opening = 0

    mutating func play() async {
        do {
            journal = try await Journal.create(
                at: CrashWorkload.path, options: workload.options(disk, opening: 0))
            history.createdAt = disk.changeCount
        } catch {
            return note(error, 0)
        }
        for (index, step) in workload.steps.enumerated() {
            switch step {
            case .append(let items, let durability): await append(items, durability, index)
            case .seal:
                do { try await journal?.seal() } catch { note(error, index) }
            case .reopen: await reopen(index)
            case .backup:
                do { _ = try await journal?.backup(to: CrashWorkload.backupPath) } catch {
                    note(error, index)
                }
            case .repair: await repair(index)
            }
            if journal == nil { return }
        }
        await checkReading()
        do { try await journal?.close() } catch { note(error, workload.steps.count) }
    }

    private mutating func append(
        _ items: [CrashWorkload.Item], _ durability: Durability, _ index: Int
    ) async {
        guard let journal else { return }
        var answer = CrashHistory.Answer(items: items, sequences: nil, changeCount: .max)
        do {
            let receipts = try await journal.store.append(
                workload.batch(items, durability))
            // A buffered append promises nothing until its events can be read.
            if durability == .buffered {
                let last = try await journal.lastSequence()
                guard let wanted = receipts.last?.sequence, last >= wanted else {
                    throw JournalError(.failed, "the buffered events cannot be read")
                }
            }
            if hasFailed, isFinal {
                history.violations.append("step \(index) was acknowledged after a failure")
            }
            answer.sequences = receipts.map(\.sequence)
            answer.changeCount = disk.changeCount
        } catch {
            hasFailed = true
            note(error, index)
        }
        history.answers.append(answer)
    }

    /// Damages the first segment by one bit, repairs the journal and opens it again.
    private mutating func repair(_ index: Int) async {
        do { try await journal?.close() } catch { note(error, index) }
        journal = nil
        let path = "\(CrashWorkload.path)/segments/\(SegmentName.file(first: 1))"
        disk.flipBit(path, 8 * 300 + Int(workload.seed % 64))
        opening += 1
        do {
            _ = try await Journal.repair(
                at: CrashWorkload.path, opening: workload.options(disk, opening: opening))
        } catch {
            note(error, index)
        }
        opening += 1
        do {
            journal = try await Journal.open(
                at: CrashWorkload.path, options: workload.options(disk, opening: opening))
        } catch {
            note(error, index)
        }
    }

    private mutating func reopen(_ index: Int) async {
        await checkReading()
        do { try await journal?.close() } catch { note(error, index) }
        journal = nil
        hasFailed = false
        opening += 1
        do {
            journal = try await Journal.open(
                at: CrashWorkload.path, options: workload.options(disk, opening: opening))
        } catch {
            note(error, index)
        }
    }

    /// After a failure, what was acknowledged can still be read through the same handle.
    private mutating func checkReading() async {
        guard hasFailed, isFinal, let journal else { return }
        do {
            let present = Set(try await journal.store.all().map(\.sequence))
            for answer in history.answers {
                for sequence in answer.sequences ?? [] where !present.contains(sequence) {
                    history.violations.append("event \(sequence) cannot be read after a failure")
                }
            }
        } catch {
            history.violations.append("reading after a failure: \(error)")
        }
    }

    private mutating func note(_ error: any Error, _ step: Int) {
        guard history.failure == nil else { return }
        guard let error = error as? JournalError else {
            history.violations.append("step \(step): \(error)")
            return
        }
        history.failure = (step, error)
    }
}
