internal import SegmentLog
internal import TransparencyLog

/// The files of the folder `checkpoints/`: one for each state that was signed, named by its number of
/// events in 20 digits. Each is the signed note itself. One that gets another signature is written
/// aside and renamed over.
struct CheckpointFiles: Sendable {
    let directory: String
    let fileSystem: any FileSystem

    static let folderName = "checkpoints"
    static let suffix = ".checkpoint"

    /// The largest file that is read, in bytes.
    private static let sizeLimit = 1 << 20

    init(_ store: FileStore) {
        directory = store.log.directory
        fileSystem = store.fileSystem
    }

    private var folder: String { directory + "/" + Self.folderName }

    static func name(_ size: UInt64) -> String {
        let digits = String(size)
        return String(repeating: "0", count: 20 - digits.count) + digits + suffix
    }

    private static func size(_ name: String) -> UInt64? {
        guard name.hasSuffix(suffix), let size = UInt64(name.dropLast(suffix.count)),
            Self.name(size) == name
        else { return nil }
        return size
    }

    /// The numbers of events of the states that were signed, ascending.
    func sizes() throws(JournalError) -> [UInt64] {
        try JournalError.wrap("list", folder) { () throws(Errno) -> [UInt64] in
            guard try fileSystem.status(of: folder) != nil else { return [] }
            return try fileSystem.names(in: folder).compactMap { Self.size($0) }
        }.sorted()
    }

    /// Where the checkpoint of a size stands, for errors and findings.
    func place(_ size: UInt64) -> String { Self.folderName + "/" + Self.name(size) }

    /// The checkpoint of a size; nil where none was signed.
    ///
    /// - Throws: `damaged` where the file is no checkpoint of that size.
    func read(_ size: UInt64) throws(JournalError) -> SignedCheckpoint? {
        let path = folder + "/" + Self.name(size)
        let bytes = try JournalError.wrap("read", path) { () throws(Errno) -> [UInt8]? in
            guard let status = try fileSystem.status(of: path) else { return nil }
            return try fileSystem.open(path, .read).read(
                min(status.size, Self.sizeLimit), at: 0)
        }
        guard let bytes else { return nil }
        do throws(JournalError) {
            let checkpoint = try SignedCheckpoint(bytes)
            guard checkpoint.head.size == size else {
                throw JournalError(
                    .damaged, "its name says \(size) events, its text \(checkpoint.head.size)")
            }
            return checkpoint
        } catch {
            throw JournalError(
                .damaged, "the file is not what was written: \(error.message)", place: place(size))
        }
    }

    /// The newest checkpoint.
    func newest() throws(JournalError) -> SignedCheckpoint? {
        guard let size = try sizes().last else { return nil }
        return try read(size)
    }

    /// Puts a checkpoint into its file, durably. Signatures that are there already stay.
    ///
    /// - Returns: The checkpoint with all its signatures.
    /// - Throws: `conflict` where one of another root stands there.
    func put(_ checkpoint: SignedCheckpoint) throws(JournalError) -> SignedCheckpoint {
        var merged = checkpoint
        if let known = try read(checkpoint.head.size) {
            guard known.note.text == checkpoint.note.text else {
                throw JournalError(
                    .conflict,
                    "another checkpoint of \(checkpoint.head.size) events was signed before; keep "
                        + "both, and see 'sjournal verify --against'",
                    place: place(checkpoint.head.size))
            }
            merged = known
            for signature in checkpoint.note.signatures { try merged.add(signature) }
            guard merged != known else { return known }
        }
        let bytes = merged.note.bytes
        let path = folder + "/" + Self.name(checkpoint.head.size)
        try JournalError.wrap("write", path) { () throws(Errno) in
            if try fileSystem.status(of: folder) == nil {
                try fileSystem.makeDirectory(folder)
                try fileSystem.syncDirectory(directory)
            }
            try fileSystem.place(bytes, at: path)
            try fileSystem.syncDirectory(folder)
        }
        return merged
    }
}
