/// What one run of maintenance came to.
public struct MaintenanceReport: Sendable {
    /// One step.
    public struct Entry: Sendable {
        /// How a step ended.
        public enum Outcome: Sendable {
            /// It was done.
            case done
            /// It was done not long ago.
            case notDue
            /// It could not be done; the others were, all the same.
            case failed(JournalError)
        }

        /// Which.
        public let step: MaintenanceStep

        /// The step, or what the plan calls the task.
        public let name: String

        /// How it ended.
        public let outcome: Outcome

        /// What it did, in numbers; empty where that was nothing.
        public let figures: JSONObject

        /// Sentences about what is wrong: findings of a verification or a backup.
        public let findings: [String]

        /// How long it took.
        public let duration: Duration

        /// How many bytes it paid for; 0 where nothing bounds it.
        public let bytes: UInt64

        /// Whether it did what it should, and found nothing wrong.
        public var isWell: Bool {
            if case .failed = outcome { return false }
            return findings.isEmpty
        }

        /// Why it was not done; nil where it was, or need not be.
        public var error: JournalError? {
            if case .failed(let error) = outcome { error } else { nil }
        }

        /// One line of `maintain --json`.
        public var json: JSONValue {
            var object: JSONObject = ["step": .string(step.rawValue), "name": .string(name)]
            switch outcome {
            case .done: object["outcome"] = "done"
            case .notDue: object["outcome"] = "not_due"
            case .failed(let error):
                object["outcome"] = "failed"
                object["error"] = .string("\(error)")
            }
            object["figures"] = .object(figures)
            object["findings"] = .array(findings.map { .string($0) })
            let (seconds, attoseconds) = duration.components
            object["duration_ms"] = .integer(
                seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
            object["bytes"] = JSONValue(bytes)
            return .object(object)
        }
    }

    /// The steps of the plan, in order.
    public internal(set) var entries: [Entry] = []

    /// Whether every step did what it should, and found nothing wrong.
    public var isWell: Bool { entries.allSatisfy { $0.isWell } }

    /// What a step came to; the first one of several tasks.
    public subscript(_ step: MaintenanceStep) -> Entry? { entries.first { $0.step == step } }
}
