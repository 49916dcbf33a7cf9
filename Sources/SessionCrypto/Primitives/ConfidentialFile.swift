#if Crypto
internal import Glibc
internal import SegmentLog
import SessionJournal

/// A file that holds a secret, which nobody but its owner may be allowed to read.
enum ConfidentialFile {
    /// Throws where others may read a file, or it cannot be looked at.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - secret: What is in it, for the message: `the master key`.
    ///   - code: What a file is that is not there.
    static func check(_ path: String, of secret: String, _ code: JournalError.Code) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw JournalError(
                errno == EACCES ? .accessDenied : code,
                "the file of \(secret) cannot be looked at: \(Errno(rawValue: errno))",
                place: path)
        }
        guard status.st_mode & 0o077 == 0 else {
            throw JournalError(
                .accessDenied,
                "others may read the file of \(secret); allow it to nobody but you: chmod 600",
                place: path)
        }
    }
}
#endif
