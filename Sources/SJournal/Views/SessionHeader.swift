import SessionJournal

/// What stands above a conversation.
struct SessionHeader {
    let state: SessionState
    let branch: String
    /// The point that was asked for, if it is not now, and the session's last event.
    var asOf: String?

    /// The moment at which the session may be overdue; nil where that is not asked.
    var now: Timestamp?

    private static let labelColumns = 12

    func lines(columns: Int) -> [Shown] {
        let metadata = state.metadata(on: branch)
        let name = metadata["name"]?.string ?? ""
        let given = name.isEmpty ? metadata["title"]?.string ?? "" : name
        let title = given.isEmpty ? firstWords : given
        var lines: [Shown] = [
            Shown(Wrapping.flattened(title, limit: columns * 2), .title).elided(to: columns)
        ]
        func add(_ label: Shown, _ value: Shown) {
            let left = label.styled(.quiet).padded(to: Self.labelColumns)
            lines.append((left + value).elided(to: columns))
        }
        if let key = state.key { add("key", "\(key, .name)") }
        if let session = state.session { add("session", "\(session.hexadecimal, .name)") }
        if let time = state.createdAt { add("created", "\(TimeText.seconds(time))") }
        if let time = state.lastActive { add("last active", "\(TimeText.seconds(time))") }
        if let model = metadata["model"]?.string { add("model", "\(model)") }
        if let template = state.template {
            add("template", "\(template.name)@\(String(template.version))")
        }
        if let clone = state.clone {
            let branch = clone.branch.map { ", branch \($0)" } ?? ""
            let from = "\(clone.session) as of event \(clone.sequence)" + branch
            add(
                "clone of",
                clone.isFinished ? "\(from)" : "\(from)\(", not finished", .warning)")
        }
        if let status = metadata["status"]?.string, status != "active" {
            add("status", "\(status)")
        }
        let life = state.lifecycle
        if life.phase != .open { add("phase", "\(life.phase.rawValue, .warning)") }
        if let now, life.isOverdue(at: now), let deadline = life.deadline {
            add("overdue", "\("since \(TimeText.seconds(deadline))", .warning)")
        }
        add(
            "messages",
            """
            \(state.tree.messages.count) in all, \
            \(Numbers.counted(state.turnCount, "turn"))
            """)
        add("branch", branchLine)
        if let extent = state.compacted {
            let attach = extent.archive.map { "; --attach \($0) has it" } ?? ""
            add("compacted", "\("up to version \(extent.version)", .warning)\(attach)")
        }
        if let asOf { add("as of", "\(asOf, .warning)") }
        return lines
    }

    private var branchLine: Shown {
        let others = state.tree.branches.map(\.name).filter { $0 != branch }
        guard !others.isEmpty else { return Shown(branch) }
        return "\(branch)  \("(also: " + others.joined(separator: ", ") + ")", .quiet)"
    }

    private var firstWords: String {
        let first = state.tree.messages.first { $0.role == .user && $0.synthetic == nil }
        let words = first?.preview(200) ?? ""
        return words.isEmpty ? "a session without a name" : words
    }
}
