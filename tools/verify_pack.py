"""Verifies a compliance pack of `sjournal report`: what `verify.py` does for a folder that has a
manifest. It stands beside `verify.py`, which hands itself over, and needs nothing of its own.

It computes again what the pack can show: the hash of every file, the Merkle tree over all events,
what is signed of it, and every number that follows from the events. What people wrote into tables
and pages of the pack is only known to be what the manifest names.
"""
import base64, hashlib, os

MANIFEST, HASHES = "manifest.json", "manifest.sha256"

def read_lines(verify, path):
    """The lines of a file, one after the other, without their ends."""
    with open(path, "rb") as file:
        while raw := file.readline(verify.MAX_LINE + 1):
            verify.prove("a line of a pack ends, and is not too long", raw.endswith(b"\n"))
            yield raw[:-1]

def read_manifest(verify, folder):
    """The manifest, whose hash stands beside it, and that the files are those that it names."""
    raw = verify.read_file(os.path.join(folder, MANIFEST), verify.MAX_TAIL)
    beside = verify.read_file(os.path.join(folder, HASHES), verify.PAGE)
    digest = hashlib.sha256(raw).hexdigest()
    verify.prove("a manifest fits its SHA-256", beside == f"{digest}  {MANIFEST}\n".encode())
    manifest = verify.JSON.decode(raw.decode())
    verify.prove("a pack is of a version that is known", manifest["pack"] == 1)
    files = {it["name"]: it for it in manifest["files"]}
    found = [os.path.relpath(os.path.join(place, name), folder)
             for place, _, names in os.walk(folder) for name in names]
    # Running the verifier may leave Python's own cache.
    found = {name for name in found if "__pycache__" not in name.split(os.sep)}
    verify.prove("a pack has the files that its manifest names, and no others",
                 found == {MANIFEST, HASHES, *files} and len(files) == len(manifest["files"]))
    for name, it in files.items():
        path = os.path.join(folder, name)
        verify.prove("a pack has no links", os.path.isfile(path) and not os.path.islink(path))
        with open(path, "rb") as file:
            fits = hashlib.file_digest(file, "sha256").hexdigest() == it["sha256"]
        verify.prove(f"{name} is what the manifest names",
                     fits and os.path.getsize(path) == it["size"])
    return manifest, files, digest

class Query:
    """A question, and the events that the pack counts as its answer, in order."""

    def __init__(self, verify, folder, text):
        it = verify.JSON.decode(text.decode())
        self.name, self.kinds, self.count = it["query"], it["kinds"], it["count"]
        self.where, self.bounds = it["where"] or {}, [it["first"], it["last"]]
        self.is_checkable = not self.where or "data" in self.where
        verify.prove("a query says whether it can be checked", it["checkable"] == self.is_checkable)
        self.found, self.seen, self.verify = 0, [], verify
        self.rest = self.numbers(os.path.join(folder, it["file"]), it["ranges"])
        self.next = next(self.rest, 0)

    def numbers(self, path, ranges):
        """The sequence numbers that a file lists as stretches, apart and in order."""
        rows, last, count = read_lines(self.verify, path), -1, 0
        self.verify.prove("a list of events has its title", next(rows, b"") == b"first,last")
        for row in rows:
            first, end = map(int, row.split(b","))
            self.verify.prove("a list of events is in order, and as short as it can be",
                              last + 1 < first <= end)
            last, count = end, count + 1
            yield from range(first, end + 1)
        self.verify.prove("a query has as many stretches as its list", count == ranges)

    def admits(self, kind):
        return "*" in self.kinds or kind in self.kinds or kind.split(".")[0] + ".*" in self.kinds

    def meet(self, line, raw):
        """Takes an event of a kind that it admits."""
        is_counted = self.next == line.seq
        if self.is_checkable:
            wanted = self.where.get("data", {})
            is_shown = wanted and line.terms is not None
            data = self.verify.JSON.decode(raw.decode())["data"] if is_shown else {}
            answers = all(data.get(key, self) == value for key, value in wanted.items())
            self.verify.prove(f"the query {self.name} counts the events that answer it",
                              answers == is_counted)
        if is_counted:
            self.found, self.next = self.found + 1, next(self.rest, 0)
            self.seen = self.seen[:1] + [line.seq]

    def end(self):
        ends = [self.seen[0], self.seen[-1]] if self.seen else [None, None]
        self.verify.prove(f"the query {self.name} counts events of its kinds that are in the pack",
                          self.next == 0 and self.found == self.count and ends == self.bounds)

def read_tree(verify, folder, manifest, sizes, queries):
    """The roots over so many events, from the lines and hashes of the pack; None behind a loss."""
    size, lost = int(manifest["tree"]["size"]), [tuple(map(int, it)) for it in manifest["lost"]]
    lines = read_lines(verify, os.path.join(folder, "events.jsonl"))
    by_kind, tree, reported, hashes, time = {}, (0, []), 0, 0, ""
    roots = {0: verify.root_of(0, [])}
    raw = next(lines, None)
    line = raw and verify.read_line(raw)
    with open(os.path.join(folder, "leaves.bin"), "rb") as leaves:
        seq = 0
        while seq < size:
            seq += 1
            if lost and lost[0][0] == seq:
                seq, tree = lost.pop(0)[1], None
                continue
            if line and line.seq == seq:
                leaf, reported = line.leaf, reported + 1
                verify.prove("time never goes back", line.time >= time)
                time = line.time
                if line.kind not in by_kind:
                    by_kind[line.kind] = [it for it in queries if it.admits(line.kind)]
                for query in by_kind[line.kind]:
                    query.meet(line, raw)
                raw = next(lines, None)
                line = raw and verify.read_line(raw)
            else:
                leaf, hashes = leaves.read(32), hashes + 1
                verify.prove("an event of the tree is a line or a hash", len(leaf) == 32)
            if tree:
                tree = verify.append(*tree, leaf)
                if seq in sizes:
                    roots[seq] = verify.root_of(*tree)
        verify.prove("a pack has no more lines and hashes than events",
                     line is None and not leaves.read(1) and not lost)
    verify.prove("a manifest counts lines and hashes",
                 (reported, hashes) == (manifest["reported"], manifest["hashes_only"]))
    return roots

def read_controls(verify, folder, queries, regimes):
    """That every control cites the queries as they were counted, for the rules that were asked."""
    counted = {it.name: it for it in queries}
    found = set()
    for raw in read_lines(verify, os.path.join(folder, "controls.jsonl")):
        control = verify.JSON.decode(raw.decode())
        found.add(control["regime"])
        for it in control["evidence"]:
            query = counted[it["query"]]
            verify.prove("a control says what its queries count", query.count == it["count"]
                         and query.bounds == [it["first"], it["last"]])
    verify.prove("a pack has controls for what was asked", found == set(regimes))

def answer_on_pack(verify, folder, keys):
    """The verdict on a pack: as on a journal, as far as the pack reaches."""
    manifest, files, digest = read_manifest(verify, folder)
    queries = [Query(verify, folder, raw)
               for raw in read_lines(verify, os.path.join(folder, "queries.jsonl"))]
    size, root = int(manifest["tree"]["size"]), base64.b64decode(manifest["tree"]["root"])
    notes = []
    if "checkpoint" in files:
        text = verify.read_file(os.path.join(folder, "checkpoint"), verify.MAX_NOTE).decode()
        notes.append(verify.read_note(text, keys))
    verify.prove("a checkpoint is signed by a key that was given",
                 not keys or all(note.signers for note in notes) and notes)
    verify.prove("a manifest names the checkpoint", bool(notes) == bool(manifest["signed"]))
    states = [(note.size, note.root) for note in notes] + [(size, root)]
    roots = read_tree(verify, folder, manifest, {it[0] for it in states}, queries)
    for query in queries:
        query.end()
    read_controls(verify, folder, queries, manifest["options"]["regimes"])
    head = verify.read_file(os.path.join(folder, "tree-head"), verify.PAGE).decode().split("\n")
    verify.prove("the head of the tree is that of the manifest",
                 head[1:] == [str(size), manifest["tree"]["root"], ""])
    for note in notes:
        verify.prove("a checkpoint is of the journal, and of no more events than are there",
                     note.size <= size and note.journal.hex() == manifest["journal"])
    proofs = [name for name in files if name.startswith("proofs" + os.sep)]
    for name in proofs:
        text = verify.read_file(os.path.join(folder, name), verify.MAX_NOTE * 32).decode()
        note, event = verify.read_proof(text, None, keys)
        verify.prove("a proof is of the event that its name says, in the pack's checkpoint",
                     name == os.path.join("proofs", f"{event.seq}.tlog-proof") and notes
                     and (note.size, note.root) == (notes[0].size, notes[0].root))
    is_lost = bool(manifest["lost"])
    forks = [f"the events are not those of the tree over {count} events that was signed or named"
             for count, known in states if roots.get(count, known if is_lost else b"") != known]
    skipped = ["tables, pages, sentences about facts: only that they are what the manifest names"]
    skipped += [f"the tree, through {len(manifest['lost'])} losses"] * is_lost
    skipped += [f"what {int(manifest['hashes_only'])} events are that are not reported on"] * (
        manifest["hashes_only"] > 0)
    stated = [it.name for it in queries if not it.is_checkable]
    skipped += [f"that no event is missing in: {', '.join(stated)}"] * bool(stated)
    signed = max((note.size for note in notes if note.signers), default=0)
    skipped += [f"signatures over events above {signed}: no key that was given has made one"] * (
        signed < size)
    return {"verdict": "DIVERGED" if forks else "INCOMPLETE" if is_lost
            else verify.valid(notes, keys), "pack": manifest["journal"], "events": size,
            "reported": int(manifest["reported"]), "queries": len(queries), "proofs": len(proofs),
            "root": root.hex(), "manifest": digest, "findings": forks, "not_checked": skipped}
