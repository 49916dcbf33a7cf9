import Dispatch
import Glibc
import SessionJournal
import Synchronization
import Transcripts

/// What `sjournal watch` prints while it runs.
final class WatchOutput: Sendable {
    private struct State {
        var hasCaughtUp = false
        var lines = 0
        var skipped = 0
        var failure: OutputFailure?
        var stop: (@Sendable () -> Void)?
    }

    private let console: Console
    private let isJSON: Bool
    /// Whether each file is told, once those that were there have been taken in.
    private let tellsEachFile: Bool
    private let state = Mutex(State())

    /// How many files that are not read are named before all that was there is taken in.
    private static let shownSkips = 10

    init(_ console: Console, isJSON: Bool, tellsEachFile: Bool) {
        self.console = console
        self.isJSON = isJSON
        self.tellsEachFile = tellsEachFile
    }

    /// Has everything end where nobody reads what is printed any more.
    var stop: (@Sendable () -> Void)? {
        get { state.withLock { $0.stop } }
        set { state.withLock { $0.stop = newValue } }
    }

    /// Says what is followed.
    func begin(_ paths: [String]) {
        if isJSON {
            print(["event": "following", "paths": .array(paths.map { .string($0) })])
        } else {
            for path in paths { say("following \(Shown(path))") }
        }
    }

    /// Says what happened.
    func tell(_ notice: WatchNotice) {
        if isJSON { print(Self.json(notice)) } else { tellInWords(notice) }
    }

    /// Says what all of it came to.
    ///
    /// - Throws: What kept something from being printed.
    func end(_ report: WatchReport) throws(OutputFailure) {
        if isJSON {
            print([
                "event": "stopped", "files": JSONValue(report.files),
                "lines": JSONValue(report.lines), "events": JSONValue(report.events),
                "bytes": JSONValue(report.size), "changes": JSONValue(report.changes),
                "torn": JSONValue(report.tornLines),
            ])
        } else {
            say(
                """
                stopped: \(Numbers.counted(report.files, "file")), \
                \(Numbers.counted(report.lines, "new line")), \
                \(Numbers.counted(report.events, "event")) added
                """)
            if report.tornLines > 0 {
                say(
                    """
                    \(Numbers.counted(report.tornLines, "file ends", "files end")) in the middle of \
                    a line, which is kept as it is
                    """)
            }
        }
        if let failure = state.withLock({ $0.failure }), failure != .readerGone { throw failure }
    }

    private func tellInWords(_ notice: WatchNotice) {
        switch notice {
        case .caughtUp(let files):
            let (lines, skipped) = state.withLock { state in
                state.hasCaughtUp = true
                return (state.lines, state.skipped)
            }
            if skipped > Self.shownSkips {
                say("and \(skipped - Self.shownSkips) more not read; --json names all")
            }
            say(
                "took in \(Numbers.counted(lines, "new line")) of \(Numbers.counted(files, "file"))"
            )
        case .taken(let taken):
            let isTold = state.withLock { state in
                state.lines += taken.lines
                return state.hasCaughtUp && tellsEachFile
            }
            guard isTold else { return }
            let sessions = taken.sessions.prefix(1).map { $0.hexadecimal.prefix(8) }.joined()
            say(
                """
                \(Self.now, .quiet)  \(Shown(taken.format))  \(sessions, .name)  \
                +\(Numbers.counted(taken.lines, "line"))  \(Shown(taken.path))
                """)
        case .changed(let change):
            say(
                """
                \(Self.now, .quiet)  \(change.kind.rawValue, .bad)  \
                \(Shown(change.how))  \(Shown(change.path)): \
                \(Numbers.bytes(change.size)) of it are in the journal
                """)
        case .skipped(let path, let why):
            let isShown = state.withLock { state in
                state.skipped += state.hasCaughtUp ? 0 : 1
                return state.hasCaughtUp || state.skipped <= Self.shownSkips
            }
            if isShown { say("not read: \(Shown(path)): \(Shown(why))") }
        case .waiting:
            console.note(
                "sjournal: another process writes to the journal; waiting until it is done")
        case .resumed: console.note("sjournal: going on")
        }
    }

    private static func json(_ notice: WatchNotice) -> JSONValue {
        switch notice {
        case .caughtUp(let files): ["event": "caught_up", "files": JSONValue(files)]
        case .taken(let taken):
            [
                "event": "taken", "path": .string(taken.path), "format": .string(taken.format),
                "sessions": .array(taken.sessions.map { .string($0.hexadecimal) }),
                "lines": JSONValue(taken.lines), "events": JSONValue(taken.events),
            ]
        case .changed(let change):
            [
                "event": "changed", "kind": .string(change.kind.rawValue),
                "how": .string(change.how), "path": .string(change.path),
                "bytes": JSONValue(change.size),
            ]
        case .skipped(let path, let why):
            ["event": "skipped", "path": .string(path), "why": .string(why)]
        case .waiting: ["event": "waiting"]
        case .resumed: ["event": "resumed"]
        }
    }

    /// The time of day, as the machine's clock says it.
    private static var now: String {
        var seconds = time(nil)
        var parts = tm()
        localtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }

    private func print(_ document: JSONValue) {
        attempt { () throws(OutputFailure) in
            try console.json(Array(document.description.utf8))
        }
    }

    private func say(_ line: Shown) {
        attempt { () throws(OutputFailure) in try console.line(line) }
    }

    /// Prints at once; where that cannot be, nothing more is done.
    private func attempt(_ write: () throws(OutputFailure) -> Void) {
        do {
            try write()
            try console.output.flush()
        } catch {
            let stop = state.withLock { state in
                state.failure = state.failure ?? error
                return state.stop
            }
            stop?()
        }
    }
}

/// Has something end in good order on SIGTERM, SIGINT and SIGHUP; a second signal ends the process.
/// One that is ignored, as `nohup` has it, stays so.
final class StopSignals {
    private let sources: [(number: Int32, source: any DispatchSourceSignal)]

    init(_ stop: @escaping @Sendable () -> Void) {
        let ignored = unsafeBitCast(SIG_IGN, to: Int.self)
        sources = [SIGTERM, SIGINT, SIGHUP].compactMap { number in
            guard unsafeBitCast(signal(number, SIG_IGN), to: Int.self) != ignored else {
                return nil
            }
            let source = DispatchSource.makeSignalSource(
                signal: number, queue: .global(qos: .userInitiated))
            source.setEventHandler {
                signal(number, SIG_DFL)
                stop()
            }
            source.resume()
            return (number, source)
        }
    }

    /// Signals do again what they did.
    func restore() {
        for (number, source) in sources {
            source.cancel()
            signal(number, SIG_DFL)
        }
    }
}
