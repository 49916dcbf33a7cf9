import SessionJournal

/// Carries out what the debugger asks for: looks for events, and writes labels and branches.
struct DebuggerActs: Sendable {
    let reader: SessionReader
    /// In whose name to write.
    let actor: String
    /// Opens the journal for writing: for one act, so that others can write in between.
    let openWriter: @Sendable () async throws -> Journal
    /// The columns of what lies over the panes.
    var columns: Int

    /// Carries out one effect. What goes wrong is an answer too.
    func perform(_ effect: DebuggerEffect) async -> DebuggerOutcome {
        do {
            return try await outcome(effect)
        } catch is CancellationError {
            return DebuggerOutcome()
        } catch {
            return refusal(Failure(explaining: error).message)
        }
    }

    /// What went wrong, below the panes; over them where that is too narrow for it.
    private func refusal(_ message: Shown) -> DebuggerOutcome {
        guard message.width > columns else {
            return DebuggerOutcome(message: message.styled(.bad))
        }
        // Escaped already, and escaping leaves what is escaped as it is.
        let text = message.rendered(isColoured: false)
        return DebuggerOutcome(
            overlay: Overlay(
                title: "that could not be done",
                lines: Wrapping.wrapped(text, to: columns).lines.map { Shown($0) }))
    }

    private func outcome(_ effect: DebuggerEffect) async throws -> DebuggerOutcome {
        switch effect {
        case .jump(let text):
            let point = try PointArgument.parse(text, command: "tui")
            guard let version = try await reader.version(at: point) else {
                return DebuggerOutcome(message: "the session had no event yet at \(text)")
            }
            return DebuggerOutcome(version: version)
        case .goTo(let sequence):
            return DebuggerOutcome(version: try await reader.version(upTo: sequence))
        case .findTurn(let from, let isForwards): return try await turn(from, isForwards)
        case .find(let text, let from, let isForwards):
            return try await find(text, from, isForwards)
        case .label(let name, let version): return try await label(name, version)
        case .fork(let name, let version, let parent):
            return try await fork(name, version, parent)
        case .mergePreview(let source, let target, let version):
            let state = try await reader.state(at: version)
            let preview = try state.mergePreview(source, into: target, strategy: .ask)
            return DebuggerOutcome(
                overlay: Overlay(
                    title: "merge of \(source), nothing is written",
                    lines: MergeText.lines(preview, columns: columns)))
        case .blame(let field, let branch, let version):
            return try await blame(field, branch, version)
        case .follow, .cancel, .redraw, .suspend, .quit: return DebuggerOutcome()
        }
    }

    private func turn(_ version: UInt64, _ isForwards: Bool) async throws -> DebuggerOutcome {
        let found = try await reader.find(
            from: version, isForwards: isForwards, wraps: false, kinds: [.messageAppended],
            where: SessionReader.beginsTurn)
        guard let found else {
            return DebuggerOutcome(
                message: isForwards ? "no turn comes after this event" : "no turn comes before it")
        }
        return DebuggerOutcome(version: found.version)
    }

    private func find(
        _ text: String, _ version: UInt64, _ isForwards: Bool
    ) async throws -> DebuggerOutcome {
        let search = EventSearch(text)
        let found = try await reader.find(
            from: version, isForwards: isForwards, wraps: true, where: search.matches)
        guard let found else {
            return DebuggerOutcome(message: "no event has \"\(text)\"")
        }
        let end: Shown = isForwards ? "from the first event on again" : "from the last event back"
        return DebuggerOutcome(version: found.version, message: found.isWrapped ? end : nil)
    }

    private func blame(
        _ field: String, _ branch: String, _ version: UInt64
    ) async throws -> DebuggerOutcome {
        let sequence = try await reader.sequence(of: version)
        let blames = try await reader.journal.blame(
            field, in: reader.session, at: .sequence(sequence), branch: branch, damage: .skip)
        guard let blame = blames.first else {
            return DebuggerOutcome(message: "\(field, .name) was not set by then")
        }
        return DebuggerOutcome(
            overlay: Overlay(
                title: "blame of \(field)", lines: BlameText(columns: columns).lines(blame)))
    }

    // MARK: Writing

    private func label(_ name: String, _ version: UInt64) async throws -> DebuggerOutcome {
        let sequence = try await reader.sequence(of: version)
        return try await write { writer in
            let receipt = try await writer.label(name, at: sequence, in: reader.session)
            let already: Shown = receipt == nil ? ", as before" : ""
            return (receipt, "\(name, .name) is event \(String(sequence))" + already)
        }
    }

    private func fork(
        _ name: String, _ version: UInt64, _ parent: String?
    ) async throws -> DebuggerOutcome {
        let event = try await reader.event(version)
        return try await write { writer in
            let receipt = try await writer.createBranch(
                name, in: reader.session, from: .event(event.sequence),
                of: parent ?? event.branch
            ).receipts.first
            return (
                receipt,
                "made branch \(name, .name) as of event \(String(event.sequence)); B looks at it"
            )
        }
    }

    /// Opens the journal for writing, does one act, and waits until it can be read here.
    private func write(
        _ act: (JournalWriter) async throws -> (AppendReceipt?, Shown)
    ) async throws -> DebuggerOutcome {
        let journal = try await openWriter()
        let (receipt, message): (AppendReceipt?, Shown)
        do {
            (receipt, message) = try await act(journal.as(actor))
            try await journal.close()
        } catch {
            try? await journal.close()
            throw error
        }
        guard let receipt else { return DebuggerOutcome(message: message) }
        let lastVersion = try await reader.refreshed(past: receipt.sequence - 1)
        return DebuggerOutcome(message: message, lastVersion: lastVersion)
    }
}
