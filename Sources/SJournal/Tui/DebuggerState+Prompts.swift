/// What is typed at the bottom.
extension DebuggerState {
    mutating func handleInPrompt(_ key: Key) -> [DebuggerEffect] {
        switch key {
        case .character(let character):
            if let prompt, prompt.text.utf8.count < Self.longestPrompt {
                self.prompt?.text.append(character)
            }
        case .backspace, .control("h"):
            if prompt?.text.popLast() == nil { prompt = nil }
        case .control("u"): prompt?.text = ""
        case .escape, .control("c"): prompt = nil
        case .control("z"): return [.suspend]
        case .enter:
            guard let typed = prompt else { return [] }
            prompt = nil
            return act(on: typed)
        default: break
        }
        return []
    }

    private mutating func act(on prompt: Prompt) -> [DebuggerEffect] {
        let text = prompt.text
        guard !text.isEmpty || prompt.purpose == .branch || prompt.purpose == .search else {
            return []
        }
        switch prompt.purpose {
        case .jump: return awaiting(.jump(text))
        case .search:
            // Nothing typed means what was searched for last.
            let searched = text.isEmpty ? lastSearch : text
            guard let searched else { return [] }
            lastSearch = searched
            return awaiting(.find(searched, from: cursor, isForwards: true))
        case .label: return awaiting(.label(text, at: cursor))
        case .fork: return awaiting(.fork(text, at: cursor, of: branch))
        case .mergePreview: return awaiting(.mergePreview(text, into: branch, at: cursor))
        case .branch:
            choose(branch: text.isEmpty ? nil : text)
            return []
        }
    }

    /// What stands before the text.
    static func words(_ purpose: Prompt.Purpose) -> Shown {
        switch purpose {
        case .jump: "jump to (a sequence number, a time, ~N, a label): "
        case .search: "search: "
        case .label: "label this event: "
        case .fork: "fork here, name of the branch: "
        case .mergePreview: "preview the merge of branch: "
        case .branch: "look at branch: "
        }
    }

    /// Shows the command that answers what is on the screen, without the debugger.
    mutating func showCommand() {
        guard let row else { return }
        let at = String(row.sequence)
        let onBranch = branch.map { " --branch " + DebuggerNames.quoted($0) } ?? ""
        let words: String
        switch view {
        case .event: words = "log \(names.session) --from \(at) --to \(at) --json"
        case .state: words = "show \(names.session) --at \(at)\(onBranch)"
        case .difference:
            let (from, to) = differenceEnds
            // The event before may be one of another session: the point is the one that counts.
            guard from > 0, let old = pages[from] else {
                message = "there is nothing before this event to compare with"
                return
            }
            let new = pages[to]?.sequence ?? row.sequence
            words = "diff \(names.session) \(old.sequence) \(new)\(onBranch)"
        }
        message = "\(names.command(words), .name)"
    }
}
