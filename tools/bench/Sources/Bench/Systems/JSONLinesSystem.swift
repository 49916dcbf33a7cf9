internal import Glibc
internal import Synchronization

/// One file of JSON Lines: each append is a write at the end and an `fdatasync`. It can be read from
/// front to back, and nothing else.
final class JSONLinesSystem: BlockingSystem {
    let name = "JSON Lines"
    let abilities: Abilities = [.scan, .bulk]
    let path: String

    private struct State {
        var file: Int32 = -1
        var size = 0
        var sequence: UInt64 = 0
        var bytes: [UInt8] = []
    }

    private let state = Mutex(State())

    init(path: String) { self.path = path }

    private var filePath: String { path + "/events.jsonl" }

    func open() async throws {
        try Disk.makeDirectory(path)
        let isNew = !Disk.exists(filePath)
        try state.withLock { state in
            state.file = try Disk.check(
                Glibc.open(filePath, O_RDWR | O_CREAT | O_CLOEXEC, 0o644), filePath)
            state.size = Int(lseek(state.file, 0, SEEK_END))
        }
        guard !isNew else { return }
        var last: UInt64 = 0
        var splitter = LineSplitter()
        try Disk.read(filePath) { piece in
            splitter.split(piece) { _ in last += 1 }
            return true
        }
        state.withLock { $0.sequence = last }
    }

    func write(_ messages: ArraySlice<Message>) throws {
        try state.withLock { state in
            state.bytes.removeAll(keepingCapacity: true)
            for message in messages {
                state.sequence += 1
                EventText.append(message, sequence: state.sequence, to: &state.bytes)
            }
            let (file, size) = (state.file, state.size)
            try state.bytes.withUnsafeBytes { try Disk.write($0, to: file, at: size) }
            try Disk.check(fdatasync(file), filePath)
            state.size += state.bytes.count
        }
    }

    func settle() async throws {}

    func shrink() async throws {}

    func scan(_ tally: inout Tally) async throws {
        var splitter = LineSplitter()
        try Disk.read(filePath) { piece in
            try splitter.split(piece) { try EventText.take($0, &tally) }
            return true
        }
    }

    func read(sessions: [SessionName], _ tally: inout Tally) async throws {
        throw BenchError("JSON Lines cannot find a session")
    }

    func read(sequences: [UInt64], _ tally: inout Tally) async throws {
        throw BenchError("JSON Lines cannot find an event")
    }

    func close() async throws {
        state.withLock { state in
            if state.file >= 0 { Glibc.close(state.file) }
            state.file = -1
        }
    }
}
