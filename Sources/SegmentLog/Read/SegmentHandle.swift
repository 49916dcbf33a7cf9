/// A segment of either layout, as views hold it.
package enum SegmentHandle: Sendable {
    case active(ActiveSegment)
    case sealed(SealedSegment)

    package var firstSequence: UInt64 {
        switch self {
        case .active(let segment): segment.firstSequence
        case .sealed(let segment): segment.firstSequence
        }
    }

    package var name: String {
        switch self {
        case .active(let segment): segment.name
        case .sealed(let segment): segment.name
        }
    }

    package var isSealed: Bool {
        if case .sealed = self { true } else { false }
    }

    /// The last sequence number it stands for.
    var lastSequence: UInt64 {
        switch self {
        case .active(let segment): segment.summary.lastSequence
        case .sealed(let segment): segment.lastSequence
        }
    }
}
