import SessionJournal
import Synchronization

/// One line on a terminal's standard error that says how far long work has come.
///
/// It is redrawn at most ten times a second and wiped at the end. Where standard error is no
/// terminal it does nothing.
final class ProgressLine: Sendable {
    /// How far the work is.
    struct Point {
        var files: Int = 0
        var totalFiles: Int?
        var bytes: UInt64 = 0
        var totalBytes: UInt64?
        var events: UInt64 = 0
        var totalEvents: UInt64?
    }

    private static let redrawInterval = Duration.milliseconds(100)

    private let console: Console
    private let verb: Shown
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private let lastDrawn = Mutex<ContinuousClock.Instant?>(nil)

    init(_ verb: Shown, on console: Console) {
        self.verb = verb
        self.console = console
        start = clock.now
    }

    /// Draws the line if the last drawing is long enough ago.
    func update(_ point: Point) {
        guard console.showsProgress else { return }
        let now = clock.now
        let isDue = lastDrawn.withLock { lastDrawn in
            if let lastDrawn, now - lastDrawn < Self.redrawInterval { return false }
            lastDrawn = now
            return true
        }
        guard isDue else { return }
        console.redraw(Self.line(verb, point, after: now - start).elided(to: console.columns - 1))
    }

    /// Draws how far the library says it is.
    func update(_ progress: OperationProgress) {
        update(.init(bytes: progress.bytesDone, totalBytes: progress.bytesTotal))
    }

    /// Wipes the line.
    func finish() {
        let wasDrawn = lastDrawn.withLock { lastDrawn in
            defer { lastDrawn = nil }
            return lastDrawn != nil
        }
        if wasDrawn { console.redraw("") }
    }

    /// What the line says after `elapsed`: files, bytes, bytes a second, the time left.
    static func line(_ verb: Shown, _ point: Point, after elapsed: Duration) -> Shown {
        var parts: [Shown] = []
        if let total = point.totalFiles {
            parts.append("\(point.files) of \(Numbers.counted(total, "file"))")
        }
        if let total = point.totalEvents {
            parts.append("\(Numbers.grouped(point.events)) of \(Numbers.counted(total, "event"))")
        }
        if let total = point.totalBytes {
            parts.append("\(Numbers.bytes(point.bytes)) of \(Numbers.bytes(total))")
        } else if point.bytes > 0 {
            parts.append("\(Numbers.bytes(point.bytes))")
        }
        let seconds = elapsed / .seconds(1)
        if seconds > 0.5, point.bytes > 0 {
            let bytesASecond = Double(point.bytes) / seconds
            parts.append("\(Numbers.bytes(UInt64(bytesASecond)))/s")
            if let total = point.totalBytes, total > point.bytes {
                let left = Double(total - point.bytes) / bytesASecond
                parts.append("\(timeLeft(seconds: left)) left")
            }
        }
        return parts.enumerated().reduce(verb + "  ") { line, part in
            line + (part.offset == 0 ? "" : "  ") + part.element
        }
    }

    /// Whole seconds below a minute: more would be a guess.
    private static func timeLeft(seconds: Double) -> String {
        let whole = Int64(min(seconds.rounded(.up), longestTimeLeft))
        return whole < 60 ? "\(whole) s" : Numbers.duration(milliseconds: whole * 1000)
    }

    private static let longestTimeLeft = 360_000.0
}
