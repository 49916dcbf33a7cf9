internal import SegmentLog

/// The folder of a pack while it is made: written aside, and renamed when everything in it is durable.
/// Until then nothing stands at its name, or what stood there: an empty folder.
struct PackFolder {
    /// One file of a pack.
    struct Entry: Sendable, Hashable {
        var name: String
        var size: Int
        var hash: Digest

        var json: JSONValue {
            [
                "name": .string(name), "size": JSONValue(size),
                "sha256": .string(hash.hexadecimal),
            ]
        }
    }

    /// Folders within the pack.
    static let sequences = "sequences"
    static let proofs = "proofs"

    let target: String
    let fileSystem: any FileSystem
    private(set) var entries: [Entry] = []

    private var aside: String { target + SegmentName.asideSuffix }

    init(at path: String, _ fileSystem: any FileSystem) {
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        target = String(path)
        self.fileSystem = fileSystem
    }

    /// Makes the folder aside. What an earlier attempt has left there goes.
    ///
    /// - Throws: `alreadyExists` where something stands at the name, or aside, that is not ours.
    func prepare() throws(JournalError) {
        let standing = try JournalError.wrap("look at", target) { () throws(Errno) -> Bool in
            guard let status = try fileSystem.status(of: target) else { return false }
            guard status.kind == .directory else { return true }
            return try !fileSystem.names(in: target).isEmpty
        }
        guard !standing else {
            throw JournalError(
                .alreadyExists, "something stands there; name a folder that does not exist yet",
                place: target)
        }
        try discard()
        do throws(JournalError) {
            try JournalError.wrap("create", aside) { () throws(Errno) in
                for folder in folders where try fileSystem.status(of: folder) == nil {
                    try fileSystem.makeDirectory(folder)
                }
            }
        } catch {
            do throws(JournalError) { try discard() } catch {}
            throw error
        }
    }

    private var folders: [String] {
        [aside, aside + "/" + Self.sequences, aside + "/" + Self.proofs]
    }

    /// Removes what was written aside.
    ///
    /// - Throws: `alreadyExists` where something else lies there.
    func discard() throws(JournalError) {
        let found = try JournalError.wrap("look at", aside) { () throws(Errno) in
            try fileSystem.status(of: aside)
        }
        guard let found else { return }
        let isOurs = try JournalError.wrap("clear", aside) { () throws(Errno) -> Bool in
            guard found.kind == .directory else { return false }
            return try fileSystem.names(in: aside).allSatisfy(Self.isName)
        }
        guard isOurs else {
            throw JournalError(
                .alreadyExists, "something stands where the pack is made; move it away",
                place: aside)
        }
        try JournalError.wrap("clear", aside) { () throws(Errno) in
            for folder in folders.reversed() {
                guard try fileSystem.status(of: folder) != nil else { continue }
                for name in try fileSystem.names(in: folder) {
                    let path = folder + "/" + name
                    if try fileSystem.status(of: path)?.kind == .file {
                        try fileSystem.remove(path)
                    }
                }
                // A disk that cannot do this keeps an empty folder, which the next attempt uses.
                do throws(Errno) { try fileSystem.removeDirectory(folder) } catch {}
            }
        }
    }

    /// Whether a name is one of a pack's.
    private static func isName(_ name: String) -> Bool {
        [sequences, proofs, PackRun.checkpointName, PackRun.headName].contains(name)
            || [".jsonl", ".csv", ".html", ".json", ".sha256", ".py", ".bin", ".txt"].contains {
                name.hasSuffix($0)
            }
    }

    /// Begins a file.
    func begin(_ name: String) throws(JournalError) -> PackFile {
        let path = aside + "/" + name
        let file = try JournalError.wrap("create", path) { () throws(Errno) in
            try fileSystem.open(path, .create)
        }
        return PackFile(name: name, path: path, file)
    }

    /// Takes a file that is complete.
    mutating func take(_ file: consuming PackFile) throws(JournalError) {
        entries.append(try file.finish())
    }

    /// Writes a small file.
    mutating func put(_ name: String, _ bytes: [UInt8]) throws(JournalError) {
        var file = try begin(name)
        try file.append(bytes)
        try take(file)
    }

    /// Makes the pack appear.
    func finish() throws(JournalError) {
        try JournalError.wrap("finish", target) { () throws(Errno) in
            for folder in folders { try fileSystem.syncDirectory(folder) }
            try fileSystem.rename(aside, to: target)
            try fileSystem.syncDirectory(JournalFile.parent(of: target))
        }
    }
}

/// A file of a pack that is being written: buffered, and hashed on the way.
struct PackFile {
    let name: String
    private let path: String
    private let file: any File
    private var copy: HashedCopy
    private var buffer: [UInt8] = []

    private static let bufferSize = 1 << 18

    init(name: String, path: String, _ file: any File) {
        self.name = name
        self.path = path
        self.file = file
        copy = HashedCopy(to: file)
    }

    mutating func append(_ bytes: [UInt8]) throws(JournalError) {
        buffer += bytes
        if buffer.count >= Self.bufferSize { try flush() }
    }

    mutating func append(line text: String) throws(JournalError) {
        buffer += text.utf8
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// A line of JSON.
    mutating func append(_ value: JSONValue) throws(JournalError) {
        try append(line: value.description)
    }

    /// A line of a table. Whatever a spreadsheet or a terminal would obey is spelled out.
    mutating func append(row cells: [String]) throws(JournalError) {
        try append(line: UsageReport.csvLine(cells.map { HostileText.escaped($0) }))
    }

    private mutating func flush() throws(JournalError) {
        let bytes = buffer
        buffer.removeAll(keepingCapacity: true)
        var copy = self.copy
        defer { self.copy = copy }
        try JournalError.wrap("write", path) { () throws(Errno) in
            try copy.append(bytes.span)
        }
    }

    consuming func finish() throws(JournalError) -> PackFolder.Entry {
        var done = self
        try done.flush()
        try JournalError.wrap("sync", done.path) { () throws(Errno) in try done.file.sync() }
        let hash = done.copy.hash()
        guard let digest = Digest(bytes: hash.span) else {
            throw JournalError(.internalError, "a hash has another size")
        }
        return PackFolder.Entry(name: done.name, size: done.copy.size, hash: digest)
    }
}
