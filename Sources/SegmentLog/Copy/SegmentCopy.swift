internal import Synchronization

/// The segments of one view, to be copied while a writer goes on.
package struct CopyPlan: Sendable {
    package struct Item: Sendable {
        let handle: SegmentHandle
        /// The first event of the segment behind it.
        let successor: UInt64?
        /// Bytes of the file, as far as they can be told before it is read.
        package let size: UInt64

        package var name: String { handle.name }
        package var isSealed: Bool { handle.isSealed }
    }

    package let view: LogView
    /// Oldest first.
    package let items: [Item]
}

/// By what a sealed file is known to be one that was copied before, from its footer alone.
package struct SealedMark: Hashable, Sendable {
    package var size: UInt64
    /// SHA-256 of the file before its footer.
    package var content: [UInt8]
    /// CRC-32C of the footer's front, which holds checksums of all its pages.
    package var footer: UInt32

    package init(size: UInt64, content: [UInt8], footer: UInt32) {
        self.size = size
        self.content = content
        self.footer = footer
    }
}

/// What became of a segment that was copied.
package struct CopiedSegment: Sendable {
    package var mark: SealedMark?
    /// What is wrong with what was copied; nil where it is what was written.
    package var damage: String?

    package init(mark: SealedMark? = nil, damage: String? = nil) {
        self.mark = mark
        self.damage = damage
    }
}

extension SegmentLog {
    /// The segments as they stand now. Cost: the status of each file.
    package func copyPlan() -> CopyPlan {
        let view = self.view()
        let nexts = view.segments.dropFirst().map { Optional($0.firstSequence) } + [nil]
        let items = zip(view.segments, nexts).map { handle, next in
            let status = try? fileSystem.status(of: opening.path(handle.name))
            return CopyPlan.Item(
                handle: handle, successor: next, size: UInt64(max(0, status?.size ?? 0)))
        }
        return CopyPlan(view: view, items: items)
    }

    /// By what a sealed segment is known; nil for one that is not sealed, or whose footer is lost.
    package func mark(of item: CopyPlan.Item) -> SealedMark? {
        guard item.isSealed, let file = try? fileSystem.open(opening.path(item.name), .read),
            let size = try? file.size(), let front = try? FooterTables.front(of: file, size: size)
        else { return nil }
        return SealedMark(size: UInt64(size), content: front.fileHash, footer: front.checksum)
    }

    /// Copies a segment: a sealed one byte for byte, one that is written to up to the view's last
    /// event, with a closing tail. Each is checked on the way; what is damaged is copied as it stands.
    ///
    /// Cost: one reading; of a segment that is not sealed, all of it in memory.
    ///
    /// - Throws: `damaged` where there is no file to be copied.
    package func copy(
        _ item: CopyPlan.Item, in plan: CopyPlan, to target: inout HashedCopy
    ) throws(LogError) -> CopiedSegment {
        switch item.handle {
        case .sealed: return try copySealed(item.name, to: &target)
        case .active(let active):
            try active.checkCurrent()
            return try copy(
                active, through: plan.view.lastSequence, successor: item.successor, to: &target)
        }
    }

    private func copySealed(
        _ name: String, to target: inout HashedCopy
    ) throws(LogError) -> CopiedSegment {
        let path = opening.path(name)
        let file: any File
        do throws(Errno) {
            file = try fileSystem.open(path, .read)
        } catch {
            guard let refusal = error.refusal else {
                throw LogError(errno: error, action: "open", path: path)
            }
            throw LogError(.damaged, refusal, path: path, errno: error)
        }
        return try LogError.wrap("copy", path) { () throws(Errno) in
            let size = try file.size()
            let front = try? FooterTables.front(of: file, size: size)
            let end = front.map { Int($0.offset) } ?? size
            var stream = FileHashStream()
            let isRead = try target.append(0..<end, of: file, aroundDamage: true) {
                stream.update($0)
            }
            guard let front else { return CopiedSegment(damage: "its footer is damaged") }
            let footer = try file.readAroundDamage(end..<size).bytes
            try target.append(footer.span)
            let isWhole =
                isRead && stream.finish() == front.fileHash
                && (try? Footer.decode(footer.span)) != nil
            let mark = SealedMark(
                size: UInt64(size), content: front.fileHash, footer: front.checksum)
            return CopiedSegment(
                mark: isWhole ? mark : nil,
                damage: isWhole ? nil : "it is not the file that was sealed")
        }
    }

    private func copy(
        _ segment: ActiveSegment, through last: UInt64, successor: UInt64?,
        to target: inout HashedCopy
    ) throws(LogError) -> CopiedSegment {
        if let hole = segment.holes.first {
            try LogError.wrap("copy", segment.path) { () throws(Errno) in
                _ = try target.append(0..<segment.file.size(), of: segment.file, aroundDamage: true)
            }
            return CopiedSegment(damage: hole.reason)
        }
        guard let final = segment.block(endingAtOrBefore: last) else {
            let empty = SegmentWriter.emptySegment(
                first: segment.firstSequence, journalID: journalID, epoch: epoch(of: segment))
            try LogError.wrap("copy", segment.path) { () throws(Errno) in
                try target.append(empty.span)
            }
            return CopiedSegment()
        }
        let end = Int(final.offset) + final.blockSize
        var bytes = try LogError.wrap("copy", segment.path) { () throws(Errno) in
            try segment.file.readAroundDamage(0..<end).bytes
        }
        let damage = Self.damage(in: bytes, of: segment, through: last)
        Padding.append(Padding.size(after: end), to: &bytes)
        let tail = TailFrame(
            role: successor == nil ? .closed : .end, journalID: journalID,
            offset: UInt64(bytes.count), watermark: final.lastSequence,
            lastSequence: final.lastSequence, epoch: epoch(of: segment),
            successor: successor ?? 0, lastBlockChecksum: final.checksum,
            frameSize: SegmentLogFormat.pageSize)
        bytes.append(contentsOf: tail.page())
        try LogError.wrap("copy", segment.path) { () throws(Errno) in
            try target.append(bytes.span)
        }
        return CopiedSegment(damage: damage)
    }

    private func epoch(of segment: ActiveSegment) -> UInt64 {
        let blocks = (0..<segment.blockCount).map { segment.block($0).epoch }.max() ?? 0
        return max(blocks, writer.withLock { $0?.epoch } ?? 0)
    }

    /// What is wrong with a copy of a segment's blocks; nil where nothing is.
    private static func damage(
        in bytes: [UInt8], of segment: ActiveSegment, through last: UInt64
    ) -> String? {
        for index in 0..<segment.blockCount {
            let block = segment.block(index)
            guard block.lastSequence <= last else { return nil }
            let start = Int(block.offset) + block.encodedSize
            let end = Int(block.offset) + block.blockSize
            guard end <= bytes.count,
                let found = try? BlockHeader.decode(bytes.span, at: Int(block.offset)),
                found.checksum == block.checksum,
                CRC32C.checksum(bytes, start..<end) == block.contentChecksum
            else { return "the block at byte \(block.offset) is not what was written" }
        }
        return nil
    }
}

extension SegmentLog {
    /// A copied active segment as a restoration writes it: the closing tail gets a writer epoch that
    /// is ahead by `lead`, so that what is appended to this copy and to any other is told apart.
    ///
    /// Nil where `bytes` do not end in a closed tail of this journal.
    package static func reopened(
        _ bytes: [UInt8], lead: UInt64, journalID: JournalID
    ) -> [UInt8]? {
        let page = SegmentLogFormat.pageSize
        let offset = bytes.count - page
        guard offset >= 0, var tail = try? TailFrame.decode(bytes.span, at: offset),
            tail.role == .closed, tail.journalID == journalID, tail.offset == UInt64(offset)
        else { return nil }
        let (epoch, overflow) = tail.epoch.addingReportingOverflow(lead)
        guard !overflow else { return nil }
        tail.epoch = epoch
        return Array(bytes[..<offset]) + tail.page()
    }
}
