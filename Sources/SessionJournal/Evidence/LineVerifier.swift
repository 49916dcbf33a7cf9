package import SegmentLog

/// Checks the lines of a journal, one after the other, in order of sequence: that each is an event
/// or entry line, stands where it says, follows in its session, and gives the leaf that the tree
/// was built from.
package struct LineVerifier: Sendable {
    private var tree = LeafTree()
    private var versions: [SessionID: UInt64] = [:]
    private var lastTime: Timestamp?
    private var sequence: UInt64 = 0
    private(set) package var events: UInt64 = 0
    private(set) package var size: UInt64 = 0
    /// Events of whose leaves only roots above them were taken in.
    private(set) var forgotten: UInt64 = 0
    /// Those of them that versions of sessions lack.
    private var explained: UInt64 = 0
    private(set) package var findings: [String] = []

    /// Numbers of events at which the root is wanted, the largest first.
    private var wanted: [UInt64] = []
    private(set) package var heads: [UInt64: Digest] = [:]

    /// Whether a hole was met: from there on, the tree is unknown.
    private var isTreeKnown = true

    /// The largest number of findings that are kept.
    private static let findingLimit = 1_000

    package init() {}

    /// Notes the roots at so many events on the way.
    init(wanting sizes: Set<UInt64>) {
        wanted = sizes.sorted(by: >)
        noteHead()
    }

    private mutating func noteHead() {
        while let next = wanted.last, next <= sequence {
            wanted.removeLast()
            if next == sequence, isTreeKnown { heads[next] = tree.root }
        }
    }

    /// The tree over all lines so far; nil after a hole.
    package var knownTree: LeafTree? { isTreeKnown ? tree : nil }

    /// Takes note that the lines up to `sequence` cannot be read.
    package mutating func skip(through sequence: UInt64) {
        guard sequence > self.sequence else { return }
        isTreeKnown = false
        self.sequence = sequence
        // Sessions may have had events in the hole, so that versions start anew.
        versions = [:]
    }

    /// Takes in the root of a subtree whose leaves were forgotten, with the events that follow next.
    mutating func graft(_ subtree: RetainedSubtree) {
        guard subtree.firstSequence == sequence + 1 else {
            return find(
                "what is kept of events \(subtree.firstSequence) to \(subtree.lastSequence) does not "
                    + "join on to event \(sequence)")
        }
        sequence = subtree.lastSequence
        forgotten += UInt64(subtree.events.count)
        if isTreeKnown, !tree.graft(subtree.root.span, height: subtree.height) {
            isTreeKnown = false
            find(
                "what is kept of events \(subtree.firstSequence) to \(subtree.lastSequence) is no "
                    + "part of the tree")
        }
        noteHead()
    }

    /// Whether the versions between two events of a session may be those of forgotten events: there are
    /// not more of them than were forgotten.
    private mutating func isExplained(_ versions: Range<UInt64>) -> Bool {
        guard versions.count > 1, UInt64(versions.count - 1) <= forgotten - explained else {
            return false
        }
        explained += UInt64(versions.count - 1)
        return true
    }

    /// Takes a segment for checked that an earlier verification found whole, without its lines.
    ///
    /// Returns false, and takes nothing, where the segment does not join on to the lines so far:
    /// then it has to be read, which says what is wrong.
    mutating func adopt(
        _ segment: SegmentLog.KnownSegment, _ versions: [(SessionID, UInt64)],
        firstSequence: UInt64
    ) -> Bool {
        guard firstSequence == sequence + 1,
            !isTreeKnown || tree.record == segment.frontierBefore,
            let after = LeafTree(segment.frontierAfter)
        else { return false }
        tree = after
        isTreeKnown = true
        sequence = segment.lastSequence
        events += segment.eventCount
        for (session, version) in versions { self.versions[session] = version }
        lastTime = Timestamp(microseconds: segment.lastTime)
        noteHead()
        return true
    }

    /// Checks the next line. Returns the event; nil where the line is none.
    @discardableResult
    package mutating func check(_ line: [UInt8]) -> Event? {
        let place = sequence + 1
        sequence = place
        size += UInt64(line.count)
        let event: Event
        let leaf: Digest
        do throws(JournalError) {
            event = try Event(line: line)
            try event.check()
            leaf = try EventLine.leafHash(of: line.span)
        } catch {
            isTreeKnown = false
            find("event \(place): \(error)")
            return nil
        }
        events += 1
        if event.sequence != place {
            find("event \(place) says that it is event \(event.sequence)")
        }
        if let known = versions[event.session], event.version != known &+ 1,
            !isExplained(known..<max(known, event.version))
        {
            find(
                "event \(place) has version \(event.version) in session \(event.session), "
                    + "which stood at \(known)")
        }
        if let lastTime, event.time < lastTime {
            find("event \(place) is of \(event.time), earlier than the event before it")
        }
        versions[event.session] = event.version
        lastTime = event.time
        if isTreeKnown { tree.append(leaf) }
        noteHead()
        return event
    }

    /// Compares the tree over the lines so far with one that was recorded when they were written.
    /// Behind a hole, the recorded one is where the tree goes on from.
    package mutating func compare(_ record: FrontierRecord, place: String) {
        guard record.size == sequence else { return }
        guard let recorded = LeafTree(record) else {
            return find("the Merkle tree recorded \(place) is none")
        }
        if !isTreeKnown {
            tree = recorded
            isTreeKnown = true
        } else if tree != recorded {
            find("the Merkle root recorded \(place) is not that of the \(sequence) events read")
        }
    }

    package mutating func find(_ finding: String) {
        if findings.count < Self.findingLimit { findings.append(finding) }
    }
}
