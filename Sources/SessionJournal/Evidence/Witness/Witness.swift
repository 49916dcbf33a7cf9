package import SegmentLog
internal import TransparencyLog

/// A small witness: signs that a log only grows (C2SP tlog-witness, "add-checkpoint"). For each log it
/// remembers the newest checkpoint that it signed, durably, before it hands out the signature; a
/// checkpoint that does not extend that one it does not sign.
///
/// Its memory is one file. Two witnesses on one file take turns by a lock beside it.
public struct Witness: Sendable {
    /// What became of a request, with the number that the protocol gives it.
    public enum Answer: Sendable, Hashable {
        /// 200. It was signed: the signature line, which belongs under the checkpoint.
        case signed(String)
        /// 400. The request is none, or its old size is above the checkpoint's.
        case malformed
        /// 403. No key of the log that is known has signed the checkpoint, or not rightly.
        case unsigned
        /// 404. The log is not known.
        case unknownLog(String)
        /// 409. The old size is not that of the newest checkpoint that was signed, which is given.
        case conflict(UInt64)
        /// 422. The proof does not show that the log only grew.
        case inconsistent

        /// The number in the protocol.
        public var status: Int {
            switch self {
            case .signed: 200
            case .malformed: 400
            case .unsigned: 403
            case .unknownLog: 404
            case .conflict: 409
            case .inconsistent: 422
            }
        }
    }

    private let name: String
    private let signer: CheckpointSigner
    private let logs: [VerifierKey]
    private let signatures: SignatureChecker
    private let path: String
    private let fileSystem: any FileSystem

    /// A witness over the file at a path, which is made by the first checkpoint that it signs.
    ///
    /// - Parameters:
    ///   - name: The witness's name, which stands in front of its signatures.
    ///   - signer: Its key.
    ///   - logs: The verifier keys of the logs that it knows.
    ///   - signatures: What checks the logs' signatures.
    ///   - path: The file of its memory.
    /// - Throws: ``JournalError/Code/invalidArgument`` where a key or the name is none.
    public init(
        name: String, signer: CheckpointSigner, logs: [String], signatures: SignatureChecker,
        rememberingAt path: String
    ) throws {
        try self.init(
            name: name, signer: signer, logs: logs, signatures: signatures, path,
            PosixFileSystem())
    }

    package init(
        name: String, signer: CheckpointSigner, logs: [String], signatures: SignatureChecker,
        _ path: String, _ fileSystem: any FileSystem
    ) throws {
        guard signer.verifierKey(named: name) != nil else {
            throw JournalError(.invalidArgument, "\"\(name)\" cannot be the name of a key")
        }
        self.name = name
        self.signer = signer
        self.logs = try logs.map { text in
            guard let key = VerifierKey(text), key.algorithm != .ed25519Cosignature else {
                throw JournalError(
                    .invalidArgument, "this is no verifier key of a log", place: text)
            }
            return key
        }
        self.signatures = signatures
        self.path = path
        self.fileSystem = fileSystem
    }

    /// The verifier key of the witness, for the policies of those who believe it.
    public var verifierKey: String {
        VerifierKey(
            name: name, algorithm: .ed25519Cosignature, publicKey: signer.publicKey
        )?.description ?? ""
    }

    /// Answers a request: a line `old <size>`, the hashes of the proof, an empty line, a checkpoint.
    ///
    /// - Parameters:
    ///   - request: The request's text.
    ///   - time: What the signature says of the time.
    /// - Throws: ``JournalError/Code/damaged`` where the file of its memory is not what was written;
    ///   ``JournalError/Code/locked`` where another witness holds it; what the disk says. Nothing was
    ///   signed then.
    public func answer(_ request: [UInt8], at time: Timestamp) throws -> Answer {
        guard let request = WitnessRequest(request),
            let checkpoint = Checkpoint(text: request.note.text)
        else { return .malformed }
        let keys = logs.filter { $0.name == checkpoint.origin }
        guard !keys.isEmpty else { return .unknownLog(checkpoint.origin) }
        let states = keys.map { request.note.state(of: $0, signatures.check) }
        guard !states.contains(.bad), states.contains(.valid(time: nil)) else { return .unsigned }
        guard request.oldSize <= checkpoint.size else { return .malformed }
        return try locked { memory in
            let known = memory.heads[checkpoint.origin]
            guard request.oldSize == known?.size ?? 0 else { return .conflict(known?.size ?? 0) }
            guard isConsistent(request, checkpoint, known) else { return .inconsistent }
            let signature = try signer.cosignature(
                of: request.note.text, named: name,
                at: UInt64(max(1, time.microseconds / 1_000_000)))
            // Nobody may hold a signature that the witness has forgotten.
            if known?.size != checkpoint.size || known?.root != checkpoint.root {
                memory.heads[checkpoint.origin] = .init(
                    size: checkpoint.size, root: checkpoint.root)
                try memory.write(to: path, fileSystem)
            }
            return .signed(signature.line)
        }
    }

    private func isConsistent(
        _ request: WitnessRequest, _ checkpoint: Checkpoint, _ known: WitnessMemory.Head?
    ) -> Bool {
        TreeProof.verifyConsistency(
            from: request.oldSize, to: checkpoint.size,
            firstRoot: known?.root ?? RunningTree().root, secondRoot: checkpoint.root,
            proof: request.hashes, emptyTree: .emptyProof)
    }

    private func locked(
        _ body: (inout WitnessMemory) throws -> Answer
    ) throws -> Answer {
        let lockPath = path + ".lock"
        let lock = try JournalError.wrap("lock", lockPath) { () throws(Errno) in
            try fileSystem.lock(lockPath)
        }
        guard let lock else {
            throw JournalError(.locked, "another witness is at it; ask again", place: path)
        }
        defer { lock.release() }
        var memory = try WitnessMemory(at: path, fileSystem)
        return try body(&memory)
    }
}

/// What a witness remembers: the newest checkpoint of each log, as JSON and a line with its CRC-32C.
///
/// ```
/// {"witness":1,"logs":{"session-journal/0198…":{"size":41,"root":"<base64>"}}}
/// crc32c 1f2e3d4c
/// ```
struct WitnessMemory {
    struct Head: Hashable {
        var size: UInt64
        var root: Hash
    }

    var heads: [String: Head] = [:]

    private static let version: Int64 = 1
    private static let sizeLimit = 64 << 20

    /// Reads the file; an absent one remembers nothing.
    init(at path: String, _ fileSystem: any FileSystem) throws(JournalError) {
        let bytes = try JournalError.wrap("read", path) { () throws(Errno) -> [UInt8]? in
            guard let status = try fileSystem.status(of: path) else { return nil }
            return try fileSystem.open(path, .read).read(min(status.size, Self.sizeLimit), at: 0)
        }
        guard let bytes else { return }
        let value = try JournalFile.checkedValue(of: bytes, place: path)
        guard value["witness"]?.integer == Self.version, let logs = value["logs"]?.object else {
            throw JournalError(.damaged, "the file is no memory of a witness", place: path)
        }
        for member in logs.members {
            let head = member.value
            guard let size = head["size"]?.integer, size >= 0,
                let root = head["root"]?.string.flatMap({ Digest(base64: $0) })
            else {
                throw JournalError(.damaged, "the file is no memory of a witness", place: path)
            }
            heads[member.name] = Head(size: UInt64(size), root: Hash(root))
        }
    }

    /// Replaces the file, durably.
    func write(to path: String, _ fileSystem: any FileSystem) throws(JournalError) {
        var logs: JSONObject = [:]
        for (origin, head) in heads.sorted(by: { $0.key < $1.key }) {
            logs[origin] = [
                "size": JSONValue(head.size), "root": .string(Digest(head.root).base64),
            ]
        }
        let value: JSONValue = ["witness": .integer(Self.version), "logs": .object(logs)]
        var bytes = Array((value.description + "\n").utf8)
        bytes += Array(JournalFile.checkLine(of: bytes).utf8)
        try JournalError.wrap("write", path) { () throws(Errno) in
            try fileSystem.place(bytes, at: path)
            try fileSystem.syncDirectory(JournalFile.parent(of: path))
        }
    }
}

extension Digest {
    /// The digest of 44 characters of base64; nil for any other text.
    fileprivate init?(base64 text: String) {
        let bytes = Array(text.utf8)
        self.init(base64: bytes.span)
    }
}
