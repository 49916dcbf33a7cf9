internal import SegmentLog

/// How often a journal is maintained, for ``JournalWriter/keepMaintaining(_:)``.
public struct MaintenanceSchedule: Sendable {
    /// How long after the end of one run the next one begins. Default: an hour.
    public var interval: Duration = .seconds(3_600)

    /// What each one does.
    public var plan: MaintenancePlan

    /// Is told what each came to. It must not close the journal: closing waits for it.
    public var observer: (@Sendable (MaintenanceReport) async -> Void)?

    /// Every hour, by a plan.
    public init(_ plan: MaintenancePlan = MaintenancePlan()) { self.plan = plan }
}

extension JournalWriter {
    /// Maintains the journal by a schedule, in the background, until the journal is closed or the task
    /// cancelled: each time as ``maintain(_:reason:)`` does, the first time at once. A run that cannot be
    /// done is logged, and tried again after the interval.
    ///
    /// - Parameter schedule: How often, and what.
    /// - Returns: The task. ``Journal/close()`` cancels it and waits for it; what is under way ends
    ///   without pauses then.
    @discardableResult
    public func keepMaintaining(
        _ schedule: MaintenanceSchedule = MaintenanceSchedule()
    ) -> Task<Void, Never> {
        let writer = self
        return journal.keep {
            while !Task.isCancelled {
                do {
                    let report = try await writer.maintain(schedule.plan)
                    await schedule.observer?(report)
                    try await Task.sleep(for: schedule.interval)
                } catch {
                    guard !writer.journal.isOver(error) else { return }
                    (writer.journal.store as? FileStore)?.instruments.write(
                        .maintenanceFailed(error))
                    do { try await Task.sleep(for: schedule.interval) } catch { return }
                }
            }
        }
    }
}
