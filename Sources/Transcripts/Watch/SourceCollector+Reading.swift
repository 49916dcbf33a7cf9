internal import Foundation

// What changed files hold.
extension SourceCollector {
    /// Looks whether a file holds more than was read, or something else.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - isClosed: Whether whoever wrote to it is done with it.
    func look(at file: FollowedFile, isClosed: Bool = false) {
        hold(file)
        if file.open == nil, file.ending == nil, !file.isUnreadable {
            // As many files are open as may be: as soon as another one is read to its end.
            file.isDue = true
            waiting.insert(file.id)
            return
        }
        read(file)
        // Nobody needs to wait for more of it.
        if isClosed, files[file.id] != nil, file.mode == .whole, file.firstChange != nil {
            pause(file)
        }
    }

    /// Reads what a file has more than before, as long as there is memory for it.
    func read(_ file: FollowedFile) {
        guard let now = file.open?.status else {
            // What is not open and has no name cannot be read.
            if file.ending != nil, file.mode != .reading {
                end(file)
            } else if file.ending != nil {
                file.isDue = true
            }
            return
        }
        let isChanged = now != file.seen
        file.seen = now
        switch file.mode {
        case .reading: file.isDue = file.isDue || isChanged || file.ending != nil
        case .lines:
            guard readLines(file, now) else { return }
            if file.ending != nil { end(file) }
        case .whole, .known, .ignored:
            if isChanged { begin(file) }
            guard file.ending != nil else { return }
            if file.firstChange != nil { pause(file) }
            if file.mode == .reading { file.isDue = true } else { end(file) }
        }
    }

    /// Reads appended lines; false where not all could be read for want of memory.
    private func readLines(_ file: FollowedFile, _ now: FileStatus) -> Bool {
        guard let open = file.open else { return true }
        if now.size < file.offset {
            file.rewind()
            post(file, .ended(.truncated))
        } else if !file.tail.isEmpty {
            let start = file.offset - UInt64(file.tail.count)
            if open.read(at: start, count: file.tail.count) != file.tail {
                file.rewind()
                post(file, .ended(.rewritten))
            }
        }
        while file.offset < now.size {
            guard !inbox.isFull else {
                waiting.insert(file.id)
                return false
            }
            let count = Int(min(UInt64(Self.chunkSize), now.size - file.offset))
            let bytes = open.read(at: file.offset, count: count)
            // It became shorter meanwhile, which the next signal tells, or the disk fails.
            guard !bytes.isEmpty else { break }
            file.advance(by: bytes)
            file.isUnsettled = true
            post(file, .bytes(bytes))
            begin(file)
        }
        return true
    }

    /// A file is no more what it was.
    private func end(_ file: FollowedFile) {
        guard let change = file.ending else { return }
        post(file, .ended(change))
        files[file.id] = nil
        waiting.remove(file.id)
        if numbers[file.identity] == file.id { numbers[file.identity] = nil }
        if file.open != nil { openCount -= 1 }
    }

    // MARK: Time

    /// A file has changed: the clock runs until it is left alone.
    private func begin(_ file: FollowedFile) {
        let now = clock.now
        file.lastChange = now
        file.firstChange = file.firstChange ?? now
        waiting.insert(file.id)
    }

    /// A file is complete for now.
    func pause(_ file: FollowedFile) {
        file.firstChange = nil
        switch file.mode {
        case .lines: post(file, .quiet)
        case .whole:
            let size = file.open?.status?.size ?? .max
            if size <= Self.snapshotLimit, !inbox.isFull, let open = file.open {
                post(file, .whole(open.read(at: 0, count: Int(size))))
            } else {
                post(file, .whole(nil))
            }
        case .known, .ignored:
            file.mode = .reading
            post(file, .read)
        case .reading: file.isDue = true
        }
    }

    /// When a file is complete for now, if it is not changed again.
    private func quietTime(_ file: FollowedFile) -> ContinuousClock.Instant? {
        guard let first = file.firstChange, let last = file.lastChange else { return nil }
        if file.mode == .ignored {
            return last + pace.retry * (1 << min(file.failureCount - 1, 8))
        }
        return min(last + pace.quiet, first + pace.longestChange)
    }

    /// When it is worth saying what a file is made of.
    private func settlingTime(_ file: FollowedFile) -> ContinuousClock.Instant? {
        guard file.isUnsettled, let last = file.lastChange else { return nil }
        let due = last + pace.settling
        return file.lastSettled.map { max(due, $0 + pace.betweenSettling) } ?? due
    }

    /// Does what is due: files that were left alone, and those that waited for memory.
    func attend() {
        let now = clock.now
        for number in waiting.sorted() {
            guard let file = files[number] else {
                waiting.remove(number)
                continue
            }
            if file.open == nil, file.isDue, file.mode != .reading {
                file.isDue = false
                look(at: file)
            }
            if file.mode == .lines, let size = file.seen?.size, file.offset < size { read(file) }
            guard files[number] != nil else { continue }
            if let time = quietTime(file), time <= now { pause(file) }
            if let time = settlingTime(file), time <= now {
                file.isUnsettled = false
                file.lastSettled = now
                post(file, .settle)
            }
            let isStarved = file.mode == .lines && file.offset < (file.seen?.size ?? 0)
            if file.firstChange == nil, !file.isUnsettled, !isStarved, !file.isDue {
                waiting.remove(number)
            }
        }
    }

    /// How long to wait for signals, in milliseconds; -1 for as long as it takes.
    func timeout() -> Int32 {
        var next: ContinuousClock.Instant?
        for number in waiting {
            guard let file = files[number] else { continue }
            for time in [quietTime(file), settlingTime(file)] {
                if let time { next = next.map { min($0, time) } ?? time }
            }
        }
        guard let next else { return -1 }
        let left = (next - clock.now) / .milliseconds(1)
        return Int32(max(0, min(left.rounded(.up), 60_000)))
    }

    // MARK: Answers

    /// Takes in what importing a file has shown.
    func take(_ reply: SourceReply) {
        guard let file = files[reply.id] else { return }
        let isSame = file.mode == reply.mode
        file.mode = reply.mode
        if let offset = reply.offset {
            file.offset = offset
            file.tail = reply.tail
        }
        file.failureCount = reply.mode == .ignored ? file.failureCount + 1 : 0
        if reply.mode == .whole, !isSame {
            // It was read as lines until now.
            begin(file)
        }
        let wasDue = file.isDue
        file.isDue = false
        if reply.mode == .ignored, !isSame { file.firstChange = nil }
        if reply.mode == .ignored, file.ending == nil {
            if wasDue { begin(file) }
            return
        }
        // What is gone changes no more: it is read again only where it holds something else.
        let isBehind = reply.offset != nil && file.open?.status?.size != reply.offset
        if wasDue, reply.mode != .lines, file.ending == nil || (file.open != nil && isBehind) {
            begin(file)
        }
        read(file)
    }
}
