internal import CLZ4Raw
internal import Glibc
internal import SessionJournal

/// What the machine and the text allow, besides the sync that `append-one` measures.
enum RawLimits: BenchCase {
    static let name = "raw"
    static let summary = "limits of the machine: LZ4, SHA-256, a sequential read; the text itself"

    private static func metric(_ name: String, _ text: String, _ unit: String = "MB/s") -> Metric {
        Metric(name: "raw." + name, text: text, unit: unit, better: .higher)
    }

    private static let compress = metric("lz4-compress", "LZ4, compressing 256 KiB")
    private static let decompress = metric("lz4-decompress", "LZ4, decompressing 256 KiB")
    private static let hash = metric("sha256", "SHA-256 of 1 MiB, the journal's own")
    private static let readWarm = metric("read-warm", "sequential read, warm")
    private static let readCold = metric("read-cold", "sequential read, cold")
    private static let single = metric("text-single", "LZ4 makes one message smaller", "times")
    private static let mixed = metric("text-interleaved", "LZ4 makes 256 KiB smaller", "times")
    private static let grouped = metric(
        "text-grouped", "LZ4 makes 64 KiB of a session smaller", "times")

    private static let blockSize = 256 << 10
    private static let frameSize = 64 << 10

    static func run(_ context: Context) async throws {
        let folder = try context.freshFolder(name)
        let file = folder + "/file"
        var workload = try Workload(sessions: 2_000)
        let messages = workload.next(context.scaled(60_000, quick: 8_000))
        var text: [UInt8] = []
        for (index, message) in messages.enumerated() {
            EventText.append(message, sequence: UInt64(index) + 1, to: &text)
        }
        let descriptor = try Disk.check(
            Glibc.open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644), file)
        try text.withUnsafeBytes { try Disk.write($0, to: descriptor, at: 0) }
        try Disk.check(fsync(descriptor), file)
        Glibc.close(descriptor)
        let line = Array(
            """
            {"seq":1,"time":"2026-01-01T00:00:00.000000Z","session":"\(messages[0].session.hexadecimal)",\
            "version":1,"kind":"x.raw","branch":"main","actor":"a","salt":"AAAAAAAAAAAAAAAAAAAAAA==",\
            "data":{"t":"\(String(repeating: "text", count: 256 << 10))"}}
            """.utf8)
        let event = try Event(line: line)
        for _ in 0..<context.rounds {
            try compression(text, context)
            try await throughput(event.line.count, hash, context) { _ = event.digest }
            Disk.dropCaches(below: file)
            try await throughput(text.count, readCold, context) { try readThrough(file) }
            try await throughput(text.count, readWarm, context) { try readThrough(file) }
        }
        try ratios(messages, text, context)
        Disk.remove(folder)
    }

    private static func throughput(
        _ size: Int, _ metric: Metric, _ context: Context, _ body: () throws -> Void
    ) async throws {
        let taken = try await seconds { try body() }
        context.results.add(Double(size) / taken / 1e6, metric, Results.limits)
    }

    private static func readThrough(_ file: String) throws {
        var count = 0
        try Disk.read(file) { piece in
            count += piece.count
            return true
        }
        guard count > 0 else { throw BenchError("the file is empty") }
    }

    private static func compression(_ text: [UInt8], _ context: Context) throws {
        var packed = [CChar](repeating: 0, count: Int(LZ4_compressBound(Int32(blockSize))))
        var plain = [CChar](repeating: 0, count: blockSize)
        var compressing: UInt64 = 0
        var decompressing: UInt64 = 0
        let whole = text.count / blockSize * blockSize
        try text.withUnsafeBytes { text in
            for start in stride(from: 0, to: whole, by: blockSize) {
                let block = (text.baseAddress.map { $0 + start })?.assumingMemoryBound(
                    to: CChar.self)
                guard let block else { return }
                let began = nanoseconds()
                let size = LZ4_compress_default(
                    block, &packed, Int32(blockSize), Int32(packed.count))
                let between = nanoseconds()
                let back = LZ4_decompress_safe(packed, &plain, size, Int32(blockSize))
                decompressing += nanoseconds() - between
                compressing += between - began
                guard back == Int32(blockSize) else { throw BenchError("LZ4 gives other text") }
            }
        }
        context.results.add(
            Double(whole) / Double(compressing) * 1e3, compress, Results.limits)
        context.results.add(
            Double(whole) / Double(decompressing) * 1e3, decompress, Results.limits)
    }

    /// How well the text can be compressed: what real transcripts of agents give is 1.4, 2.8 and 4.2
    /// times.
    private static func ratios(
        _ messages: [Message], _ text: [UInt8], _ context: Context
    ) throws {
        let bySession = Dictionary(grouping: messages, by: \.session)
        var sessions: [UInt8] = []
        for (_, messages) in bySession.prefix(200) {
            for message in messages { EventText.append(message, sequence: 1, to: &sessions) }
        }
        let single = messages.prefix(2_000).map(\.data)
        let packed = single.reduce(0) { $0 + compressedSize($1, block: .max) }
        let plain = single.reduce(0) { $0 + $1.count }
        context.results.add(Double(plain) / Double(packed), RawLimits.single, Results.limits)
        for (bytes, block, metric) in [
            (text, blockSize, mixed), (sessions, frameSize, grouped),
        ] {
            let packed = compressedSize(bytes, block: block)
            context.results.add(Double(bytes.count) / Double(packed), metric, Results.limits)
        }
    }

    private static func compressedSize(_ bytes: [UInt8], block: Int) -> Int {
        bytes.withUnsafeBytes { bytes in
            var sum = 0
            var start = 0
            while start < bytes.count {
                let size = min(block, bytes.count - start)
                let bound = LZ4_compressBound(Int32(size))
                var packed = [CChar](repeating: 0, count: Int(bound))
                let base = (bytes.baseAddress.map { $0 + start })?.assumingMemoryBound(
                    to: CChar.self)
                sum += Int(LZ4_compress_default(base, &packed, Int32(size), bound))
                start += size
            }
            return sum
        }
    }
}
