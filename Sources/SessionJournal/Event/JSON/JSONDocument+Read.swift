extension JSONDocument {
    /// Where a value's bytes stand, a string's quotes included.
    package func range(of node: Node) -> Range<Int> {
        let entry = entries[node.index]
        return Int(entry.start)..<Int(entry.end)
    }

    /// The index after a value and all that it contains.
    func end(of node: Node) -> Int { Int(entries[node.index].next) }

    /// The text of a string, unescaped; a lone surrogate reads as U+FFFD. Nil for any other value.
    package func string(_ node: Node, in bytes: Span<UInt8>) -> String? {
        guard node.kind == .string else { return nil }
        return text(of: node, in: bytes)
    }

    /// The value of a number written without fraction and exponent that fits 64 bits; else nil.
    package func integer(_ node: Node, in bytes: Span<UInt8>) -> Int64? {
        guard node.kind == .number else { return nil }
        return bytes.extracting(range(of: node)).decimalInteger
    }

    /// The value of `true` or `false`; else nil.
    package func bool(_ node: Node) -> Bool? {
        switch node.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The value of an object's member, the last of that name; nil where there is none, or where
    /// the node is no object. Cost: the object's own members, not what they contain.
    package func member(_ name: String, of node: Node, in bytes: Span<UInt8>) -> Node? {
        guard node.kind == .object else { return nil }
        let name = name.utf8.span
        var found: Int?
        var index = node.index + 1
        let end = Int(entries[node.index].next)
        while index < end {
            if isKey(index, name, in: bytes) { found = index + 1 }
            index = Int(entries[index + 1].next)
        }
        return found.map { self.node(at: $0) }
    }

    /// The value that a string member holds; nil where it holds none.
    package func string(_ name: String, of node: Node, in bytes: Span<UInt8>) -> String? {
        member(name, of: node, in: bytes).flatMap { string($0, in: bytes) }
    }

    /// The elements of an array, in order; empty for any other value.
    package func elements(of node: Node) -> Elements {
        Elements(
            entries: entries, index: node.index + 1,
            end: node.kind == .array ? Int(entries[node.index].next) : node.index + 1)
    }

    /// The members of an object, in order, duplicates included; empty for any other value.
    package func members(of node: Node) -> Members {
        Members(
            entries: entries, index: node.index + 1,
            end: node.kind == .object ? Int(entries[node.index].next) : node.index + 1)
    }

    /// The elements of an array.
    package struct Elements: Sequence, IteratorProtocol {
        let entries: [Entry]
        var index: Int
        let end: Int

        package mutating func next() -> Node? {
            guard index < end else { return nil }
            defer { index = Int(entries[index].next) }
            return Node(index: index, kind: entries[index].kind)
        }
    }

    /// The members of an object: a string, and what it names.
    package struct Members: Sequence, IteratorProtocol {
        let entries: [Entry]
        var index: Int
        let end: Int

        package mutating func next() -> (key: Node, value: Node)? {
            guard index < end else { return nil }
            let value = index + 1
            defer { index = Int(entries[value].next) }
            return (
                Node(index: index, kind: .string), Node(index: value, kind: entries[value].kind)
            )
        }
    }

    private func isKey(_ index: Int, _ name: Span<UInt8>, in bytes: Span<UInt8>) -> Bool {
        let entry = entries[index]
        if entry.isEscaped {
            let text = text(of: Node(index: index, kind: .string), in: bytes)
            return text.utf8.span.isEqual(to: name)
        }
        let start = Int(entry.start) + 1
        let end = Int(entry.end) - 1
        guard end - start == name.count else { return false }
        return bytes.extracting(start..<end).isEqual(to: name)
    }

    package func text(of node: Node, in bytes: Span<UInt8>) -> String {
        let entry = entries[node.index]
        let content = bytes.extracting(Int(entry.start) + 1..<Int(entry.end) - 1)
        return entry.isEscaped
            ? JSONText.unescaped(content) : String(repairing: content)
    }
}

extension Span<UInt8> {
    /// The 64-bit number that the bytes write in decimal, with nothing around it; nil where they
    /// write none, where it does not fit, and for "-0", which no integer keeps.
    var decimalInteger: Int64? {
        var offset = 0
        let isNegative = !isEmpty && self[0] == UInt8(ascii: "-")
        if isNegative { offset = 1 }
        guard offset < count, count &- offset <= 19 else { return nil }
        var value: Int64 = 0
        while offset < count {
            let digit = self[offset] &- 0x30
            guard digit < 10 else { return nil }
            let (product, productOverflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = product.subtractingReportingOverflow(Int64(digit))
            guard !productOverflow, !sumOverflow else { return nil }
            value = sum
            offset &+= 1
        }
        if isNegative { return value == 0 ? nil : value }
        return value == Int64.min ? nil : -value
    }
}
