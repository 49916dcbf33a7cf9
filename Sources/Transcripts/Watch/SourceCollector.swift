internal import Foundation

/// Sees files change, and reads what was written to them, at once and whatever the importing of it
/// is waiting for. Belongs to one thread.
///
/// ```
/// folders ──▶ signals ──▶ what changed ──▶ bytes, as long as there is memory for them ──▶ inbox
///                                     └──▶ open files, so that what has no name any more can be read
/// ```
///
/// A signal is a hint where to look. What counts is what then stands in the folder, by which file it
/// is: so signals that were lost, merged or late cost a look, and nothing else.
final class SourceCollector {
    /// How long things take.
    struct Pace: Sendable {
        /// How long signals are gathered before anything is looked at.
        var gathering = Duration.milliseconds(50)
        /// How long a file must be left alone to count as complete for now.
        var quiet = Duration.milliseconds(250)
        /// How long it counts as incomplete at most while it is changed without a pause.
        var longestChange = Duration.milliseconds(700)
        /// How long a file must be left alone before it is said what it is made of.
        var settling = Duration.seconds(2)
        /// How long after that this is not said again.
        var betweenSettling = Duration.seconds(30)
        /// How soon a file is tried again that was nothing that is read; twice as long each time.
        var retry = Duration.seconds(1)
    }

    /// A folder that is followed.
    struct Folder {
        let watch: Int32
        let identity: FileIdentity
        let root: String
        let depth: Int
        /// The files of it that are followed; nil for all.
        var only: Set<String>?
        var files: [String: Int] = [:]
        var folders: Set<String> = []
    }

    let signals: FolderSignals
    let inbox: SourceInbox
    let pace: Pace
    let clock = ContinuousClock()
    private let roots: [WatchedPath]

    var folders: [String: Folder] = [:]
    var pathsOfWatches: [Int32: String] = [:]
    var files: [Int: FollowedFile] = [:]
    var numbers: [FileIdentity: Int] = [:]
    /// Files of which a timer runs, or that wait for memory.
    var waiting: Set<Int> = []
    /// Folders that were named and are gone, and the watches of those above, where they may come back.
    private var missing: Set<String> = []
    private var anchors: [String: Int32] = [:]
    private var lastNumber = 0
    /// Whether what was there at the beginning has been handed over.
    private var hasBegun = false

    /// How many files are held open at most.
    let openLimit: Int
    var openCount = 0
    private var useCount = 0

    /// How deep folders are followed.
    private static let depthLimit = 64
    /// How much is read at once, in bytes.
    static let chunkSize = 1 << 20
    /// The largest file that is handed over as a whole in memory, in bytes.
    static let snapshotLimit: UInt64 = 8 << 20

    init(
        _ roots: [WatchedPath], signals: FolderSignals, inbox: SourceInbox, pace: Pace,
        openLimit: Int
    ) {
        self.roots = roots
        self.signals = signals
        self.inbox = inbox
        self.pace = pace
        self.openLimit = openLimit
    }

    /// Follows until it is stopped.
    ///
    /// - Parameter once: Whether to hand over what is there, and no more.
    func run(once: Bool) {
        do {
            try begin(once: once)
            while !once {
                let hasSignals = signals.wait(milliseconds: timeout())
                inbox.countWake()
                if inbox.isStopping { break }
                if hasSignals { Thread.sleep(forTimeInterval: pace.gathering / .seconds(1)) }
                try lookAround()
            }
            if !once { try finish() }
            inbox.end(droppingRest: !once)
        } catch {
            inbox.end(droppingRest: true, failure: error)
        }
    }

    // MARK: The beginning and the end

    /// How lately a file must have changed to be taken for one that is being written, in
    /// nanoseconds.
    private static let recently: Int64 = 600_000_000_000

    private func begin(once: Bool) throws {
        for root in roots { try follow(root) }
        // What is being written comes first; the rest in order of name, sessions before their agents.
        var found = files.values.sorted { $0.id < $1.id }
        let now = Int64(Date().timeIntervalSince1970 * 1_000_000_000)
        let recent = found.filter { ($0.seen?.modified ?? 0) > now - Self.recently }
        found.removeAll { ($0.seen?.modified ?? 0) > now - Self.recently }
        found = recent + found
        // The latest are held open, so that they can be read whatever becomes of them meanwhile.
        let latest = found.sorted { ($0.seen?.modified ?? 0) > ($1.seen?.modified ?? 0) }
        for file in latest.prefix(once ? 0 : openLimit) { hold(file) }
        for file in found { file.mode = .reading }
        var jobs = found.map { SourceJob(file: $0.source, work: .read) }
        jobs.append(
            SourceJob(file: SourceFile(id: 0, root: "", path: "", isGiven: false), work: .caughtUp))
        inbox.begin(with: jobs)
        hasBegun = true
    }

    /// Takes what was written until now, and says of each file what it is made of.
    private func finish() throws {
        try lookAround()
        for file in files.values.sorted(by: { $0.id < $1.id }) {
            if file.firstChange != nil { pause(file) }
        }
    }

    private func follow(_ root: WatchedPath) throws {
        if root.isFile {
            let (parent, name) = Self.place(of: root.path)
            var only = folders[parent]?.only ?? []
            only.insert(name)
            if folders[parent] == nil {
                try add(parent, root: parent, depth: 0, only: only)
            } else if folders[parent]?.only != nil {
                folders[parent]?.only = only
            }
            try reconcile([parent])
            return
        }
        guard folders[root.path]?.only != nil || folders[root.path] == nil else { return }
        folders[root.path] = nil
        try add(root.path, root: root.path, depth: 0)
        try reconcile([root.path])
    }

    // MARK: Signals

    /// Looks where something changed.
    private func lookAround() throws {
        var changed: Set<String> = []
        var written: Set<Int> = []
        var closed: Set<Int> = []
        for signal in signals.read() {
            if signal.isOverflow {
                changed.formUnion(folders.keys)
                continue
            }
            guard let path = pathsOfWatches[signal.watch] else { continue }
            if signal.isForgotten {
                pathsOfWatches[signal.watch] = nil
                if folders[path]?.watch == signal.watch { changed.insert(path) }
                continue
            }
            guard let folder = folders[path] else { continue }
            if signal.isOfContent, let number = folder.files[signal.name] {
                written.insert(number)
                if signal.isOfClosing { closed.insert(number) }
            } else if !signal.isOfContent || folder.only?.contains(signal.name) ?? true {
                changed.insert(path)
            }
        }
        for reply in inbox.takeReplies() { take(reply) }
        try reconcile(changed)
        try seekMissing()
        for number in written.sorted() {
            guard let file = files[number] else { continue }
            look(at: file, isClosed: closed.contains(number))
        }
        attend()
    }

    // MARK: Folders

    /// The folder that a path stands in, and its name there.
    private static func place(of path: String) -> (folder: String, name: String) {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let folder = String(path.dropLast(name.count + 1))
        return (folder.isEmpty ? "/" : folder, name)
    }

    /// Looks whether folders that were named and are gone have come back; as long as they have not,
    /// the nearest folder above is watched. While all are there, nothing above them is.
    private func seekMissing() throws {
        for root in missing.sorted() {
            var above = root
            repeat {
                above = Self.place(of: above).folder
                anchors[above] = try signals.watch(above)
            } while above != "/" && anchors[above] == nil
            let isThere = FileStatus(at: root, followingLinks: true)?.kind == .folder
            guard isThere else { continue }
            missing.remove(root)
            try add(root, root: root, depth: 0)
            try reconcile([root])
        }
        guard missing.isEmpty else { return }
        for (path, watch) in anchors where folders[path] == nil { signals.forget(watch) }
        anchors = [:]
    }

    /// Begins to follow a folder. What stands in it is looked at by ``reconcile(_:)``.
    func add(_ path: String, root: String, depth: Int, only: Set<String>? = nil) throws {
        guard let status = FileStatus(at: path, followingLinks: depth == 0), status.kind == .folder
        else { return }
        guard let watch = try signals.watch(path) else {
            tell(path, root, "the folder cannot be read")
            return
        }
        pathsOfWatches[watch] = path
        missing.remove(path)
        folders[path] = Folder(
            watch: watch, identity: status.identity, root: root, depth: depth, only: only)
    }

    /// Stops to follow a folder that is not there any more; its files have lost their names.
    private func remove(_ path: String, _ lost: inout [FollowedFile]) {
        guard let folder = folders.removeValue(forKey: path) else { return }
        if folder.depth == 0, folder.only == nil { missing.insert(path) }
        if pathsOfWatches[folder.watch] == path {
            pathsOfWatches[folder.watch] = nil
            signals.forget(folder.watch)
        }
        for number in folder.files.values.sorted() {
            if let file = files[number] { lost.append(file) }
        }
        for name in folder.folders { remove(path + "/" + name, &lost) }
    }

    /// Holds what stands in folders against what is known of them.
    func reconcile(_ paths: Set<String>) throws {
        guard !paths.isEmpty else { return }
        var lost: [FollowedFile] = []
        var found: [(folder: String, name: String, status: FileStatus)] = []
        // The last is taken first.
        var left = Array(paths.sorted().reversed())
        while let path = left.popLast() {
            guard let folder = folders[path] else { continue }
            let now = FileStatus(at: path, followingLinks: folder.depth == 0)
            guard now?.identity == folder.identity, let names = FolderNames.names(in: path) else {
                remove(path, &lost)
                if now?.kind == .folder, folder.only == nil {
                    try add(path, root: folder.root, depth: folder.depth)
                    if folders[path] != nil { left.append(path) }
                }
                continue
            }
            var inner: [String] = []
            var here: Set<String> = []
            for name in names where folder.only?.contains(name) ?? true {
                let full = path == "/" ? "/" + name : path + "/" + name
                guard let status = FileStatus(at: full, followingLinks: folder.only != nil) else {
                    continue
                }
                switch status.kind {
                case .folder where folder.depth < Self.depthLimit && folder.only == nil:
                    here.insert(name)
                    if let known = folders[full], known.identity != status.identity,
                        known.root == folder.root
                    {
                        remove(full, &lost)
                    }
                    guard folders[full] == nil else { continue }
                    try add(full, root: folder.root, depth: folder.depth + 1)
                    if folders[full] != nil {
                        folders[path]?.folders.insert(name)
                        inner.append(full)
                    }
                case .file:
                    here.insert(name)
                    if let file = folder.files[name].flatMap({ files[$0] }) {
                        if file.identity == status.identity {
                            if file.seen != status { look(at: file) }
                            continue
                        }
                        file.ending = .replaced
                        lost.append(file)
                        folders[path]?.files[name] = nil
                    }
                    if FollowedFile.isLookedAt(name) || folder.only != nil
                        || numbers[status.identity] != nil
                    {
                        found.append((path, name, status))
                    }
                default: continue
                }
            }
            for (name, number) in folder.files where !here.contains(name) {
                folders[path]?.files[name] = nil
                if let file = files[number] { lost.append(file) }
            }
            for name in folder.folders where !here.contains(name) {
                folders[path]?.folders.remove(name)
                remove(path == "/" ? "/" + name : path + "/" + name, &lost)
            }
            left += inner.reversed()
        }
        found = found.filter { !isKnown($0.name, in: $0.folder, $0.status, &lost) }
        for file in lost where files[file.id] != nil { lose(file) }
        for (folder, name, status) in found { take(name, in: folder, status) }
    }

    /// Whether a name that was not there is another one of a file that is followed.
    private func isKnown(
        _ name: String, in folder: String, _ status: FileStatus, _ lost: inout [FollowedFile]
    ) -> Bool {
        guard let number = numbers[status.identity], let file = files[number] else { return false }
        let isLost = lost.contains { $0 === file }
        // One file of two names is followed under the first.
        if !isLost, FileStatus(at: file.fullPath)?.identity == status.identity { return true }
        if isStill(file, status) {
            rename(file, to: name, in: folder, &lost)
            return true
        }
        // The number of a file that is gone was given to another.
        numbers[status.identity] = nil
        if !isLost { lost.append(file) }
        return false
    }

    /// Begins to follow a file.
    private func take(_ name: String, in folder: String, _ status: FileStatus) {
        guard let root = folders[folder]?.root,
            FollowedFile.isLookedAt(name) || folders[folder]?.only != nil
        else { return }
        lastNumber += 1
        let file = FollowedFile(
            id: lastNumber, root: root, folder: folder, name: name,
            isGiven: folders[folder]?.only != nil, status: status)
        files[file.id] = file
        numbers[status.identity] = file.id
        folders[folder]?.files[name] = file.id
        if hasBegun { look(at: file) }
    }

    /// Whether a file that has another name now is the one that is followed: as long as it is held
    /// open it must be.
    private func isStill(_ file: FollowedFile, _ status: FileStatus) -> Bool {
        if file.open != nil { return true }
        guard file.mode == .lines, file.offset > 0 else { return file.seen == status }
        return status.size >= file.offset
    }

    private func rename(
        _ file: FollowedFile, to name: String, in folder: String, _ lost: inout [FollowedFile]
    ) {
        let old = file.fullPath
        if folders[file.folder]?.files[file.name] == file.id {
            folders[file.folder]?.files[file.name] = nil
        }
        lost.removeAll { $0 === file }
        file.ending = nil
        (file.folder, file.name) = (folder, name)
        folders[folder]?.files[name] = file.id
        post(file, .renamed(from: old))
        look(at: file)
    }

    /// A file has no name any more: what was written to it is read, and then it is let go.
    private func lose(_ file: FollowedFile) {
        let links = file.open?.status?.linkCount ?? 0
        file.ending = file.ending ?? (links > 0 ? .moved : .deleted)
        if folders[file.folder]?.files[file.name] == file.id {
            folders[file.folder]?.files[file.name] = nil
        }
        read(file)
    }

    // MARK: Numbers

    /// Holds a file open; another one is let go where too many are.
    func hold(_ file: FollowedFile) {
        useCount += 1
        file.lastUse = useCount
        guard file.open == nil, file.ending == nil else { return }
        if openCount >= openLimit, !letGo() { return }
        guard let open = OpenFile(file.fullPath, followingLinks: file.isGiven) else {
            guard FileStatus(at: file.fullPath) != nil, !file.isUnreadable else { return }
            file.isUnreadable = true
            post(file, .unreadable("it cannot be read; see to its permissions"))
            return
        }
        guard open.status?.identity == file.identity else { return }
        file.isUnreadable = false
        file.open = open
        openCount += 1
    }

    /// Closes the file that was used the longest time ago, of those that were read to their ends.
    private func letGo() -> Bool {
        let idle = files.values.filter { $0.open != nil && $0.isTaken && $0.ending == nil }
        guard let file = idle.min(by: { $0.lastUse < $1.lastUse }) else { return false }
        file.open = nil
        openCount -= 1
        return true
    }

    func post(_ file: FollowedFile, _ work: SourceJob.Work) {
        inbox.post(SourceJob(file: file.source, work: work))
    }

    func tell(_ path: String, _ root: String, _ why: String) {
        let file = SourceFile(
            id: 0, root: root, path: FollowedFile.path(path, below: root), isGiven: false)
        inbox.post(SourceJob(file: file, work: .unreadable(why)))
    }
}
