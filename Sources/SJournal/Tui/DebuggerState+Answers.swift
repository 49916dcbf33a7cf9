import SessionJournal

/// What becomes of answers.
extension DebuggerState {
    /// Takes in what was read or done. One that is about something else by now changes nothing.
    ///
    /// - Returns: What is to be done next, where keys have waited.
    mutating func take(_ answer: DebuggerAnswer) -> [DebuggerEffect] {
        switch answer {
        case .page(let page, let rows, let lastVersion, let lost):
            pages.put(rows, page: page, lastVersion: lastVersion)
            if let lost { message = lost }
            settle()
        case .labels(let known, let lastVersion):
            labels = [:]
            for label in known { labels[label.sequence, default: []].append(label.name) }
            labelsVersion = lastVersion
        case .tree(let tree):
            guard tree.branch == branch else { break }
            // Places of messages stay: what is appended comes behind them.
            self.tree = tree
            outlineTree()
        case .content(let content):
            contents[content.view] = content
            if content.view == view { layOut() }
        case .totals(let totals): self.totals = totals
        case .history(let history): histories[history.field] = history
        case .failed(let need, let why):
            failures.insert(need)
            message = why.styled(.bad)
        case .grew(let version): grow(to: version)
        case .done(let outcome): return finish(outcome)
        }
        return []
    }

    private mutating func grow(to version: UInt64) {
        guard version > lastVersion else { return }
        let wasAtEnd = cursor == lastVersion
        lastVersion = version
        failures = []
        if wasAtEnd && isFollowing || cursor == 0 { move(to: version) }
    }

    private mutating func finish(_ outcome: DebuggerOutcome) -> [DebuggerEffect] {
        // One that was given up meanwhile has written what it wrote, and moves nothing.
        let isAwaited = awaited != nil
        let isTree: Bool
        if case .goTo? = awaited { isTree = pane == .tree } else { isTree = false }
        awaited = nil
        if let version = outcome.lastVersion { grow(to: version) }
        guard isAwaited else { return [] }
        if let message = outcome.message { self.message = message }
        overlay = outcome.overlay
        if let version = outcome.version {
            cursor = min(max(version, min(1, lastVersion)), lastVersion)
            settle(keepsTreeRow: isTree)
        }
        return replay()
    }

    /// Handles the keys that have waited, until one of them has others wait.
    private mutating func replay() -> [DebuggerEffect] {
        var effects: [DebuggerEffect] = []
        while awaited == nil, !waitingKeys.isEmpty {
            let message = self.message
            effects += handle(waitingKeys.removeFirst())
            if self.message == nil { self.message = message }
        }
        return effects
    }
}
