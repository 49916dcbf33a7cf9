/// By which schedule a journal verifies itself, for ``JournalWriter/keepVerifying(_:)``.
public struct VerificationSchedule: Sendable {
    /// How long after a verification the next one begins. Default: an hour.
    public var interval: Duration = .seconds(3_600)

    /// How much each one reads, in bytes of segments: one segment at least. Default: 256 MiB. Nil:
    /// everything.
    public var sizeLimit: UInt64? = 256 << 20

    /// What the journal is held against, and whom to believe.
    public var options = EvidenceOptions()

    /// Is told what each came to. It must not close the journal: closing waits for it.
    public var observer: (@Sendable (SelfVerification) async -> Void)?

    /// Every hour, 256 MiB.
    public init() {}
}

extension JournalWriter {
    /// Verifies the journal by a schedule, in the background, until the journal is closed or the task
    /// cancelled: each time the next part, as ``verifyAndRecord(_:sizeLimit:reason:)`` does.
    ///
    /// The first begins when the interval has passed since the last one that was recorded, in this
    /// process or another; at once where none was. One that cannot be done or recorded is logged, and
    /// tried again after the interval.
    ///
    /// - Parameter schedule: How often, and how much.
    /// - Returns: The task. ``Journal/close()`` cancels it and waits for it.
    @discardableResult
    public func keepVerifying(
        _ schedule: VerificationSchedule = VerificationSchedule()
    ) -> Task<Void, Never> {
        let writer = self
        return journal.keep { await writer.verify(by: schedule) }
    }

    private func verify(by schedule: VerificationSchedule) async {
        var wait = Duration.zero
        do {
            if let last = try await journal.lastVerification() {
                let age = journal.options.clock().microseconds - last.time.microseconds
                wait = min(schedule.interval, schedule.interval - .microseconds(age))
            }
        } catch {
            guard !journal.isOver(error) else { return }
            log(error)
        }
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: max(.zero, wait))
                let verification = try await verifyAndRecord(
                    schedule.options, sizeLimit: schedule.sizeLimit)
                await schedule.observer?(verification)
            } catch {
                guard !journal.isOver(error) else { return }
                log(error)
            }
            wait = schedule.interval
        }
    }

    private func log(_ error: any Error) {
        (journal.store as? FileStore)?.instruments.write(.verificationFailed(error))
    }
}
