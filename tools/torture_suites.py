"""Suites of tools/torture that build and run the project's own test programs."""

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

# The targets of files that are imported, each with the folders of fixtures it begins with.
FUZZ_FIXTURES = {
    "claude": ["claude-code"],
    "agents": ["formats/antigravity", "formats/codex", "formats/copilot-cli", "formats/cursor",
               "formats/droid", "formats/gemini-cli", "formats/grok", "formats/hermes",
               "formats/kimi", "formats/openclaw", "formats/opencode", "formats/pi", "formats/qwen"],
    "chats": ["formats/chatgpt", "formats/librechat", "formats/open-webui", "formats/sillytavern"],
    "lists": ["formats/anthropic-messages", "formats/atif", "formats/gemini-contents",
              "formats/openai-chat", "formats/openai-responses", "formats/swe-agent",
              "formats/tau-bench"],
    "managers": ["session-lines", "formats/session-object", "schema-guided", "open-assistant"],
    "archives": ["claude-code"],
    "stores": ["stores", "formats/adk", "formats/langgraph", "formats/openai-agents"],
}
FUZZ_TARGETS = ["block", "tail", "frame", "active", "sealed", "footer", "index", "names", "journal",
                "line", "json", *FUZZ_FIXTURES]


def scratch_of(project, name):
    return os.path.join(os.environ.get("SCRATCH_PATH", os.path.join(project, ".build")), name)


def states(project, options):
    """The crash explorer in a release build: distinct states of the simulated disk, no violation."""
    seed = options.seed if options.seed.isdigit() else "1"
    print(f"crash states: {options.count} wanted, workloads from seed {seed}", flush=True)
    command = ["swift", "test", "-c", "release", "--disable-xctest", "-Xswiftc", "-enable-testing",
               "--package-path", project, "--scratch-path", scratch_of(project, "states"),
               "--filter", "CrashExplorerTests"]
    environment = dict(os.environ, SJOURNAL_CRASH_STATES=str(options.count),
                       SJOURNAL_CRASH_SEED=seed)
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    shown = re.compile(r"crash states:|SJOURNAL_CRASH_PATH=|error:|Test run with")
    for line in process.stdout:
        if shown.search(line):
            print(line.rstrip(), flush=True)
    return 1 if process.wait() else 0


def erase(project, options):
    """A tenth of the sessions of a million events is erased: all else verifies, nothing is left."""
    print("erasing a tenth of a million events", flush=True)
    return at_scale(project, options, "ErasureScaleTests", "SJOURNAL_ERASE", "erasure scale:")


def compact(project, options):
    """All but a hundredth of a million events is compacted and a tenth of the sessions erased: every
    checkpoint that was signed still holds, every event is proven, nothing is left of what went."""
    print("compacting a million events, and erasing a tenth of the sessions", flush=True)
    return at_scale(
        project, options, "CompactionScaleTests", "SJOURNAL_COMPACT", "compaction scale:")


def at_scale(project, options, tests, variables, words):
    """Runs a suite of tests in a release build with as many events as were asked for, and has the
    independent verifier look at the journal that it leaves."""
    command = ["swift", "test", "-c", "release", "--disable-xctest", "-Xswiftc", "-enable-testing",
               "--package-path", project, "--scratch-path", scratch_of(project, "states"),
               "--filter", tests]
    with tempfile.TemporaryDirectory(prefix="sjournal-scale-") as folder:
        environment = dict(os.environ, **{variables + "_EVENTS": str(options.count),
                                          variables + "_AT": folder})
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        shown = re.compile(words + r"|error:|recorded an issue|Test run with")
        for line in process.stdout:
            if shown.search(line):
                print(line.rstrip(), flush=True)
        if process.wait():
            return 1
        verifier = os.path.join(project, "tools", "verify.py")
        return subprocess.run(["python3", "-B", verifier, os.path.join(folder, "j")]).returncode


def nonces(project, options):
    """Ten million encryptions over ten thousand openings: the checker of debug builds watches that no
    key and nonce come twice. And crash states of journals with encrypted sessions."""
    command = ["swift", "test", "--disable-xctest", "--enable-all-traits", "--package-path", project,
               "--scratch-path", scratch_of(project, "nonces"), "--filter",
               "KeyringTests|EncryptedCrashTests"]
    environment = dict(os.environ, SJOURNAL_NONCES="10000000",
                       SJOURNAL_CRASH_STATES=str(min(options.count, 20_000)))
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    shown = re.compile(r"encrypted crash states:|error:|noNonceComesTwice|Test run with")
    for line in process.stdout:
        if shown.search(line):
            print(line.rstrip(), flush=True)
    return 1 if process.wait() else 0


def gather_fixtures(project, target, corpus):
    """Puts the fixtures of a target into its corpus; those of archives packed."""
    for folder in FUZZ_FIXTURES.get(target, []):
        for path, _, names in os.walk(os.path.join(project, "Fixtures", folder)):
            for name in names:
                source = os.path.join(path, name)
                goal = os.path.join(corpus, f"{folder.replace('/', '-')}-{name}")
                if target != "archives":
                    shutil.copy(source, goal)
                    continue
                with open(source, "rb") as file, gzip.open(goal + ".gz", "wb") as packed:
                    packed.write(file.read())
                with zipfile.ZipFile(goal + ".zip", "w", zipfile.ZIP_DEFLATED) as packed:
                    packed.write(source, name)


def fuzz(project, options):
    """Each target for some time, from a corpus of golden bytes; findings are kept."""
    targets = options.names or FUZZ_TARGETS
    if unknown := [name for name in targets if name not in FUZZ_TARGETS]:
        sys.exit(f"there is no target {unknown[0]}; there are {', '.join(FUZZ_TARGETS)}")
    scratch = scratch_of(project, "fuzz")
    coverage = "edge,inline-8bit-counters,pc-table,trace-cmp,indirect-calls"
    command = ["swift", "build", "-c", "release", "--enable-all-traits", "--sanitize=fuzzer",
               "--sanitize=address",
               "-Xcc", "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION",
               "-Xswiftc", f"-sanitize-coverage={coverage}", "--product", "Fuzz",
               "--package-path", project, "--scratch-path", scratch]
    environment = dict(os.environ, SJOURNAL_FUZZ="1", SWIFT_BACKTRACE="enable=no",
                       ASAN_OPTIONS="detect_leaks=0")
    built = subprocess.run(command, env=environment, capture_output=True, text=True)
    if built.returncode:
        print(built.stdout[-4000:] + built.stderr[-4000:])
        return 1
    shown = subprocess.run([*command, "--show-bin-path"], check=True, env=environment,
                           capture_output=True, text=True)
    binary = os.path.join(shown.stdout.strip(), "Fuzz")
    failures = 0
    for target in targets:
        corpus = os.path.join(scratch, "corpus", target)
        found = os.path.join(scratch, "findings", target)
        os.makedirs(corpus, exist_ok=True)
        os.makedirs(found, exist_ok=True)
        environment["SJOURNAL_FUZZ_TARGET"] = target
        with tempfile.TemporaryDirectory() as golden:
            subprocess.run([binary], check=True, stderr=subprocess.DEVNULL,
                           env=dict(environment, SJOURNAL_FUZZ_CORPUS=golden))
            for name in os.listdir(golden):
                shutil.copy(os.path.join(golden, name), corpus)
        gather_fixtures(project, target, corpus)
        done = subprocess.run(
            [binary, f"-max_total_time={options.seconds or 60}", "-timeout=10", "-rss_limit_mb=2048",
             "-malloc_limit_mb=512", "-max_len=65536", f"-artifact_prefix={found}/",
             "-print_final_stats=1", corpus],
            env=environment, capture_output=True, text=True, errors="replace")
        runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        covered = re.findall(r"cov: (\d+)", done.stderr)
        print(f"  {target}: {runs.group(1) if runs else '?'} inputs, "
              f"{covered[-1] if covered else '?'} edges, "
              f"{'no finding' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode:
            failures += 1
            print("\n".join("    " + line for line in done.stderr.split("\n")[-60:]))
            print(f"    the input is in {found}; run it again with SJOURNAL_FUZZ_TARGET={target} "
                  f"{binary} FILE")
    return 1 if failures else 0
