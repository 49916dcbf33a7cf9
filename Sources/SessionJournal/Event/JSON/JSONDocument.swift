/// The index of one JSON text: where each value stands, in one flat array.
///
/// A parse is one pass over the bytes. It accepts exactly RFC 8259 in strict UTF-8, builds no
/// strings and no tree, and keeps its storage for the next parse, so that a loop over lines
/// allocates nothing. The bytes are not kept: whoever asks for a value passes them again.
///
/// A lone surrogate escape (`"\ud800"`) is accepted and reads as U+FFFD. Duplicate keys are
/// accepted; a look-up finds the last.
package struct JSONDocument: Sendable {
    /// The containers that may stand in one another when nothing else is said.
    package static let defaultMaximumDepth = 512

    /// What a value is.
    package enum Kind: UInt8, Sendable {
        case null, `false`, `true`, number, string, array, object
    }

    /// One value: its place in the index, and what it is. Valid until the next parse.
    package struct Node: Hashable, Sendable {
        package let index: Int
        package let kind: Kind
    }

    /// One value in the index. A container's values follow it; an object's are key, value, key,
    /// value. Offsets are in bytes.
    struct Entry {
        var start: UInt32
        var end: UInt32
        /// The entry after this value and all that it contains.
        var next: UInt32
        var kind: Kind
        /// Whether a string holds escapes.
        var isEscaped: Bool
    }

    var entries: [Entry] = []
    var stack: [UInt32] = []
    let maximumDepth: Int

    /// An empty document, to be filled by ``parse(_:)``.
    package init(maximumDepth: Int = JSONDocument.defaultMaximumDepth) {
        self.maximumDepth = maximumDepth
    }

    /// Parses bytes that are one value, with nothing but white space around it. On an error the
    /// document is empty. Cost: one pass.
    package mutating func parse(_ bytes: Span<UInt8>) throws(JSONError) {
        let end = try parsePrefix(bytes, from: 0)
        let rest = bytes.skippingSpace(from: end)
        guard rest == bytes.count else {
            entries.removeAll(keepingCapacity: true)
            throw JSONError(.trailingBytes, offset: rest)
        }
    }

    /// Parses the first value at or after `offset`, and returns the offset after it. White space
    /// before it is skipped; what follows is not looked at. Offsets, also in an error, count from
    /// the start of `bytes`.
    package mutating func parsePrefix(
        _ bytes: Span<UInt8>, from offset: Int
    ) throws(JSONError) -> Int {
        entries.removeAll(keepingCapacity: true)
        stack.removeAll(keepingCapacity: true)
        do throws(JSONError) {
            guard bytes.count < Int(UInt32.max) else { throw JSONError(.tooLarge, offset: 0) }
            return try scan(bytes, from: offset)
        } catch {
            entries.removeAll(keepingCapacity: true)
            throw error
        }
    }

    /// The outermost value; nil before a parse and after one that failed.
    package var root: Node? {
        entries.isEmpty ? nil : node(at: 0)
    }

    @inline(__always)
    func node(at index: Int) -> Node { Node(index: index, kind: entries[index].kind) }
}
