internal import SegmentLog

/// The file in which a verification notes what it has read and found whole, so that one that was
/// interrupted goes on where it was, and the next one reads only what is new.
///
/// A line for each thing noted: eight digits of CRC-32C, a space, and the JSON that they check. The
/// first line names the journal. Lines are only ever added; of two for one file the later counts. A
/// last line that a crash has cut is passed over.
///
/// ```
/// 5d2a9c01 {"verification":1,"journal":"0198c5d2a4b87f3e9a6b1c2d3e4f5a6b"}
/// 0a41be77 {"file":"00000000000000000001.lz4","size":1048576,"identity":"…","modified":"…",…}
/// ```
struct VerificationLedger {
    /// One segment that was found whole.
    struct Entry {
        var stamp: SegmentStamp
        var time: Timestamp
    }

    private let path: String
    private let fileSystem: any FileSystem
    private var file: (any File)?
    private var end = 0
    private(set) var entries: [String: Entry] = [:]

    /// The largest ledger that is read, in bytes: that of some hundred thousand segments.
    private static let sizeLimit = 64 << 20
    private static let version: Int64 = 1

    /// Opens a ledger, or begins one.
    ///
    /// - Throws: `invalidArgument` where the file is something else, or another journal's.
    init(
        at path: String, journalID: JournalID, _ fileSystem: any FileSystem
    ) throws(JournalError) {
        self.path = path
        self.fileSystem = fileSystem
        let status = try JournalError.wrap("look at", path) { () throws(Errno) in
            try fileSystem.status(of: path)
        }
        file = try JournalError.wrap("open", path) { () throws(Errno) in
            try fileSystem.open(path, status == nil ? .create : .update)
        }
        if let status { try read(status.size, journalID) }
        if end == 0 {
            try append([
                "verification": .integer(Self.version), "journal": .string("\(journalID)"),
            ])
        }
    }

    private mutating func read(_ size: Int, _ journalID: JournalID) throws(JournalError) {
        guard size <= Self.sizeLimit else { throw foreign("it is too large") }
        let bytes = try JournalError.wrap("read", path) { () throws(Errno) in
            try file?.read(size, at: 0) ?? []
        }
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let next = end + line.count + 1
            guard next <= bytes.count, let value = Self.checked(line) else { break }
            if end == 0 {
                guard value["verification"]?.integer == Self.version else {
                    throw foreign("it is of another version")
                }
                guard value["journal"]?.string == "\(journalID)" else {
                    throw foreign("it is another journal's")
                }
            } else if let name = value["file"]?.string, let entry = Entry(value) {
                entries[name] = entry
            }
            end = next
        }
        // What a crash leaves is the beginning of a line; a file that begins otherwise is not ours.
        guard end > 0 || bytes.isEmpty || bytes.count < Self.shortestLine else {
            throw foreign("it holds something else")
        }
    }

    private static let shortestLine = 32

    private func foreign(_ why: String) -> JournalError {
        JournalError(
            .invalidArgument,
            "\(why), and is no record of this journal's verification; name another file",
            place: path)
    }

    /// The JSON of a line whose check fits.
    private static func checked(_ line: ArraySlice<UInt8>) -> JSONValue? {
        guard line.count > 9, line[line.startIndex + 8] == UInt8(ascii: " ") else { return nil }
        let content = Array(line.dropFirst(9))
        guard line.prefix(8).elementsEqual(digits(of: content).utf8) else { return nil }
        return try? JSONValue(parsing: content.span)
    }

    private static func digits(of content: [UInt8]) -> String {
        let digits = String(CRC32C.checksum(content.span), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private mutating func append(_ value: JSONValue) throws(JournalError) {
        let content = Array(value.description.utf8)
        var line = Array(Self.digits(of: content).utf8)
        line.append(UInt8(ascii: " "))
        line += content
        line.append(UInt8(ascii: "\n"))
        let start = end
        try JournalError.wrap("write", path) { () throws(Errno) in
            try file?.write(line.span, at: start)
            try file?.sync()
        }
        end += line.count
    }

    /// Notes that a segment was found whole.
    mutating func note(
        _ name: String, _ stamp: SegmentStamp, at time: Timestamp
    ) throws(JournalError) {
        let entry = Entry(stamp: stamp, time: time)
        entries[name] = entry
        try append(entry.json(of: name))
    }
}

extension VerificationLedger.Entry {
    /// Nil for what is no entry.
    init?(_ value: JSONValue) {
        guard let size = value["size"]?.integer, size >= 0,
            let identity = value["identity"]?.string.flatMap({ UInt64($0, radix: 16) }),
            let modified = value["modified"]?.integer,
            let footer = value["footer"]?.string.flatMap({ UInt32($0, radix: 16) }),
            let time = value["checked"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        stamp = SegmentStamp(
            size: UInt64(size), identity: identity, modified: modified, footer: footer)
        self.time = time
    }

    func json(of name: String) -> JSONValue {
        [
            "file": .string(name), "size": JSONValue(stamp.size),
            "identity": .string(String(stamp.identity, radix: 16)),
            "modified": JSONValue(stamp.modified),
            "footer": .string(String(stamp.footer, radix: 16)),
            "checked": .string(time.description),
        ]
    }
}
