"""The suite of tools/torture that tests the tests: seeded bugs, each of which a named test notices."""

import os
import shutil
import subprocess
import sys
import time

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
            mutants += tomllib.load(file)["mutant"]
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


def is_of_library(project, mutant):
    """Whether the test of a mutant stands in the library, which is built quickly by itself."""
    module = os.path.relpath(place_of(project, mutant["test"].partition(".")[0]),
                             os.path.join(project, "Tests")).split(os.sep)[0]
    return module in ("SegmentLogTests", "TransparencyLogTests", "SessionJournalTests")


class Tree:
    """A copy of the sources in which mutants are built, with one build directory for all of them: of
    the library alone, or of everything."""

    def __init__(self, project, is_library):
        scratch = scratch_of(project, "mutants" if is_library else "mutants-of-all")
        self.path = os.path.join(scratch, "tree")
        os.makedirs(self.path, exist_ok=True)
        for name in ("Package.swift", "Sources", "Tests", "Fixtures", "README.md"):
            self.copy(os.path.join(project, name), os.path.join(self.path, name))
        self.common = ["--package-path", self.path, "--scratch-path",
                       os.path.join(scratch, "build")]
        self.environment = dict(os.environ, SWIFT_BACKTRACE="enable=no")
        if is_library:
            self.environment["SJOURNAL_MUTANTS"] = "1"
        else:
            self.common.append("--enable-all-traits")

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

    def mutate(self, mutant):
        """Puts a mutant into its file; returns what the file held, for `restore`."""
        path = os.path.join(self.path, mutant["file"])
        with open(path) as file:
            text = file.read()
        self.restore(mutant, text.replace(mutant["old"], mutant["new"]))
        return text

    def restore(self, mutant, text):
        with open(os.path.join(self.path, mutant["file"]), "w") as file:
            file.write(text)

    def build(self):
        """What the compiler says against the sources; None where it built them."""
        done = subprocess.run(["swift", "build", "--build-tests", "-j", "2", *self.common],
                              env=self.environment, capture_output=True, text=True)
        return (done.stdout + done.stderr)[-3000:] if done.returncode else None

    def test(self, name):
        """Whether a test passes, in one word: passes, fails, crashes, hangs, or none where it is not."""
        try:
            done = subprocess.run(
                ["swift", "test", "--skip-build", "--disable-xctest", *self.common,
                 "--filter", r"\." + name.replace(".", "/") + r"\b"],
                env=self.environment, capture_output=True, text=True, errors="replace",
                timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            return "hangs"
        output = done.stdout + done.stderr
        if "Test run with 0 tests" in output:
            return "none"
        if done.returncode == 0:
            return "passes"
        return "fails" if "Test run with" in output else "crashes"


def mutants(project, options):
    """Each seeded bug alone: built, and held against the test that must notice it."""
    wanted = [mutant for mutant in load(project)
              if not options.names or mutant["name"] in options.names]
    if not wanted:
        sys.exit("there is no such mutant")
    faults = [(mutant, fault) for mutant in wanted if (fault := fault_in(project, mutant))]
    for mutant, fault in faults:
        print(f"  {mutant['name']}: {fault}")
    if options.check or faults:
        print(f"{len(wanted)} mutants, {len(faults)} of which cannot be tried")
        return 1 if faults else 0
    failures = 0
    rows = {}
    for is_library in (True, False):
        group = [mutant for mutant in wanted if is_of_library(project, mutant) == is_library]
        if group:
            failures += try_all(Tree(project, is_library), group, rows)
    print(f"{len(wanted)} mutants, {len(wanted) - failures} killed")
    if not failures and not options.names:
        write_table(project, [rows[mutant["name"]] for mutant in wanted])
    return 1 if failures else 0


def try_all(tree, wanted, rows):
    """Builds and tests each mutant of a group in its tree; says how many were not noticed."""
    began = time.monotonic()
    if failure := tree.build():
        sys.exit(f"the sources do not build without a mutant\n{failure}")
    for name in sorted({mutant["test"] for mutant in wanted}):
        if (answer := tree.test(name)) != "passes":
            sys.exit(f"{name} {answer} without a mutant")
    print(f"  without a mutant every test passes ({time.monotonic() - began:.0f} s)", flush=True)
    failures = 0
    for mutant in wanted:
        began = time.monotonic()
        text = tree.mutate(mutant)
        failure = tree.build()
        answer = "does not build" if failure else tree.test(mutant["test"])
        tree.restore(mutant, text)
        killed = answer in ("fails", "crashes", "hangs")
        print(f"  {'killed' if killed else 'SURVIVED'}  {mutant['name']}: {mutant['test']} {answer} "
              f"({time.monotonic() - began:.0f} s)", flush=True)
        if failure:
            print(failure)
        failures += not killed
        rows[mutant["name"]] = f"| {mutant['bug']} | `{mutant['test']}` |"
    return failures


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
