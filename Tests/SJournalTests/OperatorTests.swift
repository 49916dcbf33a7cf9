import Foundation
import Testing

/// The operators' commands as processes, with their statuses.
@Suite struct OperatorTests {
    private static func made(_ scratch: ScratchDirectory) throws {
        let made = try ProcessRun.shell(
            """
            set -e
            export SJOURNAL_DIR=j
            sjournal init
            printf '%s\\n' '{"type":"user","uuid":"u1","parentUuid":null,"sessionId":"s1",\
            "timestamp":"2026-01-01T00:00:00.000Z","message":{"role":"user","content":"hi"}}' > s1.jsonl
            sjournal import s1.jsonl
            sjournal seal
            """, in: scratch.url)
        try #require(made.status == 0, "\(made.errors)")
    }

    @Test func aBackupIsMadeVerifiedAndRestored() throws {
        let scratch = try ScratchDirectory()
        try Self.made(scratch)
        let run = try ProcessRun.shell(
            """
            set -e
            export SJOURNAL_DIR=j
            sjournal backup b
            sjournal backup b --keep 1 --json
            sjournal backup --verify b --json
            sjournal restore b --to r --json
            sjournal stats --json > here
            sjournal -j r stats --json > there
            cmp here there
            """, in: scratch.url)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("generation 1 holds the events up to"))
        #expect(run.output.contains("\"generation\":2"))
        #expect(run.output.contains("\"generations_removed\":1"))
        #expect(run.output.contains("\"verdict\":\"ok\""))
        for (script, status) in [
            ("sjournal restore b --to r", 1), ("sjournal restore b --to x --generation 9", 1),
            ("sjournal restore b", 2), ("sjournal -j j backup b --keep 0", 2),
            ("sjournal restore nowhere --to x", 3), ("sjournal backup --verify j", 3),
            ("sjournal -j j backup r", 1),
        ] as [(String, Int32)] {
            let refused = try ProcessRun.shell(script, in: scratch.url)
            #expect(refused.status == status, "\(script): \(refused.errors)")
            #expect(refused.errors.hasPrefix("sjournal: ") || status == 3)
        }
        let damaged = try ProcessRun.shell(
            """
            f=$(ls b/files/*.lz4 | head -1)
            printf 'x' | dd of="$f" bs=1 seek=300 conv=notrunc status=none
            sjournal backup --verify b; echo "status $?"
            sjournal restore b --to y; echo "status $?"
            sjournal restore b --to y --damaged; echo "status $?"
            """, in: scratch.url)
        #expect(damaged.output.contains("status 3\n") && !damaged.output.contains("status 0"))
        #expect(damaged.errors.contains("is not what was copied"))
    }

    @Test func whatIsNoFileIsNamedByEveryCommand() throws {
        let scratch = try ScratchDirectory()
        try Self.made(scratch)
        for obstacle in ["mkdir", "mkfifo", "ln -s /etc/passwd"] {
            let run = try ProcessRun.shell(
                """
                export SJOURNAL_DIR=j
                s=j/segments/00000000000000000001.lz4
                mv $s kept
                \(obstacle) $s
                timeout 20 sjournal verify; echo "status $?"
                timeout 20 sjournal sessions > /dev/null; echo "status $?"
                timeout 20 sjournal log > /dev/null; echo "status $?"
                rm -rf $s
                mv kept $s
                sjournal verify > /dev/null; echo "status $?"
                """, in: scratch.url)
            let statuses = run.output.split(separator: "\n").filter { $0.hasPrefix("status") }
            #expect(statuses.first == "status 3" && statuses.last == "status 0", "\(run.output)")
            #expect(!statuses.contains("status 124"), "a command waits: \(run.output)")
            #expect(run.output.contains("segments/00000000000000000001.lz4"))
        }
    }

    @Test func aDamagedJournalIsRepaired() throws {
        let scratch = try ScratchDirectory()
        try Self.made(scratch)
        let run = try ProcessRun.shell(
            """
            export SJOURNAL_DIR=j
            sjournal health; echo "status $?"
            sjournal repair; echo "status $?"
            s=j/segments/00000000000000000001.lz4
            truncate -s -40 $s
            sjournal health --json; echo "status $?"
            sjournal verify > /dev/null; echo "status $?"
            sjournal repair --dry-run; echo "status $?"
            sjournal verify > /dev/null; echo "status $?"
            sjournal repair --json; echo "status $?"
            sjournal verify; echo "status $?"
            sjournal log @journal --kind recovery.repaired | wc -l
            dd if=/dev/urandom of=$s bs=1 seek=90 count=400 conv=notrunc status=none
            sjournal repair; echo "status $?"
            sjournal verify; echo "status $?"
            sjournal health > /dev/null; echo "status $?"
            """, in: scratch.url)
        let statuses = run.output.split(separator: "\n").filter { $0.hasPrefix("status") }
        #expect(
            statuses.map { $0.dropFirst(7) } == [
                "0", "0", "3", "3", "0", "3", "0", "0", "1", "1", "0",
            ], "\(run.output) \(run.errors)")
        #expect(run.output.contains("nothing is to be repaired"))
        #expect(run.output.contains("would be written anew with"))
        #expect(run.output.contains("\"action\":\"rebuilt\""))
        #expect(run.output.contains("copy: quarantine/"))
    }
}
