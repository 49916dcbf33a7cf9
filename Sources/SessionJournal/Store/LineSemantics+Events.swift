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
                var bytes: [UInt8] = []
                bytes.append(copying: line)
                guard let event = try? Event(line: bytes) else { return [] }
                var terms: [[UInt8]] = []
                if let id = event.id { terms.append(term(id: id, in: event.session)) }
                if let key = (try? AdoptedLines.key(of: event)) ?? nil {
                    terms.append(term(key: key))
                }
                return terms
            })
    }

    /// What a caller's id is looked for by.
    static func term(id: String, in session: SessionID) -> [UInt8] {
        Array("id/\(session.hexadecimal)/\(id)".utf8)
    }

    /// What a session's key is looked for by.
    static func term(key: String) -> [UInt8] { Array("key/\(key)".utf8) }
}
