internal import SegmentLog

/// What one generation of a backup holds: the file in `generations/`, JSON and a line that checks it,
/// written when all files that it names are durable.
///
/// ```
/// {"backup":1,"journal":"0198…","generation":3,"time":"…","events":1234,"root":"…","files":[
///   {"path":"segments/00000000000000000001.lz4","size":1048576,"sha256":"…",
///    "content":"…","footer":"1f2e3d4c"}, …]}
/// crc32c 1f2e3d4c
/// ```
///
/// `content` and `footer` stand by sealed segments: by them the next backup knows a file without
/// reading it. `damage` stands by a file that was damaged already when it was copied, and says how.
struct BackupManifest: Sendable {
    struct Entry: Sendable {
        /// In the journal's directory.
        var path: String
        var size: UInt64
        var hash: Digest
        var mark: SealedMark?
        var damage: String?

        /// The name in `files/`: the content says it, so that equal files are there once.
        var storedName: String {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            return hash.hexadecimal.prefix(Self.nameDigits) + "-" + name
        }

        private static let nameDigits = 32
    }

    static let version: Int64 = 1
    static let suffix = ".json"
    /// The largest manifest that is read, in bytes: that of some hundred thousand segments.
    static let sizeLimit = 64 << 20

    var journalID: JournalID
    /// 1 for the first backup in a folder.
    var generation: UInt64
    var time: Timestamp
    /// The last sequence number.
    var events: UInt64
    /// Over these events; nil where damage left it unknown.
    var root: Digest?
    var files: [Entry]
    /// The events that say that an erasure is finished.
    var erasures: [UInt64] = []

    static func name(_ generation: UInt64) -> String { SegmentName.digits(generation) + suffix }

    /// The generation that a name stands for; nil for another name.
    static func generation(in name: String) -> UInt64? {
        guard name.hasSuffix(suffix), let number = UInt64(name.dropLast(suffix.count)),
            self.name(number) == name
        else { return nil }
        return number
    }

    var bytes: [UInt8] {
        var value: JSONObject = [
            "backup": .integer(Self.version), "journal": .string("\(journalID)"),
            "generation": JSONValue(generation), "time": .string(time.description),
            "events": JSONValue(events), "root": JSONValue(root?.hexadecimal),
            "files": .array(files.map(\.json)),
        ]
        if !erasures.isEmpty {
            value.append("erasures", .array(erasures.map { JSONValue($0) }))
        }
        var bytes = Array(JSONValue.object(value).description.utf8)
        bytes.append(UInt8(ascii: "\n"))
        bytes += JournalFile.checkLine(of: bytes).utf8
        return bytes
    }

    init(
        journalID: JournalID, generation: UInt64, time: Timestamp, events: UInt64, root: Digest?,
        files: [Entry]
    ) {
        self.journalID = journalID
        self.generation = generation
        self.time = time
        self.events = events
        self.root = root
        self.files = files
    }

    /// Reads a manifest's bytes. `place` stands in errors.
    init(parsing bytes: [UInt8], generation: UInt64, place: String) throws(JournalError) {
        let value = try JournalFile.checkedValue(of: bytes, place: place)
        guard let version = value["backup"]?.integer, version <= Self.version else {
            throw JournalError(
                .newerFormat, "a newer sjournal wrote this backup; use that one", place: place)
        }
        guard let id = value["journal"]?.string.flatMap({ SessionID($0) }),
            value["generation"]?.integer == Int64(clamping: generation),
            let time = value["time"]?.string.flatMap({ Timestamp($0) }),
            let events = value["events"]?.integer, events >= 0,
            let list = value["files"]?.array
        else {
            throw JournalError(.damaged, "the manifest is none of a backup", place: place)
        }
        var files: [Entry] = []
        for item in list {
            guard let entry = Entry(item) else {
                throw JournalError(
                    .damaged, "the manifest names a file that no journal has", place: place)
            }
            files.append(entry)
        }
        self.init(
            journalID: id.streamKey, generation: generation, time: time, events: UInt64(events),
            root: value["root"]?.string.flatMap { Digest(hexadecimal: $0) }, files: files)
        erasures = value["erasures"]?.array?.compactMap(\.unsigned) ?? []
    }
}

extension BackupManifest.Entry {
    /// The folders of a journal whose files are copied. `index/`, `snapshots/` and `tiles/` come back
    /// by themselves, and `keys/` are deliberately no part of a backup.
    static let folders = ["quarantine", "checkpoints"]

    /// Nil for what is no entry, or names a path that is none of a journal's.
    init?(_ value: JSONValue) {
        guard let path = value["path"]?.string, Self.isAllowed(path),
            let size = value["size"]?.integer, size >= 0,
            let hash = value["sha256"]?.string.flatMap({ Digest(hexadecimal: $0) })
        else { return nil }
        self.path = path
        self.size = UInt64(size)
        self.hash = hash
        damage = value["damage"]?.string
        if let content = value["content"]?.string.flatMap({ Digest(hexadecimal: $0) }),
            let footer = value["footer"]?.string.flatMap({ UInt32($0, radix: 16) })
        {
            mark = SealedMark(size: UInt64(size), content: content.bytes, footer: footer)
        }
    }

    private static func isAllowed(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 1 { return path == JournalFile.name }
        guard parts.count == 2, parts[1] != ".", parts[1] != "..", !parts[1].isEmpty,
            !parts[1].utf8.contains(0)
        else { return false }
        if parts[0] == "segments" { return SegmentName.first(in: String(parts[1])) != nil }
        return folders.contains(String(parts[0]))
    }

    var json: JSONValue {
        var object = JSONObject([
            ("path", .string(path)), ("size", JSONValue(size)),
            ("sha256", .string(hash.hexadecimal)),
        ])
        if let mark, let content = Digest(bytes: mark.content.span) {
            object.append("content", .string(content.hexadecimal))
            object.append("footer", .string(String(mark.footer, radix: 16)))
        }
        if let damage { object.append("damage", .string(damage)) }
        return .object(object)
    }
}
