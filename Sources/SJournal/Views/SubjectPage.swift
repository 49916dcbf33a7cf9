import SessionJournal

/// What a journal holds about somebody, as a page for people: no script, no style but its own, nothing
/// from elsewhere. All text of the journal is foreign here.
enum SubjectPage {
    /// Foreign text in a page.
    static func escaped(_ text: String) -> String {
        HostileText.html(text, keepsLines: true)
    }

    private static let style = """
        body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#111;\
        background:#fff}h2{border-top:1px solid #bbb;padding-top:.6em}\
        article{margin:1em 0;padding:.2em 0 .2em .8em;border-left:3px solid #bbb}\
        .gap{border-left-style:dotted;color:#555}header{color:#555;font-size:.9em}\
        pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.3em 0;font-size:.95em}
        """

    static func beginning(_ name: String, at time: Timestamp) -> String {
        let hash = Digest(hashing: style.utf8.span).base64
        let name = escaped(name)
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
            style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'">
            <meta name="referrer" content="no-referrer">
            <title>What the journal holds about \(name)</title>
            <style>\(style)</style></head><body>
            <h1>What the journal holds about \(name)</h1>
            <p>Made \(time.description). Everything here stands in <code>events.jsonl</code> for \
            machines, and <code>README.txt</code> says how to check it.</p>
            <h2>Events</h2>

            """
    }

    static func event(_ item: SubjectEvent) -> String {
        let event = item.event
        let header = """
            #\(event.sequence) · \(event.moment.description) · \(escaped(event.kind.rawValue)) · \
            session \(event.session.hexadecimal)
            """
        guard !event.isWithheld else {
            return article(header, "gap", "<p>Erased, or locked: nothing is left to be shown.</p>")
        }
        var body = texts(item.data).map { "<pre>\(escaped($0))</pre>" }.joined()
        if item.redactedBy != nil { body += "<p>Something in it was redacted since.</p>" }
        if item.data["parts"] == nil {
            body += "<pre>\(escaped(item.data.description))</pre>"
        }
        return article(header, "", body)
    }

    static let contextHeading = "<h2>Messages that were answered</h2>\n"

    static func context(_ item: SubjectContext) -> String {
        let header = """
            answered by #\(item.answeredBy) · \(item.time.description) · \
            \(escaped(item.author ?? "unknown")) · session \(item.session.hexadecimal)
            """
        let body = texts(["parts": .array(item.parts)]).map { "<pre>\(escaped($0))</pre>" }
        return article(header, "", body.joined())
    }

    private static func article(_ header: String, _ name: String, _ body: String) -> String {
        let name = name.isEmpty ? "" : " class=\"\(name)\""
        return "<article\(name)><header>\(header)</header>\(body)</article>\n"
    }

    /// The texts of a message; what is no text as JSON.
    private static func texts(_ data: JSONValue) -> [String] {
        (data["parts"]?.array ?? []).map { part in
            part["text"]?.string ?? part.description
        }
    }

    static func end(_ record: SubjectRecord) -> String {
        var lines: [String] = []
        if record.events + record.gaps == 0 { lines.append("<p>None.</p>") }
        lines.append("<h2>Sessions</h2>")
        for session in record.sessions {
            lines.append("<pre>\(escaped(session.json.description))</pre>")
        }
        if record.sessions.isEmpty { lines.append("<p>None.</p>") }
        lines.append("<h2>Roles</h2>")
        for grant in record.grants {
            lines.append("<pre>\(escaped(grant.json.description))</pre>")
        }
        if record.grants.isEmpty { lines.append("<p>None.</p>") }
        if let holds = record.holds {
            lines.append("<h2>Holds</h2>")
            for hold in holds { lines.append("<pre>\(escaped(hold.json.description))</pre>") }
            if holds.isEmpty { lines.append("<p>None.</p>") }
        }
        lines.append("<h2>What is not here</h2><ul>")
        if record.mentions > 0 {
            lines.append("<li>\(record.mentions) events of others in which the name stands</li>")
        }
        for what in SubjectRecord.notHeld { lines.append("<li>\(escaped(what))</li>") }
        lines.append(
            "</ul><p>A journal does not know these: ask whoever decides what it is for.</p>")
        lines.append("</body></html>")
        return lines.joined(separator: "\n") + "\n"
    }
}

/// How to read and check the folder, in words.
enum SubjectReadme {
    static func text(_ record: SubjectRecord, _ proofs: SubjectFolder.Proofs) -> String {
        """
        What the journal holds about \(Escaping.escaped(record.name))
        =====================================================================

        record.json    who it is about, counts, sessions of their own with their metadata, roles that
                       they got and lost, and holds ("holds": null where these are not told).
        events.jsonl   their events, one JSON object a line:
                         seq, version    the event's number in the journal, and in its session
                         time, occurred  when the journal took it; when it happened by its source
                         session, branch where
                         kind, data      what happened, and what it said by the schema of that kind
                         relation        actor: they did it; on_behalf: somebody did it for them;
                                         attachment: an event of theirs names it;
                                         gap: of a session of theirs, and erased or locked
                         withheld        nothing of the event is left
                         redacted_by     the event that redacts it; data is what is left
        context.jsonl  where it is there: messages that they answered; authors have pseudonyms, and
                       names and personal data of others are redacted.
        record.html    the same for people.
        proofs/        for each event the proof that the journal holds it (c2sp.org/tlog-proof).
        checkpoint.txt where it is there: the journal as it was signed last.
        manifest.json  the size and the SHA-256 of every other file.

        To check that the folder is whole: sha256sum FILE, against manifest.json
        To check an event:                 python3 verify.py --proof proofs/event-N.tlog-proof --key KEY
                                        or sjournal verify --proof proofs/event-N.tlog-proof --key KEY
        KEY is the journal's verifier key, from somebody you trust. The verdict is VALID-UNANCHORED
        where the event is in the tree that the proof names, and VALID-WITNESSED where others vouch for
        that tree; INVALID where it is not so.
        \(unsigned(proofs))
        Not here: events of others, also where they name the person (\(record.mentions) do). And what a
        journal does not know; ask whoever decides what it is for:
        \(SubjectRecord.notHeld.map { "- " + $0 }.joined(separator: "\n"))

        """
    }

    private static func unsigned(_ proofs: SubjectFolder.Proofs) -> String {
        guard proofs.unsigned > 0 else { return "" }
        return """

            Of \(proofs.signed + proofs.unsigned) events \(proofs.unsigned) are proved to be in a tree \
            that nobody has signed. Such a proof
            shows that these events belong together; whoever holds the journal could have made another.
            With --key sjournal calls it INVALID, since no key has signed it; without, it is
            VALID-UNANCHORED.

            """
    }
}
