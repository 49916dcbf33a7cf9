import Foundation
import JournalTestKit
import SessionJournal
import Testing

/// A journal in a directory of its own, which both verifiers look at.
struct VerifiedJournal {
    let scratch: ScratchDirectory
    let path: String

    init() throws {
        scratch = try ScratchDirectory()
        path = scratch.path("journal")
    }

    /// A command line of the shell, in which `sjournal` works on the journal.
    func run(_ script: String) throws -> ProcessRun {
        try ProcessRun.shell(script, in: scratch.url, environment: ["SJOURNAL_DIR": path])
    }

    func succeed(_ script: String) throws {
        let run = try run("set -e; " + script)
        try #require(run.status == 0, "\(run.errors)")
    }

    /// What the independent verifier says of the journal.
    func verified(_ words: String = "") throws -> IndependentVerifier.Answer {
        try answer("'\(path)' \(words)")
    }

    /// What the independent verifier says to a command line.
    func answer(_ words: String) throws -> IndependentVerifier.Answer {
        try IndependentVerifier.answer(try run(IndependentVerifier.call(words)))
    }
}

/// `tools/verify.py`, as tests run it.
enum IndependentVerifier {
    static let path = Pages.root.path + "/tools/verify.py"

    /// Whether a Python that can run it is on the PATH.
    static let isHere = imports("lz4.frame")

    /// Whether it can check signatures as well.
    static let hasSignatures = isHere && imports("cryptography")

    private static func imports(_ module: String) -> Bool {
        let probe = "import sys, \(module); sys.exit(sys.version_info < (3, 11))"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", probe]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// What it answered, and with which status.
    struct Answer {
        var status: Int32
        var value: JSONValue

        subscript(_ key: String) -> JSONValue? { value[key] }
        var verdict: String { value["verdict"]?.string ?? "" }
        var findings: String { String(describing: value["findings"]) }
        var notes: String { String(describing: value["notes"]) }
    }

    /// The command line that verifies a journal, or a proof where the words say so.
    static func call(_ words: String) -> String { "python3 -B '\(path)' --json \(words)" }

    /// The command line that runs a program which may use the verifier's own functions.
    static func python(_ program: String, _ words: String...) -> String {
        let words = words.map { "'\($0)'" }.joined(separator: " ")
        let tools = Pages.root.path + "/tools"
        return "PYTHONPATH='\(tools)' python3 -B - \(words) <<'END'\n\(program)\nEND"
    }

    /// Its answer, which is one JSON document whatever it was given.
    static func answer(_ run: ProcessRun) throws -> Answer {
        #expect(run.errors.isEmpty)
        return Answer(status: run.status, value: try JSONValue(parsing: run.output))
    }

    /// Flips bits of a closed journal and says which the verifier does not call INVALID: of every byte
    /// near one that is not zero, and of each 256th.
    static let flips = #"""
        import argparse, os, sys
        import verify
        journal, read, flipped = sys.argv[1], verify.read_file, {}
        verify.read_file = lambda path, limit: flipped.get(path) or read(path, limit)
        options = argparse.Namespace(journal=journal, proof=None, key=[], checkpoint=[])
        folder = os.path.join(journal, "segments")
        files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
        assert verify.answer(options)["verdict"] == "VALID-UNANCHORED"
        count = 0
        for path in files + [os.path.join(journal, "JOURNAL")]:
            data = read(path, 1 << 20)
            for at in range(len(data)):
                if any(data[max(0, at - 8):at + 8]) or at % 256 == 0:
                    flipped = {path: data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1:]}
                    verdict, count = verify.answer(options)["verdict"], count + 1
                    if verdict != "INVALID":
                        print(path, at, verdict)
        print(count)
        """#

    /// Writes the file `checkpoint`: what somebody else would hold of two events and their root.
    static let checkpoint = #"""
        import base64, json, sys
        identity = json.loads(open(sys.argv[1] + "/JOURNAL").read().partition("crc32c")[0])
        root = base64.b64encode(bytes.fromhex(sys.argv[2])).decode()
        with open("checkpoint", "w") as file:
            file.write(f"session-journal/{identity['journal']}\n2\n{root}\n\n")
            file.write("\u2014 nobody.example AAAAAAAA\n")
        """#

    /// Changes a word in the last block of a closed segment and makes every checksum anew; for `tree`
    /// the frontier, too.
    static let forgery = #"""
        import glob, lz4.frame, struct, sys
        from verify import append, crc32c, read_line
        path = glob.glob(sys.argv[1] + "/segments/*.lz4")[0]
        data = bytearray(open(path, "rb").read())

        def field(at):
            return struct.unpack_from("<I", data, at)[0]

        def make_crc(at):
            end = at + 8 + field(at + 16) - 4
            struct.pack_into("<I", data, end, crc32c(data[at:end]))
            return field(end)

        tree, at = (0, []), data.find(b"SJB1") - 8
        while at > 0:
            content, page = at + 8 + field(at + 4), at + 4096
            lines = lz4.frame.decompress(bytes(data[content:content + field(at + 120)]))
            lines = lines.replace(b"green", b"black")
            for line in lines.splitlines():
                tree = append(*tree, read_line(line).leaf)
            block, at = at, data.find(b"SJB1", page) - 8
        frame = lz4.frame.compress(lines, store_size=False)
        rest = page - content - len(frame) - 8
        data[content:page] = frame + struct.pack("<II", 0x184D2A54, rest) + bytes(rest)
        struct.pack_into("<I", data, block + 120, len(frame))
        struct.pack_into("<I", data, block + 132, crc32c(frame))
        if sys.argv[2] == "tree":
            data[block + 148:block + 148 + 32 * len(tree[1])] = b"".join(tree[1])
        struct.pack_into("<I", data, page + 96, make_crc(block))
        make_crc(page)
        open(path, "wb").write(data)
        """#
}
