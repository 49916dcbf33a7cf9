package import SessionJournal

extension StoreConformance {
    static let adoptionCases: [StoreConformance] = [
        StoreConformance("adopted lines are the same bytes, with the same root and no more") {
            context in
            let lines = try await context.lines()
            let receipt = try await context.store.adopt(lines, durability: .durable)
            try expectEqual(
                receipt,
                AdoptReceipt(
                    adopted: lines.count, duplicates: 0, lastSequence: UInt64(lines.count)))
            try expectEqual(try await context.store.all().map(\.line), lines)
            let source = try await context.source()
            try expectEqual(
                try await context.store.treeHead(at: nil), try await source.treeHead(at: nil))
            try expectEqual(try await context.store.session(forKey: "key-1"), Drafts.session(1))
        },
        StoreConformance("adopting the same lines again counts duplicates, a longer copy adds") {
            context in
            let store = context.store
            let lines = try await context.lines()
            try await store.adopt(Array(lines[..<10]), durability: .durable)
            let again = try await store.adopt(Array(lines[..<10]), durability: .durable)
            try expectEqual(again, AdoptReceipt(adopted: 0, duplicates: 10, lastSequence: 10))
            let rest = try await store.adopt(Array(lines[5...]), durability: .buffered)
            try expectEqual(
                rest,
                AdoptReceipt(
                    adopted: lines.count - 10, duplicates: 5, lastSequence: UInt64(lines.count)))
        },
        StoreConformance("any other sequence number is refused, and the whole call with it") {
            context in
            let store = context.store
            let lines = try await context.lines()
            try await expectError(.notContiguous) {
                try await store.adopt(Array(lines[1...]), durability: .durable)
            }
            try await expectError(.notContiguous) {
                try await store.adopt([lines[0], lines[2]], durability: .durable)
            }
            try expectEqual(try await store.lastSequence(), 0)
            try await store.adopt(Array(lines[..<3]), durability: .durable)
            try await expectError(.notContiguous) {
                try await store.adopt([lines[4]], durability: .durable)
            }
            // The same place, other bytes: the event and its entry line are not the same line.
            let entry = try Self.entryLine(of: lines[2])
            try await expectError(.notContiguous) {
                try await store.adopt([entry], durability: .durable)
            }
            try await expectError(.notContiguous) {
                try await store.adopt([lines[3], lines[2]], durability: .durable)
            }
            try expectEqual(try await store.lastSequence(), 3)
        },
        StoreConformance("an entry line is stored as one, with the leaf of its event") { context in
            let store = context.store
            var lines = try await context.lines()
            lines[4] = try Self.entryLine(of: lines[4])
            try await store.adopt(lines, durability: .durable)
            let event = try await store.all()[4]
            try expect(event.isWithheld)
            try expectEqual(try event.data(), .null)
            let source = try await context.source()
            try expectEqual(
                try await store.treeHead(at: nil), try await source.treeHead(at: nil))
        },
        StoreConformance("a line that does not follow, or is none, is refused") { context in
            let store = context.store
            let lines = try await context.lines()
            try await store.adopt(Array(lines[..<3]), durability: .durable)
            let text = String(decoding: lines[3], as: UTF8.self)
            let version = try Event(line: lines[3]).version
            let time = try Event(line: lines[3]).time.description
            let hostile = [
                text.replacing("\"version\":\(version)", with: "\"version\":\(version + 1)"),
                text.replacing(
                    "\"version\":\(version)", with: "\"version\":18446744073709551615"),
                text.replacing(time, with: "2020-01-01T00:00:00.000000Z"),
                String(text.dropLast()), "", "{}", "null", text + "\n",
                text.replacing("\"salt\":\"", with: "\"salt\":\"!"),
            ]
            for line in hostile {
                try await expectError(.invalidEvent) {
                    try await store.adopt([Array(line.utf8)], durability: .durable)
                }
            }
            try expectEqual(try await store.lastSequence(), 3)
            try await store.adopt([lines[3]], durability: .durable)
        },
        StoreConformance("a line at the limit is refused before it has a place") { context in
            let store = context.store
            let lines = try await context.lines()
            try await store.adopt(Array(lines[..<3]), durability: .durable)
            let text = String(decoding: lines[3], as: UTF8.self)
            for excess in 0...1 {
                let room = EventLimits.maximumLineSize - lines[3].count + excess
                let large = text.replacing(
                    "\"data\":{", with: "\"data\":{" + String(repeating: " ", count: room))
                try await expectError(.tooLarge) {
                    try await store.adopt([Array(large.utf8)], durability: .durable)
                }
            }
            try await store.adopt([lines[3]], durability: .durable)
        },
        StoreConformance("what follows adopted lines continues them") { context in
            let store = context.store
            let lines = try await context.lines()
            try await store.adopt(lines, durability: .durable)
            let session = Drafts.session(1)
            let known = try await store.append([Drafts.note("x", id: "id-0")], to: session)[0]
            try expect(known.isDuplicate, "an id that was adopted is remembered")
            let head = try await store.head(of: session)
            let receipt = try await store.append(
                [Drafts.note("x")], to: session, if: .version(head?.version ?? 0))[0]
            try expectEqual(receipt.sequence, UInt64(lines.count + 1))
            try await expectError(.sessionExists) { try await store.create(9, key: "key-2") }
        },
    ]

    static let evidenceCases: [StoreConformance] = [
        StoreConformance("the root at every size is that of RFC 6962") { context in
            let store = context.store
            try await context.fill(sessions: 2, events: 30)
            let leaves = try await store.all().map { try EventLine.leafHash(of: $0.line.span) }
            for size in 0...leaves.count {
                let head = try await store.treeHead(at: UInt64(size))
                try expectEqual(head.size, UInt64(size))
                try expectEqual(head.root, ReferenceTree.root(leaves[..<size]), "root at \(size)")
            }
            try expectEqual(
                try await store.treeHead(at: nil),
                try await store.treeHead(at: UInt64(leaves.count)))
            try await expectError(.eventNotFound) {
                try await store.treeHead(at: UInt64(leaves.count + 1))
            }
        },
        StoreConformance("verification finds nothing wrong with what is whole") { context in
            let store = context.store
            let empty = try await store.verify()
            try expectEqual(empty.verdict, .ok)
            try expectEqual(empty.events, 0)
            try await context.fill(sessions: 2, events: 30)
            let report = try await store.verify()
            try expectEqual(report.verdict, .ok, "\(report.findings)")
            try expectEqual(report.events, try await store.lastSequence())
            try expectEqual(report.root, try await store.treeHead(at: nil).root)
            try expect(report.bytesChecked > 0 && report.holes.isEmpty && report.findings.isEmpty)
        },
    ]
}

extension StoreConformance {
    static func entryLine(of line: [UInt8]) throws -> [UInt8] {
        try EventLine.entryLine(of: line.span)
    }
}

extension StoreConformance.Context {
    /// Another journal, always the same but for its salts.
    func source() async throws -> any JournalStore {
        let clock = ManualClock()
        var options = JournalOptions()
        options.clock = { clock.tick() }
        options.random = { [UInt8](repeating: 7, count: $0) }
        var context = self
        context.store = MemoryStore(options: options)
        try await context.fill(sessions: 2, events: 24)
        return context.store
    }

    func lines() async throws -> [[UInt8]] {
        try await source().all().map(\.line)
    }
}

/// The Merkle tree hash straight from RFC 6962, section 2.1.
package enum ReferenceTree {
    package static func root(_ leaves: ArraySlice<Digest>) -> Digest {
        guard leaves.count > 1 else {
            let nothing: [UInt8] = []
            return leaves.first ?? Digest(hashing: nothing.span)
        }
        var half = 1
        while half * 2 < leaves.count { half *= 2 }
        let left = root(leaves.prefix(half))
        let right = root(leaves.dropFirst(half))
        let bytes = [1] + left.bytes + right.bytes
        return Digest(hashing: bytes.span)
    }
}
