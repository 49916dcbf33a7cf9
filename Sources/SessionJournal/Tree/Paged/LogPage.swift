internal import SegmentLog
internal import Synchronization

/// A full page of a ``PagedLog``, which never changes: its entries, or a JSON array of them
/// (``JSONDifferences``) as an LZ4 frame, behind the length that the text has.
final class LogPage<Entry: SnapshotValue>: Sendable {
    private struct State {
        var entries: [Entry]?
        var bytes: [UInt8]?
        var reference: StoredReference?
    }

    private let count: Int
    private let state: Mutex<State>

    /// A page of entries.
    init(_ entries: [Entry]) {
        count = entries.count
        state = Mutex(State(entries: entries))
    }

    /// A page that a snapshot holds.
    init(_ bytes: [UInt8], count: Int, at reference: StoredReference) {
        self.count = count
        state = Mutex(State(bytes: bytes, reference: reference))
    }

    /// The entries. Those of a page that makes no sense are none.
    var entries: [Entry] {
        state.withLock { state in
            if let entries = state.entries { return entries }
            let entries = Self.decode(state.bytes ?? [], count: count)
            state.entries = entries
            return entries
        }
    }

    /// The page as a snapshot holds it.
    var bytes: [UInt8] {
        state.withLock { state in
            if let bytes = state.bytes { return bytes }
            let entries = (state.entries ?? []).map(\.snapshot)
            let text = JSONValue.array(JSONDifferences.encode(entries)).description
            return SnapshotText.compress(Array(text.utf8))
        }
    }

    /// Where it stands in a file of snapshots; nil where it does in none.
    var reference: StoredReference? { state.withLock { $0.reference } }

    /// Notes where it stands now.
    func store(at reference: StoredReference) { state.withLock { $0.reference = reference } }

    private static func decode(_ bytes: [UInt8], count: Int) -> [Entry] {
        guard let text = SnapshotText.decompress(bytes),
            let values = (try? JSONValue(parsingSnapshot: text.span))?.array, values.count == count
        else { return [] }
        return JSONDifferences.decode(values).compactMap { Entry(snapshot: $0) }
    }
}

/// Text in a snapshot: an LZ4 frame behind the length that it has.
enum SnapshotText {
    static func compress(_ text: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(varint: UInt64(text.count))
        return bytes + LZ4Frame.compress(text.span, .best)
    }

    /// Nil for bytes that make no sense.
    static func decompress(
        _ bytes: [UInt8], atMost limit: Int = SnapshotRecord.sizeLimit
    ) -> [UInt8]? {
        var cursor = ByteCursor(0..<bytes.count)
        let size = cursor.varint(bytes.span)
        // LZ4 makes at most 255 bytes of one.
        guard !cursor.isOverrun, size <= 255 * UInt64(cursor.remaining),
            size <= limit,
            let text = try? LZ4Frame.decompress(
                bytes.span, at: cursor.offset..<bytes.count, plainLength: Int(size)),
            text.end == bytes.count
        else { return nil }
        return text.content
    }
}
