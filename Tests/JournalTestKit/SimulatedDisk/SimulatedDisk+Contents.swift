internal import Synchronization
package import TransparencyLog

// MARK: What is on it, and damage

extension SimulatedDisk {
    /// All files with their live bytes.
    package var files: [String: [UInt8]] {
        let state = state.withLock { $0 }
        var files: [String: [UInt8]] = [:]
        for (path, node) in state.names.live where node != DiskNames.directory {
            files[path] = state.nodes[node]?.live.bytes
        }
        return files
    }

    /// The live bytes of a file; nil where there is none.
    package func bytes(of path: String) -> [UInt8]? {
        let state = state.withLock { $0 }
        return state.file(path).flatMap { state.nodes[$0]?.live.bytes }
    }

    /// The bytes that a file's node would have if nothing unsynced survived; nil where the name
    /// itself would not.
    package func durableBytes(of path: String) -> [UInt8]? {
        let state = state.withLock { $0 }
        guard let node = state.names.names(after: .nothing)[path] else { return nil }
        return state.nodes[node]?.durable.bytes
    }

    /// Replaces the bytes of a file, durably: damage, as a test wants it.
    package func replace(_ path: String, with bytes: [UInt8]) {
        state.withLock { state in
            guard let node = state.file(path) else { return }
            _ = state.change(node) { $0.replace(with: DiskImage(bytes)) }
        }
    }

    /// Puts a file there, durably, with the directories on the way to it.
    package func place(_ bytes: [UInt8], at path: String) {
        state.withLock { state in
            var parent = DiskNames.parent(of: path)
            while parent != "/" {
                state.names.place(parent, DiskNames.directory)
                parent = DiskNames.parent(of: parent)
            }
            state.names.place(path, state.makeNode(DiskImage(bytes)))
        }
    }

    /// Flips one bit of a file, on the platter and in the cache. Bit 0 is the lowest of byte 0.
    package func flipBit(_ path: String, _ bit: Int) {
        state.withLock { state in
            guard let node = state.file(path) else { return }
            _ = state.change(node) { $0.flip(bit: bit) }
        }
    }

    /// Puts other bytes into a file, on the platter and in the cache.
    package func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) {
        guard var all = self.bytes(of: path), offset >= 0, offset + bytes.count <= all.count else {
            return
        }
        all.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        replace(path, with: all)
    }

    /// Cuts a file, on the platter and in the cache.
    package func truncate(_ path: String, to size: Int) {
        state.withLock { state in
            guard let node = state.file(path), var image = state.nodes[node]?.live else { return }
            image.resize(to: min(size, image.size))
            _ = state.change(node) { $0.replace(with: image) }
        }
    }

    /// Removes a name, durably: a file that was lost.
    package func lose(_ path: String) {
        state.withLock { $0.names.lose(path) }
    }

    /// A hash of what survives for certain: every durable name, and the bytes of every file. Two
    /// disks with the same hash are the same to whoever opens them.
    package var imageHash: Hash {
        let state = state.withLock { $0 }
        let names = state.names.names(after: .nothing)
        var summary: [UInt8] = []
        func append(_ number: Int) {
            for shift in stride(from: 0, to: 64, by: 8) {
                summary.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        for path in names.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            append(path.utf8.count)
            summary.append(contentsOf: path.utf8)
            guard let node = names[path], let image = state.nodes[node]?.durable else {
                append(-1)
                continue
            }
            append(image.size)
            image.forEachFilledChunk { index, hash in
                append(index)
                hash.append(to: &summary)
            }
            append(-1)
        }
        return Hash(of: summary.span)
    }
}
