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
            leafHash: { line in (try? EventLine.leafHash(of: line))?.bytes },
            extend: { record, hashes in
                guard var tree = LeafTree(record) else { return }
                for start in stride(from: 0, to: hashes.count, by: Digest.size) {
                    let end = start + Digest.size
                    guard end <= hashes.count else { return }
                    tree.append(hashes.extracting(start..<end))
                }
                record = tree.record
            },
            terms: { line in
                guard let envelope = try? EventEnvelope(line) else { return LineTerms() }
                var terms = LineTerms()
                let session = envelope.head.session
                if let id = envelope.id.range {
                    terms.others.append(
                        term(id: JSONText.text(of: line.extracting(id)), in: session))
                }
                if let branch = envelope.branch.range {
                    terms.others.append(
                        term(branch: JSONText.text(of: line.extracting(branch)), in: session))
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
        Array("id/\(session.hexadecimal)/\(id)".utf8)
    }

    /// What the events of a branch are looked for by.
    static func term(branch: String, in session: SessionID) -> [UInt8] {
        Array("branch/\(session.hexadecimal)/\(branch)".utf8)
    }

    /// What a session's key is looked for by.
    static func term(key: String) -> [UInt8] { Array("key/\(key)".utf8) }
}
