internal import SegmentLog

// MARK: Faults at every place of an act

extension SimulatedDisk {
    /// Lets the power fail at every change that an act makes on a copy of this disk, and now and then
    /// again in the middle of what the first opening does, until the act comes to its end.
    ///
    /// - Parameters:
    ///   - act: What is done; whatever it throws, the power may have been why.
    ///   - open: Opens what a cut has left, as the next process does.
    ///   - check: Is handed what is left, whether the act was over before the cut, and the place.
    /// - Returns: How many changes the act makes.
    package func cuttingPower(
        during act: (SimulatedDisk) async throws -> Void,
        reopening open: (SimulatedDisk) async throws -> Void,
        check: (SimulatedDisk, _ isDone: Bool, _ place: String) async throws -> Void
    ) async throws -> Int {
        var count = 0
        while true {
            let disk = clone()
            disk.cutPower(atChange: count + 1)
            let isDone = (try? await act(disk)) != nil && !disk.isCut
            for survival in [
                Survival.nothing, .everything, .some(sectorSize: 512, seed: UInt64(count)),
            ] {
                let after = disk.powerCut(survival)
                guard survival == .everything, count.isMultiple(of: 3) else {
                    try await check(after, isDone, "change \(count + 1), \(survival)")
                    continue
                }
                after.cutPower(atChange: 5 + count % 7)
                _ = try? await open(after)
                try await check(
                    after.powerCut(.nothing), isDone, "change \(count + 1), cut twice")
            }
            if isDone { return count }
            count += 1
        }
    }

    /// Lets each call of a kind that an act makes fail once, on a copy of this disk, each time the next.
    ///
    /// - Parameters:
    ///   - call: The kind of call.
    ///   - act: What is done.
    ///   - check: Is handed what is left, whether the act came to its end, and the place.
    package func failingOnce(
        _ call: Call, during act: (SimulatedDisk) async throws -> Void,
        check: (SimulatedDisk, _ isDone: Bool, _ place: String) async throws -> Void
    ) async throws {
        for errno in [Errno.inputOutput, .noSpace] {
            for number in 1...200 {
                let disk = clone()
                disk.fail(.init(call, number, errno))
                let isDone = (try? await act(disk)) != nil
                let isReached = disk.count(of: call) >= number
                try await check(
                    disk.powerCut(.everything), isDone, "\(call) \(number) fails with \(errno)")
                if !isReached { break }
            }
        }
    }
}
