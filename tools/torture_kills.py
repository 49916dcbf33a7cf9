"""Stages that stop an import: by signals, by failing system calls, by a limit on file sizes."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time

from torture_checks import expect

WRITING_CALLS = ["pwrite64", "fdatasync", "fsync", "ftruncate", "rename,renameat,renameat2"]
TORN = ("ok", "torn_tail", "torn_tail_cut")


def hit_a_cache(trace):
    """Whether what failed was the renaming of a file of tiles/ or snapshots/: these are made anew."""
    return any("/tiles/" in line or "/snapshots/" in line
               for line in trace.splitlines() if "(INJECTED)" in line)


class Kills:
    """Mixed into Torture. Each stage takes a random source and runs one round."""

    def kill(self, source):
        """One to three kills in a row; an import that was done before does not count."""
        journal = self.fresh()
        seen, moments, process = [], [], None
        left, attempts = source.randint(1, 3), 0
        while left > 0 and attempts < 20:
            if process and process.returncode == 0:
                # Too late: again from the start, and earlier.
                journal, seen, moments = self.fresh(), [], []
                self.seconds *= 0.9
            attempts += 1
            moment = source.uniform(0, self.seconds)
            moments.append(round(moment, 4))
            watcher = self.watch(journal)
            process = subprocess.Popen(
                [self.tool.binary, "-j", journal, "import", self.options.data],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            time.sleep(moment)
            process.kill()
            words = process.stderr.read()
            expect(process.wait() in (0, -signal.SIGKILL), f"the import failed: {words}")
            process.stderr.close()
            self.count("killed" if process.returncode else "was done before the kill")
            left -= 1 if process.returncode else 0
            seen += self.seen_by(watcher)
            seen = list(dict.fromkeys(seen))
            self.check_whole(journal, ("ok", "torn_tail", "torn_tail_cut"), seen)
        self.round_name += f" moments={moments} acknowledged={len(seen)}"
        self.check_finished(journal, seen)

    def calls_of(self, journal):
        """How often an import makes each call; measured once."""
        if not hasattr(self, "calls"):
            trace = self.path("trace")
            every = [name for names in WRITING_CALLS + ["pread64"] for name in names.split(",")]
            self.tool.run(journal, "import", self.options.data,
                          before=("strace", "-f", "-qq", "-o", trace, "-e", ",".join(every)))
            with open(trace) as file:
                text = file.read()
            self.calls = {names: sum(len(re.findall(rf"^\d+ +{name}\(", text, re.M))
                                     for name in names.split(","))
                          for names in WRITING_CALLS + ["pread64"]}
            # The loader's own reads come first, and are none of the program's.
            self.tool.run(journal, "help",
                          before=("strace", "-f", "-qq", "-o", trace, "-e", "pread64"))
            with open(trace) as file:
                self.loading = file.read().count("pread64(")
        return self.calls

    def inject(self, source):
        if not shutil.which("strace"):
            return "there is no strace"
        calls = self.calls_of(self.fresh())
        names = source.choice([name for name, count in calls.items() if count])
        if names == "pread64":
            fault = source.choice(["error=EIO", "error=EINTR", "retval=0"])
        else:
            fault = source.choice(["signal=SIGKILL", "error=EIO", "error=ENOSPC", "error=EDQUOT",
                                   "error=EROFS", "retval=0" if names == "pwrite64" else
                                   "error=EINTR"])
        if fault == "error=EINTR" and names not in ("pwrite64", "pread64"):
            fault = "signal=SIGKILL"
        journal = self.fresh()
        if source.random() < 0.3:
            # Something stands there already, and a stopped import before it.
            self.tool.run(journal, "import", self.options.data,
                          before=("timeout", "-s", "KILL", str(self.seconds / 2)),
                          allowed=(0, 137, -9))
        _, before = self.tool.lines(journal)
        first = self.loading + 1 if names == "pread64" else 1
        number = source.randint(first, max(first, calls[names]))
        self.round_name += f" {names}:{fault}:when={number}"
        trace = self.path("trace")
        watcher = self.watch(journal)
        status, report, words = self.tool.run(
            journal, "import", self.options.data, "--json", allowed=(0, 1, 3, 4, 137, -9),
            before=("strace", "-f", "-qq", "-o", trace, "-e", f"trace={names}",
                    "-e", f"inject={names}:{fault}:when={number}"))
        seen = self.seen_by(watcher)
        with open(trace) as file:
            text = file.read()
        hit = "(INJECTED)" in text or "killed by SIGKILL" in text
        # Only what a program may do again by the rules may end well.
        harmless = fault == "error=EINTR" or names == "pread64" or hit_a_cache(text)
        expect(not hit or harmless or status, f"{names} failed and the import said 0: {words}")
        expect(hit or status == 0, f"nothing was injected and the import ended with {status}")
        self.count(f"{fault} at {names.split(',')[0]}" if hit else "came to its end before")
        self.check_whole(journal, ("ok", "torn_tail", "torn_tail_cut"), before + seen)
        # A store that could not be read is named, and comes with the next import.
        skipped = json.loads(report)["skipped"] if status == 0 else []
        left = [entry["path"] for entry in skipped if " cannot be read: " in entry["why"]]
        self.check_finished(journal, before + seen, left)
        return None

    def short(self, source):
        journal = self.fresh()
        largest = max(os.path.getsize(os.path.join(journal, "segments", name))
                      for name in os.listdir(os.path.join(journal, "segments")))
        size = source.randint(4096, max(8192, 2 * largest, self.reference_size()))
        self.round_name += f" file size limit {size}"

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        watcher = self.watch(journal)
        status, _, _ = self.tool.run(
            journal, "import", self.options.data, allowed=(0, 3), limits=limit)
        seen = self.seen_by(watcher)
        self.count("failed" if status else "came to its end")
        self.check_whole(journal, ("ok", "torn_tail", "torn_tail_cut"), seen)
        self.check_finished(journal, seen)

    def reference_size(self):
        folder = os.path.join(self.path("reference"), "segments")
        return max(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder))

    # In order, instead of at random: each round takes the next call, so that enough rounds take all.

    def step(self, source):
        """SIGKILL at the N-th writing call, for every kind of call and each N in order."""
        return self.in_order("signal=SIGKILL", WRITING_CALLS)

    def syncs(self, source):
        """EIO at the N-th sync, for each N in order; the next sync would succeed."""
        return self.in_order("error=EIO", ["fdatasync", "fsync"])

    def in_order(self, fault, names):
        if not shutil.which("strace"):
            return "there is no strace"
        calls = self.calls_of(self.fresh())
        every = [(name, number) for name in names for number in range(1, calls[name] + 1)]
        # Where there are fewer rounds than calls, they are spread evenly.
        step = max(1, len(every) // self.options.rounds)
        place = (self.number - 1) * step
        if place >= len(every):
            return f"all {len(every)} calls were taken"
        name, number = every[place]
        self.round_name += f" {name}:{fault}:when={number} (call {place + 1} of {len(every)})"
        journal = self.fresh()
        watcher = self.watch(journal)
        status, _, words = self.tool.run(
            journal, "import", self.options.data, allowed=(0, 1, 3, 4, 137, -9),
            before=("strace", "-f", "-qq", "-o", self.path("trace"), "-e", f"trace={name}",
                    "-e", f"inject={name}:{fault}:when={number}"))
        seen = self.seen_by(watcher)
        with open(self.path("trace")) as file:
            text = file.read()
        hit = "(INJECTED)" in text or "killed by SIGKILL" in text
        expect(status or not hit or hit_a_cache(text), f"{name} failed and the import said 0: {words}")
        self.count(f"{fault} at {name.split(',')[0]}" if hit else "came to its end before")
        self.check_whole(journal, TORN, seen)
        self.check_finished(journal, seen)
        return None
