internal import Glibc
internal import Synchronization

/// What many applications do: a JSON file for each session, held in memory and written anew as a
/// whole at every change, aside, synced and renamed, the folder synced.
///
/// There is no order over all sessions, and an append to several of them is not atomic.
final class SessionFilesSystem: BlockingSystem {
    let name = "file a session"
    let abilities: Abilities = [.sessions]
    let path: String

    private struct State {
        var folder: Int32 = -1
        var sequence: UInt64 = 0
        /// The events of each session as the file holds them, without the brackets around them.
        var sessions: [SessionName: [UInt8]] = [:]
    }

    private let state = Mutex(State())

    init(path: String) { self.path = path }

    private func filePath(_ session: SessionName) -> String {
        path + "/" + session.hexadecimal + ".json"
    }

    func open() async throws {
        try Disk.makeDirectory(path)
        try state.withLock { state in
            state.folder = try Disk.check(
                Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path)
        }
    }

    func write(_ messages: ArraySlice<Message>) throws {
        try state.withLock { state in
            var touched: Set<SessionName> = []
            for message in messages {
                state.sequence += 1
                var events = state.sessions[message.session] ?? []
                state.sessions[message.session] = []
                if !events.isEmpty {
                    // The newline of the event before stands behind its comma.
                    events[events.count - 1] = UInt8(ascii: ",")
                    events.append(0x0A)
                }
                EventText.append(message, sequence: state.sequence, to: &events)
                state.sessions[message.session] = events
                touched.insert(message.session)
            }
            for session in touched { try write(session, state) }
            try Disk.check(fsync(state.folder), path)
        }
    }

    private func write(_ session: SessionName, _ state: State) throws {
        let target = filePath(session)
        var bytes = Array("{\"session\":\"\(session.hexadecimal)\",\"events\":[\n".utf8)
        bytes += state.sessions[session] ?? []
        bytes += "]}\n".utf8
        let file = try Disk.check(
            Glibc.open(target + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644), target)
        defer { Glibc.close(file) }
        try bytes.withUnsafeBytes { try Disk.write($0, to: file, at: 0) }
        try Disk.check(fdatasync(file), target)
        try Disk.check(rename(target + ".new", target), target)
    }

    func settle() async throws {}

    func shrink() async throws {}

    func scan(_ tally: inout Tally) async throws {
        throw BenchError("files of sessions have no order over all of them")
    }

    func read(sessions: [SessionName], _ tally: inout Tally) async throws {
        for session in sessions {
            var splitter = LineSplitter()
            try Disk.read(filePath(session)) { piece in
                try splitter.split(piece) { line in
                    // The first line opens the file and the last one closes it.
                    guard line.count > 3, line[2] == UInt8(ascii: "s"), line[4] == UInt8(ascii: "q")
                    else { return }
                    let end = line[line.count - 1] == UInt8(ascii: ",") ? 1 : 0
                    try EventText.take(
                        UnsafeRawBufferPointer(rebasing: line[..<(line.count - end)]), &tally)
                }
                return true
            }
        }
    }

    func read(sequences: [UInt64], _ tally: inout Tally) async throws {
        throw BenchError("files of sessions have no numbers over all of them")
    }

    func close() async throws {
        state.withLock { state in
            if state.folder >= 0 { Glibc.close(state.folder) }
            state.folder = -1
            state.sessions = [:]
        }
    }
}
