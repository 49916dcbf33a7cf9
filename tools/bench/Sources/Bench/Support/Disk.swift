internal import Glibc

/// Files, by the calls of the system.
enum Disk {
    /// Throws where a call of the system returned less than 0.
    @discardableResult
    static func check<Number: SignedInteger>(
        _ result: Number, _ what: @autoclosure () -> String
    ) throws -> Number {
        guard result >= 0 else {
            let reason = String(cString: strerror(errno))
            throw BenchError("\(what()): \(reason)")
        }
        return result
    }

    /// Makes a directory and those above it.
    static func makeDirectory(_ path: String) throws {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else {
                throw BenchError("\(made): \(String(cString: strerror(errno)))")
            }
        }
    }

    /// The files below a path, itself where it is one.
    static func files(below path: String) -> [String] {
        guard let directory = opendir(path) else { return exists(path) ? [path] : [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { found += files(below: path + "/" + name) }
        }
        return found
    }

    /// A path without links; nil where nothing is there.
    static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Removes a file, or a directory with all in it.
    static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        guard let directory = opendir(path) else { return }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                        String(cString: $0)
                    }
                })
        }
        closedir(directory)
        for name in names where name != "." && name != ".." { remove(path + "/" + name) }
        rmdir(path)
    }

    /// The bytes that the files below a path take on the disk: their blocks, so that space which was
    /// reserved and not written counts as the file system counts it.
    static func size(below path: String) -> UInt64 {
        files(below: path).reduce(0) { sum, file in
            var status = stat()
            return stat(file, &status) == 0 ? sum + UInt64(status.st_blocks) * 512 : sum
        }
    }

    /// Writes all bytes at an offset.
    static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32, at offset: Int) throws {
        var done = 0
        while done < bytes.count, let base = bytes.baseAddress {
            done += try check(
                pwrite(file, base + done, bytes.count - done, off_t(offset + done)), "write")
        }
    }

    /// Reads a file from its beginning in pieces of a mebibyte, until `body` returns false.
    static func read(
        _ path: String, _ body: (UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        let file = try check(Glibc.open(path, O_RDONLY | O_CLOEXEC), path)
        defer { Glibc.close(file) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4_096)
        defer { buffer.deallocate() }
        while true {
            let count = try check(Glibc.read(file, buffer.baseAddress, buffer.count), path)
            guard count > 0 else { return }
            guard try body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else { return }
        }
    }

    /// Makes the next reading of the files below a path a cold one: everything is written out, their
    /// pages are given up, and, where the system lets us, everybody's.
    static func dropCaches(below path: String) {
        sync()
        for name in files(below: path) {
            let file = Glibc.open(name, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { continue }
            posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
            Glibc.close(file)
        }
        let all = Glibc.open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC)
        guard all >= 0 else { return }
        _ = Glibc.write(all, "1\n", 2)
        Glibc.close(all)
    }
}
