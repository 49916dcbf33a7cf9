/// Something that was found in a string of a JSON text.
package struct JSONFinding: Sendable, Hashable {
    /// The rule, and where in the string, in bytes of UTF-8.
    package let finding: TextScanner.Finding
    /// The string's place in the document's index.
    let index: Int
    /// What was found, masked.
    package let excerpt: String
}

extension TextScanner {
    /// A scanner that looks for secrets alone, and not for personal data.
    public static let secrets = TextScanner(
        rules: TextRule.builtIn.filter { $0.purpose == .secret })

    /// What the strings of a JSON text hold, the names of members included, in order.
    ///
    /// - Parameters:
    ///   - document: The text's index.
    ///   - bytes: The text.
    ///   - scratch: Room for strings with escapes, kept from one call to the next.
    package func findings(
        in document: JSONDocument, _ bytes: Span<UInt8>, scratch: inout [UInt8]
    ) -> [JSONFinding] {
        var found: [JSONFinding] = []
        for index in document.entries.indices where document.entries[index].kind == .string {
            let entry = document.entries[index]
            let content = bytes.extracting(Int(entry.start) + 1..<Int(entry.end) - 1)
            if entry.isEscaped {
                scratch.removeAll(keepingCapacity: true)
                JSONText.unescape(content, to: &scratch)
                note(findings(in: scratch.span), scratch.span, index, &found)
            } else {
                note(findings(in: content), content, index, &found)
            }
        }
        return found
    }

    private func note(
        _ findings: [Finding], _ text: Span<UInt8>, _ index: Int, _ found: inout [JSONFinding]
    ) {
        for finding in findings {
            found.append(
                JSONFinding(
                    finding: finding, index: index,
                    excerpt: Self.excerpt(of: text.extracting(finding.range))))
        }
    }

    /// A JSON text with marks in place of what was found in its strings; all else as it stands.
    package func replacing(
        _ found: [JSONFinding], in document: JSONDocument, _ bytes: Span<UInt8>
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 64)
        var place = 0
        var number = 0
        while number < found.count {
            let index = found[number].index
            var findings: [Finding] = []
            while number < found.count, found[number].index == index {
                findings.append(found[number].finding)
                number += 1
            }
            let entry = document.entries[index]
            let content = Int(entry.start) + 1..<Int(entry.end) - 1
            result.append(copying: bytes.extracting(place..<content.lowerBound))
            var text: [UInt8] = []
            JSONText.unescape(bytes.extracting(content), to: &text)
            JSONText.appendEscaped(Self.replacing(findings, in: text.span).span, to: &result)
            place = content.upperBound
        }
        result.append(copying: bytes.extracting(place..<bytes.count))
        return result
    }

    /// Where a finding is: a JSON pointer to its string, without anything that could be found in it.
    /// `/*` at its end is the name of a member of what is before it.
    package func place(
        of found: JSONFinding, in document: JSONDocument, _ bytes: Span<UInt8>
    ) -> String {
        var pointer = ""
        var node = 0
        search: while node < found.index {
            let end = Int(document.entries[node].next)
            let isObject = document.entries[node].kind == .object
            var number = 0
            var next = node + 1
            while next < end {
                let value = isObject ? next + 1 : next
                if isObject, next == found.index { return pointer + "/*" }
                let behind = Int(document.entries[value].next)
                if found.index < behind {
                    let name =
                        isObject
                        ? document.text(of: document.node(at: next), in: bytes) : "\(number)"
                    pointer += "/" + Self.step(redacted(name).text)
                    node = value
                    continue search
                }
                next = behind
                number += 1
            }
            break
        }
        return pointer
    }

    /// A name as a step of a JSON pointer.
    private static func step(_ name: String) -> String {
        var step = ""
        for character in name.unicodeScalars {
            switch character {
            case "~": step += "~0"
            case "/": step += "~1"
            default: step.unicodeScalars.append(character)
            }
        }
        return step
    }

    /// A JSON value with marks in place of what was found in its strings, names of members included.
    ///
    /// - Parameters:
    ///   - value: The value.
    ///   - kept: Members of its outermost object that stay as they are.
    package func redacted(_ value: JSONValue, keeping kept: Set<String> = []) -> JSONValue {
        switch value {
        case .string(let text): .string(redacted(text).text)
        case .array(let elements): .array(elements.map { redacted($0) })
        case .object(let object):
            .object(
                JSONObject(
                    object.map { member in
                        kept.contains(member.name)
                            ? (member.name, member.value)
                            : (redacted(member.name).text, redacted(member.value))
                    }))
        default: value
        }
    }
}
