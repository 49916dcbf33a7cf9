"""Stages on real file systems: full ones, one that lies about its room, read-only ones, and none."""

import os
import shutil
import subprocess
import time

from torture_checks import expect, files_below

TORN = ("ok", "torn_tail", "torn_tail_cut")
NOBODY = 65534


def succeeds(*command):
    return subprocess.run(command, capture_output=True).returncode == 0


class Disks:
    """Mixed into Torture. Each stage takes a random source and runs one round."""

    def full(self, source):
        if os.geteuid() != 0:
            return "only root can mount a file system"
        place = self.path("small")
        os.makedirs(place, exist_ok=True)
        size = source.randint(8, 32 + int(1.6 * self.reference_size()) // 4096) * 4096
        self.round_name += f" {size} bytes of room"
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place],
                                 capture_output=True)
        if mounted.returncode:
            return "no file system can be mounted here"
        try:
            journal = self.fresh(place)
            self.count("rounds on a small file system")
            watcher = self.watch(journal)
            status, _, _ = self.tool.run(journal, "import", self.options.data, allowed=(0, 3))
            seen = self.seen_by(watcher)
            self.count("became full" if status else "had room")
            self.check_whole(journal, ("ok", "torn_tail", "torn_tail_cut"), seen)
            if source.random() < 0.5:
                # Once more without room: that does not make it worse.
                self.tool.run(journal, "import", self.options.data, allowed=(0, 3))
                self.check_whole(journal, ("ok", "torn_tail", "torn_tail_cut"), seen)
            subprocess.run(["mount", "-o", "remount,size=4g", place], check=True)
            self.check_finished(journal, seen)
        finally:
            subprocess.run(["umount", place], check=True)
        return None

    def sync(self, source):
        """Writes succeed until a sync does not; what was acknowledged must survive a remount."""
        if os.geteuid() != 0:
            return "only root can mount a file system"
        disk, place = self.path("disk"), self.path("small")
        for folder in (disk, place):
            os.makedirs(folder, exist_ok=True)
        size = (5 << 20) + source.randint(0, 32 + int(1.6 * self.reference_size()) // 4096) * 4096
        self.round_name += f" {size} bytes of disk"
        image = os.path.join(disk, "image")
        commands = [["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk],
                    ["truncate", "-s", "96M", image], ["mkfs.ext4", "-q", "-F", image],
                    ["mount", "-o", "loop", image, place]]
        done = []
        try:
            for command in commands:
                if subprocess.run(command, capture_output=True).returncode:
                    return "ext4 on a loop device cannot be mounted here"
                done.append(command)
            journal = self.fresh(place)
            watcher = self.watch(journal)
            status, _, _ = self.tool.run(journal, "import", self.options.data, allowed=(0, 3, 4))
            seen = self.seen_by(watcher)
            self.count("a sync failed" if status else "had room")
            self.check_whole(journal, ("ok", "torn_tail", "torn_tail_cut"), seen)
            subprocess.run(["umount", place], check=True)
            # What only the cache held is gone now.
            for options in ("loop", "loop,ro", "loop,ro,noload"):
                if not subprocess.run(["mount", "-o", options, image, place],
                                      capture_output=True).returncode:
                    break
            self.check_whole(journal, ("ok", "torn_tail", "torn_tail_cut"), seen)
            copy = self.path("journal")
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(journal, copy)
            self.check_finished(copy, seen)
        finally:
            for folder in (place, disk):
                subprocess.run(["umount", folder], capture_output=True)
        return None

    def remount(self, source):
        """ext4 aborts under the import and is read-only from then on, as after an error of the disk."""
        if os.geteuid() != 0:
            return "only root can mount a file system"
        image, place = self.path("image"), self.path("small")
        os.makedirs(place, exist_ok=True)
        mounted = ["mount", "-o", "loop", image, place]
        if not (succeeds("truncate", "-s", "256M", image)
                and succeeds("mkfs.ext4", "-q", "-F", image) and succeeds(*mounted)):
            return "ext4 on a loop device cannot be mounted here"
        try:
            journal = self.fresh(place)
            watcher = self.watch(journal)
            process = subprocess.Popen(
                [self.tool.binary, "-j", journal, "import", self.options.data],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            moment = source.uniform(0, self.seconds)
            self.round_name += f" after {moment:.4f} s"
            time.sleep(moment)
            if not succeeds("mount", "-o", "remount,abort", place):
                return "ext4 cannot be told to abort here"
            words = process.communicate(timeout=120)[1]
            expect(process.returncode in (0, 3, 4), f"{process.returncode}: {words}")
            self.count("became read-only" if process.returncode else "was done before")
            seen = self.seen_by(watcher)
            # Reading goes on from what is mounted, and writing is refused in one line.
            self.check_whole(journal, TORN, seen)
            self.tool.run(journal, "import", self.options.data, allowed=(3, 4))
            subprocess.run(["umount", place], check=True)
            subprocess.run(["e2fsck", "-fy", image], capture_output=True)
            subprocess.run(mounted, check=True)
            self.check_whole(journal, TORN, seen)
            self.check_finished(journal, seen)
        finally:
            subprocess.run(["umount", place], capture_output=True)
            os.remove(image)
        return None

    def media(self, source):
        """A journal on read-only media, in a directory without permissions, and one that is gone."""
        if os.geteuid() != 0:
            return "only root can mount a file system"
        original, journal = self.path("reference"), self.path("journal")
        kind = source.choice(["mount", "modes", "missing", "locked away"])
        self.round_name += f" {kind}"
        self.count(kind)
        shutil.rmtree(journal, ignore_errors=True)
        shutil.copytree(original, journal)
        if source.random() < 0.5:
            self.tool.run(journal, "seal")
        if source.random() < 0.5:
            os.remove(os.path.join(journal, "LOCK"))
        _, lines = self.tool.lines(journal)
        before = files_below(journal)
        if kind == "missing":
            shutil.rmtree(journal)
            for command in (["log"], ["verify"], ["stats"], ["import", self.options.data]):
                self.tool.run(journal, *command, allowed=(1, 3))
            expect(not os.path.exists(journal), "a journal that is gone was made by a command")
            return None
        limits, mounted = None, False
        try:
            if kind == "mount":
                mounted = (succeeds("mount", "--bind", journal, journal)
                           and succeeds("mount", "-o", "remount,bind,ro", journal))
                if not mounted:
                    subprocess.run(["umount", journal], capture_output=True)
                    return "nothing can be mounted read-only here"
            else:
                subprocess.run(["chown", "-R", str(NOBODY), journal], check=True)
                mode = "a=rX" if kind == "modes" else "a="
                subprocess.run(["chmod", "-R", mode, journal], check=True)
                os.chmod(self.scratch, 0o755)
                limits = lambda: os.setresuid(NOBODY, NOBODY, NOBODY)  # noqa: E731
            if kind == "locked away":
                for command in (["log"], ["verify"], ["seal"], ["import", self.options.data]):
                    self.tool.run(journal, *command, allowed=(4,), limits=limits)
            else:
                _, output, _ = self.tool.run(journal, "log", "--json", limits=limits)
                expect(output.split(b"\n")[:-1] == lines, "other lines are read")
                self.tool.run(journal, "verify", limits=limits)
                for command in (["seal"], ["import", self.options.data]):
                    self.tool.run(journal, *command, allowed=(3, 4), limits=limits)
        finally:
            if mounted:
                subprocess.run(["umount", journal], check=True)
            subprocess.run(["chmod", "-R", "u=rwX", journal], check=True)
        after = files_below(journal)
        changed = sorted(name for name in before.keys() | after.keys()
                         if before.get(name) != after.get(name))
        expect(not changed, f"files were changed: {changed}")
        return None
