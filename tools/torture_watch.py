"""The suite of tools/torture that has sjournal watch follow a writer which keeps nothing."""

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from torture_checks import Tool, Broken, build, expect, root_of

GRACE_SECONDS = 1.0  # What has stood for so long while somebody watched must be in the journal.
KILLS = 10
STALLS = 2  # How often it stands still for so long that the kernel throws away what it has to tell.


class Writer(threading.Thread):
    """Appends to files, truncates, renames, replaces and deletes them at random, and remembers of every
    line when it was whole and when it went."""

    def __init__(self, folder, seed, seconds):
        super().__init__()
        self.folder, self.seconds = folder, seconds
        self.random = random.Random(seed)
        self.lines = []       # [bytes, when it was written, when it went or None]
        self.files = {}       # path: the indices of the lines that stand in it, in order
        self.number = 0
        self.deeds = {}
        self.gone = set()     # paths that lost their file
        self.failure = None

    def run(self):
        try:
            end = time.monotonic() + self.seconds
            deeds = [self.append] * 12 + [self.create] * 3 + [
                self.truncate, self.cut, self.rename, self.rotate, self.replace, self.delete,
                self.delete, self.delete_folder]
            while time.monotonic() < end:
                deed = self.random.choice(deeds)
                deed()
                self.deeds[deed.__name__] = self.deeds.get(deed.__name__, 0) + 1
                time.sleep(self.random.choice([0, 0.001, 0.01, 0.05, 0.2]))
        except Exception as error:  # noqa: BLE001
            self.failure = error

    def line(self, session):
        self.number += 1
        text = "x" * self.random.choice([0, 40, 400, 4_000])
        return json.dumps({
            "type": "user", "uuid": f"u{self.number:08}", "parentUuid": None, "isSidechain": False,
            "sessionId": session, "cwd": "/home/ada", "version": "2.1.0",
            "timestamp": "2026-03-01T10:00:00.000Z",
            "message": {"role": "user", "content": f"line {self.number} {text}"}},
            separators=(",", ":")).encode()

    def write(self, path, mode):
        """Writes some lines; the last of them now and then in two pieces."""
        session = os.path.basename(path).split(".")[0]
        standing = self.files.setdefault(path, [])
        with open(path, mode, buffering=0) as file:
            for _ in range(self.random.choice([1, 1, 1, 2, 5, 40])):
                line = self.line(session)
                if self.random.random() < 0.1:
                    file.write(line[:len(line) // 2])
                    time.sleep(self.random.choice([0, 0.02, 0.4]))
                    file.write(line[len(line) // 2:] + b"\n")
                else:
                    file.write(line + b"\n")
                standing.append(len(self.lines))
                self.lines.append([line, time.monotonic(), None, path])

    def lose(self, path, kept=0):
        """The lines of a file but for the first ones go now."""
        now = time.monotonic()
        for index in self.files[path][kept:]:
            self.lines[index][2] = now
        self.files[path] = self.files[path][:kept]

    def some(self):
        return self.random.choice(sorted(self.files)) if self.files else None

    # What it does.

    def create(self):
        folder = os.path.join(self.folder, f"project-{self.random.randrange(6)}")
        if self.random.random() < 0.2:
            folder = os.path.join(folder, "inner", f"{self.random.randrange(3)}")
        os.makedirs(folder, exist_ok=True)
        self.write(os.path.join(folder, f"s{self.number}.jsonl"), "xb")

    def append(self):
        if path := self.some():
            self.write(path, "ab")

    def truncate(self):
        if path := self.some():
            self.lose(path)
            self.write(path, "wb")

    def cut(self):
        if path := self.some():
            kept = self.random.randrange(len(self.files[path]) + 1)
            size = sum(len(self.lines[index][0]) + 1 for index in self.files[path][:kept])
            self.lose(path, kept)
            os.truncate(path, size)

    def rename(self):
        if path := self.some():
            target = os.path.join(self.folder, f"moved-{self.number}-{os.path.basename(path)}")
            os.rename(path, target)
            self.files[target] = self.files.pop(path)
            self.gone.add(path)

    def rotate(self):
        path = self.some()
        if path and path.endswith(".jsonl"):
            target = f"{path}.{self.number}"
            os.rename(path, target)
            self.files[target] = self.files.pop(path)
            self.write(path, "xb")

    def replace(self):
        if path := self.some():
            aside = path + ".tmp"
            self.files[aside] = []
            self.write(aside, "xb")
            self.lose(path)
            os.rename(aside, path)
            self.files[path] = self.files.pop(aside)

    def delete(self):
        if path := self.some():
            self.lose(path)
            os.remove(path)
            del self.files[path]
            self.gone.add(path)

    def delete_folder(self):
        if self.random.random() < 0.7 or not (path := self.some()):
            return
        folder = os.path.dirname(path)
        if folder == self.folder:
            return
        for path in [path for path in self.files if path.startswith(folder + "/")]:
            self.lose(path)
            del self.files[path]
            self.gone.add(path)
        shutil.rmtree(folder)


def overflow(folder):
    """More than the kernel's queue for one watcher holds, in a folder that is followed."""
    with open("/proc/sys/fs/inotify/max_queued_events") as file:
        count = int(file.read())
    names = [os.path.join(folder, name) for name in ("noise.one", "noise.two")]
    open(names[0], "wb").close()
    for _ in range(count // 4 + 500):
        os.rename(names[0], names[1])
        os.rename(names[1], names[0])
    os.remove(names[0])


def watch(project, options):
    """A writer for some time, a watcher that is killed ten times and stalled twice, and then every line is
    asked for."""
    seconds = options.seconds or 120
    binary = os.path.abspath(options.binary or build(project))
    scratch = tempfile.mkdtemp(prefix="sjournal-watch.")
    print(f"watching a writer for {seconds} s, {KILLS} kills, {STALLS} overflows, "
          f"seed {options.seed}", flush=True)
    try:
        held(Tool(binary), scratch, options.seed, seconds)
    except Broken as error:
        print(f"  FAILED: {str(error)[:3000]}")
        if options.keep:
            shutil.copytree(scratch, os.path.join(options.keep, "watch"), dirs_exist_ok=True)
        return 1
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("everything held")
    return 0


def held(tool, scratch, seed, seconds):
    folder, journal = os.path.join(scratch, "agents"), os.path.join(scratch, "journal")
    os.makedirs(folder)
    tool.run(journal, "init")
    said = open(os.path.join(scratch, "said"), "ab")
    lives = []

    def start():
        lives.append([time.monotonic(), None])
        return subprocess.Popen([tool.binary, "-j", journal, "watch", folder, "--json"],
                                stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    chance = random.Random(f"{seed}/kills")
    moments = sorted([(chance.uniform(1, seconds), True) for _ in range(KILLS)]
                     + [(chance.uniform(1, seconds), False) for _ in range(STALLS)])
    writer = Writer(folder, f"{seed}/writer", seconds)
    began = time.monotonic()
    process = start()
    writer.start()
    for moment, is_kill in moments:
        time.sleep(max(0, began + moment - time.monotonic()))
        expect(process.poll() is None, f"the watcher ended by itself with {process.returncode}")
        if not is_kill:
            process.send_signal(signal.SIGSTOP)
            lives[-1][1] = time.monotonic()
            overflow(folder)
            process.send_signal(signal.SIGCONT)
            lives.append([time.monotonic(), None])
            continue
        process.kill()
        lives[-1][1] = time.monotonic()
        process.wait()
        time.sleep(0.1)
        process = start()
    writer.join()
    expect(writer.failure is None, f"the writer failed: {writer.failure!r}")
    time.sleep(2)
    process.send_signal(signal.SIGTERM)
    try:
        expect(process.wait(timeout=60) == 0, f"the watcher ended with {process.returncode}")
    except subprocess.TimeoutExpired:
        process.kill()
        raise Broken("the watcher does not end on SIGTERM") from None
    lives[-1][1] = time.monotonic()
    said.close()
    check(tool, journal, folder, writer, lives)


def check(tool, journal, folder, writer, lives):
    _, report = tool.verdict(journal)
    expect(report["verdict"] == "ok", f"the verdict is {report}")
    _, events = tool.lines(journal)
    expect(report["root"] == root_of(events), "the root is another than that of the lines")
    owed = kept = older = unwatched = 0
    missing = []
    originals = {}
    for event in events:
        mark = event.find(b'"uuid":"u')
        if mark >= 0 and b'"original":' in event:
            originals.setdefault(event[mark + 8:mark + 17], []).append(event)
    for line, written, went, path in writer.lines:
        mark = line.find(b'"uuid":"u')
        here = any(b'"original":' + line in event
                   for event in originals.get(line[mark + 8:mark + 17], []))
        kept += here
        went = went or float("inf")
        # While nobody watches, nobody can see: a line is owed once a watcher ran beside it for long.
        watched = max(min(went, end) - max(written, begin) for begin, end in lives)
        older += went - written > GRACE_SECONDS
        if watched > GRACE_SECONDS:
            owed += 1
            if not here:
                missing.append((line[24:40], path, went - written, watched))
        elif went - written > GRACE_SECONDS and not here:
            unwatched += 1
    expect(not missing, f"{len(missing)} of {owed} lines are missing: {missing[:3]}")
    twice = [name for name, found in originals.items()
             if len({json.loads(event)["session"] for event in found}) < len(found)]
    expect(not twice, f"{len(twice)} lines are there twice in a session: {twice[:3]}")
    # What has no name any more is told.
    told = {}
    for event in events:
        if b'"kind":"source.' in event[:400] or b'"kind":"import.finished"' in event[:400]:
            event = json.loads(event)
            data = event["data"]
            if event["session"] == "0" * 32:
                told[os.path.join(data["root"], data["path"])] = event["kind"]
                if "to" in data:
                    told[os.path.join(data["to_root"], data["to"])] = "import.finished"
    stale = [path for path, kind in told.items()
             if kind in ("import.finished", "source.rewritten") and not os.path.exists(path)]
    expect(not stale, f"{len(stale)} files went and nothing says so: {stale[:3]}")
    changes = [json.loads(event)["kind"] for event in events
               if b'"kind":"source.' in event[:400] and b'"session":"' + b"0" * 32 in event[:200]]
    counts = ", ".join(f"{changes.count(kind)} {kind}" for kind in sorted(set(changes)))
    deeds = ", ".join(f"{count} {name}" for name, count in sorted(writer.deeds.items()))
    print(f"  the writer: {deeds}")
    print(f"  {len(writer.lines)} lines, {kept} of them in the journal; {older} stood for a second; "
          f"{owed} did beside a watcher, and none of these is missing; {unwatched} went that stood "
          f"for a second, but not beside one watcher")
    print(f"  {len(events)} events; {counts}")
