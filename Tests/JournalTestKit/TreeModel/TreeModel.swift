/// What branches, edits, metadata and merges come to, in the plainest form: every branch has the
/// list of its messages, a set of all it ever had, and a set of every change it has seen. Nothing of
/// it knows of graphs, vectors or events.
package struct TreeModel: Sendable {
    /// A value and the change that gave it.
    package struct Value: Hashable, Sendable {
        package var text: String?
        var change: Int
    }

    /// A branch.
    package struct Line: Sendable {
        /// Its messages, in order.
        package var path: [String] = []
        /// Every message that it has or had.
        var had: Set<String> = []
        /// Its metadata.
        package var fields: [String: Value] = [:]
        /// The texts of messages that differ from what was said first; nil for one that was removed.
        package var texts: [String: Value] = [:]
        /// Every change that it has seen.
        var seen: Set<Int> = []
    }

    /// What a merge brings.
    package struct Outcome: Equatable, Sendable {
        package var messages: [String] = []
        package var fields: [String: String] = [:]
        package var edits: Set<String> = []
        package var conflicts: Set<String> = []
        /// What both sides changed alike.
        package var agreed: Set<String> = []

        package var isNothing: Bool {
            messages.isEmpty && fields.isEmpty && edits.isEmpty && conflicts.isEmpty
                && agreed.isEmpty
        }
    }

    /// The branches, by name.
    package private(set) var lines: [String: Line] = ["main": Line()]

    /// The way to each message when it was said.
    private var ways: [String: [String]] = [:]
    private var changes = 0

    package init() {}

    package mutating func say(_ message: String, on branch: String) {
        lines[branch]!.path.append(message)
        lines[branch]!.had.insert(message)
        ways[message] = lines[branch]!.path
    }

    package mutating func set(_ field: String, to value: String, on branch: String) {
        lines[branch]!.fields[field] = Value(text: value, change: change(on: branch))
    }

    /// Another text for a message; nil removes it.
    package mutating func edit(_ message: String, to text: String?, on branch: String) {
        lines[branch]!.texts[message] = Value(text: text, change: change(on: branch))
    }

    /// A branch that begins where another one ends, or at a message.
    package mutating func fork(_ branch: String, of parent: String, at message: String?) {
        var line = lines[parent]!
        if let message { line.path = ways[message]! }
        line.had = Set(line.path)
        lines[branch] = line
    }

    package mutating func rewind(_ branch: String, to message: String) {
        let index = lines[branch]!.path.firstIndex(of: message)!
        lines[branch]!.path.removeSubrange((index + 1)...)
    }

    private mutating func change(on branch: String) -> Int {
        changes += 1
        lines[branch]!.seen.insert(changes)
        return changes
    }

    /// Merges, or only says what a merge would bring. `theirsWin` is nil for messages alone.
    package mutating func merge(
        _ source: String, into target: String, theirsWin: Bool?, isPreview: Bool = false
    ) -> Outcome {
        var ours = lines[target]!
        let theirs = lines[source]!
        var outcome = Outcome()
        outcome.messages = theirs.path.filter { !ours.had.contains($0) }
        var decided: [(field: String?, message: String?, value: Value?)] = []
        if let theirsWin {
            for (name, value) in theirs.fields {
                let mine = ours.fields[name]
                guard !ours.seen.contains(value.change), mine != value else { continue }
                if let mine, mine.text == value.text {
                    outcome.agreed.insert(name)
                    let isNewer = theirs.seen.contains(mine.change)
                    if isNewer {
                        ours.fields[name] = value
                    } else {
                        decided.append((name, nil, mine))
                    }
                } else if let mine, !theirs.seen.contains(mine.change) {
                    outcome.conflicts.insert(name)
                    if theirsWin { outcome.fields[name] = value.text }
                    decided.append((name, nil, theirsWin ? value : mine))
                } else {
                    outcome.fields[name] = value.text
                    ours.fields[name] = value
                }
            }
            for message in theirs.path where ours.had.contains(message) {
                guard let value = theirs.texts[message] else { continue }
                let mine = ours.texts[message]
                guard !ours.seen.contains(value.change), mine != value else { continue }
                if let mine, mine.text == value.text {
                    outcome.agreed.insert(message)
                    let isNewer = theirs.seen.contains(mine.change)
                    if isNewer {
                        ours.texts[message] = value
                    } else {
                        decided.append((nil, message, mine))
                    }
                } else if let mine, !theirs.seen.contains(mine.change) {
                    outcome.conflicts.insert(message)
                    if theirsWin { outcome.edits.insert(message) }
                    decided.append((nil, message, theirsWin ? value : mine))
                } else {
                    outcome.edits.insert(message)
                    ours.texts[message] = value
                }
            }
        }
        guard !isPreview, !outcome.isNothing else { return outcome }
        for message in outcome.messages {
            guard let value = theirs.texts[message] else { continue }
            ours.texts[message] = value
            // What is shown has been seen.
            ours.seen.insert(value.change)
        }
        ours.path += outcome.messages
        ours.had.formUnion(outcome.messages)
        if theirsWin != nil { ours.seen.formUnion(theirs.seen) }
        lines[target] = ours
        for decision in decided {
            // What was decided is a change of its own, newer than both.
            let value = Value(text: decision.value?.text, change: change(on: target))
            if let field = decision.field { lines[target]!.fields[field] = value }
            if let message = decision.message { lines[target]!.texts[message] = value }
        }
        return outcome
    }
}
