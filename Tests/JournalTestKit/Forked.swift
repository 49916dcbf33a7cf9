internal import Glibc

/// A forked child of the test process.
///
/// Only the forking thread lives on in it, so what it runs must not allocate, wait for a lock or
/// start anything: a few calls and a comparison.
package struct Forked: ~Copyable {
    private let process: pid_t

    /// Runs `body` in a child, whose exit status is what it returns; nil where no child was made.
    ///
    /// - Parameter keepsFiles: Whether it has open what this process has. One that lives while others
    ///   go on must not: Foundation knows by a socket that a process has ended, and would wait for this
    ///   one, which has the socket too.
    package init?(keepsFiles: Bool = true, _ body: () -> Int32) {
        let child = fork()
        if child == 0 {
            if !keepsFiles { for descriptor in 3..<getdtablesize() { close(descriptor) } }
            _exit(body())
        }
        if child < 0 { return nil }
        process = child
    }

    /// A child that does nothing for a while.
    package init?(sleepingSeconds seconds: UInt32) {
        self.init {
            sleep(seconds)
            return 0
        }
    }

    /// Waits for its end. Returns the exit status, or nil where a signal ended it.
    package consuming func wait() -> Int32? {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : nil
    }

    /// Waits until a signal stops it. False where it ended instead.
    package borrowing func waitUntilStopped() -> Bool {
        var status: Int32 = 0
        while waitpid(process, &status, WUNTRACED) < 0 && errno == EINTR {}
        return status & 0xFF == 0x7F
    }

    /// Ends it and waits for that.
    package consuming func kill() {
        _ = Glibc.kill(process, SIGKILL)
        _ = wait()
    }
}
