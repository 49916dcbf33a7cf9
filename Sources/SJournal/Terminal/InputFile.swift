import FoundationEssentials
import SessionJournal

/// Small files that a command line names.
enum InputFile {
    /// The largest that is read, in bytes.
    private static let sizeLimit = 64 << 20

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// The bytes of a file, or those of standard input for "-".
    static func read(_ path: String, _ context: CommandContext) throws -> [UInt8] {
        guard path == "-" else {
            guard let data = FileManager.default.contents(atPath: path), data.count <= sizeLimit
            else { throw Failure(.damaged, "\(Shown(path)) cannot be read") }
            return Array(data)
        }
        var bytes: [UInt8] = []
        while let line = try context.input.line(), bytes.count <= sizeLimit {
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}

/// Files that a command writes and nothing else does.
enum OutputFile {
    /// Writes a text to a file that does not exist yet.
    static func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .withoutOverwriting)
        } catch {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw Failure(
                isThere ? .negative : .damaged,
                isThere
                    ? "\(Shown(path)) is there already; name another file"
                    : "\(Shown(path)) cannot be written")
        }
    }
}
