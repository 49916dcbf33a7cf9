"""What tools/torture holds every answer of sjournal against: shapes, statuses, hashes, sessions."""

import base64
import hashlib
import json
import os
import re
import subprocess

PATIENCE_SECONDS = 120  # A command that takes longer hangs; an import of 70 MB takes 3.
MADE_BY_THE_JOURNAL = ["seq", "time", "salt", "cause", "session"]


class Broken(Exception):
    """What was promised and did not happen."""


def expect(holds, words):
    if not holds:
        raise Broken(words)


class Tool:
    """The program under test; every answer of it is held to the rules for all commands."""

    def __init__(self, binary):
        self.binary = binary

    def run(self, journal, *arguments, allowed=(0,), before=(), limits=None):
        """Runs a command; returns its status, output and error text."""
        command = [*before, self.binary, "-j", journal, *arguments]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_SECONDS,
                preexec_fn=limits)
        except subprocess.TimeoutExpired:
            raise Broken(f"{' '.join(arguments)} hangs")
        words = done.stderr.decode("utf-8", "replace")
        name = f"{' '.join(arguments)} ended with {done.returncode} ({words.strip()!r})"
        expect(done.returncode in allowed, f"{name}, which is none of {allowed}")
        if done.returncode in (1, 2, 3, 4) and arguments[0] != "verify":
            # One line says why; one before it may say what is not confirmed.
            lines = [line for line in words.split("\n")
                     if line and not line.endswith("the next command that writes settles them")]
            expect(len(lines) == 1, f"{name} and said not one line but {len(lines)}")
        return done.returncode, done.stdout, words

    def lines(self, journal, allowed=(0,)):
        """Every event line of a journal, without the newlines."""
        status, output, _ = self.run(journal, "log", "--json", allowed=allowed)
        return status, output.split(b"\n")[:-1]

    def verdict(self, journal, allowed=(0,)):
        status, output, _ = self.run(journal, "verify", "--json", allowed=allowed)
        return status, json.loads(output) if output else None


ENVELOPE = re.compile(rb'(\{"seq":(\d+),"time":"[^"]*","session":"([0-9a-f]{32})",'
                      rb'"version":(\d+),"kind":"[^"]*"),')


def envelope_of(line):
    """The line's first five keys, without the comma behind them: groups 1 to 4."""
    found = ENVELOPE.match(line)
    expect(found, f"a line begins with no envelope: {line[:80]}")
    return found


def root_of(lines):
    """The RFC 6962 root over event lines and entry lines, computed apart from the program."""
    peaks = []
    for line in lines:
        event = envelope_of(line)
        entry = line
        if not line.startswith(b'"digest":', event.end()):
            digest = base64.b64encode(hashlib.sha256(line).digest())
            entry = event.group(1) + b',"digest":"' + digest + b'"}'
        size, node = 1, hashlib.sha256(b"\0" + entry).digest()
        while peaks and peaks[-1][0] == size:
            node = hashlib.sha256(b"\1" + peaks.pop()[1] + node).digest()
            size *= 2
        peaks.append((size, node))
    if not peaks:
        return hashlib.sha256(b"").hexdigest()
    node = peaks.pop()[1]
    while peaks:
        node = hashlib.sha256(b"\1" + peaks.pop()[1] + node).digest()
    return node.hex()


def files_below(folder):
    """The content hash of every file, by its path."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


def sessions_of(lines):
    """Every session's events by its key, without what differs from one import to the next."""
    events = [json.loads(line) for line in lines]
    keys = {}
    for event in events:
        if event["kind"] == "session.created":
            keys[event["session"]] = event["data"].get("key") or "?"
    name = re.compile(r"\b[0-9a-f]{32}\b")
    grouped = {}
    for event in events:
        if event["session"] == "0" * 32:
            continue
        if "occurred" not in event and event["kind"] == "session.created":
            event["data"]["metadata"].pop("last_modified", None)
        key = keys[event["session"]]
        for made in MADE_BY_THE_JOURNAL:
            event.pop(made, None)
        text = json.dumps(event)
        text = name.sub(lambda found: keys.get(found.group(), found.group()), text)
        grouped.setdefault(key, []).append(text)
    return grouped


def build(project):
    """The release build's program."""
    scratch = os.environ.get("SCRATCH_PATH", os.path.join(project, ".build"))
    common = ["swift", "build", "-c", "release", "--enable-all-traits", "--package-path", project,
              "--scratch-path", scratch]
    subprocess.run([*common, "--product", "sjournal"], check=True, stdout=subprocess.DEVNULL)
    shown = subprocess.run([*common, "--show-bin-path"], check=True, capture_output=True, text=True)
    return os.path.join(shown.stdout.strip(), "sjournal")
