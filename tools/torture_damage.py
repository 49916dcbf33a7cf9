"""The stage that damages copies of a journal."""

import os
import shutil

from torture_checks import envelope_of, expect, files_below


class Damage:
    """Mixed into Torture. The stage takes a random source and runs one round."""

    def damage(self, source):
        original = self.path(f"whole-{source.choice(['sealed', 'active', 'mixed'])}")
        if not os.path.exists(original):
            shutil.copytree(self.path("reference"), original)
            if "active" not in original:
                self.tool.run(original, "seal")
            if "mixed" in original:
                self.tool.run(original, "import", self.options.data)
        _, lines = self.tool.lines(original)
        journal = self.path("journal")
        shutil.rmtree(journal, ignore_errors=True)
        shutil.copytree(original, journal)
        what, file = self.hurt(journal, source)
        self.round_name += f" {os.path.basename(original)}: {what} in {file}"
        self.check_damaged(journal, lines, file, what)

    def hurt(self, journal, source):
        """Does one thing to one file; returns what, and where."""
        names = ["JOURNAL"] + ["segments/" + name for name in
                               sorted(os.listdir(os.path.join(journal, "segments")))] * 6
        name = source.choice(names)
        path = os.path.join(journal, name)
        with open(path, "rb") as file:
            content = bytearray(file.read())
        kind = source.choice(["flip", "flip", "flip", "cut", "zero", "swap", "grow", "noise"])
        place = source.randrange(len(content))
        before = bytes(content)
        if kind == "flip":
            bit = source.randrange(8)
            content[place] ^= 1 << bit
            what = f"flip of bit {bit} at {place}"
        elif kind == "cut":
            del content[place:]
            what = f"cut at {place}"
        elif kind == "grow":
            content += source.randbytes(source.randint(1, 9000))
            what = f"grown to {len(content)}"
        elif kind == "swap" and len(content) >= 8192:
            pages = [page * 4096 for page in source.sample(range(len(content) // 4096), 2)]
            first, second = (bytes(content[page:page + 4096]) for page in pages)
            content[pages[0]:pages[0] + 4096] = second
            content[pages[1]:pages[1] + 4096] = first
            what = f"pages at {pages} swapped"
        else:
            size = source.choice([1, 8, 512, 4096])
            filler = bytes(size) if kind == "zero" else source.randbytes(size)
            content[place:place + size] = filler[:len(content) - place]
            what = f"{size} bytes of {kind} at {place}"
        with open(path, "wb") as file:
            file.write(content)
        return (what if bytes(content) != before else "nothing"), name

    def check_damaged(self, journal, lines, file, what):
        known = set(lines)
        status, report = self.tool.verdict(journal, allowed=(0, 1, 3))
        log_status, served = self.tool.lines(journal, allowed=(0, 1, 3))
        false = [line for line in served if line not in known]
        expect(not false, f"served a line that was never stored: {false[:1]}")
        order = [int(envelope_of(line).group(2)) for line in served]
        expect(order == sorted(set(order)), "events are served twice or out of order")
        if what == "nothing":
            expect(status == 0 and len(served) == len(lines), f"harmed by nothing: {report}")
        elif what.startswith(("cut", "grown")) and status == 0:
            # A cut takes the watermarks behind it along, and what is added looks like a write that
            # a crash cut short: either may look like a torn tail.
            expect(report["verdict"] == "torn_tail", f"it was not seen: {report}")
            expect(what.startswith("cut") or served == lines, "what was added took events away")
            self.count("looks like a torn tail")
        else:
            expect(status != 0, f"the damage was not seen: {report}")
            self.count("detected")
        if report:
            held = [range(hole["first_seq"], hole["last_seq"] + 1) for hole in report["holes"]]
            there = set(order)
            lost = [event for event in range(1, len(lines) + 1) if event not in there]
            unnamed = [event for event in lost if not any(event in hole for hole in held)]
            if log_status == 0 and status == 0:
                unnamed = [event for event in unnamed if event <= max(order, default=0)]
            expect(not unnamed or status == 3, f"lost without a word: {unnamed[:3]}")
            if unnamed and report["holes"]:
                self.count("holes that do not name every lost event")
        for command in (["stats", "--json"], ["sessions", "--json"], ["sessions"], ["seal"],
                        ["import", self.options.data], ["log"]):
            self.tool.run(journal, *command, allowed=(0, 1, 3))
        shutil.rmtree(self.path("files"), ignore_errors=True)
        self.tool.run(journal, "export", "--original", "--to", self.path("files"),
                      allowed=(0, 1, 3))
        if os.path.exists(self.path("files")):
            for path, digest in files_below(self.path("files")).items():
                expect(self.reference_files.get(path) == digest, f"{path} was exported wrongly")
        _, later = self.tool.lines(journal, allowed=(0, 1, 3))
        gone = set(served) - set(later)
        expect(not gone, f"{len(gone)} lines that were served are not any more")
