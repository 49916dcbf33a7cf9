public import SessionJournal
internal import TransparencyLog

/// Writes sessions in a shape of somebody's choice.
///
/// ```swift
/// let exporter = SessionExporter(journal, format: .named("html")!)
/// let report = try await exporter.export([session], to: "shared")
/// ```
public struct SessionExporter: Sendable {
    private let journal: Journal
    private let format: ExportFormat

    /// What of each session is exported.
    public var options: ExportOptions

    /// An exporter of a journal's sessions.
    public init(_ journal: Journal, format: ExportFormat, options: ExportOptions = .init()) {
        self.journal = journal
        self.format = format
        self.options = options
    }

    /// A session as one file.
    ///
    /// Cost: as ``Journal/state(of:at:branch:damage:)``, and memory for the session's messages and
    /// the file.
    ///
    /// - Throws: `JournalError` with the code `sessionNotFound`, `branchNotFound` or `damaged`.
    public func file(of session: SessionID) async throws -> ExportedFile {
        let exported = try await ExportedSession(
            journal, session, options, source: format.source)
        let content = format.write(exported)
        // Of what gives no file nothing more is lost.
        let lost = content.text.isEmpty ? [:] : ExportLosses.count(exported, format)
        return ExportedFile(
            session: session, name: FileNames.stem(format.fileName?(exported) ?? exported.key),
            suffix: format.suffix,
            content: content.text, messageCount: format.messageCount(exported),
            setAside: content.setAside.merging(lost, uniquingKeysWith: +))
    }

    /// Writes a file a session into a folder, which is made where it is not there.
    ///
    /// A file is named after the session's key; what may not stand in a name of a file, or stands there
    /// twice, gives way. A file that stands there with other content stays, and is named in the report.
    ///
    /// - Throws: ``TranscriptError/Code/inaccessible`` where the folder cannot be written; a
    ///   `JournalError` where a session cannot be read.
    public func export(
        _ sessions: [SessionID], to directory: String
    ) async throws -> SessionExportReport {
        let target = try TargetFolder(directory)
        var names = FileNames()
        var report = SessionExportReport()
        for session in sessions {
            let file = try await file(of: session)
            let name = names.free(file.name, session) + "." + file.suffix
            do {
                let bytes = Array(file.content.utf8)
                var output = try AsideFile(try target.place(of: name))
                do {
                    try output.write(bytes.span)
                    try output.finish(
                        size: UInt64(bytes.count), digest: Digest(hashing: bytes.span))
                } catch {
                    output.abandon()
                    throw error
                }
                report.add(file, name)
            } catch let error as TranscriptError where error.code == .targetExists {
                report.problems.append((name, error.message))
            }
        }
        return report
    }
}

extension ExportFormat {
    fileprivate func messageCount(_ session: ExportedSession) -> Int {
        showsTree ? session.nodes.count : session.messages.count
    }
}

/// A session in some shape.
public struct ExportedFile: Sendable {
    /// The session.
    public let session: SessionID
    /// A name for the file, without its end. It can stand in any folder.
    public let name: String
    /// What its name ends with, after a point.
    public let suffix: String
    /// Its content.
    public let content: String
    /// How many messages were selected.
    public let messageCount: Int
    /// What had no place in the shape, by what it is, and how much of it.
    public let setAside: [String: Int]
}

/// What an export of sessions did.
public struct SessionExportReport: Sendable {
    /// A file that was written, or stood there already as it should.
    public struct File: Sendable {
        /// The session.
        public let session: SessionID
        /// Its name in the folder.
        public let name: String
        /// Its size in bytes.
        public let size: Int
        /// How many messages were selected.
        public let messageCount: Int
        /// What had no place in the shape, by what it is, and how much of it.
        public let setAside: [String: Int]
    }

    /// The files.
    public var files: [File] = []

    /// The files that could not be written, and why.
    public var problems: [(name: String, why: String)] = []

    /// What had no place in the shape, over all files.
    public var setAside: [String: Int] {
        files.reduce(into: [:]) { $0.merge($1.setAside, uniquingKeysWith: +) }
    }

    /// A report of nothing.
    public init() {}

    mutating func add(_ file: ExportedFile, _ name: String) {
        files.append(
            File(
                session: file.session, name: name, size: file.content.utf8.count,
                messageCount: file.messageCount, setAside: file.setAside))
    }
}

/// Names for files that sessions are written to.
struct FileNames {
    private var taken: Set<String> = []

    /// The longest, in bytes, so that an end and a number have room.
    private static let limit = 180

    /// A name that can stand in any folder: what separates folders, what some system does not take and
    /// what a terminal would obey becomes `_`.
    static func stem(_ key: String) -> String {
        var name = ""
        for scalar in key.unicodeScalars {
            let isPlain =
                !HostileText.isHostile(scalar) && !"/\\:*?\"<>|".unicodeScalars.contains(scalar)
            name.unicodeScalars.append(isPlain ? scalar : "_")
            if name.utf8.count >= limit { break }
        }
        while let last = name.last, last == "." || last == " " { name.removeLast() }
        return name.isEmpty || name.hasPrefix(".") || name.hasPrefix("-") ? "_" + name : name
    }

    /// The name, or one like it that no other session has, whether a system tells capitals apart or not.
    mutating func free(_ name: String, _ session: SessionID) -> String {
        if taken.insert(name.lowercased()).inserted { return name }
        let other = name + "~" + session.hexadecimal.suffix(8)
        taken.insert(other.lowercased())
        return other
    }
}
