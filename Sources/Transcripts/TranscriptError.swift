/// Why transcripts could not be imported or exported.
///
/// Two errors are equal when their codes are.
public struct TranscriptError: Error, Sendable {
    /// What kind of error. New codes may be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name.
        public let rawValue: String

        /// A code by its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The content is in no format that this version reads.
        public static let notATranscript = Code(rawValue: "notATranscript")
        /// An archive is damaged, or unpacks to more than is taken.
        public static let archive = Code(rawValue: "archive")
        /// This build cannot read it.
        public static let unsupported = Code(rawValue: "unsupported")
        /// A file or folder is not there.
        public static let notFound = Code(rawValue: "notFound")
        /// A file or folder cannot be read or written.
        public static let inaccessible = Code(rawValue: "inaccessible")
        /// A file changed while it was read.
        public static let changedWhileRead = Code(rawValue: "changedWhileRead")
        /// The journal holds no import to export.
        public static let nothingToExport = Code(rawValue: "nothingToExport")
        /// A path in the journal would lead out of the target folder.
        public static let unsafePath = Code(rawValue: "unsafePath")
        /// The target holds something else already.
        public static let targetExists = Code(rawValue: "targetExists")
        /// What the journal holds does not give back the file that was imported.
        public static let mismatch = Code(rawValue: "mismatch")
        /// Content of a session was compacted, and without it nobody can say which lines are new.
        public static let compacted = Code(rawValue: "compacted")
        /// A file holds secrets, and is not to be imported so.
        public static let secretsFound = Code(rawValue: "secretsFound")
        /// A file holds something that cannot be looked into, and is not to be imported so.
        public static let unseen = Code(rawValue: "unseen")
        /// The system lets no more folders be watched.
        public static let watchLimit = Code(rawValue: "watchLimit")
    }

    private final class Storage: Sendable {
        let code: Code
        let message: String
        let path: String?
        let cause: (any Error)?

        init(code: Code, message: String, path: String?, cause: (any Error)?) {
            self.code = code
            self.message = message
            self.path = path
            self.cause = cause
        }
    }

    private let storage: Storage

    /// Creates an error; the message says what is wrong and what to do.
    public init(_ code: Code, _ message: String, path: String? = nil, cause: (any Error)? = nil) {
        storage = Storage(code: code, message: message, path: path, cause: cause)
    }

    /// What kind of error.
    public var code: Code { storage.code }

    /// What is wrong and what to do, in one line. It may name a path.
    public var message: String { storage.message }

    /// The file or folder.
    public var path: String? { storage.path }

    /// What was thrown below.
    public var cause: (any Error)? { storage.cause }
}

extension TranscriptError: Equatable {
    /// Equal where the codes are.
    public static func == (left: TranscriptError, right: TranscriptError) -> Bool {
        left.code == right.code
    }
}

extension TranscriptError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
