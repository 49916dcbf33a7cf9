internal import Synchronization

/// The files of `index/` that can be used, and where they lie. They form levels: each file covers
/// `fanout` segments, or `fanout` files of the level below, so that the number of places where a
/// stream has to be looked for grows with the logarithm of the log.
final class StreamIndexes: Sendable {
    static let standardFanout = 16
    static let suffix = ".streams"

    let directory: String
    let fanout: Int
    let environment: LogEnvironment

    private struct State {
        /// nil until the directory was read.
        var files: [StreamIndexFile]?
        /// Found damaged or out of date by this process.
        var refused: Set<String> = []
        /// Would have more streams than a merge holds in memory.
        var tooLarge: Set<String> = []
    }

    private let state = Mutex(State())

    init(directory: String, environment: LogEnvironment, fanout: Int = standardFanout) {
        self.directory = directory
        self.environment = environment
        self.fanout = max(2, fanout)
    }

    static func name(_ first: UInt64, _ last: UInt64) -> String {
        SegmentName.digits(first) + "-" + SegmentName.digits(last) + suffix
    }

    /// The usable files. Cost: at first, the front of each.
    func files() -> [StreamIndexFile] {
        if let known = state.withLock({ $0.files }) { return known }
        let refused = state.withLock { $0.refused }
        let names = (try? environment.fileSystem.names(in: directory)) ?? []
        var files: [StreamIndexFile] = []
        for name in names where name.hasSuffix(Self.suffix) && !refused.contains(name) {
            if let file = open(name) { files.append(file) }
        }
        return state.withLock { state in
            let usable = state.files ?? files
            state.files = usable
            return usable
        }
    }

    private func open(_ name: String) -> StreamIndexFile? {
        guard let file = try? environment.fileSystem.open(directory + "/" + name, .read) else {
            return nil
        }
        return try? StreamIndexFile(
            file, name: name, journalID: environment.journalID, cache: environment.cache)
    }

    /// Reads the directory again when it is next asked: another process may have written there.
    func forget() {
        state.withLock { state in
            state.files = nil
            state.refused = []
        }
    }

    /// Whether a merge of this name was given up, for it has too many streams.
    func isTooLarge(_ name: String) -> Bool { state.withLock { $0.tooLarge.contains(name) } }

    /// Keeps a merge from being tried again.
    func giveUp(_ name: String) { state.withLock { _ = $0.tooLarge.insert(name) } }

    /// Takes a file out of use that has turned out to be wrong.
    func refuse(_ file: StreamIndexFile) {
        state.withLock { state in
            state.refused.insert(file.name)
            state.files?.removeAll { $0.name == file.name }
        }
    }

    /// Deletes the files that cover one of these segments, durably, and what a crash left unfinished.
    /// A name that says nothing is taken for one of them.
    func remove(covering segments: Set<UInt64>) throws(LogError) {
        defer { forget() }
        let fileSystem = environment.fileSystem
        try LogError.wrap("clear", directory) { () throws(Errno) in
            guard try fileSystem.status(of: directory)?.kind == .directory else { return }
            for name in try fileSystem.names(in: directory) {
                let isIndex = name.hasSuffix(Self.suffix)
                guard isIndex || name.hasSuffix(Self.suffix + SegmentName.asideSuffix) else {
                    continue
                }
                if isIndex, let covered = Self.covered(by: name),
                    !segments.contains(where: covered.contains)
                {
                    continue
                }
                try fileSystem.remove(directory + "/" + name)
            }
            try fileSystem.syncDirectory(directory)
        }
    }

    /// The events that a file's name says it covers.
    private static func covered(by name: String) -> ClosedRange<UInt64>? {
        let numbers = name.dropLast(suffix.count).split(separator: "-").map { UInt64($0) }
        guard numbers.count == 2, let first = numbers[0], let last = numbers[1], first <= last
        else { return nil }
        return first...last
    }

    /// Replaces files by one that covers the same. Errors are none of the log's: this is a cache.
    func replace(_ old: [StreamIndexFile], with bytes: [UInt8], _ name: String) {
        let fileSystem = environment.fileSystem
        let target = directory + "/" + name
        do throws(Errno) {
            if try fileSystem.status(of: directory) == nil {
                try fileSystem.makeDirectory(directory)
            }
            // Synced, although it is a cache: a crash could leave the name with other content, and
            // the index would have to be made again.
            try fileSystem.place(bytes, at: target)
            for file in old where file.name != name {
                try fileSystem.remove(directory + "/" + file.name)
            }
        } catch {
            try? fileSystem.remove(target + SegmentName.asideSuffix)
        }
        state.withLock { state in
            state.refused.remove(name)
            state.files = nil
        }
    }
}
