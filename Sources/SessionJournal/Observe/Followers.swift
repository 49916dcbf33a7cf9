internal import Synchronization

/// Who follows a journal, and how far each has come.
final class Followers: Sendable {
    private struct State {
        var nextID: UInt64 = 0
        var marks: [UInt64: Weak] = [:]
    }

    private struct Weak {
        weak var mark: FollowerMark?
    }

    private let state = Mutex(State())

    /// A mark for one who begins to follow behind a sequence number. It counts until it is gone.
    func begin(after sequence: UInt64) -> FollowerMark {
        state.withLock { state in
            let mark = FollowerMark(id: state.nextID, position: sequence, in: self)
            state.nextID += 1
            state.marks[mark.id] = Weak(mark: mark)
            return mark
        }
    }

    fileprivate func end(_ id: UInt64) { _ = state.withLock { $0.marks.removeValue(forKey: id) } }

    /// The last sequence number that each has read.
    var positions: [UInt64] {
        // A mark whose last reference goes here is taken out under the same lock: not inside it.
        let marks = state.withLock { state in state.marks.values.compactMap(\.mark) }
        return marks.map(\.position)
    }
}

/// How far one follower has come.
final class FollowerMark: Sendable {
    fileprivate let id: UInt64
    private let reached: Atomic<UInt64>
    private let followers: Followers

    fileprivate init(id: UInt64, position: UInt64, in followers: Followers) {
        self.id = id
        self.followers = followers
        reached = Atomic(position)
    }

    deinit { followers.end(id) }

    var position: UInt64 {
        get { reached.load(ordering: .relaxed) }
        set { reached.store(newValue, ordering: .relaxed) }
    }
}
