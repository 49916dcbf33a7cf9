package import SegmentLog
internal import Synchronization

/// A disk that forgets what was not synced.
///
/// Every file has a live image, which reads see, and a durable one, which survives a power cut;
/// between them stand the writes that were not synced, in order. Names work the same way: a created,
/// renamed or removed name is durable once its directory was synced. `powerCut` makes a disk as it
/// may be found afterwards; the same seed makes the same disk.
///
/// Paths begin with "/"; directories can be made, not removed or renamed. All calls may come from
/// any thread. Copies share their bytes, so that a cut costs about as much as what it changes.
package final class SimulatedDisk: FileSystem {
    /// What of the unsynced a power cut leaves.
    package enum Survival: Sendable, Hashable {
        /// Nothing: the disk did only what it was told to do at once.
        case nothing
        /// All of it: the disk had done everything.
        case everything
        /// By chance, each by itself: sectors of this many bytes (512 or 4,096), in any order; the
        /// size of each file, an old or a new one; each change of names, of which a rename is one.
        case some(sectorSize: Int, seed: UInt64)
    }

    /// A kind of call, for counting and for faults. `read` is also a read past the cache, `status`
    /// whatever asks for a size or an identity.
    package enum Call: Sendable, Hashable, CaseIterable {
        case open, read, write, sync, truncate, rename, remove, makeDirectory, syncDirectory, list
        case lock, status
    }

    /// A call that fails.
    package struct Fault: Sendable {
        package var call: Call
        /// Which call of its kind, from 1.
        package var number: Int
        package var errno: Errno
        /// Whether all later calls of the kind fail too.
        package var isLasting: Bool
        /// What a failing sync has written all the same. All of it counts as written afterwards:
        /// the pages are clean, reads show them, and the next sync does nothing for them.
        package var keeping: Survival
        /// Bytes that a failing write has written before it failed: a short write that was continued.
        package var written: Int

        package init(
            _ call: Call, _ number: Int, _ errno: Errno, isLasting: Bool = false,
            keeping: Survival = .nothing, written: Int = 0
        ) {
            self.call = call
            self.number = number
            self.errno = errno
            self.isLasting = isLasting
            self.keeping = keeping
            self.written = written
        }
    }

    /// A write that says it was done and was done otherwise. The cache shows what was written, until
    /// the power fails or ``dropCaches()`` is called; from then on, reads see the platter.
    package enum Lie: Sendable, Hashable {
        /// Nothing reaches the platter: what stood there before stays, zeros in a new place.
        case lost
        /// Only so many bytes do, the first ones.
        case torn(Int)
        /// It lands elsewhere in the same file, so many bytes further on, as far as the file goes.
        case shifted(Int)
        /// It lands in the other file at that path, at the same place, as far as that file goes.
        case elsewhere(String)
    }

    let state: Mutex<State>

    /// An empty disk with one directory, "/".
    package init() { state = Mutex(State()) }

    init(_ state: State) { self.state = Mutex(state) }
}

// MARK: What a test says to it

extension SimulatedDisk {
    /// Lets the power fail at the `count`-th call from now that changes something, counted from 1:
    /// that call may have done its work or a part of it, and it and all later ones throw.
    package func cutPower(atChange count: Int) {
        state.withLock { $0.cut = Cut(lastChange: $0.changes + count, lastThrows: true) }
    }

    /// Lets the power fail after `count` more calls that change something: these return, and all
    /// calls from the next change on throw.
    package func cutPower(afterChanges count: Int) {
        state.withLock { $0.cut = Cut(lastChange: $0.changes + count, lastThrows: false) }
    }

    /// Calls so far that changed something.
    package var changeCount: Int { state.withLock { $0.changes } }

    /// Whether the power has failed; every call throws `Errno.powerLost` from then on.
    package var isCut: Bool { state.withLock { $0.isCut } }

    /// Lets everything go on as in a child that was forked: locks taken so far are its parent's.
    package func fork() { state.withLock { $0.isForked = true } }

    /// Plans a failure. Its number counts calls of the kind from now on.
    package func fail(_ fault: Fault) {
        state.withLock { state in
            var planned = fault
            planned.number += state.counts[fault.call, default: 0]
            state.faults.append(planned)
        }
    }

    /// Forgets all planned failures.
    package func failNoMore() { state.withLock { $0.faults = [] } }

    /// Lets the `number`-th write from now, counted from 1, be a lie.
    package func lie(_ lie: Lie, atWrite number: Int) {
        state.withLock { $0.lies[$0.counts[.write, default: 0] + number] = lie }
    }

    /// Reads see the platter from now on, and what was not yet synced.
    package func dropCaches() {
        state.withLock { state in
            for node in state.nodes.keys { _ = state.change(node) { $0.dropCache() } }
        }
    }

    /// Bytes that reads have answered with so far.
    package var readSize: Int { state.withLock { $0.readSize } }

    /// Calls of a kind so far.
    package func count(of call: Call) -> Int { state.withLock { $0.counts[call, default: 0] } }

    /// Room that is left, in bytes; nil is no bound. A write that finds too little writes what fits
    /// and throws `ENOSPC`; with `foundAtSync`, it is the sync that throws, and what was dirty is
    /// lost as after any failed sync.
    package func setFreeSize(_ size: Int?, foundAtSync: Bool = false) {
        state.withLock { $0.space = Space(free: size, isFoundAtSync: foundAtSync) }
    }

    /// Whether files can be read past the cache.
    package func setSupportsUncached(_ supports: Bool) {
        state.withLock { $0.supportsUncached = supports }
    }

    /// Lets every reading of some bytes of a file fail, whatever else stands in it.
    package func setUnreadable(_ range: Range<Int>, of path: String) {
        state.withLock { state in
            if let node = state.file(path) { state.unreadable[node] = range }
        }
    }

    /// Puts something at a path that is no regular file: opening it throws `errno`.
    package func setObstacle(_ errno: Errno, at path: String) {
        state.withLock { $0.obstacles[path] = errno }
    }

    /// The disk as it may be found after the power failed now. This one stays as it is.
    package func powerCut(_ survival: Survival) -> SimulatedDisk {
        SimulatedDisk(state.withLock { $0 }.powerCut(survival))
    }

    /// A disk with the same live files, all of it durable; locks are free.
    package func clone() -> SimulatedDisk {
        SimulatedDisk(
            state.withLock { state in
                var after = state.powerCut(.everything)
                for (path, node) in after.names.live where node != DiskNames.directory {
                    guard let image = state.nodes[state.names.live[path] ?? node]?.live else {
                        continue
                    }
                    after.nodes[node] = DiskNode(image)
                }
                return after
            })
    }
}

// MARK: Every state on the way

extension SimulatedDisk {
    /// The disk as it was after one of its changes.
    package struct Moment: Sendable {
        private let box: Box

        /// The number of changes made until then.
        package var changeCount: Int { box.state.changes }

        /// The disk as it may be found if the power failed then.
        package func powerCut(_ survival: Survival) -> SimulatedDisk {
            SimulatedDisk(box.state.powerCut(survival))
        }

        init(_ state: State) { box = Box(state) }

        private final class Box: Sendable {
            let state: State

            init(_ state: State) {
                var plain = state
                plain.moments = []
                self.state = plain
            }
        }
    }

    /// Keeps, from now on, the disk as it is now and after each change: so that one run of a
    /// scenario gives every disk that a power cut could have left.
    package func keepMoments() {
        state.withLock { state in
            state.keepsMoments = true
            state.moments.append(Moment(state))
        }
    }

    /// The moments kept, in order. The power fails within a change as it does at the moment before
    /// or after it.
    package var moments: [Moment] { state.withLock { $0.moments } }
}
