extension JournalLogEntry {
    /// An entry before it is made: nobody pays for the words of one that is not wanted.
    struct Source {
        var level: JournalLogLevel
        var category: JournalLogCategory
        var message: String
        var fields: () -> [(String, JSONValue)]

        func entry() -> JournalLogEntry {
            JournalLogEntry(level, category, message, fields: JSONObject(fields()))
        }
    }
}

extension JournalLogEntry.Source {
    /// What there is to say of an operation.
    init(_ operation: ObservedOperation) {
        message = "\(operation.operation.rawValue)"
        switch operation.operation {
        case .open, .close, .recover: (level, category) = (.info, .lifecycle)
        case .rotate, .seal, .recompress, .verify, .backup, .restore, .repair, .expire, .retain,
            .prune, .compact, .snapshot, .task, .maintain:
            (level, category) = (.info, .persistence)
        case .append, .commit, .refresh, .evict: (level, category) = (.debug, .persistence)
        case .sync, .read: (level, category) = (.trace, .persistence)
        }
        if let error = operation.error {
            category = .error
            level = error.isFaultOfTheMachine ? .error : .debug
            message += " failed: \(error.code)"
        }
        fields = { operation.logFields }
    }

    /// A sync that took long: everything that is appended waits for it.
    static func slowSync(_ operation: ObservedOperation) -> Self {
        Self(level: .warning, category: .persistence, message: "slow sync") {
            operation.logFields
        }
    }

    /// What opening found or did.
    static func found(
        _ message: String, _ level: JournalLogLevel,
        _ fields: @escaping () -> [(String, JSONValue)] = { [] }
    ) -> Self {
        Self(level: level, category: .lifecycle, message: message, fields: fields)
    }

    /// The journal can be read and not appended to.
    static func readOnly(_ reason: String) -> Self {
        Self(level: .error, category: .error, message: "opened read-only") {
            [("reason", .string(reason))]
        }
    }

    /// A checkpoint that was due by time, and could not be signed.
    static func checkpointFailed(_ error: any Error) -> Self {
        let error = error as? JournalError
        return Self(level: .error, category: .error, message: "no checkpoint was signed") {
            [("code", .string(error?.code.name ?? "other"))]
        }
    }

    /// A verification that was due by a schedule, and could not be done or recorded.
    static func verificationFailed(_ error: any Error) -> Self {
        background("the journal was not verified", error)
    }

    /// Maintenance that was due by a schedule and could not be done, or a step of it.
    static func maintenanceFailed(_ error: any Error, _ step: String? = nil) -> Self {
        background("the journal was not maintained", error, step)
    }

    private static func background(
        _ message: String, _ error: any Error, _ step: String? = nil
    ) -> Self {
        let error = error as? JournalError
        return Self(level: .error, category: .error, message: message) {
            [("code", .string(error?.code.name ?? "other"))]
                + (step.map { [("step", .string($0))] } ?? [])
        }
    }

    /// Events that cannot be read.
    static func damage(_ hole: JournalHole) -> Self {
        Self(level: .error, category: .error, message: "damage") {
            var fields: [(String, JSONValue)] = [
                ("file", .string(hole.file)), ("offset", JSONValue(hole.offset)),
            ]
            if hole.firstSequence <= hole.lastSequence {
                fields += [
                    ("first_seq", JSONValue(hole.firstSequence)),
                    ("last_seq", JSONValue(hole.lastSequence)),
                ]
            }
            return fields
        }
    }
}

extension ObservedOperation {
    /// Numbers, ids and names of files; nothing that somebody said.
    fileprivate var logFields: [(String, JSONValue)] {
        var fields: [(String, JSONValue)] = [
            ("operation", .string(operation.rawValue)), ("microseconds", JSONValue(microseconds)),
        ]
        if let session { fields.append(("session", .string(session.description))) }
        if bytes > 0 { fields.append(("bytes", JSONValue(bytes))) }
        if events > 0 { fields.append(("events", JSONValue(events))) }
        if let lastSequence { fields.append(("last_seq", JSONValue(lastSequence))) }
        if let file { fields.append(("file", .string(file))) }
        if let traceID { fields.append(("trace", .string(traceID))) }
        if let error {
            fields.append(("code", .string(error.code.name)))
            // Other messages may name a key, or quote what somebody wrote.
            if error.isFaultOfTheMachine, error.code != .damaged {
                fields.append(("reason", .string(error.message)))
            }
            if error.isFaultOfTheMachine, let place = error.place {
                fields.append(("place", .string(place)))
            }
        }
        return fields
    }

    private var microseconds: Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds.multipliedReportingOverflow(by: 1_000_000).partialValue
            &+ attoseconds / 1_000_000_000_000
    }
}

extension JournalError {
    /// Whether the disk or the system is to blame, and not what was asked for.
    fileprivate var isFaultOfTheMachine: Bool {
        switch code {
        case .inputOutput, .noSpace, .accessDenied, .failed, .damaged: true
        default: false
        }
    }
}
