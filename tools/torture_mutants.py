"""The suite of tools/torture that tests the tests: seeded bugs, each of which a named test notices."""

import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import torture_seeding
from torture_suites import scratch_of

PATIENCE_SECONDS = 240  # A test that takes longer with a bug in place has noticed it.
PAGE = "Sources/SessionJournal/SessionJournal.docc/DurabilityAndRecovery.md"


def load(project):
    """All mutants, in the order of their files in tools/mutants."""
    import tomllib  # Python 3.11
    folder = os.path.join(project, "tools", "mutants")
    mutants = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            mutants += [dict(mutant, group=name.removesuffix(".toml"))
                        for mutant in tomllib.load(file)["mutant"]]
    return mutants


def fault_in(project, mutant):
    """Why a mutant cannot be tried on these sources; None where it can."""
    path = os.path.join(project, mutant["file"])
    if not os.path.exists(path):
        return f"there is no {mutant['file']}"
    with open(path) as file:
        count = file.read().count(mutant["old"])
    if count != 1:
        return f"its text stands {count} times in {mutant['file']}"
    if mutant["old"] == mutant["new"]:
        return "it changes nothing"
    suite, _, test = mutant["test"].partition(".")
    place = place_of(project, suite)
    if not place:
        return f"there is no {suite}"
    with open(place) as file:
        return None if f"func {test}" in file.read() else f"there is no {mutant['test']}"


def place_of(project, suite):
    """The file of a suite of tests; None where there is none."""
    for place, _, names in os.walk(os.path.join(project, "Tests")):
        if suite + ".swift" in names:
            return os.path.join(place, suite + ".swift")
    return None


class Tree:
    """A copy of the sources in which bugs are built, with one build directory for all of them."""

    def __init__(self, project):
        scratch = scratch_of(project, "mutants")
        self.path = os.path.join(scratch, "tree")
        self.build_path = os.path.join(scratch, "build")
        os.makedirs(self.path, exist_ok=True)
        for name in ("Package.swift", "Sources", "Tests", "Fixtures", "README.md"):
            self.copy(os.path.join(project, name), os.path.join(self.path, name))
        self.environment = dict(os.environ, SWIFT_BACKTRACE="enable=no", SJOURNAL_MUTANTS="1")
        self.environment.pop(torture_seeding.VARIABLE, None)

    def copy(self, source, target):
        """Copies what differs, so that what is built stays built."""
        if os.path.isdir(source):
            os.makedirs(target, exist_ok=True)
            for gone in set(os.listdir(target)) - set(os.listdir(source)):
                path = os.path.join(target, gone)
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
            for name in os.listdir(source):
                self.copy(os.path.join(source, name), os.path.join(target, name))
            return
        with open(source, "rb") as file:
            content = file.read()
        if os.path.exists(target):
            with open(target, "rb") as file:
                if file.read() == content:
                    return
        with open(target, "wb") as file:
            file.write(content)

    def read(self, name):
        with open(os.path.join(self.path, name)) as file:
            return file.read()

    def write(self, name, text):
        with open(os.path.join(self.path, name), "w") as file:
            file.write(text)

    def build(self):
        """What the compiler says against the sources; None where it built them."""
        done = subprocess.run(["swift", "build", "--build-tests", "-j", "2", "--enable-all-traits",
                               "--package-path", self.path, "--scratch-path", self.build_path],
                              env=self.environment, capture_output=True, text=True)
        return done.stdout + done.stderr if done.returncode else None

    def test(self, name, patience, number=0):
        """Whether a test passes with a bug in place, in one word: passes, fails, crashes, hangs, or
        none where there is no such test."""
        binary = os.path.join(self.build_path, "debug", "SessionJournalPackageTests.xctest")
        try:
            done = subprocess.run(
                [binary, "--testing-library", "swift-testing", "--filter",
                 r"\." + name.replace(".", "/") + r"\b"],
                env=dict(self.environment, **{torture_seeding.VARIABLE: str(number)}), cwd=self.path,
                capture_output=True, text=True, errors="replace", timeout=patience)
        except subprocess.TimeoutExpired:
            return "hangs"
        output = done.stdout + done.stderr
        if "Test run with 0 tests" in output:
            return "none"
        if done.returncode == 0:
            return "passes"
        return "fails" if "Test run with" in output else "crashes"


class Trial:
    """The bugs that were asked for, built together as far as that goes, and each tried alone."""

    def __init__(self, tree, wanted):
        self.tree, self.wanted = tree, wanted
        self.numbers = {mutant["name"]: number for number, mutant in enumerate(wanted, 1)}
        self.together, self.patience = set(self.numbers.values()), {}
        self.texts = {mutant["file"]: tree.read(mutant["file"]) for mutant in wanted}

    def run(self):
        """Says of each bug whether it was noticed; returns how many were not."""
        began = time.monotonic()
        self.build_together()
        print(f"  {len(self.together)} of {len(self.wanted)} stand in one build "
              f"({time.monotonic() - began:.0f} s)", flush=True)
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            began = time.monotonic()
            for failure in pool.map(self.try_without, sorted({m["test"] for m in self.wanted})):
                if failure:
                    sys.exit(failure)
            print(f"  without a bug every test passes ({time.monotonic() - began:.0f} s)", flush=True)
            together = [m for m in self.wanted if self.numbers[m["name"]] in self.together]
            survived = sum(pool.map(self.try_together, together))
        for name, text in self.texts.items():
            self.tree.write(name, text)
        for mutant in self.wanted:
            if mutant not in together:
                survived += self.try_alone(mutant)
        return survived

    def build_together(self):
        """Builds every bug that can be switched, leaving out those that do not build so."""
        shims = "Sources/CShims/system.c"
        plain = self.tree.read(shims)
        self.tree.write(shims, plain + torture_seeding.SWITCH_IN_C)
        while True:
            files = {name: self.seeded(name) for name in self.texts}
            for name, file in files.items():
                self.tree.write(name, file.text)
                self.together -= set(file.alone)
            if (failure := self.tree.build()) is None:
                return
            faults = set()
            for path, line in re.findall(r"^(/\S+\.swift):(\d+):\d+: error:", failure, re.M):
                name = os.path.relpath(path, self.tree.path)
                if name in files:
                    faults |= set(files[name].at_fault(int(line)))
            if not faults & self.together:
                sys.exit(f"the sources do not build\n{failure[-3000:]}")
            self.together -= faults

    def seeded(self, name):
        bugs = [(number, mutant["old"], mutant["new"])
                for number, mutant in enumerate(self.wanted, 1)
                if mutant["file"] == name and number in self.together]
        return torture_seeding.SeededFile(self.texts[name], bugs)

    def try_without(self, test):
        """What is wrong with a test before any bug is in place; takes its time."""
        began = time.monotonic()
        answer = self.tree.test(test, 10 * PATIENCE_SECONDS)
        self.patience[test] = max(PATIENCE_SECONDS, 5 * (time.monotonic() - began))
        return None if answer == "passes" else f"{test} {answer} without a bug"

    def try_together(self, mutant):
        return self.say(mutant, self.numbers[mutant["name"]])

    def try_alone(self, mutant):
        text = self.texts[mutant["file"]]
        self.tree.write(mutant["file"], text.replace(mutant["old"], mutant["new"]))
        failure = self.tree.build()
        self.tree.write(mutant["file"], text)
        if failure:
            print(f"  {mutant['name']} does not build\n{failure[-3000:]}", flush=True)
            return 1
        return self.say(mutant, 0)

    def say(self, mutant, number):
        """Tries a bug that is built and prints what came of it; 1 where it was not noticed."""
        began = time.monotonic()
        answer = self.tree.test(mutant["test"], self.patience[mutant["test"]], number)
        killed = answer in ("fails", "crashes", "hangs")
        print(f"  {'killed' if killed else 'SURVIVED'}  {mutant['name']}: {mutant['test']} {answer} "
              f"({time.monotonic() - began:.0f} s)", flush=True)
        return 0 if killed else 1


def mutants(project, options):
    """Each seeded bug by itself: held against the test that must notice it."""
    wanted = [mutant for mutant in load(project)
              if not options.names or {mutant["name"], mutant["group"]} & set(options.names)]
    if not wanted:
        sys.exit("there is no such mutant")
    faults = [(mutant, fault) for mutant in wanted if (fault := fault_in(project, mutant))]
    names = [mutant["name"] for mutant in wanted]
    faults += [(mutant, "another has its name") for mutant in wanted
               if names.count(mutant["name"]) > 1]
    for mutant, fault in faults:
        print(f"  {mutant['name']}: {fault}")
    if options.check or faults:
        print(f"{len(wanted)} mutants, {len(faults)} of which cannot be tried")
        return 1 if faults else 0
    survived = Trial(Tree(project), wanted).run()
    print(f"{len(wanted)} mutants, {len(wanted) - survived} killed")
    if not survived and not options.names:
        write_table(project, [f"| {mutant['bug']} | `{mutant['test']}` |" for mutant in wanted])
    return 1 if survived else 0


def write_table(project, rows):
    """Puts the kill table into the page on durability, where it changed."""
    path = os.path.join(project, PAGE)
    with open(path) as file:
        page = file.read()
    head = "| seeded bug | noticed by |\n|---|---|\n"
    start = page.index(head) + len(head)
    end = start
    while page.startswith("|", end):
        end = page.index("\n", end) + 1
    text = page[:start] + "\n".join(rows) + "\n" + page[end:]
    if text != page:
        with open(path, "w") as file:
            file.write(text)
        print(f"  the table in {PAGE} was written anew")
