internal import SessionJournal

// Files that hold files.
extension ImportRun {
    /// Takes in a file, or what it holds.
    ///
    /// - Parameter content: Its bytes, where they are being read already.
    mutating func open(
        _ file: FileWalk.File, _ content: Task<FileContent, any Error>? = nil
    ) async throws {
        switch try Container.kind(of: file) {
        case nil:
            if let content {
                try await take(file, content.value)
            } else {
                try await take(file, FileContent(file, memoryLimit: options.memoryLimit))
            }
        case .gzip: try await takeGzip(file)
        case .zip: try await takeZip(file)
        case .sqlite, .postgres: try await takeStore(file)
        }
    }

    #if Archives
    private mutating func takeGzip(_ file: FileWalk.File) async throws {
        let content = try GzipFile(file: file).unpack()
        let isNamed = file.path.hasSuffix(".gz")
        let path = isNamed ? String(file.path.dropLast(3)) : file.path
        let name = path.split(separator: "/").last.map(String.init) ?? path
        try await take(
            file.member(name, size: content.size, session: path, isGiven: file.isGiven),
            content)
    }

    private mutating func takeZip(_ file: FileWalk.File) async throws {
        var zip = try ZipFile(file)
        let before = report.files.count
        var others = 0
        var names: Set<String> = []
        for member in zip.directory.members where !member.isFolder {
            let inside = file.member(member.name, size: member.size)
            guard FileWalk.endings.contains(where: member.name.hasSuffix) else {
                others += 1
                continue
            }
            if let why = ZipFile.obstacle(member) {
                report.skipped.append((inside.path, why))
                continue
            }
            guard names.insert(member.name).inserted else {
                report.skipped.append((inside.path, "another member has that name"))
                continue
            }
            do {
                try await take(inside, zip.unpack(member))
            } catch let error as TranscriptError {
                report.skipped.append((inside.path, error.message))
            }
            evict()
        }
        if others > 0 {
            report.skipped.append(
                (file.path, "\(others) of what it holds is not named *.jsonl or *.json"))
        }
        guard report.files.count > before || !file.isGiven else {
            throw TranscriptError(
                .notATranscript, "\(file.path) holds no transcript that this version reads.",
                path: file.path)
        }
    }
    #else
    private func takeGzip(_ file: FileWalk.File) async throws {
        throw file.missing("Archives", "zlib1g-dev")
    }

    private func takeZip(_ file: FileWalk.File) async throws {
        throw file.missing("Archives", "zlib1g-dev")
    }
    #endif

    #if Stores
    /// Takes in the rows of a store, as if they were the lines of a file in it.
    private mutating func takeStore(_ file: FileWalk.File) async throws {
        let isDump = try Container.kind(of: file) == .postgres
        let store = isDump ? try StoreFile(dump: file) : try StoreFile(file)
        guard let (rows, left) = try store.dump() else {
            throw TranscriptError(
                .notATranscript,
                "\(file.path) is a \(isDump ? "dump of PostgreSQL" : "store of SQLite") with tables "
                    + "that this version does not know.", path: file.path)
        }
        for (table, count) in left.sorted(by: { $0.key < $1.key }) where count > 0 {
            report.skipped.append(
                (file.path + "/" + table, "a table that is no part of the sessions; rows: \(count)")
            )
        }
        try await take(file.member("rows.jsonl", size: rows.size), rows)
    }
    #else
    private func takeStore(_ file: FileWalk.File) async throws {
        throw file.missing("Stores", "libsqlite3-dev and libmpack-dev")
    }
    #endif
}
