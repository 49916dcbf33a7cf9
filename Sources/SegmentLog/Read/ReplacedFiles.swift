internal import Synchronization

/// The object of a segment whose file was replaced, as views that were made before may hold it.
struct RetiredSegment: Sendable {
    let firstSequence: UInt64
    private weak var active: ActiveSegment?
    private weak var sealed: SealedSegment?

    init(_ handle: SegmentHandle) {
        firstSequence = handle.firstSequence
        switch handle {
        case .active(let segment): active = segment
        case .sealed(let segment): sealed = segment
        }
    }

    var handle: SegmentHandle? {
        if let active { return .active(active) }
        return sealed.map { .sealed($0) }
    }
}

/// Files that were replaced by ones with other lines, as long as somebody in this process reads them.
package final class ReplacedFiles: Sendable {
    private struct Entry {
        weak var file: (any File)?
    }

    private let entries = Mutex<[Entry]>([])

    func add(_ file: any File) { entries.withLock { $0.append(Entry(file: file)) } }

    /// Whether nobody has one of them open any more. Cost: a look at each.
    package var areClosed: Bool {
        entries.withLock { entries in
            entries.removeAll { $0.file == nil }
            return entries.isEmpty
        }
    }
}

extension LogError {
    /// What a view answers from before a file was replaced by one with other lines.
    static func expired(_ path: String) -> LogError {
        LogError(
            .viewExpired,
            "the segment was replaced by one with other events; open the journal again", path: path)
    }
}
