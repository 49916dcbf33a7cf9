"""What every stage of tools/torture stands on: a journal that nothing disturbed, and what must hold."""

import os
import shutil
import subprocess
import time

from torture_checks import (
    PATIENCE_SECONDS, Broken, Tool, envelope_of, expect, files_below, root_of, sessions_of)


class Round:
    """What a round of any stage needs: a scratch folder, a reference, and what must hold."""

    def __init__(self, options, scratch):
        self.options, self.scratch = options, scratch
        self.tool = Tool(options.binary)
        self.counts = {}
        self.round_name = ""
        began = time.monotonic()
        journal = self.path("reference")
        self.tool.run(journal, "init")
        self.tool.run(journal, "import", options.data)
        self.seconds = time.monotonic() - began
        _, self.reference_lines = self.tool.lines(journal)
        self.reference_sessions = sessions_of(self.reference_lines)
        self.tool.run(journal, "export", "--original", "--to", self.path("reference-files"))
        self.reference_files = files_below(self.path("reference-files"))
        self.check_whole(journal, verdicts=("ok",))

    def path(self, name):
        return os.path.join(self.scratch, name)

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def fresh(self, folder=None):
        journal = os.path.join(folder or self.scratch, "journal")
        for name in (journal, self.path("files")):
            shutil.rmtree(name, ignore_errors=True)
        self.tool.run(journal, "init")
        return journal

    # What must hold.

    def check_whole(self, journal, verdicts, seen=()):
        """A journal at a quiet moment: verified, contiguous, its root ours, read by stock lz4."""
        _, report = self.tool.verdict(journal)
        expect(report["verdict"] in verdicts, f"the verdict is {report}")
        _, lines = self.tool.lines(journal)
        expect(report["events"] == len(lines), f"{len(lines)} lines, but {report}")
        self.check_lines(lines)
        expect(report["root"] == root_of(lines), "the root is another than that of the lines")
        known = set(lines)
        missing = [line for line in seen if line not in known]
        expect(not missing, f"{len(missing)} acknowledged lines are gone: {missing[:1]}")
        if report["verdict"] != "torn_tail":
            self.check_stock_tool(journal, lines)
        return lines

    def check_lines(self, lines):
        """Sequence numbers from 1 without a gap, and so every session's versions."""
        versions = {}
        for index, line in enumerate(lines):
            _, sequence, session, version = envelope_of(line).groups()
            expect(int(sequence) == index + 1, f"line {index + 1} has seq {sequence}")
            expected = versions.get(session, 0) + 1
            expect(int(version) == expected, f"seq {index + 1}: version is not {expected}")
            versions[session] = expected

    def check_stock_tool(self, journal, lines):
        if not shutil.which("lz4cat"):
            return
        folder = os.path.join(journal, "segments")
        names = [os.path.join(folder, name) for name in sorted(os.listdir(folder))
                 if name.endswith(".lz4")]
        done = subprocess.run(["lz4cat", *names], capture_output=True, timeout=PATIENCE_SECONDS)
        expect(done.returncode == 0, f"lz4cat ends with {done.returncode}: {done.stderr[:200]}")
        expect(sorted(done.stdout.split(b"\n")[:-1]) == sorted(lines),
               "lz4cat prints other events")

    def check_finished(self, journal, seen=(), left=()):
        """Ends the import and holds everything against the one that nothing disturbed.

        `left` are the files that could not be read at first and come with this import: their lines
        stand behind those of other files of the same sessions."""
        self.tool.run(journal, "import", self.options.data)
        lines = self.check_whole(journal, verdicts=("ok", "torn_tail_cut"), seen=seen)
        known = self.reference_sessions
        if left and sessions_of(lines) != known:
            known = self.sessions_behind(left)
        self.check_same(journal, lines, known)

    def sessions_behind(self, left):
        """The sessions of an undisturbed import of all but these files, and then of these too."""
        journal, folder = self.path("reference-later"), self.path("data-without")
        for name in (journal, folder):
            shutil.rmtree(name, ignore_errors=True)
        shutil.copytree(self.options.data, folder)
        for name in left:
            os.remove(os.path.join(folder, name))
        self.tool.run(journal, "init")
        for data in (folder, self.options.data):
            self.tool.run(journal, "import", data)
        return sessions_of(self.tool.lines(journal)[1])

    def check_same(self, journal, lines, reference=None):
        found, reference = sessions_of(lines), reference or self.reference_sessions
        expect(found.keys() == reference.keys(), "the sessions are others")
        for key, events in found.items():
            known = reference[key]
            if events == known:
                continue
            index = next((i for i, (a, b) in enumerate(zip(events, known)) if a != b),
                         min(len(events), len(known)))
            raise Broken(f"session {key}: {len(events)} events instead of {len(known)}; version "
                         f"{index + 1} is {events[index:index + 1]} "
                         f"instead of {known[index:index + 1]}")
        self.tool.run(journal, "export", "--original", "--to", self.path("files"))
        expect(files_below(self.path("files")) == self.reference_files, "the files differ")

    def watch(self, journal):
        """A reader that follows; all it prints has been acknowledged."""
        output = open(self.path("seen"), "wb")
        return output, subprocess.Popen(
            [self.tool.binary, "-j", journal, "log", "--json", "--follow"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL)

    def seen_by(self, watcher, settle=0.05):
        output, process = watcher
        time.sleep(settle)
        ended = process.poll()
        process.kill()
        process.wait()
        expect(ended is None, f"the follower ended with {ended}")
        output.close()
        with open(self.path("seen"), "rb") as file:
            return file.read().split(b"\n")[:-1]
