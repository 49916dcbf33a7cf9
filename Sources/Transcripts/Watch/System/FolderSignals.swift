internal import Glibc

/// What the kernel tells of folders (inotify), and a way to wake whoever waits for it.
///
/// Waiting takes a thread and no processor. May be used by one thread at a time, but for ``wake()``.
final class FolderSignals: Sendable {
    /// Something that happened in a folder.
    struct Signal: Sendable {
        /// The number that ``watch(_:)`` gave the folder; -1 where signals were lost.
        let watch: Int32
        private let mask: UInt32
        /// The name in the folder; empty for the folder itself.
        let name: String

        init(watch: Int32, mask: UInt32, name: String) {
            self.watch = watch
            self.mask = mask
            self.name = name
        }

        private func has(_ bits: Int...) -> Bool {
            bits.contains { mask & UInt32(truncatingIfNeeded: $0) != 0 }
        }

        /// Whether the kernel had too much to tell, so that all must be looked at.
        var isOverflow: Bool { has(Int(IN_Q_OVERFLOW)) }

        /// Whether the folder's number means nothing any more.
        var isForgotten: Bool { has(Int(IN_IGNORED)) }

        /// Whether only bytes or rights of a file changed, and no name.
        var isOfContent: Bool {
            !name.isEmpty && !has(Int(IN_ISDIR))
                && !has(
                    Int(IN_CREATE), Int(IN_DELETE), Int(IN_MOVED_FROM), Int(IN_MOVED_TO))
        }

        /// Whether whoever wrote to the file is done with it.
        var isOfClosing: Bool { has(Int(IN_CLOSE_WRITE)) }
    }

    private let queue: Int32
    /// The ends of a pipe: one to read, one to write.
    private let bell: (out: Int32, in: Int32)

    /// Opens a queue.
    ///
    /// - Throws: ``TranscriptError/Code/inaccessible`` where the system has none to give.
    init() throws(TranscriptError) {
        queue = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard queue >= 0 else {
            throw TranscriptError(
                .inaccessible,
                errno == EMFILE
                    ? "as many programs watch folders as may: raise "
                        + "fs.inotify.max_user_instances (sysctl)"
                    : "folders cannot be watched on this system.")
        }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            close(queue)
            throw TranscriptError(
                .inaccessible, "too many files are open: raise the limit (ulimit -n)")
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        bell = (ends[0], ends[1])
    }

    deinit {
        close(queue)
        close(bell.out)
        close(bell.in)
    }

    private static let wanted = UInt32(
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB
            | IN_DELETE_SELF | IN_MOVE_SELF)

    /// Begins to watch a folder.
    ///
    /// - Returns: The number that its signals carry; nil where there is no such folder, or none that
    ///   may be read.
    /// - Throws: ``TranscriptError/Code/watchLimit`` where no more may be watched.
    func watch(_ path: String) throws(TranscriptError) -> Int32? {
        let number = inotify_add_watch(queue, path, Self.wanted | UInt32(IN_ONLYDIR))
        if number >= 0 { return number }
        guard errno == ENOSPC else { return nil }
        throw TranscriptError(
            .watchLimit,
            "\(path) cannot be watched: as many folders are watched as may be; raise "
                + "fs.inotify.max_user_watches, such as with sysctl "
                + "fs.inotify.max_user_watches=524288", path: path)
    }

    /// Ends watching a folder.
    func forget(_ number: Int32) { inotify_rm_watch(queue, number) }

    /// Has the one that waits return.
    func wake() {
        var byte: UInt8 = 1
        // A pipe that is full wakes as well.
        _ = write(bell.in, &byte, 1)
    }

    /// Waits until there is something to ``read()``, until ``wake()``, or for some time.
    ///
    /// - Parameter milliseconds: How long at most; negative for as long as it takes.
    /// - Returns: Whether there is something to read.
    func wait(milliseconds: Int32) -> Bool {
        var watched = [
            pollfd(fd: queue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: bell.out, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&watched, 2, milliseconds) > 0 else { return false }
        if watched[1].revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 1_024)
            while Glibc.read(bell.out, &bytes, bytes.count) == bytes.count {}
        }
        return watched[0].revents != 0
    }

    /// Takes what the kernel has told since the last time, without waiting.
    func read() -> [Signal] {
        var signals: [Signal] = []
        let size = 64 << 10
        let head = MemoryLayout<inotify_event>.size
        var buffer = [UInt8](repeating: 0, count: size)
        while true {
            let count = Glibc.read(queue, &buffer, size)
            guard count > 0 else { return signals }
            buffer.withUnsafeBytes { bytes in
                var offset = 0
                while offset + head <= count {
                    let event = bytes.loadUnaligned(
                        fromByteOffset: offset, as: inotify_event.self)
                    let start = offset + head
                    let end = min(start + Int(event.len), count)
                    signals.append(
                        Signal(
                            watch: event.wd, mask: event.mask,
                            name: String(
                                decoding: bytes[start..<end].prefix { $0 != 0 }, as: UTF8.self)))
                    offset = end
                }
            }
        }
    }

    /// How many files the process may have open.
    static var openFileLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 1_024
        }
        return Int(clamping: limit.rlim_cur)
    }
}
