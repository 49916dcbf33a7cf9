import JournalTestKit
import SegmentLog
import Testing

/// Calls that fail because a test said so.
struct SimulatedFaultTests {
    let disk = SimulatedDisk()

    /// Makes one call of a kind.
    private func call(_ call: SimulatedDisk.Call) throws {
        switch call {
        case .open: _ = try disk.open("/a", .read)
        case .read: _ = try disk.open("/a", .read).read(1, at: 0)
        case .write: try disk.open("/a", .update).write([1], at: 0)
        case .sync: try disk.open("/a", .update).sync()
        case .truncate: try disk.open("/a", .update).truncate(to: 1)
        case .rename: try disk.rename("/a", to: "/a")
        case .remove:
            _ = try? disk.open("/gone", .create)
            try disk.remove("/gone")
        case .makeDirectory: try disk.makeDirectory("/d\(disk.changeCount)")
        case .syncDirectory: try disk.syncDirectory("/")
        case .list: _ = try disk.names(in: "/")
        case .lock: try disk.lock("/LOCK")?.release()
        case .status: _ = try disk.status(of: "/a")
        }
    }

    @Test(arguments: SimulatedDisk.Call.allCases)
    func nthCallFails(kind: SimulatedDisk.Call) throws {
        _ = try disk.made("/a", [0])
        try call(kind)
        let before = disk.count(of: kind)
        disk.fail(.init(kind, 2, .accessDenied))
        try call(kind)
        #expect(throws: Errno.accessDenied) { try call(kind) }
        try call(kind)
        #expect(disk.count(of: kind) == before + 3)
    }

    @Test(arguments: SimulatedDisk.Call.allCases)
    func lastingFaultsStay(kind: SimulatedDisk.Call) throws {
        _ = try disk.made("/a", [0])
        disk.fail(.init(kind, 2, .readOnly, isLasting: true))
        try call(kind)
        for _ in 0..<3 { #expect(throws: Errno.readOnly) { try call(kind) } }
        disk.failNoMore()
        try call(kind)
    }

    @Test func failedWriteChangesNothing() throws {
        let file = try disk.made("/a", [1])
        disk.fail(.init(.write, 1, .inputOutput))
        #expect(throws: Errno.inputOutput) { try file.write([2], at: 0) }
        #expect(try file.read(1, at: 0) == [1])
    }

    @Test func failedWriteMayHaveWrittenSome() throws {
        let file = try disk.made("/a", [1, 1, 1])
        disk.fail(.init(.write, 1, .fileTooLarge, written: 2))
        #expect(throws: Errno.fileTooLarge) { try file.write([2, 2, 2], at: 0) }
        #expect(try file.read(3, at: 0) == [2, 2, 1])
    }

    /// The cache shows the truth, and the platter what the lie has made of it.
    @Test(
        arguments: [
            (SimulatedDisk.Lie.lost, [1, 1, 1, 1], [9, 9]), (.torn(1), [2, 1, 1, 1], [9, 9]),
            (.shifted(1), [1, 2, 2, 1], [9, 9]), (.shifted(3), [1, 1, 1, 2], [9, 9]),
            (.elsewhere("/b"), [1, 1, 1, 1], [2, 2]), (.elsewhere("/c"), [1, 1, 1, 1], [9, 9]),
        ] as [(SimulatedDisk.Lie, [UInt8], [UInt8])])
    func lyingWriteIsSeenWithoutTheCache(
        lie: SimulatedDisk.Lie, bytes: [UInt8], other: [UInt8]
    ) throws {
        let file = try disk.made("/a", [1, 1, 1, 1])
        _ = try disk.made("/b", [9, 9])
        disk.lie(lie, atWrite: 1)
        try file.write([2, 2], at: 0)
        try file.sync()
        #expect(try file.read(4, at: 0) == [2, 2, 1, 1])
        #expect(disk.powerCut(.nothing).files == ["/a": bytes, "/b": other])
        disk.dropCaches()
        #expect(disk.files == ["/a": bytes, "/b": other])
        try file.write([3], at: 3)
        try file.sync()
        #expect(disk.powerCut(.nothing).bytes(of: "/a") == Array(bytes[..<3]) + [3])
    }

    /// As measured on a real kernel: the sync fails, the next one succeeds, reads show the bytes, and
    /// the platter does not have them.
    @Test func failedSyncMakesPagesCleanAndLosesThem() throws {
        let file = try disk.made("/a", [1])
        try file.write([2], at: 0)
        disk.fail(.init(.sync, 1, .inputOutput))
        #expect(throws: Errno.inputOutput) { try file.sync() }
        try file.sync()
        #expect(try file.read(1, at: 0) == [2])
        #expect(try file.readUncached(1, at: 0) == [1])
        for survival in [SimulatedDisk.Survival.nothing, .everything] {
            #expect(disk.powerCut(survival).bytes(of: "/a") == [1])
        }
    }

    /// What is written to the same page later takes the lost bytes along; another page does not.
    @Test func laterWriteBringsItsWholePage() throws {
        let size = 8_192
        let file = try disk.made("/a", [UInt8](repeating: 1, count: size))
        try file.write([UInt8](repeating: 2, count: size), at: 0)
        disk.fail(.init(.sync, 1, .inputOutput))
        #expect(throws: Errno.inputOutput) { try file.sync() }
        try file.write([3], at: 10)
        try file.sync()
        let bytes = try #require(disk.powerCut(.nothing).bytes(of: "/a"))
        #expect(bytes[9] == 2 && bytes[10] == 3 && bytes[4_095] == 2)
        #expect(bytes[4_096...].allSatisfy { $0 == 1 })
    }

    @Test func failedSyncMayHaveWrittenSome() throws {
        let file = try disk.made("/a", [UInt8](repeating: 1, count: 16_384))
        try file.write([UInt8](repeating: 2, count: 16_384), at: 0)
        disk.fail(
            .init(.sync, 1, .inputOutput, keeping: .some(sectorSize: 4_096, seed: 11)))
        #expect(throws: Errno.inputOutput) { try file.sync() }
        let bytes = try #require(disk.powerCut(.everything).bytes(of: "/a"))
        #expect(Set(bytes) == [1, 2])
    }

    @Test func uncachedReadsShowThePlatter() throws {
        let file = try disk.made("/a", [1])
        try file.write([2], at: 0)
        #expect(try file.readUncached(9, at: 0) == [1])
        try file.sync()
        #expect(try file.readUncached(9, at: 0) == [2])
        disk.setSupportsUncached(false)
        #expect(try file.readUncached(9, at: 0) == nil)
        #expect(try disk.powerCut(.nothing).open("/a", .read).readUncached(1, at: 0) == nil)
    }

    @Test func fullDiskWritesWhatFits() throws {
        let file = try disk.made("/a", [1])
        disk.setFreeSize(2)
        #expect(throws: Errno.noSpace) { try file.write([5, 5, 5, 5], at: 0) }
        #expect(try file.read(9, at: 0) == [5, 5, 5])
        try file.write([6, 6, 6], at: 0)
        try file.truncate(to: 1)
        try file.write([7], at: 1)
        try disk.remove("/a")
        let other = try disk.open("/b", .create)
        try other.write([8, 8, 8], at: 0)
        #expect(throws: Errno.noSpace) { try other.write([9], at: 3) }
    }

    @Test func fullDiskFoundAtSync() throws {
        let file = try disk.made("/a", [1])
        disk.setFreeSize(2, foundAtSync: true)
        try file.write([5, 5, 5, 5], at: 0)
        #expect(throws: Errno.noSpace) { try file.sync() }
        #expect(try file.read(9, at: 0) == [5, 5, 5, 5])
        #expect(disk.powerCut(.everything).bytes(of: "/a") == [1])
    }
}
