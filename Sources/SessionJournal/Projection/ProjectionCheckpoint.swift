internal import SegmentLog

/// A file that holds the state of a projection behind an event.
///
/// ```
/// {"projection":…,"version":…,"seq":…,"digest":…,"size":…}⏎  state  CRC-32C of all before (4 bytes)
/// ```
struct ProjectionCheckpoint {
    var name: String
    var version: Int
    var sequence: UInt64
    /// Of the event, whose 16 random bytes tell journals and histories apart.
    var digest: Digest
    var state: [UInt8]

    static let suffix = ".projection"
    /// A file above this is not read.
    static let sizeLimit = 1 << 30
    private static let headerLimit = 4_096

    var bytes: [UInt8] {
        let header: JSONValue = [
            "projection": .string(name), "version": JSONValue(version), "seq": JSONValue(sequence),
            "digest": .string(digest.base64), "size": JSONValue(state.count),
        ]
        var bytes = Array(header.description.utf8)
        bytes.append(UInt8(ascii: "\n"))
        bytes += state
        let checksum = CRC32C.checksum(bytes.span)
        for shift in [0, 8, 16, 24] as [UInt32] {
            bytes.append(UInt8(truncatingIfNeeded: checksum >> shift))
        }
        return bytes
    }

    init(name: String, version: Int, sequence: UInt64, digest: Digest, state: [UInt8]) {
        self.name = name
        self.version = version
        self.sequence = sequence
        self.digest = digest
        self.state = state
    }

    /// Nil for anything but what ``bytes`` gives.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 4 else { return nil }
        let end = bytes.count - 4
        var checksum: UInt32 = 0
        for (index, byte) in bytes[end...].enumerated() {
            checksum |= UInt32(byte) << UInt32(8 * index)
        }
        guard CRC32C.checksum(bytes, 0..<end) == checksum,
            let line = bytes[..<min(end, Self.headerLimit)].firstIndex(of: UInt8(ascii: "\n")),
            let header = try? JSONValue(parsing: bytes.span.extracting(0..<line)),
            let name = header["projection"]?.string,
            let version = header["version"]?.integer.flatMap({ Int(exactly: $0) }),
            let sequence = header["seq"]?.integer.flatMap({ UInt64(exactly: $0) }),
            let digest = header["digest"]?.string.flatMap({ Digest(base64: $0.utf8.span) }),
            header["size"]?.integer == Int64(end - line - 1)
        else { return nil }
        self.init(
            name: name, version: version, sequence: sequence, digest: digest,
            state: Array(bytes[(line + 1)..<end]))
    }
}

/// The folder in which the checkpoints of a journal's projections stand.
struct CheckpointFolder: Sendable {
    let path: String
    let fileSystem: any FileSystem

    private func file(_ name: String) -> String {
        path + "/" + name + ProjectionCheckpoint.suffix
    }

    /// The checkpoint of a name; nil where there is none, or what stands there is none.
    func read(_ name: String) -> ProjectionCheckpoint? {
        guard let status = (try? fileSystem.status(of: file(name))) ?? nil, status.kind == .file,
            status.size <= ProjectionCheckpoint.sizeLimit,
            let bytes = try? fileSystem.open(file(name), .read).read(status.size, at: 0),
            let checkpoint = ProjectionCheckpoint(bytes), checkpoint.name == name
        else { return nil }
        return checkpoint
    }

    func write(_ checkpoint: ProjectionCheckpoint) throws(JournalError) {
        let target = file(checkpoint.name)
        try JournalError.wrap("write", target) { () throws(Errno) in
            if try fileSystem.status(of: path) == nil { try fileSystem.makeDirectory(path) }
            try fileSystem.place(checkpoint.bytes, at: target)
        }
    }

    func remove(_ name: String) throws(JournalError) {
        let target = file(name)
        try JournalError.wrap("remove", target) { () throws(Errno) in
            if try fileSystem.status(of: target) != nil { try fileSystem.remove(target) }
        }
    }
}
