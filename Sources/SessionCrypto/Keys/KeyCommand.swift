#if Crypto
internal import Glibc
internal import SegmentLog
internal import SessionJournal

/// Runs the command that returns a master key.
enum KeyCommand {
    /// What it printed.
    ///
    /// - Throws: `wrongKey` where it cannot be run or does not end in good order.
    static func output(of command: String) throws(JournalError) -> [UInt8] {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failure(command, "no pipe can be made") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        var process: pid_t = 0
        var words: [UnsafeMutablePointer<CChar>?] = []
        for word in ["sh", "-c", command] { words.append(strdup(word)) }
        words.append(nil)
        defer { for word in words { free(word) } }
        let code = posix_spawn(&process, "/bin/sh", &actions, nil, &words, environ)
        close(ends[1])
        defer { close(ends[0]) }
        guard code == 0 else {
            throw failure(command, "it cannot be run: \(Errno(rawValue: code))")
        }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: MasterKey.textLimit)
        defer { buffer.wipe() }
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            // What is longer is no key; it is read to its end all the same, so that the command ends.
            if output.count <= MasterKey.textLimit { output += buffer[..<count] }
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else {
            output.wipe()
            throw failure(command, "it ended with status \(status >> 8 & 0xFF)")
        }
        return output
    }

    private static func failure(_ command: String, _ what: String) -> JournalError {
        JournalError(
            .wrongKey, "the command gives no master key: \(what)", place: command)
    }
}
#endif
