internal import Foundation

/// The files that are to be imported, in order.
struct FileWalk: Sendable {
    /// A file.
    struct File: Sendable {
        /// The folder it was found under, absolute.
        let root: String
        /// Its path below that folder.
        let path: String
        /// Its size in bytes when the walk came by.
        let size: UInt64
        /// When it was last changed, in microseconds since 1970.
        let modified: Int64
        /// Whether it was given itself, and not found in a folder.
        let isGiven: Bool
        /// The path after which a session is called that no line names; nil for the file's own.
        var sessionPath: String?

        /// Whether it is kept line by line where no format recognises it: not where it may be
        /// anything, and was only found in a folder.
        var isKeptUnrecognised: Bool {
            isGiven || path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson")
        }

        /// Where it is read, where that is not under its name.
        var openPlace: String?

        var fullPath: String { root == "/" ? "/" + path : root + "/" + path }

        /// Where it is read.
        var place: String { openPlace ?? fullPath }
    }

    private(set) var files: [File] = []
    private(set) var skipped: [(path: String, why: String)] = []

    /// The size of all files, in bytes.
    var totalSize: UInt64 { files.reduce(0) { $0 + $1.size } }

    /// How files are named that are looked at in folders.
    static let endings = [".jsonl", ".ndjson", ".json", ".traj"]

    /// How files are named that hold such files.
    static let containerEndings =
        endings.map { $0 + ".gz" } + [
            ".zip", ".eval", ".db", ".sqlite", ".sqlite3", ".sql",
        ]

    /// Whether files of this name are looked at in folders.
    static func isLookedAt(_ name: String) -> Bool { endings.contains(where: name.hasSuffix) }

    /// How deep folders are walked.
    private static let depthLimit = 64

    /// No files.
    init() {}

    /// Finds the files below paths.
    init(_ paths: [String]) throws(TranscriptError) {
        for path in paths {
            let absolute = Self.absolute(path)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: absolute, isDirectory: &isFolder) else {
                throw TranscriptError(
                    .notFound, "\(path) is not there. Check the path.", path: path)
            }
            if isFolder.boolValue {
                try walk(root: absolute, folder: "", depth: 0, given: path)
            } else {
                let name = absolute.split(separator: "/").last.map(String.init) ?? absolute
                let root = String(absolute.dropLast(name.count + 1))
                guard Self.isFile(absolute) else {
                    throw TranscriptError(
                        .notATranscript,
                        "\(path) is not a transcript that this version reads: it is no file.",
                        path: path)
                }
                add(root: root.isEmpty ? "/" : root, path: name, isGiven: true)
            }
        }
    }

    /// Whether a file stands at a path, or a symbolic link leads to one.
    private static func isFile(_ path: String) -> Bool {
        let target = (path as NSString).resolvingSymlinksInPath
        let attributes = try? FileManager.default.attributesOfItem(atPath: target)
        return attributes?[.type] as? FileAttributeType == .typeRegular
    }

    /// A path from the root of the file system, without "." and "..".
    static func absolute(_ path: String) -> String {
        let start = path.hasPrefix("/") ? "" : FileManager.default.currentDirectoryPath + "/"
        var parts: [Substring] = []
        for part in (start + path).split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    private mutating func walk(
        root: String, folder: String, depth: Int, given: String
    ) throws(TranscriptError) {
        let full = folder.isEmpty ? root : root + "/" + folder
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: full).sorted {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
        } catch {
            guard depth > 0 else {
                throw TranscriptError(
                    .inaccessible, "\(given) cannot be read. Check its permissions.", path: given,
                    cause: error)
            }
            skipped.append((full, "the folder cannot be read"))
            return
        }
        // A session's file comes before the folder of its sub-agents.
        var folders: [String] = []
        for name in names {
            let path = folder.isEmpty ? name : folder + "/" + name
            let attributes = try? FileManager.default.attributesOfItem(atPath: root + "/" + path)
            switch attributes?[.type] as? FileAttributeType {
            case .typeDirectory where depth < Self.depthLimit: folders.append(path)
            case .typeDirectory: skipped.append((path, "nested too deeply"))
            case .typeSymbolicLink: skipped.append((path, "a symbolic link"))
            case .typeRegular
            where (Self.endings + Self.containerEndings).contains(where: name.hasSuffix):
                add(root: root, path: path, isGiven: false)
            case .typeRegular: skipped.append((path, "not named *.jsonl or *.json"))
            case nil: skipped.append((path, "cannot be looked at"))
            default: skipped.append((path, "neither a file nor a folder"))
            }
        }
        for path in folders {
            try walk(root: root, folder: path, depth: depth + 1, given: given)
        }
    }

    private mutating func add(root: String, path: String, isGiven: Bool) {
        let resolved = (root as NSString).appendingPathComponent(path)
        let target = isGiven ? (resolved as NSString).resolvingSymlinksInPath : resolved
        let attributes = try? FileManager.default.attributesOfItem(atPath: target)
        let modified = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        files.append(
            File(
                root: root, path: path,
                size: (attributes?[.size] as? NSNumber)?.uint64Value ?? 0,
                modified: Int64((modified * 1_000_000).rounded()), isGiven: isGiven))
    }
}
