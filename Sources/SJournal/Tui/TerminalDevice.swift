import CShims
import Dispatch
import Glibc

/// The terminal of the process while it is drawn on.
///
/// Whatever ends the drawing, `leave` puts it back as it was: the end of the debugger, an error, and
/// signals, which arrive as input like keys. One that ends the process at once, a trap, puts it back
/// from its handler.
final class TerminalDevice: Sendable {
    /// What a terminal says.
    enum Input: Sendable {
        /// Keys that arrived together.
        case keys([Key])
        case signal(Int32)
        /// It is gone.
        case ended
    }

    /// An Escape that nothing follows for so long is the key, in milliseconds.
    private static let escapePause: Int32 = 40
    private static let chunkSize = 4096

    private let input: Int32
    private let output: ByteOutput
    private let outputDescriptor: Int32
    private let signals: Int32

    /// Takes the terminal over.
    ///
    /// - Throws: ``Failure`` where it is no terminal, or cannot be set.
    init(input: Int32, output: Int32) throws(Failure) {
        self.input = input
        outputDescriptor = output
        self.output = ByteOutput(descriptor: output)
        var signals: Int32 = -1
        let number = sj_terminal_enter(input, output, &signals)
        guard number == 0 else {
            throw Failure(
                .damaged,
                "the terminal cannot be drawn on: \(SystemError.text(number)); sjournal show prints"
            )
        }
        self.signals = signals
    }

    /// Puts the terminal back as it was. More than once does nothing.
    func leave() { sj_terminal_leave() }

    /// Puts it back and lets a signal have its way, which ends the process unless somebody who
    /// started it has that signal ignored.
    func yield(to signal: Int32) { sj_terminal_yield(signal) }

    /// Stops the process until somebody lets it go on.
    func suspend() { sj_terminal_suspend() }

    /// Draws on it once more, after somebody else may have used it.
    func resume() { sj_terminal_resume() }

    /// Its size; the usual one where it does not say.
    func size() -> ScreenSize {
        var size = winsize()
        guard ioctl(outputDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0,
            size.ws_row > 0
        else { return ScreenSize(columns: 80, rows: 24) }
        return ScreenSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    func write(_ bytes: [UInt8]) throws(OutputFailure) {
        try output.write(bytes)
        try output.flush()
    }

    /// Reads until the terminal is gone or `leave` was called, on a thread of its own.
    ///
    /// - Parameter take: Is handed what arrives, in order.
    func listen(_ take: @escaping @Sendable (Input) -> Void) {
        DispatchQueue(label: "sjournal.keys").async { [input, signals] in
            var decoder = KeyDecoder()
            var bytes = [UInt8](repeating: 0, count: Self.chunkSize)
            defer { close(signals) }
            while true {
                var watched = [
                    pollfd(fd: input, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
                ]
                let count = poll(&watched, 2, decoder.isWaiting ? Self.escapePause : -1)
                if count < 0, errno != EINTR { break }
                if count == 0 { take(.keys(decoder.pause())) }
                if count <= 0 { continue }
                if watched[1].revents != 0 {
                    let count = read(signals, &bytes, bytes.count)
                    // The other end is closed: the terminal was left.
                    if count == 0 { return }
                    for byte in bytes.prefix(max(count, 0)) { take(.signal(Int32(byte))) }
                }
                if watched[0].revents != 0 {
                    let count = read(input, &bytes, bytes.count)
                    if count < 0, errno == EINTR || errno == EAGAIN { continue }
                    guard count > 0 else { break }
                    take(.keys(decoder.take(bytes.prefix(count))))
                }
            }
            take(.ended)
        }
    }
}
