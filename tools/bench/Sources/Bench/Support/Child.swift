internal import Glibc

/// This program, run once more as a process of its own, so that it can be killed, or measured by the
/// memory it takes.
final class Child {
    private let process: pid_t
    private let output: Int32
    private var isOver = false

    /// Starts it with `--child` and arguments.
    init(_ arguments: [String]) throws {
        var ends: [Int32] = [0, 0]
        try Disk.check(pipe(&ends), "pipe")
        for end in ends { try Disk.check(fcntl(end, F_SETFD, FD_CLOEXEC), "pipe") }
        output = ends[0]
        let program = "/proc/self/exe"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            close(ends[1])
        }
        var words: [UnsafeMutablePointer<CChar>?] = ([program, "--child"] + arguments).map {
            strdup($0)
        }
        defer { for word in words { free(word) } }
        words.append(nil)
        var process: pid_t = 0
        guard posix_spawn(&process, program, &actions, nil, words, environ) == 0 else {
            throw BenchError("a child process cannot be started")
        }
        self.process = process
    }

    deinit {
        if !isOver { try? kill() }
        close(output)
    }

    /// What it prints up to the next line break.
    func line() throws -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while try Disk.check(read(output, &byte, 1), "read") == 1 {
            if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        throw BenchError("a child process ended too early; see its words above")
    }

    /// Ends it as nothing can be ended more suddenly.
    func kill() throws {
        try Disk.check(Glibc.kill(process, SIGKILL), "kill")
        try wait()
    }

    /// Waits for its end.
    func wait() throws {
        isOver = true
        try Disk.check(waitpid(process, nil, 0), "wait")
    }
}
