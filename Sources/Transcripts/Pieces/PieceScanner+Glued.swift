internal import SessionJournal

extension PieceScanner {
    /// The most pieces that a line is taken apart into; the rest is text.
    static let gluedLimit = 4096

    /// A part of a line that holds several.
    struct Part {
        var range: Range<Int>
        var kind: Piece.Kind
    }

    /// Takes a line apart that is not one JSON value: objects that stand behind one another, and
    /// torn lines that run into a good one. Nil where the line is not of that kind.
    ///
    /// - Parameters:
    ///   - line: The line without the white space around it.
    ///   - error: Where the line stops to be JSON.
    mutating func takeApart(_ line: Range<Int>, error: Int) -> [Part]? {
        var parts: [Part] = []
        var budget = 4 * line.count + 64 << 10
        var start = line.lowerBound
        var foundObject = false
        while start < line.upperBound, parts.count < Self.gluedLimit {
            if window.bytes[start].isJSONSpace {
                start += 1
                continue
            }
            switch object(at: start, in: line) {
            case .success(let end):
                let isOneLine = !holdsReturn(start..<end)
                parts.append(Part(range: start..<end, kind: isOneLine ? .object : .text))
                foundObject = true
                start = end
            case .failure(let stop):
                guard
                    let next = lineStart(after: start, upTo: stop, in: line, budget: &budget)
                else {
                    parts.append(Part(range: start..<line.upperBound, kind: .text))
                    return parts.count > 1 && foundObject ? parts : nil
                }
                parts.append(Part(range: start..<next, kind: .text))
                start = next
            }
        }
        if start < line.upperBound {
            parts.append(Part(range: start..<line.upperBound, kind: .text))
        }
        return parts.count > 1 && foundObject ? parts : nil
    }

    private enum ObjectEnd {
        case success(Int)
        case failure(Int)
    }

    /// Where the object at an index ends, or where it stops to be one.
    private mutating func object(at start: Int, in line: Range<Int>) -> ObjectEnd {
        guard window.bytes[start] == UInt8(ascii: "{") else { return .failure(line.upperBound) }
        do throws(JSONError) {
            return .success(try parsePrefix(start..<line.upperBound))
        } catch {
            return .failure(start + error.offset)
        }
    }

    /// Where, behind torn text, a line of a transcript begins that is whole and runs to the end of
    /// the line or to another. What reads as JSON behind the tear has gone wrong at `stop` at the
    /// latest, so the search goes backwards from there.
    private mutating func lineStart(
        after start: Int, upTo stop: Int, in line: Range<Int>, budget: inout Int
    ) -> Int? {
        // An error in an escape is reported where the escape begins, before the tear.
        var index = min(stop + 8, line.upperBound - 2)
        while index > start, budget > 0 {
            defer { index -= 1 }
            budget -= 1
            guard window.bytes[index] == UInt8(ascii: "{"),
                window.bytes[index + 1] == UInt8(ascii: "\"")
            else { continue }
            switch object(at: index, in: line) {
            case .failure(let stop):
                budget -= stop - index
            case .success(let end):
                budget -= end - index
                let next = window.bytes.span.trimmingSpace(end..<line.upperBound)
                let isFollowed =
                    next.isEmpty || window.bytes[next.lowerBound] == UInt8(ascii: "{")
                if isFollowed, isTranscriptLine(index..<line.upperBound) { return index }
            }
        }
        return nil
    }

    /// Whether an object looks like a line of a transcript rather than like a part of one.
    private func isTranscriptLine(_ range: Range<Int>) -> Bool {
        let bytes = window.bytes.span.extracting(range)
        guard let root = document.root,
            document.member("type", of: root, in: bytes)?.kind == .string
        else { return false }
        return ["uuid", "sessionId", "timestamp", "leafUuid", "messageId"].contains { name in
            document.member(name, of: root, in: bytes) != nil
        }
    }
}
