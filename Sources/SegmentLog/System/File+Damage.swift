extension File {
    /// A part of the file, page by page: zeros stand for a page that the disk cannot read. Says where
    /// those pages begin. A part that is not there any more is cut off.
    func readAroundDamage(
        _ range: Range<Int>
    ) throws(Errno) -> (bytes: [UInt8], unreadable: [Int]) {
        var bytes: [UInt8] = []
        var unreadable: [Int] = []
        bytes.reserveCapacity(range.count)
        var at = range.lowerBound
        while at < range.upperBound {
            let page = SegmentLogFormat.pageSize
            let end = min((at / page + 1) * page, range.upperBound)
            do throws(Errno) {
                let part = try read(end - at, at: at)
                bytes.append(contentsOf: part)
                if part.count < end - at { break }
            } catch {
                guard error == .inputOutput else { throw error }
                unreadable.append(at)
                bytes.append(contentsOf: repeatElement(0, count: end - at))
            }
            at = end
        }
        return (bytes, unreadable)
    }
}

/// What stands for a file that cannot be opened as one: nothing can be read from it.
final class RefusedFile: File {
    /// Why.
    let errno: Errno

    init(_ errno: Errno) { self.errno = errno }

    func read(_ count: Int, at offset: Int) throws(Errno) -> [UInt8] { throw errno }
    func readUncached(_ count: Int, at offset: Int) throws(Errno) -> [UInt8]? { throw errno }
    func write(_ bytes: Span<UInt8>, at offset: Int) throws(Errno) { throw errno }
    func sync() throws(Errno) { throw errno }
    func size() throws(Errno) -> Int { 0 }
    func truncate(to size: Int) throws(Errno) { throw errno }
    func identity() throws(Errno) -> UInt64 { 0 }
}

extension Errno {
    /// Whether opening failed for what stands at the path, and not for this process or the moment.
    package var isRefusal: Bool { refusal != nil }

    /// What an error of opening says of the thing at the path, where it will say so again; nil where
    /// it speaks of this process or of the moment.
    var refusal: String? {
        switch self {
        case .isDirectory: "a directory stands in place of the file"
        case .tooManyLinks: "a symbolic link stands in place of the file"
        case .invalid, .noSuchDevice: "what stands there is no regular file"
        case .inputOutput: "the disk cannot read it: \(self)"
        default: nil
        }
    }
}
