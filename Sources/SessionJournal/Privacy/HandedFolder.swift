internal import SegmentLog

/// A folder of files that is handed to somebody: made aside, and renamed when it is whole, so that
/// nobody takes a part of it for all.
package struct HandedFolder {
    /// A file of it.
    package struct Entry: Sendable, Hashable {
        package var name: String
        package var size: Int
        package var digest: Digest

        /// What the manifest says of it.
        package var json: JSONValue {
            [
                "name": .string(name), "size": JSONValue(size),
                "sha256": .string(digest.hexadecimal),
            ]
        }
    }

    /// The name of the list of all other files.
    package static let manifestName = "manifest.json"

    private let target: String
    private let fileSystem: any FileSystem
    private let aside: String
    private var folders: Set<String> = []

    /// The files that are complete.
    package private(set) var entries: [Entry] = []

    /// Begins a folder.
    ///
    /// - Throws: ``JournalError/Code/alreadyExists`` where something stands at the path that is no empty
    ///   folder, or what an earlier attempt has left is not known.
    package init(at path: String, of journal: Journal) throws(JournalError) {
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        target = String(path)
        fileSystem = journal.options.fileSystem
        aside =
            target + "." + journal.newSessionID().hexadecimal.suffix(8)
            + SegmentName.asideSuffix
        let isFree = try JournalError.wrap("look at", target) {
            [fileSystem, target] () throws(Errno) in
            guard let status = try fileSystem.status(of: target) else { return true }
            guard status.kind == .directory else { return false }
            return try fileSystem.names(in: target).isEmpty
        }
        guard isFree else {
            throw JournalError(
                .alreadyExists, "something stands there; name a folder that does not exist yet",
                place: target)
        }
        try make(aside)
    }

    private mutating func make(_ folder: String) throws(JournalError) {
        try JournalError.wrap("create", folder) { [fileSystem] () throws(Errno) in
            try fileSystem.makeDirectory(folder)
        }
        folders.insert(folder)
    }

    /// Begins a file; its name may stand behind that of a folder and a slash.
    package mutating func begin(_ name: String) throws(JournalError) -> HandedFile {
        if let slash = name.firstIndex(of: "/") {
            let folder = aside + "/" + name[..<slash]
            if !folders.contains(folder) { try make(folder) }
        }
        let path = aside + "/" + name
        let file = try JournalError.wrap("create", path) { [fileSystem] () throws(Errno) in
            try fileSystem.open(path, .create)
        }
        return HandedFile(name: name, path: path, copy: HashedCopy(to: file), file: file)
    }

    /// Takes a file that is complete.
    package mutating func take(_ file: consuming HandedFile) throws(JournalError) {
        entries.append(try file.finish())
    }

    /// Removes a file that is not wanted.
    package func drop(_ file: consuming HandedFile) {
        try? fileSystem.remove(file.path)
    }

    /// Writes a small file.
    package mutating func put(_ name: String, _ text: String) throws(JournalError) {
        var file = try begin(name)
        try file.append(text)
        try take(file)
    }

    /// Writes the manifest, with what it says first, and lets the folder appear.
    package mutating func finish(_ head: JSONObject) throws(JournalError) {
        var manifest = head
        manifest.append("files", .array(entries.map(\.json)))
        try put(Self.manifestName, JSONValue.object(manifest).description + "\n")
        try JournalError.wrap("finish", target) { [self] () throws(Errno) in
            for folder in folders.sorted(by: >) { try fileSystem.syncDirectory(folder) }
            try fileSystem.rename(aside, to: target)
            try fileSystem.syncDirectory(JournalFile.parent(of: target))
        }
    }

    /// Removes what was written; the folders stay, empty, where the disk does not remove them.
    package func abandon() {
        for folder in folders.sorted(by: >) {
            for name in (try? fileSystem.names(in: folder)) ?? [] {
                let path = folder + "/" + name
                if !folders.contains(path) { try? fileSystem.remove(path) }
            }
        }
    }
}

/// A file of such a folder that is being written: buffered, and hashed on the way.
package struct HandedFile {
    let name: String
    let path: String
    fileprivate var copy: HashedCopy
    fileprivate let file: any File
    private var buffer: [UInt8] = []

    private static let bufferSize = 1 << 18

    fileprivate init(name: String, path: String, copy: HashedCopy, file: any File) {
        self.name = name
        self.path = path
        self.copy = copy
        self.file = file
    }

    /// Adds text.
    package mutating func append(_ text: String) throws(JournalError) {
        buffer += text.utf8
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Adds a line of JSON.
    package mutating func append(_ value: JSONValue) throws(JournalError) {
        try append(value.description + "\n")
    }

    private mutating func flush() throws(JournalError) {
        let bytes = buffer
        buffer.removeAll(keepingCapacity: true)
        var copy = copy
        defer { self.copy = copy }
        try JournalError.wrap("write", path) { () throws(Errno) in try copy.append(bytes.span) }
    }

    fileprivate consuming func finish() throws(JournalError) -> HandedFolder.Entry {
        var done = self
        try done.flush()
        try JournalError.wrap("sync", done.path) { () throws(Errno) in try done.file.sync() }
        let hash = done.copy.hash()
        guard let digest = Digest(bytes: hash.span) else {
            throw JournalError(.internalError, "a hash has another size")
        }
        return HandedFolder.Entry(name: done.name, size: done.copy.size, digest: digest)
    }
}
