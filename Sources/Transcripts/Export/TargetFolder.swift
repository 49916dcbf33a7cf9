internal import Foundation
internal import SessionJournal

/// The folder that files are exported to. Nothing is written outside of it.
struct TargetFolder: Sendable {
    private let path: String

    /// The longest name of a file or folder, in bytes: Linux's NAME_MAX.
    private static let nameLimit = 255
    /// The longest path, in bytes: Linux's PATH_MAX, less room for the name that a file has while it
    /// is written.
    private static let pathLimit = 4_096 - 32

    /// Takes a folder, which is made where it is not there.
    init(_ path: String) throws(TranscriptError) {
        self.path = FileWalk.absolute(path)
        try Self.make(self.path)
    }

    /// The path of a file to be written; its folders are made.
    ///
    /// - Throws: ``TranscriptError/Code/unsafePath`` where a path from the journal would lead out of
    ///   the folder, by itself or through a symbolic link, or is longer than a path can be.
    func place(of name: String) throws(TranscriptError) -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isSafe = parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && !part.utf8.contains(0)
        }
        guard isSafe, !name.isEmpty else {
            throw TranscriptError(
                .unsafePath, "the path \(name) would lead out of the folder; it is not written.",
                path: name)
        }
        guard parts.allSatisfy({ $0.utf8.count <= Self.nameLimit }),
            path.utf8.count + 1 + name.utf8.count <= Self.pathLimit
        else {
            throw TranscriptError(
                .unsafePath, "the path is longer than the folder can take; it is not written.",
                path: name)
        }
        var folder = path
        for part in parts.dropLast() {
            folder += "/" + part
            if Self.type(folder) == nil { try Self.make(folder) }
            guard Self.type(folder) == .typeDirectory else {
                throw TranscriptError(
                    .unsafePath, "\(folder) is no folder; nothing is written below it.",
                    path: name)
            }
        }
        return folder + "/" + (parts.last ?? "")
    }

    /// What stands at a path, a symbolic link not followed; nil for nothing.
    static func type(_ path: String) -> FileAttributeType? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.type] as? FileAttributeType
    }

    private static func make(_ path: String) throws(TranscriptError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw TranscriptError(
                .inaccessible, "the folder \(path) cannot be made. Check its permissions.",
                path: path, cause: error)
        }
    }
}

/// A file that is written aside and takes its name only when it is whole.
struct AsideFile {
    private let path: String
    private let aside: String
    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private var hash = DigestStream()
    private(set) var size: UInt64 = 0

    private static let bufferSize = 1 << 20

    /// Begins a file.
    init(_ path: String) throws(TranscriptError) {
        self.path = path
        // A name of its own: with a suffix, the longest names would be too long.
        let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        aside = folder + "/.part-\(UInt32.random(in: 0...UInt32.max))"
        guard FileManager.default.createFile(atPath: aside, contents: nil),
            let handle = FileHandle(forWritingAtPath: aside)
        else {
            throw TranscriptError(
                .inaccessible, "\(path) cannot be written. Check the folder's permissions.",
                path: path)
        }
        self.handle = handle
        buffer.reserveCapacity(2 * Self.bufferSize)
    }

    /// Adds bytes.
    mutating func write(_ bytes: Span<UInt8>) throws(TranscriptError) {
        buffer.append(copying: bytes)
        size += UInt64(bytes.count)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    private mutating func flush() throws(TranscriptError) {
        let bytes = buffer
        hash.update(bytes.span)
        do {
            try handle.write(contentsOf: bytes)
        } catch {
            throw TranscriptError(
                .inaccessible, "\(path) cannot be written. Check the room on the disk.",
                path: path, cause: error)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Ends the file: it takes its name if it has the right hash.
    ///
    /// - Throws: ``TranscriptError/Code/mismatch`` where it has another, and
    ///   ``TranscriptError/Code/targetExists`` where something else stands there.
    mutating func finish(size: UInt64, digest: Digest) throws(TranscriptError) {
        try flush()
        guard self.size == size, hash.finish() == digest else {
            throw TranscriptError(
                .mismatch, "what the journal holds is not the file that was imported", path: path)
        }
        do {
            try handle.synchronize()
            try handle.close()
            if TargetFolder.type(path) != nil {
                guard try isSame(digest, size) else {
                    throw TranscriptError(
                        .targetExists, "\(path) is there already, with other content; it stays.",
                        path: path)
                }
                try FileManager.default.removeItem(atPath: aside)
            } else {
                try FileManager.default.moveItem(atPath: aside, toPath: path)
            }
        } catch let error as TranscriptError {
            throw error
        } catch {
            throw TranscriptError(
                .inaccessible, "\(path) cannot be written. Check the folder's permissions.",
                path: path, cause: error)
        }
    }

    /// Lets go of a file that was not finished.
    func abandon() {
        try? handle.close()
        try? FileManager.default.removeItem(atPath: aside)
    }

    /// Whether the file that stands there is the one to be written.
    private func isSame(_ digest: Digest, _ size: UInt64) throws(TranscriptError) -> Bool {
        guard TargetFolder.type(path) == .typeRegular,
            let found = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber,
            found.uint64Value == size
        else { return false }
        var window = try FileWindow(path: path, size: size)
        var hash = DigestStream()
        while !window.isAtEnd {
            try window.fill()
            hash.update(window.bytes.span)
            window.discard(before: window.bytes.count)
        }
        return hash.finish() == digest
    }
}
