import JournalTestKit
import SegmentLog
import Testing

/// What is left after the power failed.
struct SimulatedPowerCutTests {
    let disk = SimulatedDisk()

    private func survivals(_ sectorSize: Int = 512, count: Int = 200) -> [SimulatedDisk.Survival] {
        (0..<count).map { .some(sectorSize: sectorSize, seed: UInt64($0)) }
    }

    @Test func unsyncedWriteIsLost() throws {
        let file = try disk.made("/a", [1])
        try file.write([2, 2], at: 0)
        #expect(disk.powerCut(.nothing).bytes(of: "/a") == [1])
        #expect(disk.powerCut(.everything).bytes(of: "/a") == [2, 2])
        #expect(disk.bytes(of: "/a") == [2, 2], "the disk itself goes on")
    }

    @Test func syncedWriteStays() throws {
        let file = try disk.made("/a", [1])
        try file.write([2, 2], at: 0)
        try file.sync()
        for survival in survivals() + [.nothing, .everything] {
            #expect(disk.powerCut(survival).bytes(of: "/a") == [2, 2])
        }
    }

    @Test func syncOfAFileDoesNotKeepItsName() throws {
        let file = try disk.open("/a", .create)
        try file.write([1], at: 0)
        try file.sync()
        #expect(disk.powerCut(.nothing).files.isEmpty)
        try disk.syncDirectory("/")
        #expect(disk.powerCut(.nothing).files == ["/a": [1]])
        #expect(disk.durableBytes(of: "/a") == [1])
    }

    @Test func nameWithoutSyncedBytesIsEmpty() throws {
        let file = try disk.open("/a", .create)
        try file.write([1], at: 0)
        try disk.syncDirectory("/")
        #expect(disk.powerCut(.nothing).files == ["/a": []])
    }

    @Test func renameIsOldOrNewAndNeverBoth() throws {
        _ = try disk.made("/a", [1])
        _ = try disk.made("/b", [2])
        try disk.rename("/b", to: "/a")
        #expect(disk.powerCut(.nothing).files == ["/a": [1], "/b": [2]])
        let seen = Set(survivals().map { disk.powerCut($0).files })
        #expect(seen == [["/a": [1], "/b": [2]], ["/a": [2]]])
        try disk.syncDirectory("/")
        for survival in survivals(count: 20) {
            #expect(disk.powerCut(survival).files == ["/a": [2]])
        }
    }

    @Test func renameBetweenDirectoriesGoesWithTheTarget() throws {
        try disk.makeDirectory("/from")
        try disk.makeDirectory("/to")
        try disk.syncDirectory("/")
        _ = try disk.open("/from/a", .create)
        try disk.rename("/from/a", to: "/to/a")
        try disk.syncDirectory("/from")
        #expect(disk.powerCut(.nothing).files == ["/from/a": []])
        try disk.syncDirectory("/to")
        #expect(disk.powerCut(.nothing).files == ["/to/a": []])
        try disk.syncDirectory("/from")
        #expect(disk.powerCut(.nothing).files == ["/to/a": []])
    }

    /// What is built upon goes along: else the old name would come back with a later sync.
    @Test func syncOfTheTargetTakesTheOldNameAlong() throws {
        try disk.makeDirectory("/from")
        try disk.makeDirectory("/to")
        try disk.syncDirectory("/")
        _ = try disk.open("/from/a", .create)
        try disk.rename("/from/a", to: "/to/a")
        try disk.syncDirectory("/to")
        try disk.syncDirectory("/from")
        #expect(disk.powerCut(.nothing).files == ["/to/a": []])
    }

    /// A file made under another name and moved over an old one: never neither, and never the new
    /// name with less than was synced.
    @Test func replacementIsCompleteOrAbsent() throws {
        _ = try disk.made("/a", [1])
        let new = try disk.open("/a.new", .create)
        try new.write([2], at: 0)
        try new.sync()
        try disk.rename("/a.new", to: "/a")
        for survival in survivals() {
            let bytes = disk.powerCut(survival).bytes(of: "/a")
            #expect(bytes == [1] || bytes == [2])
        }
    }

    @Test func removalCanBeLost() throws {
        _ = try disk.made("/a", [1])
        try disk.remove("/a")
        #expect(disk.powerCut(.nothing).files == ["/a": [1]])
        #expect(Set(survivals().map { disk.powerCut($0).files }) == [[:], ["/a": [1]]])
    }

    @Test func directoryThatWasNotSyncedTakesItsFilesAlong() throws {
        try disk.makeDirectory("/d")
        let file = try disk.open("/d/a", .create)
        try file.write([1], at: 0)
        try file.sync()
        try disk.syncDirectory("/d")
        #expect(disk.powerCut(.nothing).files.isEmpty)
        try disk.syncDirectory("/")
        #expect(disk.powerCut(.nothing).files == ["/d/a": [1]])
    }

    @Test func namesAreLostIndependently() throws {
        for name in ["/a", "/b", "/c"] { _ = try disk.open(name, .create) }
        #expect(Set(survivals().map { Set(disk.powerCut($0).files.keys) }).count == 8)
    }

    /// Each sector is old or new by itself, in every combination.
    @Test(arguments: [512, 4_096])
    func sectorsTear(sectorSize: Int) throws {
        let old = [UInt8](repeating: 1, count: 3 * sectorSize)
        let file = try disk.made("/a", old)
        try file.write([UInt8](repeating: 2, count: 3 * sectorSize), at: 0)
        var seen: Set<[UInt8]> = []
        for survival in survivals(sectorSize) {
            let bytes = try #require(disk.powerCut(survival).bytes(of: "/a"))
            let sectors = (0..<3).map { Array(bytes[$0 * sectorSize..<($0 + 1) * sectorSize]) }
            #expect(sectors.allSatisfy { Set($0).count == 1 }, "a sector is not torn within")
            seen.insert(sectors.map { $0[0] })
        }
        #expect(seen.count == 8)
    }

    /// A sector that was written three times holds one of its four contents, and all four occur.
    @Test func sectorHoldsWhatItOnceHeld() throws {
        let file = try disk.made("/a", [0, 0, 0])
        for step in 0..<3 { try file.write([7], at: step) }
        let seen = Set(survivals().compactMap { disk.powerCut($0).bytes(of: "/a") })
        #expect(seen == [[0, 0, 0], [7, 0, 0], [7, 7, 0], [7, 7, 7]])
    }

    @Test func extensionCanBeLostOrKeptWithZeros() throws {
        let file = try disk.made("/a", [1])
        try file.write([UInt8](repeating: 2, count: 1_024), at: 512)
        let seen = Set(survivals().compactMap { disk.powerCut($0).bytes(of: "/a") })
        let zeros = [UInt8](repeating: 0, count: 511)
        let sector = [UInt8](repeating: 2, count: 512)
        let empty = [UInt8](repeating: 0, count: 512)
        #expect(
            seen == [
                [1], [1] + zeros + sector + sector, [1] + zeros + empty + sector,
                [1] + zeros + sector + empty, [1] + zeros + empty + empty,
            ])
    }

    @Test func truncationCanBeLost() throws {
        let file = try disk.made("/a", [1, 2, 3])
        try file.truncate(to: 1)
        #expect(
            Set(survivals().compactMap { disk.powerCut($0).bytes(of: "/a") }) == [[1, 2, 3], [1]])
        try file.sync()
        #expect(disk.powerCut(.nothing).bytes(of: "/a") == [1])
    }

    @Test func sameSeedMakesTheSameDisk() throws {
        let file = try disk.made("/a", [])
        for step in 0..<50 { try file.write([UInt8(step)], at: step * 700) }
        _ = try disk.open("/b", .create)
        let hashes = survivals().map { disk.powerCut($0).imageHash }
        #expect(hashes == survivals().map { disk.powerCut($0).imageHash })
        #expect(Set(hashes).count > 100)
    }

    @Test func cutAtAChangeMayHaveDoneIt() throws {
        let file = try disk.made("/a", [1])
        disk.cutPower(atChange: 2)
        try file.write([2], at: 0)
        #expect(throws: Errno.powerLost) { try file.write([3], at: 0) }
        #expect(disk.isCut)
        #expect(throws: Errno.powerLost) { try file.read(1, at: 0) }
        #expect(throws: Errno.powerLost) { try disk.open("/a", .read) }
        #expect(throws: Errno.powerLost) { try disk.isLocked("/a") }
        #expect(throws: Errno.powerLost) { try disk.status(of: "/a") }
        let seen = Set(survivals().compactMap { disk.powerCut($0).bytes(of: "/a") })
        #expect(seen == [[1], [2], [3]])
    }

    @Test func cutAfterChangesLetsThemReturn() throws {
        let file = try disk.made("/a", [1])
        let before = disk.changeCount
        disk.cutPower(afterChanges: 1)
        try file.write([2], at: 0)
        #expect(!disk.isCut)
        #expect(try file.read(1, at: 0) == [2], "reads go on until the next change")
        #expect(throws: Errno.powerLost) { try file.sync() }
        #expect(disk.isCut)
        #expect(disk.changeCount == before + 1)
        #expect(disk.powerCut(.nothing).bytes(of: "/a") == [1])
    }

    @Test func cutWithinASyncLeavesAllUnsure() throws {
        let file = try disk.made("/a", [1])
        try file.write([2], at: 0)
        _ = try disk.open("/b", .create)
        disk.cutPower(atChange: 1)
        #expect(throws: Errno.powerLost) { try file.sync() }
        #expect(disk.powerCut(.nothing).bytes(of: "/a") == [1])
        #expect(disk.powerCut(.everything).bytes(of: "/a") == [2])
        let seen = Set(survivals().compactMap { disk.powerCut($0).bytes(of: "/a") })
        #expect(seen == [[1], [2]])
    }

    @Test func cutWithinADirectorySyncLeavesNamesUnsure() throws {
        _ = try disk.open("/a", .create)
        disk.cutPower(atChange: 1)
        #expect(throws: Errno.powerLost) { try disk.syncDirectory("/") }
        #expect(disk.powerCut(.nothing).files.isEmpty)
        #expect(Set(survivals().map { disk.powerCut($0).files }) == [[:], ["/a": []]])
    }

    /// A name that was given out again is not there without what freed it: else the file that had it
    /// would be nowhere.
    @Test func changesOfOneNameStayInOrder() throws {
        _ = try disk.made("/b", [2])
        try disk.rename("/b", to: "/c")
        _ = try disk.open("/b", .create)
        #expect(
            Set(survivals().map { disk.powerCut($0).files })
                == [["/b": [2]], ["/c": [2]], ["/b": [], "/c": [2]]])
    }

    @Test func diskGoesOnAfterACut() throws {
        _ = try disk.made("/a", [1])
        let after = disk.powerCut(.nothing)
        _ = try after.made("/b", [2])
        #expect(after.files == ["/a": [1], "/b": [2]])
        #expect(try after.status(of: "/a")?.identity != after.status(of: "/b")?.identity)
        #expect(disk.files == ["/a": [1]])
        #expect(disk.clone().files == ["/a": [1]])
    }

    @Test func cloneKeepsWhatReadsSee() throws {
        let file = try disk.made("/a", [1])
        try file.write([2], at: 0)
        disk.fail(.init(.sync, 1, .inputOutput))
        #expect(throws: Errno.inputOutput) { try file.sync() }
        #expect(disk.clone().powerCut(.nothing).files == ["/a": [2]])
    }

    @Test func momentsAreEveryStateOnTheWay() throws {
        disk.keepMoments()
        let file = try disk.open("/a", .create)
        try file.write([1], at: 0)
        try file.sync()
        try disk.syncDirectory("/")
        try file.write([2], at: 0)
        let moments = disk.moments
        #expect(moments.map(\.changeCount) == [0, 1, 2, 3, 4, 5])
        #expect(
            moments.map { $0.powerCut(.nothing).files } == [
                [:], [:], [:], [:], ["/a": [1]], ["/a": [1]],
            ])
        #expect(
            moments.map { $0.powerCut(.everything).files }
                == [[:], ["/a": []], ["/a": [1]], ["/a": [1]], ["/a": [1]], ["/a": [2]]])
    }
}
