internal import SegmentLog

/// The file `JOURNAL`: what makes a directory a journal. A few lines of JSON, then a line with their
/// CRC-32C; replaced by rename, so that it is whole or not there.
///
/// ```
/// {
///   "format": 1,
///   "minimum_reader": 1,
///   "journal": "0198c5d2a4b87f3e9a6b1c2d3e4f5a6b",
///   "options": {}
/// }
/// crc32c 1f2e3d4c
/// ```
///
/// Version changes: a reader whose format is below `minimum_reader` refuses the journal; a writer
/// whose format is below `format` refuses to write. The file is rewritten once, before the first
/// session is encrypted: options that this version does not know are kept.
struct JournalFile: Sendable, Hashable {
    static let name = "JOURNAL"

    /// Where it is written before it is renamed.
    static let asideName = "JOURNAL.new"

    /// A file without content that stands while an erasure may be unfinished.
    static let destructionMark = "ERASURE"

    /// The largest file that is read, in bytes.
    private static let sizeLimit = 64 << 10

    /// The format that this version writes, and the newest it reads.
    static let format = Int64(SegmentLogFormat.version)

    var format = JournalFile.format
    var minimumReader = JournalFile.format
    var journalID: JournalID
    /// What versions and programs need to agree on.
    var options: JSONObject = [:]

    /// Whether the journal has, or had, encrypted sessions.
    var isEncrypting: Bool { options["encryption"] != nil }

    init(journalID: JournalID) {
        self.journalID = journalID
    }

    var bytes: [UInt8] {
        let text = """
            {
              "format": \(format),
              "minimum_reader": \(minimumReader),
              "journal": "\(journalID)",
              "options": \(JSONValue.object(options))
            }

            """
        var bytes = Array(text.utf8)
        bytes += Self.checkLine(of: bytes).utf8
        return bytes
    }

    /// The line that checks all before it.
    static func checkLine(of bytes: [UInt8]) -> String {
        let digits = String(CRC32C.checksum(bytes.span), radix: 16)
        return "crc32c " + String(repeating: "0", count: 8 - digits.count) + digits + "\n"
    }

    /// Reads the file's bytes. `place` stands in errors.
    init(parsing bytes: [UInt8], place: String) throws(JournalError) {
        func damaged(_ what: String) -> JournalError {
            JournalError(.damaged, "the file is not what was written: \(what)", place: place)
        }
        let value = try Self.checkedValue(of: bytes, place: place)
        guard let format = value["format"]?.integer,
            let minimumReader = value["minimum_reader"]?.integer
        else { throw damaged("it names no format") }
        guard minimumReader <= Self.format else {
            throw JournalError(
                .newerFormat,
                "the journal needs a reader of format \(minimumReader), this one reads up to "
                    + "\(Self.format); use a newer sjournal", place: place)
        }
        guard let id = value["journal"]?.string, let name = SessionID(id), !name.isJournal else {
            throw damaged("it names no journal id")
        }
        self.format = format
        self.minimumReader = minimumReader
        options = value["options"]?.object ?? [:]
        journalID = name.streamKey
    }

    /// The JSON of a file that ends in its check line.
    static func checkedValue(of bytes: [UInt8], place: String) throws(JournalError) -> JSONValue {
        func damaged(_ what: String) -> JournalError {
            JournalError(.damaged, "the file is not what was written: \(what)", place: place)
        }
        // The last line is the check of all before it.
        guard let last = bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")) else {
            throw damaged("it has no check line")
        }
        let content = Array(bytes[...last])
        guard bytes[(last + 1)...].elementsEqual(checkLine(of: content).utf8) else {
            throw damaged("its check line does not fit")
        }
        do throws(JSONError) {
            return try JSONValue(parsing: content.span)
        } catch {
            throw damaged("\(error)")
        }
    }

    /// Reads the file of a journal's directory.
    static func read(
        in directory: String, _ fileSystem: any FileSystem
    ) throws(JournalError) -> JournalFile {
        let path = directory + "/" + name
        let status = try JournalError.wrap("look at", path) { () throws(Errno) in
            try fileSystem.status(of: path)
        }
        guard let status else {
            throw JournalError(
                .notAJournal,
                "there is no journal here; make one with 'sjournal init', or name another directory",
                place: directory)
        }
        guard status.size <= sizeLimit else {
            throw JournalError(.damaged, "the file is too large to be one", place: path)
        }
        let bytes = try JournalError.wrap("read", path) { () throws(Errno) in
            try fileSystem.open(path, .read).read(status.size, at: 0)
        }
        return try JournalFile(parsing: bytes, place: path)
    }
}

extension JournalFile {
    /// Makes a directory a journal, without segments. What an interrupted attempt left is taken over.
    static func create(
        in directory: String, journalID: JournalID, _ fileSystem: any FileSystem
    ) throws(JournalError) {
        let path = directory + "/" + name
        let segments = directory + "/segments"
        try JournalError.wrap("create", directory) { () throws(Errno) in
            if try fileSystem.status(of: directory) == nil {
                try fileSystem.makeDirectory(directory)
                try fileSystem.syncDirectory(parent(of: directory))
            }
        }
        let names = try JournalError.wrap("list", directory) { () throws(Errno) in
            try fileSystem.names(in: directory)
        }
        guard !names.contains(name) else {
            throw JournalError(
                .alreadyExists,
                "there is a journal here already; open it, or name another directory",
                place: directory)
        }
        guard Set(names).isSubset(of: [asideName, "LOCK", "segments"]) else {
            throw JournalError(
                .alreadyExists,
                "the directory holds other files; a journal wants a directory of its own",
                place: directory)
        }
        try JournalError.wrap("create", path) { () throws(Errno) in
            if !names.contains("segments") { try fileSystem.makeDirectory(segments) }
            try fileSystem.syncDirectory(directory)
            try fileSystem.place(JournalFile(journalID: journalID).bytes, at: path)
            try fileSystem.syncDirectory(directory)
        }
    }

    /// Writes into the file that there are encrypted sessions. Durable when this returns.
    static func markEncrypting(
        in directory: String, _ fileSystem: any FileSystem
    ) throws(JournalError) {
        var file = try read(in: directory, fileSystem)
        guard !file.isEncrypting else { return }
        file.options.append("encryption", .integer(1))
        let path = directory + "/" + name
        let content = file.bytes
        try JournalError.wrap("write", path) { () throws(Errno) in
            try fileSystem.place(content, at: path)
            try fileSystem.syncDirectory(directory)
        }
    }

    /// Removes what a crash left of a file that was to be the next one.
    static func removeAside(
        in directory: String, _ fileSystem: any FileSystem
    ) throws(JournalError) {
        let path = directory + "/" + asideName
        try JournalError.wrap("remove", path) { () throws(Errno) in
            if try fileSystem.status(of: path) != nil { try fileSystem.remove(path) }
        }
    }

    /// The directory that a path stands in.
    static func parent(of directory: String) -> String {
        let parts = directory.split(separator: "/", omittingEmptySubsequences: true).dropLast()
        let joined = parts.joined(separator: "/")
        if directory.hasPrefix("/") { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }
}
