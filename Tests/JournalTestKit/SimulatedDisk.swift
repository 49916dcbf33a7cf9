package import SegmentLog
import Synchronization

/// A disk that forgets what was not synced.
///
/// Every file has a live image, which reads see, and a durable one, which survives a power cut;
/// between them stand the writes that were not synced, in order. Names work the same way: a created,
/// renamed or removed name is durable once its directory was synced. `powerCut` makes a disk as it
/// may be found afterwards.
package final class SimulatedDisk: FileSystem {
    /// What of the unsynced a power cut leaves.
    package enum Survival: Sendable, Hashable {
        /// Nothing: the disk did only what it was told to do at once.
        case nothing
        /// All of it: the disk had done everything.
        case everything
        /// Each sector of this many bytes, each size and each name by chance.
        case some(sectorSize: Int, seed: UInt64)
    }

    /// A kind of call, for faults.
    package enum Call: Sendable, Hashable {
        case open, read, write, sync, truncate, rename, remove, makeDirectory, syncDirectory, list
    }

    /// A call that fails.
    package struct Fault: Sendable {
        package var call: Call
        /// Which call of its kind, from 1.
        package var number: Int
        package var errno: Errno
        /// Whether all later calls of the kind fail too.
        package var isLasting: Bool

        package init(_ call: Call, _ number: Int, _ errno: Errno, isLasting: Bool = false) {
            self.call = call
            self.number = number
            self.errno = errno
            self.isLasting = isLasting
        }
    }

    enum Change {
        case write(offset: Int, bytes: [UInt8])
        case resize(Int)
    }

    struct Node {
        var live: [UInt8] = []
        var durable: [UInt8] = []
        var unsynced: [Change] = []
    }

    enum NameChange {
        case set(String, Int?)
        case rename(String, String, Int)

        var directories: [String] {
            switch self {
            case .set(let path, _): [SimulatedDisk.parent(of: path)]
            case .rename(let from, let to, _):
                [SimulatedDisk.parent(of: from), SimulatedDisk.parent(of: to)]
            }
        }
    }

    struct State {
        var nodes: [Int: Node] = [:]
        var nextNode = 1
        /// The node of each path; a directory has node 0.
        var names: [String: Int] = ["/": 0]
        var durableNames: [String: Int] = ["/": 0]
        var unsyncedNames: [NameChange] = []
        var locks: Set<String> = []
        var counts: [Call: Int] = [:]
        var faults: [Fault] = []
        var changes = 0
        var changeLimit: Int?
        var isCut = false
        var freeSize: Int?
        var supportsUncached = true
    }

    let state: Mutex<State>

    /// An empty disk with one directory, "/".
    package init() { state = Mutex(State()) }

    private init(_ state: consuming State) { self.state = Mutex(state) }

    // MARK: What a test says to it

    /// Lets the power fail at the `count`-th call from now that changes something, counted from 1:
    /// that call may have done its work or a part of it, and it and all later ones throw.
    package func cutPower(atChange count: Int) {
        state.withLock { $0.changeLimit = $0.changes + count }
    }

    /// Calls so far that changed something.
    package var changeCount: Int { state.withLock { $0.changes } }

    /// Whether the power has failed.
    package var isCut: Bool { state.withLock { $0.isCut } }

    /// Plans a failure. Its number counts calls of the kind from now on.
    package func fail(_ fault: Fault) {
        state.withLock { state in
            var planned = fault
            planned.number += state.counts[fault.call, default: 0]
            state.faults.append(planned)
        }
    }

    /// Calls of a kind so far.
    package func count(of call: Call) -> Int { state.withLock { $0.counts[call, default: 0] } }

    /// Room that is left, in bytes; nil is no bound.
    package func setFreeSize(_ size: Int?) { state.withLock { $0.freeSize = size } }

    package func setSupportsUncached(_ supports: Bool) {
        state.withLock { $0.supportsUncached = supports }
    }

    /// All files with their live bytes.
    package var files: [String: [UInt8]] {
        state.withLock { state in
            var files: [String: [UInt8]] = [:]
            for (path, node) in state.names where node != 0 {
                files[path] = state.nodes[node]?.live
            }
            return files
        }
    }

    /// Replaces the bytes of a file, durably: damage, as a test wants it.
    package func replace(_ path: String, with bytes: [UInt8]) {
        state.withLock { state in
            guard let node = state.names[path] else { return }
            state.nodes[node] = Node(live: bytes, durable: bytes)
        }
    }

    /// Removes a name, durably: a file that was lost.
    package func lose(_ path: String) {
        state.withLock { state in
            state.names[path] = nil
            state.durableNames[path] = nil
        }
    }

    /// A disk with the same live files, all of it durable; locks are free.
    package func clone() -> SimulatedDisk { powerCut(.everything) }

    /// The disk as it may be found after the power failed now.
    package func powerCut(_ survival: Survival) -> SimulatedDisk {
        state.withLock { state in
            var after = State()
            var random = SeededGenerator(seed: 0)
            if case .some(_, let seed) = survival { random = SeededGenerator(seed: seed) }
            after.names = Self.names(of: state, after: survival, &random)
            // A name in a directory that was never made durable is gone with it.
            for path in after.names.keys where path != "/" {
                var parent = Self.parent(of: path)
                while parent != "/", after.names[parent] == 0 { parent = Self.parent(of: parent) }
                if parent != "/" { after.names[path] = nil }
            }
            for node in Set(after.names.values) where node != 0 {
                guard let old = state.nodes[node] else { continue }
                let image = Self.image(of: old, after: survival, &random)
                after.nodes[node] = Node(live: image, durable: image)
            }
            after.durableNames = after.names
            after.nextNode = state.nextNode
            after.supportsUncached = state.supportsUncached
            return SimulatedDisk(after)
        }
    }

    private static func names(
        of state: borrowing State, after survival: Survival, _ random: inout SeededGenerator
    ) -> [String: Int] {
        switch survival {
        case .nothing: return state.durableNames
        case .everything: return state.names
        case .some:
            var names = state.durableNames
            for change in state.unsyncedNames where random.next() & 1 == 0 {
                apply(change, to: &names)
            }
            return names
        }
    }

    private static func apply(_ change: NameChange, to names: inout [String: Int]) {
        switch change {
        case .set(let path, let node): names[path] = node
        case .rename(let from, let to, let node):
            names[from] = nil
            names[to] = node
        }
    }

    private static func image(
        of node: Node, after survival: Survival, _ random: inout SeededGenerator
    ) -> [UInt8] {
        switch survival {
        case .nothing: return node.durable
        case .everything: return node.live
        case .some(let sectorSize, _):
            var image = node.durable
            let keepsSize = random.next() & 1 == 0
            for change in node.unsynced {
                switch change {
                case .resize(let size):
                    if keepsSize { resize(&image, size) }
                case .write(let offset, let bytes):
                    keepSectors(
                        of: bytes, at: offset, sectorSize, in: &image, keepsSize: keepsSize,
                        &random)
                }
            }
            return image
        }
    }

    private static func keepSectors(
        of bytes: [UInt8], at offset: Int, _ sectorSize: Int, in image: inout [UInt8],
        keepsSize: Bool, _ random: inout SeededGenerator
    ) {
        let end = offset + bytes.count
        if keepsSize, end > image.count { resize(&image, end) }
        var start = offset
        while start < end {
            let stop = min(end, (start / sectorSize + 1) * sectorSize)
            if random.next() & 1 == 0, start < image.count {
                let kept = min(stop, image.count)
                image.replaceSubrange(start..<kept, with: bytes[(start - offset)..<(kept - offset)])
            }
            start = stop
        }
    }

    static func resize(_ image: inout [UInt8], _ size: Int) {
        if size < image.count {
            image.removeLast(image.count - size)
        } else {
            image.append(contentsOf: repeatElement(0, count: size - image.count))
        }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
