internal import SessionJournal

/// The name of a session: 16 bytes that sort by time, the same for all systems.
struct SessionName: Hashable, Sendable {
    let high: UInt64
    let low: UInt64
    let id: SessionID

    /// The name of a session by its number in the workload.
    init(number: Int) throws {
        var random = Random(seed: UInt64(number) &* 0x1000_0001)
        // Sessions begin a quarter of a second apart.
        let milliseconds = 1_760_000_000_000 + UInt64(number) * 250
        high = milliseconds << 16 | 0x7000 | random.next() >> 52
        low = 1 << 63 | random.next() >> 2
        guard let id = SessionID(SessionName.hexadecimal(high) + SessionName.hexadecimal(low))
        else {
            throw BenchError("the journal does not take the session's name")
        }
        self.id = id
    }

    static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    var hexadecimal: String { id.hexadecimal }
}

/// What happens in a session: the same bytes for every system.
struct Message: Sendable {
    enum Kind: UInt8, CaseIterable, Sendable {
        case created, message, toolStarted, toolFinished

        var name: StaticString {
            switch self {
            case .created: "session.created"
            case .message: "message.appended"
            case .toolStarted: "tool.started"
            case .toolFinished: "tool.finished"
            }
        }

        var eventKind: EventKind {
            switch self {
            case .created: .sessionCreated
            case .message: .messageAppended
            case .toolStarted: .toolStarted
            case .toolFinished: .toolFinished
            }
        }

        var bytes: UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        }
    }

    let session: SessionName
    /// The number of the event in its session, from 1.
    let version: UInt64
    let kind: Kind
    /// One JSON object.
    let data: [UInt8]

    /// Who writes, in every system.
    static let actor = "agent:bench"
    static let branch = "main"
}
