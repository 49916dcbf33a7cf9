import Glibc
import JournalTestKit
import SegmentLog
import SessionJournal

// What libFuzzer calls. `SJOURNAL_FUZZ_TARGET` names the target; with `SJOURNAL_FUZZ_CORPUS` the
// program writes the corpus of that target into a folder and ends.

private let target: FuzzTarget = {
    guard let name = getenv("SJOURNAL_FUZZ_TARGET"),
        let target = FuzzTarget(rawValue: String(cString: name))
    else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        print("SJOURNAL_FUZZ_TARGET must be one of \(names)")
        exit(2)
    }
    return target
}()

/// Called once, before the first input.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutableRawPointer, _ arguments: UnsafeMutableRawPointer
) -> Int32 {
    guard let folder = getenv("SJOURNAL_FUZZ_CORPUS") else { return 0 }
    for (index, bytes) in target.corpus.enumerated() {
        let path = String(cString: folder) + "/seed-\(index)"
        guard let file = try? PosixFileSystem().open(path, .create) else { continue }
        try? file.write(bytes.span, at: 0)
    }
    exit(0)
}

/// Called with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    target.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

extension FuzzTarget {
    /// What mutation begins with: golden bytes of every kind.
    fileprivate var corpus: [[UInt8]] {
        let files = FuzzStore.files
        let page = SegmentLogFormat.pageSize
        switch self {
        case .block: return [Array(files.active.bytes[page..<(2 * page)])]
        case .tail: return [Array(files.active.bytes[..<page])]
        case .frame:
            let root = [UInt8](repeating: 9, count: 32)
            let subtrees = RetainedSubtrees(
                journalID: JournalID(high: 7, low: 11), offset: 0,
                subtrees: [
                    RetainedSubtree(firstSequence: 1, height: 8, root: root),
                    RetainedSubtree(firstSequence: 259, height: 1, root: root),
                ])
            var bytes: [UInt8] = []
            subtrees.append(to: &bytes)
            return [Array(files.sealed.bytes.prefix(page)), bytes]
        case .active: return [files.active.bytes]
        case .sealed: return [files.sealed.bytes]
        case .footer: return [FuzzStore.footer]
        case .index: return [FuzzStore.indexed.bytes]
        case .names:
            return [
                "00000000000000000003.lz4\n00000000000000000009.lz4\n",
                "09223372036854775806.lz4\n00000000000000000001.lz4.new\n",
                "00000000000000000001-4096-3-00000000000000ab.torn\n",
                "18446744073709551615-18446744073709551615-18446744073709551615-"
                    + "ffffffffffffffff.torn\n",
            ].map { Array($0.utf8) }
        case .journal: return [files.journal.bytes]
        case .line, .json:
            var script = EventScript()
            script.say("m1", after: .null, text: "Tea \u{1F375} \"\\")
            script.add("x.note", ["deep": [[["a": [1, 2.5, -3e7, true, .null]]]]])
            script.withhold(sequence: 1)
            var random = SeededGenerator(seed: 1)
            let values = (0..<8).map { _ -> [UInt8] in
                let value = random.json()
                return random.spelling(of: value)
            }
            return self == .json ? values : script.events.map(\.line)
        case .claude, .agents, .chats, .lists, .managers, .archives, .stores:
            // The runner takes the project's fixtures.
            return []
        }
    }
}
