import JournalTestKit
import SegmentLog
import Testing

extension File {
    /// Writes the bytes of an array.
    func write(_ bytes: [UInt8], at offset: Int) throws {
        try write(bytes.span, at: offset)
    }
}

extension SimulatedDisk {
    /// A file with bytes, all of it durable.
    func made(_ path: String, _ bytes: [UInt8]) throws -> any File {
        let file = try open(path, .create)
        try file.write(bytes, at: 0)
        try file.sync()
        try syncDirectory("/")
        return file
    }
}

/// The disk behaves as a disk does while the power is on.
struct SimulatedDiskTests {
    let disk = SimulatedDisk()

    @Test func filesBehaveAsOnTheRealDisk() throws {
        let file = try disk.open("/a", .create)
        try file.write([1, 2, 3, 4, 5], at: 2)
        #expect(try file.size() == 7)
        #expect(try file.read(100, at: 0) == [0, 0, 1, 2, 3, 4, 5])
        #expect(try file.read(2, at: 3) == [2, 3])
        #expect(try file.read(2, at: 9) == [])
        try file.truncate(to: 3)
        try file.truncate(to: 5)
        #expect(try file.read(9, at: 0) == [0, 0, 1, 0, 0])
        #expect(throws: Errno.exists) { try disk.open("/a", .create) }
        #expect(throws: Errno.noSuchFile) { try disk.open("/b", .read) }
        #expect(throws: Errno.noSuchFile) { try disk.open("/x/b", .create) }
        #expect(throws: Errno.badDescriptor) {
            try disk.open("/a", .read).write([1], at: 0)
        }
        #expect(throws: Errno.invalid) { try file.read(-1, at: 0) }
        #expect(try disk.status(of: "/a")?.size == 5)
        #expect(try disk.status(of: "/")?.kind == .directory)
    }

    @Test func namesBehaveAsOnTheRealDisk() throws {
        try disk.makeDirectory("/d")
        #expect(throws: Errno.exists) { try disk.makeDirectory("/d") }
        #expect(throws: Errno.isDirectory) { try disk.open("/d", .read) }
        #expect(throws: Errno.isDirectory) { try disk.remove("/d") }
        for name in ["b", "a"] { _ = try disk.open("/d/\(name)", .create) }
        #expect(try disk.names(in: "/d") == ["a", "b"])
        #expect(try disk.names(in: "/") == ["d"])
        let identity = try disk.status(of: "/d/b")?.identity
        let old = try disk.open("/d/a", .read)
        try disk.rename("/d/b", to: "/d/a")
        #expect(try disk.status(of: "/d/a")?.identity == identity)
        #expect(try old.identity() != identity)
        try disk.remove("/d/a")
        #expect(try disk.names(in: "/d") == [])
        #expect(throws: Errno.noSuchFile) { try disk.rename("/d/a", to: "/d/b") }
        #expect(throws: Errno.noSuchFile) { try disk.names(in: "/d/a") }
        _ = try disk.open("/d/a", .create)
        #expect(throws: Errno.notDirectory) { try disk.names(in: "/d/a") }
        #expect(throws: Errno.notDirectory) { try disk.open("/d/a/b", .create) }
    }

    /// Writes and cuts at the limits of the chunks of which images are made, against an array.
    @Test func imagesAreWhatAnArrayWouldBe() throws {
        var random = SeededGenerator(seed: 3)
        let file = try disk.open("/a", .create)
        var model: [UInt8] = []
        for round in 0..<400 {
            let offset = Int.random(in: 0...40_000, using: &random)
            if round % 7 == 3 {
                try file.truncate(to: offset)
                model = Array(model.prefix(offset))
                model += [UInt8](repeating: 0, count: offset - model.count)
            } else {
                let count = Int.random(in: 0...20_000, using: &random)
                let bytes = [UInt8](repeating: UInt8(round & 255), count: count)
                try file.write(bytes, at: offset)
                if count > 0 {
                    let gap = max(0, offset + count - model.count)
                    model += [UInt8](repeating: 0, count: gap)
                    model.replaceSubrange(offset..<(offset + count), with: bytes)
                }
            }
            if round % 50 == 0 { try file.sync() }
            #expect(try file.read(100_000, at: 0) == model)
            let start = Int.random(in: 0...50_000, using: &random)
            #expect(
                try file.read(17_000, at: start)
                    == Array(model.dropFirst(start).prefix(17_000)))
        }
        #expect(disk.powerCut(.everything).bytes(of: "/a") == model)
    }

    @Test func locksAreHeldByHandle() throws {
        let lock = try #require(try disk.lock("/LOCK"))
        #expect(lock.isHeld)
        #expect(try disk.lock("/LOCK") == nil)
        #expect(try disk.isLocked("/LOCK"))
        #expect(try !disk.isLocked("/other"))
        #expect(try disk.powerCut(.everything).lock("/LOCK") != nil)
        lock.release()
        #expect(!lock.isHeld)
        var second = try disk.lock("/LOCK")
        #expect(second != nil)
        second = nil
        #expect(try !disk.isLocked("/LOCK"))
    }

    @Test func damageIsDurable() throws {
        let file = try disk.made("/a", [1, 2, 3])
        disk.flipBit("/a", 9)
        #expect(try file.read(3, at: 0) == [1, 0, 3])
        #expect(disk.powerCut(.nothing).bytes(of: "/a") == [1, 0, 3])
        disk.truncate("/a", to: 1)
        #expect(disk.powerCut(.nothing).bytes(of: "/a") == [1])
        disk.replace("/a", with: [9])
        #expect(try file.read(3, at: 0) == [9])
        disk.place([7], at: "/x/y/z")
        #expect(disk.powerCut(.nothing).files == ["/a": [9], "/x/y/z": [7]])
        disk.lose("/a")
        #expect(disk.powerCut(.everything).files == ["/x/y/z": [7]])
    }

    @Test func imageHashTellsDurableImagesApart() throws {
        let file = try disk.made("/a", [1, 2, 3])
        let hash = disk.imageHash
        try file.write([9], at: 0)
        #expect(disk.imageHash == hash, "not durable yet")
        try file.sync()
        #expect(disk.imageHash != hash)
        try file.write([1], at: 0)
        try file.sync()
        #expect(disk.imageHash == hash)
        try file.truncate(to: 4)
        try file.sync()
        #expect(disk.imageHash != hash)
        try file.truncate(to: 3)
        try file.sync()
        #expect(disk.imageHash == hash)
        try disk.rename("/a", to: "/b")
        #expect(disk.imageHash == hash)
        try disk.syncDirectory("/")
        #expect(disk.imageHash != hash)
        #expect(disk.imageHash == disk.powerCut(.nothing).imageHash)
    }

    @Test func imageHashSeesAFlippedBit() throws {
        _ = try disk.made("/a", [1, 2, 3])
        let hash = disk.imageHash
        disk.flipBit("/a", 9)
        #expect(disk.imageHash != hash)
        disk.flipBit("/a", 9)
        #expect(disk.imageHash == hash)
    }

    /// A hole and written zeros are the same bytes.
    @Test func imageHashKnowsNoHoles() throws {
        let zeros = [UInt8](repeating: 0, count: 50_000)
        let written = SimulatedDisk()
        _ = try written.made("/a", zeros)
        let extended = SimulatedDisk()
        let file = try extended.made("/a", [])
        try file.truncate(to: 50_000)
        try file.sync()
        #expect(written.imageHash == extended.imageHash)
    }
}
