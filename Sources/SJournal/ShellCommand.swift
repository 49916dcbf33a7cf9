import Dispatch
import Glibc

/// A command line of the shell that is given something to read.
struct ShellCommand {
    private let command: String
    private let environment: [(name: String, value: String)]

    init(_ command: String, environment: [(name: String, value: String)] = []) {
        self.command = command
        self.environment = environment
    }

    /// Runs it to its end, and returns its status; 128 and the number of a signal that ended it.
    /// What it does not read is let be.
    func run(input: [UInt8]) throws -> Int32 {
        // A command that does not read to the end must not end this process.
        signal(SIGPIPE, SIG_IGN)
        for (name, value) in environment { setenv(name, value, 1) }
        defer { for (name, _) in environment { unsetenv(name) } }
        // The answer on standard output is ours alone.
        guard let pipe = popen("{ \(command)\n} 1>&2", "we") else {
            throw Failure(
                .damaged, "the command cannot be run: \(SystemError.text(errno))")
        }
        // What stayed in a buffer would be written, and fail, when the pipe is closed.
        setvbuf(pipe, nil, _IONBF, 0)
        _ = fwrite(input, 1, input.count, pipe)
        let status = pclose(pipe)
        guard status >= 0 else {
            throw Failure(
                .damaged, "the command's end was not seen: \(SystemError.text(errno))")
        }
        return Self.status(status)
    }

    /// Runs it to its end, and returns what it writes to standard output.
    ///
    /// - Parameter input: What it can read from standard input. It is in no file.
    /// - Throws: `Failure` where it ends with another status than 0.
    func output(input: [UInt8]) throws -> [UInt8] {
        // A command that does not read to the end must not end this process.
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0,
            fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0
        else {
            throw Failure(
                .damaged, "there is no pipe for the command: \(SystemError.text(errno))")
        }
        let (reading, writing) = (ends[0], ends[1])
        // What the command does not read in time must not keep it from being listened to.
        let feeding = DispatchGroup()
        DispatchQueue.global().async(group: feeding) {
            var rest = input[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(65_536))
                let count = write(writing, piece, piece.count)
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
            close(writing)
        }
        defer {
            close(reading)
            feeding.wait()
        }
        for (name, value) in environment { setenv(name, value, 1) }
        defer { for (name, _) in environment { unsetenv(name) } }
        guard let stream = popen("{ \(command)\n} </proc/\(getpid())/fd/\(reading)", "re") else {
            throw Failure(
                .damaged, "the command cannot be run: \(SystemError.text(errno))")
        }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            guard count > 0 else { break }
            output.append(contentsOf: buffer[..<count])
        }
        let status = Self.status(pclose(stream))
        guard status == 0 else {
            throw Failure(.negative, "the command ended with status \(String(status))")
        }
        return output
    }

    /// The status of a process as waitpid(2) lays it out; 128 and the number of a signal.
    private static func status(_ status: Int32) -> Int32 {
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }
}
