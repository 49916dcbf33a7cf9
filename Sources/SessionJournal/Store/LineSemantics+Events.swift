internal import SegmentLog

extension LineSemantics {
    /// What the log has to know of event lines and entry lines.
    static var events: LineSemantics {
        LineSemantics(
            describe: { line in
                guard let head = try? EventHead(line) else { return nil }
                return RecordHeader(
                    sequence: head.sequence, stream: head.session.streamKey,
                    version: head.version, time: head.time.microseconds)
            },
            leafHashes: { content, lines in try? EventLine.leafHashes(of: content, lines) },
            extend: { record, hashes in
                guard var tree = LeafTree(record) else { return }
                for start in stride(from: 0, to: hashes.count, by: Digest.size) {
                    let end = start + Digest.size
                    guard end <= hashes.count else { return }
                    tree.append(hashes.extracting(start..<end))
                }
                record = tree.record
            },
            graft: { record, height, root in
                guard var tree = LeafTree(record), tree.graft(root, height: height) else { return }
                record = tree.record
            },
            terms: { line in
                guard let envelope = try? EventEnvelope(line) else { return LineTerms() }
                var terms = LineTerms()
                let session = envelope.head.session
                if let id = envelope.id.range {
                    terms.others.append(
                        term("id/", session, escaped: line.extracting(id)))
                }
                if let branch = envelope.branch.range {
                    terms.others.append(
                        term("branch/", session, escaped: line.extracting(branch)))
                }
                if envelope.head.kind == .sessionCreated,
                    let event = try? Event(line: [UInt8](copying: line)),
                    let key = (try? AdoptedLines.key(of: event)) ?? nil
                {
                    terms.names.append(term(key: key))
                }
                return terms
            })
    }

    /// What a caller's id is looked for by.
    static func term(id: String, in session: SessionID) -> [UInt8] {
        term("id/", session, id.utf8.span)
    }

    /// What the events of a branch are looked for by.
    static func term(branch: String, in session: SessionID) -> [UInt8] {
        term("branch/", session, branch.utf8.span)
    }

    private static func term(
        _ kind: StaticString, _ session: SessionID, _ name: Span<UInt8>
    ) -> [UInt8] {
        var term: [UInt8] = []
        term.reserveCapacity(kind.utf8CodeUnitCount + 33 + name.count)
        JSONText.append(raw: kind, to: &term)
        session.appendHexadecimal(to: &term)
        term.append(UInt8(ascii: "/"))
        term.append(copying: name)
        return term
    }

    /// The same for a name as it stands in a line.
    private static func term(
        _ kind: StaticString, _ session: SessionID, escaped name: Span<UInt8>
    ) -> [UInt8] {
        guard name.indices.contains(where: { name[$0] == UInt8(ascii: "\\") }) else {
            return term(kind, session, name)
        }
        return term(kind, session, JSONText.text(of: name).utf8.span)
    }

    /// What a session's key is looked for by.
    static func term(key: String) -> [UInt8] { Array("key/\(key)".utf8) }
}
