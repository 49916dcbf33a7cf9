/// A JSON pointer (RFC 6901): "/message/content/0/text"; "" is the whole value.
package struct JSONPointer: Hashable, Sendable {
    /// The names and positions on the way, unescaped.
    package let steps: [String]

    /// Parses a pointer; nil where the text is none (it neither is empty nor starts with "/", or a
    /// "~" stands before anything but "0" and "1").
    package init?(_ text: String) {
        guard !text.isEmpty else {
            steps = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        var steps: [String] = []
        for part in text.utf8.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        {
            guard let step = Self.unescaped(part) else { return nil }
            steps.append(step)
        }
        self.steps = steps
    }

    /// The value that the pointer leads to from `node`; nil where it leads nowhere.
    package func resolve(
        in document: JSONDocument, from node: JSONDocument.Node, bytes: Span<UInt8>
    ) -> JSONDocument.Node? {
        var node = node
        for step in steps {
            let next: JSONDocument.Node?
            switch node.kind {
            case .object: next = document.member(step, of: node, in: bytes)
            case .array: next = Self.position(step).flatMap { document.element($0, of: node) }
            default: next = nil
            }
            guard let next else { return nil }
            node = next
        }
        return node
    }

    /// A position in an array: "0", or digits without a leading zero.
    private static func position(_ step: String) -> Int? {
        guard step == "0" || step.utf8.first != UInt8(ascii: "0"),
            step.utf8.allSatisfy({ $0 &- 0x30 < 10 })
        else { return nil }
        return Int(step)
    }

    private static func unescaped(_ part: some Sequence<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var isEscape = false
        for byte in part {
            if isEscape {
                switch byte {
                case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
                case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
                default: return nil
                }
                isEscape = false
            } else if byte == UInt8(ascii: "~") {
                isEscape = true
            } else {
                bytes.append(byte)
            }
        }
        return isEscape ? nil : String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONDocument {
    /// The element of an array at a position counted from 0; nil where there is none. Cost: the
    /// elements before it.
    package func element(_ position: Int, of node: Node) -> Node? {
        guard position >= 0 else { return nil }
        var elements = elements(of: node)
        var left = position
        while let element = elements.next() {
            if left == 0 { return element }
            left -= 1
        }
        return nil
    }

    /// The value a pointer's text leads to from `node`; nil where it leads nowhere or is none.
    package func resolve(
        pointer: String, from node: Node, in bytes: Span<UInt8>
    ) -> Node? {
        JSONPointer(pointer)?.resolve(in: self, from: node, bytes: bytes)
    }
}
