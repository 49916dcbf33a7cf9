import Foundation
import Glibc
import Testing

@testable import SJournal

/// A terminal that a test holds the other end of, and `sjournal` on it.
final class PseudoTerminal {
    private let master: Int32
    private let slave: Int32
    private let process: Process
    private var bytes: [UInt8] = []

    /// Longer than this nothing is waited for.
    static let patience: TimeInterval = 30

    /// TIOCSPTLCK and TIOCGPTN of Linux, which Glibc's module does not show.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    /// Runs a command line of the shell on a terminal of 80 × 24.
    init(
        _ script: String, in directory: URL, environment: [String: String] = [:]
    ) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(master >= 0)
        var unlocked: Int32 = 0
        var number: Int32 = 0
        try #require(
            ioctl(master, Self.setLock, &unlocked) == 0
                && ioctl(master, Self.getNumber, &number) == 0)
        slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(slave >= 0)
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(master, UInt(TIOCSWINSZ), &size) == 0)
        let id = UUID().uuidString
        process = try ProcessRun.process(
            script, in: directory,
            environment: ["TERM": "xterm-256color"].merging(environment) { $1 })
        let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
        process.standardInput = terminal
        process.standardOutput = terminal
        errors = directory.appendingPathComponent(".err-\(id)")
        try Data().write(to: errors)
        process.standardError = try FileHandle(forWritingTo: errors)
    }

    private let errors: URL

    func start() throws { try process.run() }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        close(master)
        close(slave)
    }

    /// What was written so far.
    var output: String { String(decoding: bytes, as: UTF8.self) }

    /// What stands on standard error.
    var errorText: String {
        (try? Data(contentsOf: errors)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// How the terminal is set: what `stty` would show.
    var settings: [UInt32] {
        var settings = termios()
        tcgetattr(slave, &settings)
        return [settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag]
    }

    func type(_ text: String) { _ = write(master, text, text.utf8.count) }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Reads until the screen shows a text; false where it does not come.
    func wait(for text: String) -> Bool {
        wait { self.screen.contains { $0.contains(text) } }
    }

    /// What a terminal shows after the last screen that was written whole. What is written is what
    /// differs from the screen before, so that the bytes alone tell little.
    private var screen: [String] {
        var model = TerminalModel(size: ScreenSize(columns: 80, rows: 24))
        guard let end = output.range(of: "\u{1B}[?2026l", options: .backwards) else { return [] }
        model.take(Array(output[..<end.upperBound].utf8))
        return model.lines
    }

    /// Waits for the end of the process.
    func waitForEnd() throws -> (reason: Process.TerminationReason, status: Int32) {
        try #require(wait { !self.process.isRunning }, "it does not end: \(output.suffix(300))")
        read(milliseconds: 0)
        return (process.terminationReason, process.terminationStatus)
    }

    private func wait(until holds: () -> Bool) -> Bool {
        let end = Date(timeIntervalSinceNow: Self.patience)
        while Date() < end {
            read(milliseconds: 20)
            if holds() { return true }
        }
        return false
    }

    private func read(milliseconds: Int32) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var poller = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        while poll(&poller, 1, milliseconds) > 0, poller.revents & Int16(POLLIN) != 0 {
            let count = Glibc.read(master, &chunk, chunk.count)
            guard count > 0 else { return }
            bytes += chunk.prefix(count)
        }
    }
}
