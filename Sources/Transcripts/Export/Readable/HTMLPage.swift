internal import SessionJournal

/// A session as one page of HTML: nothing is loaded, and nothing runs but the script of this page.
///
/// All messages of all branches stand in it, each below what it answers; a list beside them leads to
/// turns and branches, and a field searches. It can be read without the script. All text of the session
/// is foreign here: it is escaped, and the policy of the page names its style and script by their
/// hashes.
enum HTMLPage {
    static func write(_ session: ExportedSession) -> ExportedContent {
        var page = Page(session)
        page.write()
        return ExportedContent(page.text)
    }

    static func escaped(_ text: String) -> String { HostileText.html(text, keepsLines: true) }

    /// The pictures that a page shows; any other kind is named.
    static let pictures: Set<String> = ["image/png", "image/jpeg", "image/gif", "image/webp"]
}

private struct Page {
    let session: ExportedSession
    let order: TreeOrder
    /// The places of the branches among those to choose from.
    let branchPlaces: [String: Int]
    var text = ""

    init(_ session: ExportedSession) {
        self.session = session
        order = TreeOrder(session.nodes)
        branchPlaces = Dictionary(
            session.branches.enumerated().map { ($1.name, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    mutating func write() {
        head()
        outline()
        text += "<main id=\"messages\">\n"
        for place in order.rows { write(place) }
        text += "<p id=\"none\" hidden>Nothing here says so.</p></main></div>\n"
        text += "<script>\(HTMLParts.script)</script></body></html>\n"
    }

    private mutating func head() {
        let title = escaped(session.title)
        let state = session.state
        text += """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
            style-src 'sha256-\(HTMLParts.styleHash)'; script-src 'sha256-\(HTMLParts.scriptHash)'; \
            img-src data:; base-uri 'none'; form-action 'none'">
            <meta name="referrer" content="no-referrer">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <style>\(HTMLParts.style)</style></head><body>
            <header><h1>\(title)</h1><p class="about">\
            \(about(state).map { "<span>\(escaped($0))</span>" }.joined(separator: " "))</p>
            <div class="tools"><input id="search" type="search" placeholder="Search the messages" \
            aria-label="Search the messages"><select id="branch" aria-label="Branch">\
            <option value="">all branches</option>\(options())</select>\
            <button id="open" type="button">Open all</button><output id="count"></output></div>
            </header>
            <div class="page">

            """
    }

    private func about(_ state: SessionState) -> [String] {
        var words = ["session " + session.session.hexadecimal]
        if let key = state.key { words.append("key " + key) }
        if let begun = state.createdAt { words.append("from " + shown(begun.description)) }
        if let last = state.lastActive { words.append("to " + shown(last.description)) }
        words.append("\(session.nodes.count) messages")
        words.append("as of event \(state.lastSequence)")
        return words
    }

    /// A moment to the second, as people write it.
    private func shown(_ time: String) -> String {
        time.prefix(19).replacing("T", with: " ") + " UTC"
    }

    private func options() -> String {
        session.branches.enumerated().map { index, branch in
            let current = branch.name == session.tree.currentBranch ? ", current" : ""
            return "<option value=\"\(index)\">\(escaped(branch.name))\(current)</option>"
        }.joined()
    }

    // MARK: The tree

    private mutating func outline() {
        text += "<nav aria-label=\"Turns and branches\"><ol>\n"
        for place in order.rows {
            let node = session.nodes[place]
            let depth = min(order.depths[place], HTMLParts.deepest)
            if order.begins[place] || isOtherRoot(node) {
                let current = node.message.branch == session.tree.currentBranch ? " (current)" : ""
                text += """
                    <li class="d\(depth) b" data-b="\(branches(of: node))">\
                    ◆ \(escaped(node.message.branch))\(current)</li>

                    """
            }
            guard isListed(node.message) || order.begins[place] else { continue }
            let words = node.message.preview(72)
            let shown = words.isEmpty ? node.message.role?.rawValue ?? "message" : words
            let fork = node.isForkPoint ? " <b>◆</b>" : ""
            text += """
                <li class="d\(depth)" data-b="\(branches(of: node))">\
                <a href="#m\(node.message.sequence)">\(escaped(shown))</a>\(fork)</li>

                """
        }
        text += "</ol></nav>\n"
    }

    /// Whether a branch other than the main one begins with a message that answers none.
    private func isOtherRoot(_ node: ConversationTree.Node) -> Bool {
        node.parent == nil && node.message.branch != EventDraft.mainBranch
    }

    private func isListed(_ message: Message) -> Bool {
        message.role == .user && (message.synthetic == nil || message.synthetic == "summary")
    }

    private func branches(of node: ConversationTree.Node) -> String {
        node.branches.compactMap { branchPlaces[$0] }.map { String($0) }.joined(separator: " ")
    }

    // MARK: Messages

    private mutating func write(_ place: Int) {
        let node = session.nodes[place]
        let message = node.message
        let role = message.role?.rawValue ?? "unknown"
        let kind = ["user", "assistant", "tool", "system"].contains(role) ? role : "other"
        let parts = session.parts(of: message).compactMap { part($0, in: message) }
        var classes = "m \(kind) d\(min(order.depths[place], HTMLParts.deepest))"
        if message.synthetic != nil { classes += " aside" }
        if parts.isEmpty, message.remarks.isEmpty, role == "tool" {
            // All that it says stands with the calls that it answers.
            text += "<a id=\"m\(message.sequence)\"></a>\n"
            return
        }
        var head = "<b>\(escaped(role))</b>"
        for remark in message.remarks { head += " <i>\(escaped(remark))</i>" }
        if let model = message.model { head += " <span>\(escaped(model))</span>" }
        if message.branch != EventDraft.mainBranch {
            head += " <span>◆ \(escaped(message.branch))</span>"
        }
        if node.isParentMissing { head += " <i>what it answers is missing</i>" }
        let time = message.spokenTime
        head += " <time datetime=\"\(time)\">\(shown(time))</time>"
        head += " <a href=\"#m\(message.sequence)\">#\(message.sequence)</a>"
        if let parent = parent(of: node), order.previous[place] != parent {
            head += " <a href=\"#m\(parent)\">answers #\(parent)</a>"
        }
        text += """
            <article id="m\(message.sequence)" class="\(classes)" data-b="\(branches(of: node))">\
            <header>\(head)</header>\(parts.joined())</article>

            """
    }

    private func parent(of node: ConversationTree.Node) -> UInt64? {
        node.parent.flatMap { session.tree.messageBefore($0) }?.sequence
    }

    private func part(_ part: Part, in message: Message) -> String? {
        switch part {
        case .text(let text), .derived(let text, _):
            return text.isEmpty ? nil : HTMLParts.prose(text)
        case .thinking(let text, _):
            return text.isEmpty
                ? nil : HTMLParts.folded("thinking", "thought", HTMLParts.prose(text))
        case .toolUse(let use): return call(use)
        case .toolResult(let result):
            // It stands with its call, where that is on the page.
            if let call = session.calls[result.call], call.message != nil,
                call.resultMessage == message.id, order.names.contains(call.message ?? "")
            {
                return nil
            }
            return HTMLParts.folded("a result", "call", output(result))
        case .image(let media), .audio(let media), .video(let media), .document(let media):
            return HTMLParts.media(media, part.attachmentName ?? "", session.blobs)
        case .unknown(let value):
            return HTMLParts.folded(
                "a part of an unknown kind", "call", HTMLParts.code(value.description))
        }
    }

    private func call(_ use: Part.ToolUse) -> String {
        let call = session.calls[use.call]
        var input = ""
        if let members = use.input.object {
            for member in members {
                input += "<dt>\(escaped(member.name))</dt><dd>"
                input += HTMLParts.code(member.value.string ?? member.value.description) + "</dd>"
            }
            input = "<dl>\(input)</dl>"
        } else {
            input = HTMLParts.code(use.input.description)
        }
        let about = use.input.object?.first { $0.value.string?.isEmpty == false }?.value.string
        let words = about.map { " " + $0.prefix(100).replacing("\n", with: " ") } ?? ""
        let verdict = call?.result == nil ? "no result" : call?.status == .error ? "error" : "ok"
        let took = call?.durationMilliseconds.map { " in \($0) ms" } ?? ""
        let answer = call?.result.map { output($0) } ?? ""
        return HTMLParts.folded(
            "\(use.name)\(words) → \(verdict)\(took)", verdict == "error" ? "call bad" : "call",
            input + answer)
    }

    private func output(_ result: Part.ToolResult) -> String {
        let parts = ToolOutput(result.content).parts.map { part in
            part.media.map { HTMLParts.media($0, part.attachmentName ?? "", session.blobs) }
                ?? HTMLParts.code(part.plainText ?? "")
        }
        return "<div class=\"result\">\(parts.joined())</div>"
    }

    private func escaped(_ text: String) -> String { HTMLPage.escaped(text) }
}
