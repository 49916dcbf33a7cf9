/// The pages of a pack for people: what the JSON Lines and tables hold, each number with where its
/// events are listed.
struct PackPages {
    let run: PackRun
    let time: Timestamp
    let journal: String?

    /// Names and contents.
    var all: [(String, [UInt8])] {
        [("index.html", index), ("README.txt", Array(readMe.utf8))]
            + run.options.regimes.map { ($0.rawValue + ".html", page(of: $0)) }
    }

    private func escaped(_ text: String) -> String { HostileText.html(text) }

    private func link(_ name: String) -> String {
        "<a href=\"\(escaped(name))\"><code>\(escaped(name))</code></a>"
    }

    // MARK: The first page

    private var scope: [(String, String)] {
        let options = run.options
        var scope = [
            ("Journal", journal ?? "without an id: it is not in files"),
            ("Events", "\(run.size), of which \(run.reported) are reported on"),
            ("Root of the tree", run.head.head.root.base64),
            ("Made", "\(time) by \(options.tool)"),
        ]
        if options.from > 1 || options.through != nil {
            scope.append(("Only events", "\(options.from) to \(options.through ?? run.size)"))
        }
        if options.since != nil || options.until != nil {
            let since = options.since?.description ?? "the beginning"
            let until = options.until?.description ?? "the end"
            scope.append(("Only what was taken", "from \(since) to \(until)"))
        }
        if let sessions = options.sessions {
            scope.append(
                (
                    "Only sessions",
                    "\(sessions.count)" + (options.query.map { ", by: \($0)" } ?? "")
                        + "; and the journal's own events"
                ))
        }
        return scope
    }

    private static let words = [
        "This pack says what one journal shows about what rules ask for. It is evidence and no "
            + "certificate, and it claims nothing that the journal does not show.",
        "Each number is the answer to a query, and names the file that lists the events it counts "
            + "by their sequence numbers. The events stand in events.jsonl: some with their whole "
            + "line, as it was stored; the others with their entry line, which says when what kind "
            + "of event happened in which session, and holds a salted digest of the rest. Both come "
            + "to the root of the journal's tree, together with the hashes in leaves.bin of events "
            + "that are not reported on.",
        "To check it: python3 verify.py . in this folder. It needs Python 3.11 and nothing else, "
            + "and for signatures the module cryptography and the keys that you were given: --key. "
            + "It computes the tree and every number again that follows from what is here, and says "
            + "what it did not check.",
    ]

    private var index: [UInt8] {
        var body = Self.words.map { "<p>\(escaped($0))</p>" }
        body.append("<table>")
        for (name, value) in scope {
            body.append("<tr><th>\(escaped(name))</th><td>\(escaped(value))</td></tr>")
        }
        body.append("</table>")
        for fact in [ComplianceFact.signature, .order] {
            body += paragraphs(of: run.facts.statement(fact, of: run.head))
        }
        body.append("<h2>Rules</h2><ul>")
        for regime in run.options.regimes {
            body.append(
                "<li><a href=\"\(regime.rawValue).html\">\(escaped(regime.title))</a></li>")
        }
        body.append("</ul><h2>Queries</h2>")
        body += table(of: run.counts)
        body.append("<h2>Files</h2><p>")
        body.append(
            (run.folder.entries.map(\.name).filter { !$0.contains("/") } + [PackRun.manifestName])
                .sorted().map(link).joined(separator: " "))
        body.append("</p>")
        return PackText.page("Compliance pack", body)
    }

    private var readMe: String {
        var lines = ["Compliance pack", ""]
        for (name, value) in scope { lines.append("\(name): \(HostileText.escaped(value))") }
        lines.append("")
        for text in Self.words + run.facts.statement(.signature, of: run.head).says {
            lines += [text, ""]
        }
        lines.append("Begin with index.html.")
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Rules

    private func page(of regime: ComplianceRegime) -> [UInt8] {
        var body = ["<p><a href=\"index.html\">Compliance pack</a></p>"]
        let outside = regime.controls.filter { $0.queries.isEmpty && $0.facts.isEmpty }
        for control in regime.controls where !outside.contains(control) {
            body.append("<h2>\(escaped(control.id))</h2>")
            body.append("<p class=\"asks\">\(escaped(control.asks))</p>")
            let counts = control.queries.compactMap { run.count($0) }
            if !counts.isEmpty { body += table(of: counts) }
            for fact in control.facts {
                body += paragraphs(of: run.facts.statement(fact, of: run.head))
            }
            for count in counts { body += samples(of: count) }
            if let text = control.outside {
                body.append(
                    "<p class=\"outside\">Outside of what the journal shows: \(escaped(text))</p>")
            }
        }
        body.append("<h2>Outside of what the journal shows</h2><table>")
        for control in outside {
            body.append(
                "<tr><th>\(escaped(control.id))</th><td>\(escaped(control.asks))</td>"
                    + "<td class=\"outside\">\(escaped(control.outside ?? ""))</td></tr>")
        }
        body.append("</table>")
        return PackText.page(regime.title, body)
    }

    private func table(of counts: [PackCount]) -> [String] {
        var lines = [
            "<table><tr><th>what was asked</th><th>events</th><th>first</th><th>last</th>"
                + "<th>which</th></tr>"
        ]
        for count in counts {
            let tally = count.tally
            lines.append(
                "<tr><td>\(escaped(count.query.asks))<br><span class=\"small\">"
                    + "\(escaped(count.query.kinds.joined(separator: ", ")))"
                    + (count.query.isCheckable
                        ? "" : "; counted from the journal, not from this pack")
                    + "</span></td><td class=\"n\">\(tally.count)</td>"
                    + "<td>\(moment(tally.first, tally.firstTime))</td>"
                    + "<td>\(moment(tally.last, tally.lastTime))</td>"
                    + "<td>\(link(count.fileName))</td></tr>")
        }
        return lines + ["</table>"]
    }

    private func moment(_ sequence: UInt64, _ time: Timestamp?) -> String {
        time.map { "\(sequence)<br><span class=\"small\">\($0)</span>" } ?? ""
    }

    private func paragraphs(of statement: PackStatement) -> [String] {
        var text = statement.says.map { escaped($0) }.joined(separator: " ")
        if !statement.sequences.isEmpty {
            let shown = statement.sequences.prefix(PackStatement.sequenceLimit).map { "\($0)" }
            text += shown.count == 1 ? " Event " : " Events "
            text += shown.joined(separator: ", ")
            text += statement.sequences.count > shown.count ? " and others." : "."
        }
        if let file = statement.file { text += " " + link(file) }
        return ["<p>\(text)</p>"]
    }

    private func samples(of count: PackCount) -> [String] {
        let samples = count.samples
        guard !samples.isEmpty else { return [] }
        var lines = [
            "<details><summary>\(escaped(count.query.asks)): \(samples.count) of \(count.tally.count)"
                + "</summary><table><tr><th>event</th><th>time</th><th>kind</th><th>who</th>"
                + "<th>why</th></tr>"
        ]
        for sample in samples {
            lines.append(
                "<tr><td class=\"n\">\(sample.sequence)</td><td>\(sample.time)</td>"
                    + "<td>\(escaped(sample.kind.rawValue))</td>"
                    + "<td>\(escaped(sample.actor ?? "(withheld)"))</td>"
                    + "<td>\(escaped(sample.reason ?? ""))</td></tr>")
        }
        return lines + ["</table></details>"]
    }
}
