internal import Foundation

/// A file and how much of it has been seen. Belongs to one thread.
final class FollowedFile {
    let id: Int
    let identity: FileIdentity
    let isGiven: Bool
    let root: String
    /// The folder that it stands in, and its name there.
    var folder: String
    var name: String

    /// The file, held open, so that what was written to it can be read whatever becomes of its name.
    var open: OpenFile?

    var mode = SourceMode.lines
    /// How much of it has been read, in bytes.
    var offset: UInt64 = 0
    /// The last bytes of that: where they are others, the file was rewritten.
    var tail: [UInt8] = []
    /// How it looked when it was looked at last.
    var seen: FileStatus?

    /// Whether it is to be looked at once more when it has been read.
    var isDue = false
    /// What became of it, where not all of it has been read yet.
    var ending: SourceChange?
    /// Whether nobody may read it, and that was told.
    var isUnreadable = false

    /// When it changed last, and first since the last pause.
    var lastChange: ContinuousClock.Instant?
    var firstChange: ContinuousClock.Instant?
    /// Whether something was read since it was said what the file is made of.
    var isUnsettled = false
    var lastSettled: ContinuousClock.Instant?
    /// How often it was nothing that is read, one time after the other.
    var failureCount = 0

    /// When it was used last, as a count.
    var lastUse = 0

    /// How many of its last bytes are remembered.
    static let tailSize = 1 << 10

    init(
        id: Int, root: String, folder: String, name: String, isGiven: Bool, status: FileStatus
    ) {
        self.id = id
        self.root = root
        self.folder = folder
        self.name = name
        self.isGiven = isGiven
        identity = status.identity
        seen = status
    }

    var fullPath: String { folder == "/" ? "/" + name : folder + "/" + name }

    /// Whether a file of this name is followed: as one that is imported, or one that was set aside
    /// when another took its place, `x.jsonl.1`.
    static func isLookedAt(_ name: String) -> Bool {
        let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }
        let rest = name.dropLast(digits.count)
        guard !digits.isEmpty, rest.last == "." else { return FileWalk.isLookedAt(name) }
        return FileWalk.isLookedAt(name) || FileWalk.isLookedAt(String(rest.dropLast()))
    }

    /// The path below the folder that is followed.
    var path: String { Self.path(fullPath, below: root) }

    static func path(_ fullPath: String, below root: String) -> String {
        root == "/" ? String(fullPath.dropFirst()) : String(fullPath.dropFirst(root.count + 1))
    }

    /// The file as those who import it see it.
    var source: SourceFile {
        SourceFile(id: id, root: root, path: path, isGiven: isGiven, open: open)
    }

    /// Whether all that it held when it was looked at last has been handed over.
    var isTaken: Bool {
        switch mode {
        case .reading: false
        case .lines: offset == seen?.size
        case .whole: firstChange == nil
        case .known, .ignored: !isDue
        }
    }

    /// Remembers bytes that were read.
    func advance(by bytes: [UInt8]) {
        offset += UInt64(bytes.count)
        tail = Array((tail + bytes.suffix(Self.tailSize)).suffix(Self.tailSize))
    }

    /// Begins anew.
    func rewind() {
        offset = 0
        tail = []
    }
}
