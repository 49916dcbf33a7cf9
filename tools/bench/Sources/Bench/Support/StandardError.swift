internal import Glibc

/// Writes to standard error, where words go that are no result.
func complain(_ text: String) {
    var text = text
    text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
