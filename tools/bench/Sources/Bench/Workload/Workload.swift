/// The messages of a number of sessions, in the order in which they happen: at each step one of the
/// sessions says something, so that the sessions are interleaved. The first message of a session is
/// its creation.
struct Workload {
    /// How large the messages are.
    enum Sizes: Sendable {
        /// About 1 KB: from 200 bytes to 4 KiB.
        case typical
        /// From 200 bytes to 64 KiB, every magnitude as often as the others.
        case mixed
        /// About 250 bytes, for runs of ten million.
        case short
    }

    let sessions: [SessionName]
    private let first: Int
    private let sizes: Sizes
    private let projects: [Project]
    private var versions: [UInt32]
    private var random: Random

    /// - Parameter first: The number of the first session, for workloads whose sessions must differ.
    init(sessions count: Int, sizes: Sizes = .typical, seed: UInt64 = 1, first: Int = 0) throws {
        sessions = try (first..<(first + count)).map { try SessionName(number: $0) }
        self.first = first
        self.sizes = sizes
        projects = (0..<16).map { Project(seed: UInt64($0)) }
        versions = Array(repeating: 0, count: count)
        random = Random(seed: seed)
    }

    /// The next message of any session.
    mutating func next() -> Message {
        next(in: random.below(sessions.count))
    }

    mutating func next(_ count: Int) -> [Message] { (0..<count).map { _ in next() } }

    /// The next message of one session.
    mutating func next(in number: Int) -> Message {
        versions[number] += 1
        let version = UInt64(versions[number])
        let session = sessions[number]
        guard version > 1 else {
            return Message(
                session: session, version: 1, kind: .created, data: creation(first + number))
        }
        // Each session works on a project, and stays with a file for a while.
        let project = projects[number % projects.count]
        let file = project.files[(number / 7 + Int(version) / 24) % project.files.count]
        var text = MessageText(session: session, version: version, file: file, random: random)
        let size = size()
        let kind: Message.Kind
        switch version % 6 {
        case 2: (kind, text.bytes) = (.message, text.spoken(role: "user", size: size / 3))
        case 3, 0: (kind, text.bytes) = (.message, text.spoken(role: "assistant", size: size))
        case 4: (kind, text.bytes) = (.toolStarted, text.toolCall(size: size / 2))
        default: (kind, text.bytes) = (.toolFinished, text.toolResult(size: size * 2))
        }
        random = text.random
        return Message(session: session, version: version, kind: kind, data: text.bytes)
    }

    private mutating func size() -> Int {
        switch sizes {
        case .typical: return 200 + random.below(1_300)
        case .short: return 40 + random.below(120)
        case .mixed:
            // A tool answers with twice as much: 62 KB at most.
            let magnitude = random.below(8)
            return min(31_000, (220 + random.below(120)) << magnitude)
        }
    }

    private func creation(_ number: Int) -> [UInt8] {
        Array(
            """
            {"key":"chat-\(number)","schema":1,"metadata":{"name":"Session \(number)",\
            "status":"active","turn_count":0,"is_starred":false,"tags":[],"description":null,\
            "category":"general","language":"en","model":"model-\(number % 3)",\
            "context_window":200000,"max_tokens":8192}}
            """.utf8)
    }
}
