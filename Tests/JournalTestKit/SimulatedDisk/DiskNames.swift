/// The names of a simulated disk: those that calls see, those that would survive, and the changes
/// that stand between.
struct DiskNames: Sendable {
    /// The node of every directory: directories hold no bytes, so one number will do.
    static let directory = 0

    /// One change of names, atomic: after a power cut it has happened or not.
    enum Change: Sendable {
        /// A path gets a node, or loses it (nil).
        case set(String, Int?)
        case rename(String, String, Int)

        /// The directory whose sync makes the change durable; for a rename, that of the new name.
        var directory: String {
            switch self {
            case .set(let path, _): DiskNames.parent(of: path)
            case .rename(_, let target, _): DiskNames.parent(of: target)
            }
        }

        var paths: [String] {
            switch self {
            case .set(let path, _): [path]
            case .rename(let source, let target, _): [source, target]
            }
        }

        func apply(to names: inout [String: Int]) {
            switch self {
            case .set(let path, let node): names[path] = node
            case .rename(let source, let target, let node):
                names[source] = nil
                names[target] = node
            }
        }
    }

    /// The node of each path.
    private(set) var live: [String: Int] = ["/": directory]
    private(set) var durable: [String: Int] = ["/": directory]
    private(set) var unsynced: [Change] = []

    init() {}

    /// All of it durable.
    init(_ names: [String: Int]) {
        live = names
        durable = names
    }

    mutating func make(_ change: Change) {
        change.apply(to: &live)
        unsynced.append(change)
    }

    /// Makes the changes of a directory durable, and those that they build upon: earlier changes of
    /// the same names, wherever they stand.
    mutating func sync(_ directory: String) {
        var needed: Set<String> = []
        var isSynced = [Bool](repeating: false, count: unsynced.count)
        for index in unsynced.indices.reversed() {
            let change = unsynced[index]
            guard change.directory == directory || change.paths.contains(where: needed.contains)
            else { continue }
            isSynced[index] = true
            needed.formUnion(change.paths)
        }
        var rest: [Change] = []
        for (index, change) in unsynced.enumerated() {
            if isSynced[index] { change.apply(to: &durable) } else { rest.append(change) }
        }
        unsynced = rest
    }

    /// Damage: a name that is gone, whatever was synced.
    mutating func lose(_ path: String) {
        live[path] = nil
        durable[path] = nil
        unsynced.removeAll { $0.paths.contains(path) }
    }

    /// Damage, or a disk to begin with: a name that is there.
    mutating func place(_ path: String, _ node: Int) {
        live[path] = node
        durable[path] = node
    }

    /// The names after a power cut. Changes are kept or lost each by itself, except that a change is
    /// lost with an earlier one of the same name.
    func names(after survival: SimulatedDisk.Survival) -> [String: Int] {
        var names = durable
        switch survival {
        case .nothing: break
        case .everything: names = live
        case .some(_, let seed):
            var random = SeededGenerator(seed: ~seed)
            var blocked: Set<String> = []
            for change in unsynced {
                if random.next() & 1 == 0, !change.paths.contains(where: blocked.contains) {
                    change.apply(to: &names)
                } else {
                    blocked.formUnion(change.paths)
                }
            }
        }
        return Self.withoutOrphans(names)
    }

    /// A name in a directory that is not there is not there either.
    private static func withoutOrphans(_ names: [String: Int]) -> [String: Int] {
        names.filter { path, _ in
            var parent = parent(of: path)
            while parent != "/" {
                if names[parent] != directory { return false }
                parent = Self.parent(of: parent)
            }
            return true
        }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex
        else { return "/" }
        return String(path[..<slash])
    }
}
