/// Lines on their way from another journal, parsed and checked as far as they go by themselves.
package struct AdoptedLines: Sendable {
    package private(set) var events: [Event]

    /// The key in each line that creates a session with one.
    package private(set) var keys: [String?]

    /// Parses lines. The error names the line by its place in the call.
    package init(_ lines: [[UInt8]]) throws(JournalError) {
        events = []
        keys = []
        events.reserveCapacity(lines.count)
        keys.reserveCapacity(lines.count)
        var size = 0
        for (index, line) in lines.enumerated() {
            do throws(JournalError) {
                // The log counts a line with its newline.
                guard line.count < EventLimits.maximumLineSize else {
                    throw JournalError.tooLarge(
                        "the line", size: line.count + 1, limit: EventLimits.maximumLineSize,
                        advice: "No journal holds such a line.")
                }
                let event = try Event(line: line)
                try Self.check(event)
                size += line.count + 1
                keys.append(try Self.key(of: event))
                events.append(event)
            } catch {
                throw error.inItem(index)
            }
        }
        guard size <= JournalLimits.commitSize else {
            throw JournalError.tooLarge(
                "the batch", size: size, limit: JournalLimits.commitSize,
                advice: "Adopt it in smaller batches.")
        }
    }

    private static func check(_ event: Event) throws(JournalError) {
        try event.check()
        let names = [
            event.branch, event.actor, event.onBehalf, event.origin, event.trace, event.id,
        ]
        for case let name? in names {
            try EventRules.check(name: name, what: "a name in its envelope")
        }
    }

    /// The key in a line that creates a session with one.
    static func key(of event: Event) throws(JournalError) -> String? {
        guard event.kind == .sessionCreated, !event.isWithheld else { return nil }
        return try EventRules.key(ofCreation: try event.data())
    }

    /// How many lines from the start on are there already.
    ///
    /// - Parameter stored: The stored line with a sequence number; nil where the journal ends
    ///   before.
    package func duplicates(
        stored: (UInt64) throws(JournalError) -> [UInt8]?
    ) throws(JournalError) -> Int {
        for (index, event) in events.enumerated() {
            guard let line = try stored(event.sequence) else { return index }
            guard line == event.line else {
                throw JournalError.notTheSame(event.sequence)
            }
        }
        return events.count
    }

    /// All but the first `count` lines.
    package func dropFirst(_ count: Int) -> AdoptedLines {
        var rest = self
        rest.events.removeFirst(count)
        rest.keys.removeFirst(count)
        return rest
    }
}
