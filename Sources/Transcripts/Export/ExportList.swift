internal import SessionJournal

/// A file that can be exported.
struct ExportFile: Sendable {
    var root: String
    var path: String

    /// The path below the target folder.
    var target: String
    var size: UInt64
    var digest: Digest
    var counts: LineCounts

    /// The event that holds the manifest.
    var manifest: UInt64
}

/// The files that a journal can give back, by what its own session says.
struct ExportList: Sendable {
    private(set) var files: [ExportFile] = []
    private(set) var moved: [(path: String, target: String)] = []

    private struct Name: Hashable {
        let root: String
        let path: String
    }

    /// Reads the journal's own session.
    init(_ journal: Journal) async throws {
        var found: [Name: ExportFile] = [:]
        var order: [Name] = []
        for try await event in journal.events(session: .journal, kinds: [.importFinished]) {
            guard !event.isWithheld, let file = ExportFile(event) else { continue }
            let name = Name(root: file.root, path: file.path)
            if found.updateValue(file, forKey: name) == nil { order.append(name) }
        }
        var folders: [String: String] = [:]
        var taken: [String: String] = [:]
        for name in order {
            guard var file = found[name] else { continue }
            if let owner = taken[file.path], owner != file.root {
                let folder = folders[file.root] ?? Self.folder(file.root, folders)
                folders[file.root] = folder
                file.target = folder + "/" + file.path
                moved.append((file.path, file.target))
            }
            taken[file.target] = file.root
            files.append(file)
        }
    }

    /// A name for what comes from another folder.
    private static func folder(_ root: String, _ folders: [String: String]) -> String {
        let name = root.split(separator: "/").last.map(String.init) ?? "root"
        return "\(name)~\(folders.count + 2)"
    }
}

extension ExportFile {
    /// The file that an `import.finished` event names; nil where the event does not say enough.
    init?(_ event: Event) {
        guard let reader = try? DataReader(event), let root = reader.string("root"),
            let path = reader.string("path"), let size = reader.integer("bytes"), size >= 0,
            let digest = reader.string("sha256").flatMap({ Digest(hexadecimal: $0) })
        else { return nil }
        func count(_ name: String) -> Int { Int(clamping: reader.integer(name) ?? 0) }
        self.root = root
        self.path = path
        target = path
        self.size = UInt64(size)
        self.digest = digest
        counts = LineCounts()
        counts.lines = count("lines")
        counts.malformed = count("malformed")
        counts.glued = count("glued")
        counts.documents = count("documents")
        manifest = reader.integer("same_as").map { UInt64(clamping: $0) } ?? event.sequence
    }
}
