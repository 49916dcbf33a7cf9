import SessionJournal

/// What keys do.
extension DebuggerState {
    /// Takes a key in, and answers with what is to be done outside.
    mutating func handle(_ key: Key) -> [DebuggerEffect] {
        message = nil
        if awaited != nil { return wait(key) }
        if overlay != nil { return handleInOverlay(key) }
        if prompt != nil { return handleInPrompt(key) }
        pendingKeys.append(key)
        switch KeyBinding.match(pendingKeys) {
        case .prefix: return []
        case .act(let act):
            pendingKeys = []
            return perform(act)
        case .none:
            let wasSequence = pendingKeys.count > 1
            pendingKeys = []
            // What was begun with one key and goes on with another is given up, not both.
            if !wasSequence { message = "\(key.name) does nothing; ? lists the keys" }
            return []
        }
    }

    /// While something is done that moves the cursor, keys wait for it; some do not.
    private mutating func wait(_ key: Key) -> [DebuggerEffect] {
        switch KeyBinding.match([key]) {
        case .act(.cancel):
            awaited = nil
            waitingKeys = []
            message = "stopped"
            return [.cancel]
        case .act(.quit): return [.quit]
        case .act(.suspend): return [.suspend]
        default:
            if waitingKeys.count < Self.mostWaitingKeys { waitingKeys.append(key) }
            return []
        }
    }

    /// Has something done for which further keys wait.
    mutating func awaiting(_ effect: DebuggerEffect) -> [DebuggerEffect] {
        awaited = effect
        return [effect]
    }

    private mutating func handleInOverlay(_ key: Key) -> [DebuggerEffect] {
        guard var box = overlay else { return [] }
        let page = max(layout.size.rows - 8, 1)
        switch KeyBinding.match([key]) {
        case .act(.lineDown): box.top += 1
        case .act(.lineUp): box.top -= 1
        case .act(.pageDown), .act(.fold): box.top += page
        case .act(.pageUp): box.top -= page
        case .act(.first): box.top = 0
        case .act(.last): box.top = box.lines.count
        case .act(.suspend): return [.suspend]
        case .act(.redraw): return [.redraw]
        default:
            overlay = nil
            return []
        }
        box.top = max(min(box.top, box.lines.count - page), 0)
        overlay = box
        return []
    }

    private mutating func perform(_ act: DebuggerAct) -> [DebuggerEffect] {
        switch act {
        case .lineDown: return moveInPane(1)
        case .lineUp: return moveInPane(-1)
        case .pageDown: return moveInPane(max(layout.contentRows(pane) - 1, 1))
        case .pageUp: return moveInPane(-max(layout.contentRows(pane) - 1, 1))
        case .first: return moveInPane(-Int.max)
        case .last: return moveInPane(Int.max)
        case .nextEvent: step(1)
        case .previousEvent: step(-1)
        case .lastEvent: move(to: lastVersion)
        case .nextTurn: return awaiting(.findTurn(from: cursor, isForwards: true))
        case .previousTurn: return awaiting(.findTurn(from: cursor, isForwards: false))
        case .jump: prompt = Prompt(purpose: .jump)
        case .search: prompt = Prompt(purpose: .search)
        case .nextFound: return next(isForwards: true)
        case .previousFound: return next(isForwards: false)
        case .nextPane: go(1)
        case .previousPane: go(-1)
        case .widen: widen()
        case .viewEvent: look(.event)
        case .viewState: look(.state)
        case .viewDiff: look(.difference)
        case .open: return open()
        case .fold: fold()
        case .foldAll: foldAll(true)
        case .unfoldAll: foldAll(false)
        case .blame: return blame()
        case .mark: toggleMark()
        case .branch: prompt = Prompt(purpose: .branch, text: branch ?? "")
        case .label: if cursor > 0 { prompt = Prompt(purpose: .label) }
        case .fork: if cursor > 0 { prompt = Prompt(purpose: .fork) }
        case .mergePreview: if cursor > 0 { prompt = Prompt(purpose: .mergePreview) }
        case .follow:
            isFollowing.toggle()
            message = isFollowing ? "following the journal" : "not following any more"
            return [.follow(isFollowing)]
        case .command: showCommand()
        case .help:
            overlay = Overlay(
                title: "keys", lines: KeyBinding.help(columns: max(layout.size.columns - 8, 10)))
        case .redraw:
            failures = []
            return [.redraw]
        case .suspend: return [.suspend]
        case .cancel: break
        case .quit: return [.quit]
        }
        return []
    }

    /// Moves in the pane that has the focus, by events or lines.
    private mutating func moveInPane(_ count: Int) -> [DebuggerEffect] {
        switch pane {
        case .events: step(count)
        case .inspector:
            // A step to either end may be larger than what can be added to.
            let most = document?.lines.count ?? 0
            moveLine(min(max(count, -most), most))
        case .tree:
            let most = treeRows.count
            treeRow += min(max(count, -most), most)
            scrollTree()
            if let sequence = treeSequence, sequence != row?.sequence {
                return awaiting(.goTo(sequence))
            }
        }
        return []
    }

    private mutating func go(_ count: Int) {
        let all = DebuggerPane.allCases
        guard let place = all.firstIndex(of: pane) else { return }
        pane = all[(place + count + all.count) % all.count]
        if wide != nil {
            wide = pane
            resize(to: layout.size)
        }
    }

    private mutating func widen() {
        wide = wide == nil ? pane : nil
        resize(to: layout.size)
    }

    private mutating func look(_ view: InspectorView) {
        self.view = view
        layOut()
    }

    private mutating func toggleMark() {
        guard cursor > 0 else { return }
        if mark == cursor {
            mark = nil
            message = "the mark is gone"
        } else {
            mark = cursor
            message = "marked; d compares the event one stands on with it"
        }
    }

    /// The next thing that is looked for: a change of the field under the cursor, else a text.
    private mutating func next(isForwards: Bool) -> [DebuggerEffect] {
        if pane == .inspector, let field {
            guard let history, let row else {
                message = "the values of \(field) are still being read"
                return []
            }
            let changes = history.values.map(\.sequence)
            let change =
                isForwards
                ? changes.first { $0 > row.sequence } : changes.last { $0 < row.sequence }
            guard let change else {
                message = "\(field) does not change \(isForwards ? "after" : "before") this event"
                return []
            }
            return awaiting(.goTo(change))
        }
        guard let lastSearch else {
            message = "nothing was searched for; / searches the text of the events"
            return []
        }
        return awaiting(.find(lastSearch, from: cursor, isForwards: isForwards))
    }

    private mutating func blame() -> [DebuggerEffect] {
        guard let field, cursor > 0 else {
            message = "blame is about a field: s shows the state, Tab goes there"
            return []
        }
        return awaiting(.blame(field, branch: shownBranch, at: cursor))
    }

    private mutating func open() -> [DebuggerEffect] {
        switch pane {
        case .events:
            look(.event)
        case .tree:
            guard let tree, treeRows.indices.contains(treeRow),
                case .head(let end, let index) = treeRows[treeRow].kind,
                let names = tree.heads[end], names.indices.contains(index)
            else {
                fold()
                return []
            }
            choose(branch: names[index])
        case .inspector:
            if let fold = line?.fold {
                toggle(fold)
            } else if field != nil {
                return blame()
            } else if let sequence = line?.sequence, sequence != row?.sequence {
                return awaiting(.goTo(sequence))
            }
        }
        return []
    }

    private mutating func fold() {
        switch pane {
        case .inspector:
            guard let lines = document?.lines, let place = lineCursors[view] else { return }
            // A line inside a section folds the section that it is in.
            let start = lines.prefix(place + 1).lastIndex { $0.fold != nil }
            guard let start, let key = lines[start].fold else { return }
            lineCursors[view] = start
            toggle(key)
        case .tree, .events:
            guard treeRows.indices.contains(treeRow),
                case .turn(let start, _, _) = treeRows[treeRow].kind
            else { return }
            if treeFolds.remove(start) == nil { treeFolds.insert(start) }
            outlineTree()
        }
    }

    private mutating func toggle(_ key: String) {
        if folds.remove(key) == nil { folds.insert(key) }
        layOut()
    }

    private mutating func foldAll(_ isFolded: Bool) {
        if pane == .inspector {
            let known = Set((document?.lines ?? []).compactMap(\.fold))
            if isFolded { folds.formUnion(known) } else { folds = [] }
            layOut()
            return
        }
        treeFolds = []
        if isFolded, let tree {
            // What leaves the straight line; folding the root would leave nothing to see.
            for (place, row) in tree.outline.rows().enumerated() {
                if case .turn(let start, _, _) = row.kind, row.depth > 0, place > 0 {
                    treeFolds.insert(start)
                }
            }
        }
        outlineTree()
    }

    mutating func choose(branch name: String?) {
        branch = name
        message = name.map { "looking at \($0)" } ?? "looking at the current branch"
    }
}
