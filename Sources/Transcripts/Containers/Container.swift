internal import Foundation

/// A file that holds files: an archive, or a store whose rows are lines.
enum Container: Sendable {
    case gzip
    case zip
    case sqlite
    case postgres

    /// What a file is, by its first bytes; nil for none of these.
    static func kind(of file: FileWalk.File) throws(TranscriptError) -> Container? {
        var window = try FileWindow(path: file.fullPath, size: min(file.size, 64))
        try window.fill()
        if window.bytes.starts(with: [0x1F, 0x8B, 8]) { return .gzip }
        let zip: [UInt8] = [UInt8(ascii: "P"), UInt8(ascii: "K")]
        // A zip file without members begins with its end.
        if window.bytes.starts(with: zip + [3, 4]) || window.bytes.starts(with: zip + [5, 6]) {
            return .zip
        }
        if window.bytes.starts(with: Array("SQLite format 3\0".utf8)) { return .sqlite }
        if window.bytes.starts(with: Array("--\n-- PostgreSQL database ".utf8))
            || window.bytes.starts(with: Array("--\r\n-- PostgreSQL database ".utf8))
        {
            return .postgres
        }
        return nil
    }
}

extension FileWalk.File {
    /// What is said where a build cannot open the file.
    func missing(_ trait: String, _ package: String) -> TranscriptError {
        TranscriptError(
            .unsupported,
            "\(path) cannot be opened: this sjournal was built without the trait \(trait). Install "
                + "\(package) and build with --traits \(trait), or take the file apart first.",
            path: path)
    }

    /// A member of the file, which is a folder to it.
    ///
    /// - Parameter session: The path after which a session is called that no line names; nil for
    ///   that of the member.
    func member(
        _ name: String, size: UInt64, session: String? = nil, isGiven: Bool = false
    ) -> FileWalk.File {
        var member = FileWalk.File(
            root: root, path: path + "/" + name, size: size, modified: modified, isGiven: isGiven)
        member.sessionPath = session ?? member.path
        return member
    }
}
