#!/usr/bin/env python3
"""Verifies a session journal, its checkpoints and its proofs, independently of `sjournal`.

Written from the page FileFormat.md alone, for whoever trusts neither the owner of a journal nor the
program that wrote it. Needs Python 3.11 and its module `lz4`; for signatures the module
`cryptography`. It only reads, and it asks no network. Each check is a claim that `prove` states.
The exit status is 0 for yes, 1 for no, 2 for a wrong command line, 3 for no answer.
"""
import argparse, base64, contextlib, functools, glob, hashlib, json, os, re, stat, struct, sys
from collections import Counter, namedtuple
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Structure

OPEN, CLOSED, END, EXTENSION, PAGE, MIB = 1, 2, 3, 4, 4096, 1 << 20
MAX_LINE, MAX_COMMIT, MAX_FRONT, MAX_FOOTER = 16 * MIB, 32 * MIB, 8 * MIB, 256 * MIB
MAX_FILE, MAX_RANGE, MAX_NOTE, MAX_TAIL = 512 * MIB, 1 << 22, MIB, 64 * MIB
# The skippable frames with a header: its four characters, layout (1 active, 2 sealed, 0 either) and
# fields behind the common prefix, with their sizes. One below zero is of a signed number, one
# above eight of bytes; F is a frontier. What follows these fields is read where it is used.
BLOCK, FOOTER, RUN, FRAME, TAIL, RETAINED = range(0x184D2A50, 0x184D2A56)
PREFIX = ("kind:4 size:4 magic:4 version:2 reserved:2 length:4 required:4 optional:4 zero:4 "
          "journal:16 place:8")
TABLES = {BLOCK: (b"SJB1", 1, "first:8 begin:8 until:8 watermark:8 epoch:8 first_time:-8 "
        "last_time:-8 events:4 streams:4 stored:4 plain:4 before:4 crc_rest:4 frontier:F"),
    RUN: (b"SJR1", 0, "how:4 events:4 plain:4 crc_rest:4 session:16 first:8 last:8 salt:32 turn:8"),
    TAIL: (b"SJT1", 1, "role:1 zeros:7 watermark:8 last:8 epoch:8 successor:8 crc_of_block:4"),
    FRAME: (b"SJF1", 2, "lowest:8 highest:8 events:4 stored:4 plain:4 crc_rest:4"),
    RETAINED: (b"SJH2", 2, "count:4"),
    FOOTER: (b"SJE1", 2, "first:8 last:8 predecessor:8 first_time:-8 last_time:-8 epoch:8 events:4 "
             "level:4 bits:4 plain:8 sha256:32 before:F after:F")}
SECTIONS = "frames|directories|fences|streams|fences|names|gaps|permutation|filter".split("|")

class Unsound(ValueError):
    """A claim that does not hold: the bytes contradict the page, or each other."""

class Unreadable(Exception):
    """Nothing can be said: no journal, a newer format, a module that is missing."""

# What is no JSON, no LZ4, no UTF-8, no date or no file is a claim that does not hold, too.
BROKEN = (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, OSError, struct.error)
proved: Counter[str] = Counter()

def prove(claim: str, holds: object) -> None:
    """Counts a claim that holds; stops at one that does not."""
    if not holds:
        raise Unsound(claim)
    proved[claim] += 1

# ---- Bytes: files, checksums, fields, LZ4

def read_file(path: str, limit: int) -> bytes:
    """A regular file, whole. A link is not followed, and a pipe not waited for."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        prove("a file is a regular file", stat.S_ISREG(os.fstat(file.fileno()).st_mode))
        data = file.read(limit + 1)
    prove("a file is not longer than the page allows", len(data) <= limit)
    return data

CRC_OF_BYTE = list(range(256))
for _ in range(8):
    CRC_OF_BYTE = [value >> 1 ^ 0x82F63B78 * (value & 1) for value in CRC_OF_BYTE]

def crc32c(data: bytes | memoryview) -> int:
    """CRC-32C (Castagnoli)."""
    crc, table = 0xFFFFFFFF, CRC_OF_BYTE
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF

def sha256(data: bytes | memoryview) -> bytes:
    return hashlib.sha256(data).digest()

class Fields:
    """Reads little-endian fields one behind the other, and never behind their end."""

    def __init__(self, data: bytes | memoryview, at: int = 0) -> None:
        self.data, self.at, self.end = data, at, len(data)

    def take(self, count: int) -> bytes:
        prove("every field lies within its structure", count <= self.end - self.at)
        self.at += count
        return bytes(self.data[self.at - count:self.at])

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(abs(size)), "little", signed=size < 0)

    def varint(self) -> int:
        value = shift = 0
        while (byte := self.number(1)) & 128 and shift < 56:
            value, shift = value | (byte & 127) << shift, shift + 7
        return value | byte << shift

    def frontier(self) -> tuple[int, list[bytes]]:
        size, count = self.number(8), self.number(4)
        prove("a frontier has as many roots as its size has one bits", count == size.bit_count())
        return size, [self.take(32) for _ in range(count)]

    def named(self, table: str, into: Structure) -> Structure:
        for name, size in (field.split(":") for field in table.split()):
            setattr(into, name, self.frontier() if size == "F" else self.take(int(size))
                    if int(size) > 8 else self.number(int(size)))
        return into

def varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)

def read_header(file: memoryview, at: int, kind: int, journal: bytes) -> Structure:
    """A skippable frame with a header of ours. It is believed only if its CRC, its journal and its
    place are right. `rest` reads what follows the fields that its table names."""
    fields, (magic, layout, table) = Fields(file, at), TABLES[kind]
    it = fields.named(PREFIX, Structure(at=at, rest=fields, blocks=[], role=0, stored=0))
    it.end, it.close = at + 8 + it.size, at + 8 + it.length
    prove("a frame of the expected kind stands there",
          (it.kind, it.magic) == (kind, int.from_bytes(magic, "little")))
    prove("a header is within its frame, and a frame within its file", it.close <= it.end <= len(
        file) and 52 <= it.length <= (MAX_FOOTER if kind == FOOTER else MAX_FRONT))
    it.crc = Fields(file, it.close - 4).number(4)
    prove("a header fits its CRC-32C", crc32c(file[at:it.close - 4]) == it.crc)
    if it.version > 1 or it.required > 15:
        raise Unreadable("a structure is newer than format version 1")
    prove("reserved fields are zero", it.version == 1 and it.reserved == it.zero == 0)
    prove("a header names its journal and its place", (it.journal, it.place) == (journal, at))
    prove("a header names the layout of its file", it.required & 3 == layout)
    fields.end = it.close - 4
    return fields.named(table, it)

def unpacked(area: bytes, size: int) -> tuple[bytes, bytes]:
    """The content of one standard LZ4 frame, of the promised length and never more; and what stands
    behind the frame."""
    import lz4.frame
    stream = lz4.frame.LZ4FrameDecompressor()
    content = stream.decompress(area, max_length=size + 1)
    prove("a content is an LZ4 frame of lines, as long as its header says",
          stream.eof and len(content) == size and content[-1:] == b"\n")
    return content, stream.unused_data or b""

# ---- Lines and the tree

LINE = re.compile(rb'(\{"seq":([1-9]\d{0,18}),"time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"'
    rb',"session":"([0-9a-f]{32})","version":([1-9]\d{0,18}),"kind":"([!#-[\]-~]{1,64})")'
    rb'(?:,"digest":"([A-Za-z0-9+/]{43}=)"(,.*)?|,.*)\}', re.DOTALL)
TOLD = {"session.created": ["key"], "checkpoint.signed": ["size", "root"],
        "erasure.requested": ["erasure", "events"], "erasure.finished": ["erasure", "requested"],
        "forgetting.requested": ["forgetting", "events"]}
OPTIONAL = ["onbehalf", "origin", "trace", "id", "occurred", "cause", "reason"]
Line = namedtuple("Line", "seq time session version kind leaf size terms")  # No terms: an entry.
JSON = json.JSONDecoder(parse_int=float, parse_constant=int)  # int() refuses NaN and Infinity.

def read_line(raw: bytes) -> Line:
    """One line without its newline, checked by itself; its leaf is the hash of its entry line."""
    match = LINE.fullmatch(raw)
    prove("a line begins with the five keys of every line", match and len(raw) < MAX_LINE)
    first, seq, moment, session, version, kind, digest, kept = match.groups()
    terms = None if digest and not kept else read_event(raw, session != b"0" * 32)
    entry = first + b',"digest":"' + (digest or base64.b64encode(sha256(raw))) + b'"}'
    return Line(int(seq), moment.decode(), bytes.fromhex(session.decode()), int(version),
                kind.decode(), sha256(b"\0" + entry), len(raw) + 1, terms)

def read_event(raw: bytes, has_branch: bool) -> dict:
    """The JSON of an event line, with the keys that the page names, in its order; gives the terms
    by which a sealed segment finds it, and the checkpoint of which it tells."""
    event = JSON.decode(raw.decode())
    known = ["branch"] * has_branch + ["actor"] + [key for key in OPTIONAL if key in event]
    keys, compacted = list(event)[5:], "digest" in event
    prove("an event line has the page's keys in the page's order", keys == ["digest", *known,
          "data"] if compacted else keys[:len(known)] == known and keys[-2:] == ["salt", "data"])
    prove("a salt has 16 bytes, and data is an object", (compacted or len(
        base64.b64decode(event["salt"], validate=True)) == 16) and type(event["data"]) is dict)
    told = {name: event["data"].get(name) for name in TOLD.get(event["kind"], [])}
    return told | {name: event[name] for name in ("id", "branch") if name in event}

def microseconds(moment: str) -> int:
    return (datetime.fromisoformat(moment) - datetime.fromtimestamp(0, UTC)) // timedelta(0, 0, 1)

def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right)

def append(size: int, roots: list[bytes], leaf: bytes, height: int = 0) -> tuple[int, list[bytes]]:
    """The Merkle tree of RFC 6962, as a frontier, with a leaf more, or a subtree of that height."""
    carry = size >> height
    while carry & 1:
        leaf, carry = node(roots.pop(), leaf), carry >> 1
    return size + (1 << height), roots + [leaf]

def root_of(size: int, roots: list[bytes]) -> bytes:
    return functools.reduce(lambda right, left: node(left, right), roots[::-1] or [sha256(b"")])

# ---- A journal

class Journal:
    """Reads a journal from its first event to its last, and keeps what the next must follow."""

    def __init__(self, path: str, sizes: list[int]) -> None:
        self.path, self.roots = path, dict.fromkeys(sizes) | {0: root_of(0, [])}
        self.findings, self.notes, self.told, self.last, self.time = [], [], [], 0, ""
        self.epoch, self.lost, self.watermark, self.tree, self.versions = 0, 0, 0, (0, []), {}
        # The last are sizes of trees that end within a subtree of which only the root is kept.
        self.withheld, self.nonces, self.gone, self.within = set(), set(), set(), set()
        it = re.fullmatch(rb"(.*\n)crc32c ([\da-f]{8})\n", read_file(path + "/JOURNAL", 65536), re.S)
        prove("JOURNAL fits its CRC-32C", it and crc32c(it[1]) == int(it[2], 16))
        identity = JSON.decode(it[1].decode())
        if identity["minimum_reader"] > 1:
            raise Unreadable("this journal asks for a newer reader")
        self.id = bytes.fromhex(identity["journal"])

    def verify(self) -> None:
        """Every segment in the order of its name, what stands behind a damaged one too."""
        folder, previous, is_whole = os.path.join(self.path, "segments"), 0, True
        names = sorted(name for name in os.listdir(folder) if name.endswith(".lz4"))
        prove("a journal has a segment", names)
        while names:
            name = names.pop(0)
            try:
                prove("a segment is named by 20 digits", re.fullmatch(r"[0-9]{20}\.lz4", name))
                first, self.file_path = int(name[:20]), os.path.join(folder, name)
                if is_whole and first != self.last + 1:
                    self.findings.append(f"events {self.last + 1} to {first - 1} are in no segment")
                    self.tree = None
                self.last, is_whole = first - 1, False
                self.file = memoryview(read_file(self.file_path, MAX_FILE))
                if Fields(self.file).number(4) in (FRAME, RETAINED, FOOTER):
                    self.verify_sealed(previous)
                    prove("the last segment has the active layout", names)
                elif (successor := self.verify_active(len(names))) and not names:
                    names = [f"{successor:020}.lz4"]
                previous, is_whole = first, True
            except BROKEN as reason:
                self.findings.append(f"{name}, behind event {self.last}: does not hold: {reason}")
                self.tree = None  # What follows is checked from the next frontier recorded.

    def read_content(self, frame: memoryview, header: Structure) -> list[Line]:
        """The lines of a content, and that the versions of their sessions go on."""
        prove("a content has at most 32 MiB", header.plain <= MAX_COMMIT)
        content, rest = unpacked(bytes(frame), header.plain)
        lines = [read_line(line) for line in content[:-1].split(b"\n")]
        for line in lines:
            before = self.versions.get(line.session, 0)
            prove("the versions of a session have no gap", line.version == before + 1
                  or line.version > before and (self.findings or self.lost or self.gone))
            self.versions[line.session] = line.version
            self.withheld.update([line.seq] if line.terms is None else [])
            self.told += [line.terms] if line.terms and not any(line.session) else []
        prove("ciphertext follows where a header says so", (header.required > 3) == (rest != b""))
        self.read_runs(frame, len(frame) - len(rest), lines)
        return lines

    def read_runs(self, area: memoryview, at: int, lines: list[Line]) -> None:
        """The ciphertext of encrypted sessions, as far as it can be checked without a key."""
        while at < len(area):
            it = read_header(area, at, RUN, self.id)
            versions = {line.version for line in lines if line.session == it.session}
            prove("ciphertext fits its CRC-32C", crc32c(area[it.close:it.end]) == it.crc_rest)
            prove("ciphertext is of events whose entry lines stand before it", it.how == 1
                  and {it.first, it.last} <= versions and it.events <= it.last - it.first + 1)
            prove("no nonce serves twice", (it.session, it.salt, it.turn) not in self.nonces)
            self.nonces.add((it.session, it.salt, it.turn))
            at = it.end

    def follow(self, seq: int, moment: str, height: int, leaf: bytes) -> None:
        """Appends the next event to the tree, or the root over some that are forgotten."""
        prove("sequence numbers have no gap", seq == self.last + 1)
        prove("time never goes back", moment >= self.time)
        self.last, self.time = seq + (1 << height) - 1, moment
        self.within.update(range(seq, self.last))
        if self.tree:
            self.tree = append(*self.tree, leaf, height)
            if self.last in self.roots:
                self.roots[self.last] = root_of(*self.tree)

    def meet(self, frontier: tuple[int, list[bytes]], epoch: int) -> None:
        """Compares the tree with a frontier that was recorded; behind damage, goes on from it."""
        self.tree = self.tree or frontier
        prove("the Merkle tree over all events is the one that was recorded",
              self.tree == frontier and frontier[0] == self.last)
        prove("the epochs of writers never go back", epoch >= self.epoch)
        self.epoch = epoch

    # ---- The active layout

    def verify_active(self, later: int) -> int:
        """Commit by commit, and how the file ends; gives the successor that an end frame names."""
        at, crc, tail = 0, 0, None
        while at < len(self.file):
            try:
                step = self.read_step(at, crc, tail)
            except BROKEN as reason:
                again = read_file(self.file_path, MAX_FILE)
                if later or again == self.file or again[:at] != self.file[:at]:
                    return self.judge_rest(at, str(reason), later, tail)
                self.file = memoryview(again)  # A writer is at work; what was accepted stays.
                continue
            for block in step.blocks:
                self.accept_block(block)
                tail, crc = None, block.crc
            at, tail = step.end, step if step.role else tail
            self.watermark = max(self.watermark, step.watermark)
        if tail is None:
            return self.judge_rest(at, "a file ends in a tail", later, tail)
        prove("a complete segment ends in an end frame", tail.role == END or later < 2)
        if tail.role in (OPEN, EXTENSION):
            self.notes.append("the journal is open, or its writer was cut: events above "
                              f"{self.watermark} are whole, and not known to be synced")
        return tail.successor

    def read_step(self, at: int, crc: int, tail: Structure | None) -> Structure:
        """A whole commit, a tail frame, or padding."""
        kind, size, magic = struct.unpack("<III", bytes(self.file[at:at + 12]).ljust(12, b"\0"))
        prove("only an extension stands behind a tail that is not closed", not tail or tail.role
              == CLOSED or tail.role != END and self.file[at + 56:at + 57] == bytes([EXTENSION]))
        if at % PAGE == 0 and (magic or kind == BLOCK):
            return self.read_commit(at, crc) if kind == BLOCK else self.read_tail(at, crc)
        end, room = at + 8 + size, -at % PAGE or len(self.file) - at
        prove("padding is a frame of zeros to the end of its page", kind == TAIL
              and end == at + room + PAGE * (room < 8) <= len(self.file)
              and not any(self.file[at + 8:end]))
        return Structure(blocks=[], role=0, end=end, watermark=0)

    def read_commit(self, at: int, crc: int) -> Structure:
        """The blocks of one commit, whose checksums fit; their lines are not looked at yet."""
        blocks, seq, last = [], self.last + 1, self.last + 1
        while seq <= last:
            it = read_header(self.file, at, BLOCK, self.id)
            prove("a block has at most 65,536 events", 0 < it.streams <= it.events <= 65536)
            it.table = [(it.rest.take(16), it.rest.number(8)) for _ in range(it.streams)]
            it.lines = [(it.rest.varint(), it.rest.varint()) for _ in range(it.events)]
            at, last = it.end + it.stored, it.until
            it.content = self.file[it.end:at]
            prove("a header holds its fields, and a block is within its file",
                  it.rest.at == it.rest.end and it.close == it.end and at <= len(self.file))
            prove("a content fits its CRC-32C", crc32c(it.content) == it.crc_rest)
            prove("a block names the header before it in its segment", it.before == crc)
            blocks.append(it)
            prove("the blocks of a commit follow each other", (it.first, it.begin, last)
                  == (seq, self.last + 1, blocks[0].until))
            seq, crc = seq + it.events, it.crc
        prove("a commit ends with its last block, and no watermark is within it",
              seq == last + 1 and max(block.watermark for block in blocks) <= self.last)
        return Structure(blocks=blocks, role=0, end=at, watermark=blocks[0].watermark)

    def accept_block(self, block: Structure) -> None:
        lines = self.read_content(block.content, block)
        prove("the stream table has the session and the length of each line",
              [(block.table[stream][0], length) for stream, length in block.lines]
              == [(line.session, line.size) for line in lines])
        prove("the stream table has each session's first version", sorted(block.table) == sorted(
            {line.session: line.version for line in lines[::-1]}.items()))
        prove("a header has the times of its first and last event", [
            block.first_time, block.last_time] == [microseconds(lines[n].time) for n in (0, -1)])
        for line in lines:
            self.follow(line.seq, line.time, 0, line.leaf)
        self.meet(block.frontier, block.epoch)

    def read_tail(self, at: int, crc: int) -> Structure:
        it = read_header(self.file, at, TAIL, self.id)
        limit = {OPEN: MAX_TAIL, CLOSED: PAGE, END: PAGE, EXTENSION: MAX_TAIL}.get(it.role, 0)
        prove("a tail has a role and its size", (it.end - at) % PAGE == 0 < it.end - at <= limit)
        prove("a tail is zero where it says nothing", it.zeros == 0 and it.rest.at == it.rest.end
              and not any(self.file[it.close:it.end]))
        prove("a tail names the last event, the last block and, if it is an end, the successor",
              (it.last, it.crc_of_block) == (self.last, crc) and it.watermark <= it.last
              and it.successor == (it.last + 1 if it.role == END else 0))
        return it

    def judge_rest(self, at: int, reason: str, later: int, tail: Structure | None) -> int:
        """What is neither commit nor tail: torn, unless something says that it was durable."""
        known, follows = self.watermark, False
        for place in range(at + -at % PAGE, len(self.file), PAGE):
            for kind in (BLOCK, TAIL):
                with contextlib.suppress(*BROKEN):
                    it = read_header(self.file, place, kind, self.id)
                    known = max(known, it.watermark)
                    follows |= kind == BLOCK and it.first == self.last + 1
        prove(f"{reason}; events {self.last + 1} to {known} were durable", known <= self.last)
        prove(reason, not later and at and not follows and (tail or len(self.file) - at != PAGE)
              and not (at % PAGE and known == self.last))
        self.notes.append(f"a torn tail of {len(self.file) - at} bytes behind event {self.last}, "
                          f"which nothing says was acknowledged ({reason})")
        return 0

    # ---- The sealed layout

    def verify_sealed(self, previous: int) -> None:
        """Frame by frame; then all that the footer says is computed again and compared."""
        at, first, frames, held, lost = 0, self.last + 1, [], [], self.lost
        while (kind := Fields(self.file, at).number(4)) in (FRAME, RETAINED):
            it = read_header(self.file, at, kind, self.id)
            at, it.content = it.end + it.stored, self.file[it.end:it.end + it.stored]
            (frames if kind == FRAME else held).append(it)
        kept = {it.rest.number(8): (it.rest.number(4), it.rest.take(32))
                for it in held for _ in range(it.count)}
        gone = {n for seq, (up, _) in kept.items() for n in range(seq, seq + (1 << min(up, 9)))}
        self.gone |= gone
        for it in frames:
            prove("a content fits its CRC-32C", crc32c(it.content) == it.crc_rest)
            it.lines = self.read_content(it.content, it)
            seqs = [line.seq for line in it.lines]
            prove("a frame has the events that its header says",
                  (it.lowest, it.highest, it.events) == (min(seqs), max(seqs), len(seqs)))
        footer, lines = self.read_footer(at), {line.seq: line for it in frames for line in it.lines}
        prove("a footer names its segment and the one before",
              (footer.first, footer.predecessor) == (first, previous)
              and 0 <= footer.last - first < MAX_RANGE)
        prove("a footer counts what is there, no event twice", footer.events == len(lines)
              == sum(it.events for it in frames) and footer.plain == sum(it.plain for it in frames)
              and footer.bits == len(frames).bit_length() and not gone & lines.keys()
              and all(up < 9 and (seq - 1) % (1 << up) == 0 for seq, (up, _) in kept.items())
              and len(gone) == sum(1 << up for up, _ in kept.values())
              and all(it.rest.at == it.rest.end for it in held))
        for seq, moment in ((first, footer.first_time), (footer.last, footer.last_time)):
            prove("a footer has the times of its first and last event",
                  seq not in lines or moment == microseconds(lines[seq].time))
        self.meet(footer.before, self.epoch)
        for seq in range(first, footer.last + 1):
            if seq in lines:
                self.follow(seq, lines[seq].time, 0, lines[seq].leaf)
            elif seq in kept:
                self.follow(seq, self.time, *kept[seq])
            elif seq not in gone:
                self.lost, self.tree, self.last = self.lost + 1, None, seq
        self.meet(footer.after, footer.epoch)
        for name, there, own in zip(SECTIONS, footer.sections, sections_of(frames, gone, footer)):
            prove(f"a footer has the {name} of its lines", there == own
                  or name == "filter" and self.lost > lost)

    def read_footer(self, at: int) -> Structure:
        it = read_header(self.file, at, FOOTER, self.id)
        sizes, body = [it.rest.number(4) for _ in SECTIONS], Fields(self.file[:-8], it.close)
        it.sections = [body.take(size) for size in sizes]
        for n in range(it.close, body.end, PAGE):
            prove("a footer page fits its CRC", crc32c(body.data[n:n + PAGE]) == it.rest.number(4))
        prove("a footer ends its file, and its sections fill it", it.rest.at == it.rest.end
              and it.end == len(self.file) and body.at == body.end
              and self.file[-8:] == struct.pack("<I4s", it.end - at, b"SJND"))
        prove("a sealed file fits its SHA-256", sha256(self.file[:at]) == it.sha256)
        return it

def sections_of(frames: list[Structure], gone: set, footer: Structure) -> list[bytes]:
    """The sections of a footer, from the lines of its frames and the events that are gone."""
    tables, directories, sessions, place = bytearray(), bytearray(), {}, {}
    for number, it in enumerate(frames):
        directory = b"".join(varint(line.seq - it.lowest) + varint(line.size) for line in it.lines)
        tables += struct.pack("<QIIIIQQIII", it.at, it.end - it.at, it.stored, it.plain,
                              it.crc_rest, it.lowest, it.highest, it.events, len(directories),
                              len(directory))
        directories += directory
        for index, line in enumerate(it.lines):
            sessions.setdefault(line.session, []).append((line, number, index))
            place[line.seq] = number
    terms, names, streams = set(sessions), {}, []
    for row, (key, found) in enumerate(sorted(sessions.items())):
        (line, number, index), (last, _, _) = found[0], found[-1]
        streams.append(struct.pack(
            "<16sQQIIIII", key, line.version, last.version, line.seq - footer.first,
            last.seq - footer.first, len(found), number, index))
        for known in (line.terms or {} for line, _, _ in found):
            terms.update(f"{name}/{key.hex()}/{known[name]}".encode()
                         for name in ("id", "branch") if name in known)
            if known.get("key"):
                names[sha256(f"key/{known['key']}".encode())[:16]] = struct.pack("<I", row)
    gaps = [struct.pack("<Q", seq) for seq in sorted(gone) for beside in (seq - 1, seq + 1)
            if beside not in gone]
    bits, hidden = bytearray(len(footer.sections[8])), (1 << footer.bits) - 1
    numbers = [f"{place.get(seq, hidden):0{footer.bits}b}"
               for seq in reversed(range(footer.first, footer.last + 1))]
    for term in terms:
        block, pattern = struct.unpack("<QQ", sha256(term)[:16])
        for shift in range(0, 63, 9):
            bit = block % (len(bits) // 64) * 512 + (pattern >> shift & 511)
            bits[bit // 8] |= 1 << bit % 8
    return [tables, directories, b"".join(sorted(sessions)[::64]), b"".join(streams),
            b"".join(sorted(names)[::64]), b"".join(map(b"".join, sorted(names.items()))),
            b"".join(gaps), int("".join(numbers), 2).to_bytes(
                (len(numbers) * footer.bits + 7) // 8, "little"), bits]

# ---- Checkpoints and proofs (C2SP: signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof)

BASE64 = "[A-Za-z0-9+/]+={0,2}"
NOTE = re.compile(f"(session-journal/([0-9a-f]{{32}})\\n(0|[1-9][0-9]{{0,18}})\\n({BASE64})\\n)\\n"
                  f"((?:\u2014 [^ +\\n]+ {BASE64}\\n){{0,64}})")
PROOF = re.compile(f"c2sp\\.org/tlog-proof@v1\\n(?:extra ({BASE64})\\n)?"
                   f"index (0|[1-9][0-9]{{0,18}})\\n((?:{BASE64}\\n){{0,64}})\\n(.*)", re.DOTALL)

class Key:
    """A verifier key: NAME+ID+base64 of the algorithm (1 signs, 4 cosigns) and the public key."""

    def __init__(self, text: str) -> None:
        self.name, number, key = text.strip().split("+", 2)
        self.id, raw = bytes.fromhex(number), base64.b64decode(key, validate=True)
        prove("a key has the id of its name and bytes, and is of Ed25519",
              sha256(self.name.encode() + b"\n" + raw)[:4] == self.id
              and len(raw) == 33 and raw[0] in (1, 4))
        self.is_witness, self.public = raw[0] == 4, raw[1:]

    def has_signed(self, text: str, signature: bytes) -> bool | None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as Public
        if self.is_witness:
            moment, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            text = f"cosignature/v1\ntime {moment}\n{text}"
        with contextlib.suppress(InvalidSignature):
            return Public.from_public_bytes(self.public).verify(signature, text.encode()) is None

def read_note(text: str, keys: list[Key]) -> Structure:
    """A checkpoint: journal, size and root of its tree, and the names of keys that signed it."""
    match = NOTE.fullmatch(text)
    prove("a checkpoint is a signed note of a journal's tree", match)
    body, journal, size, root, signatures = match.groups()
    note = Structure(journal=bytes.fromhex(journal), size=int(size), root=base64.b64decode(root),
                     signers=set())
    for _, name, signature in (line.split(" ") for line in signatures.splitlines()):
        raw = base64.b64decode(signature, validate=True)
        for key in keys:
            if (key.name, key.id) == (name, raw[:4]):
                prove(f"the signature of {name} is right", key.has_signed(body, raw[4:]))
                note.signers.add(name)
    return note

def read_proof(text: str, line: bytes | None, keys: list[Key]) -> tuple[Structure, Line]:
    """A line, else the one that the proof brings along, and that it is in a checkpoint's tree."""
    match = PROOF.fullmatch(text)
    prove("a proof is a tlog-proof, and brings its line or is given it",
          match and (line is not None or match[1]))
    index, path, note = int(match[2]), match[3].split(), read_note(match[4], keys)
    event = read_line(base64.b64decode(match[1]) if line is None else line.removesuffix(b"\n"))
    prove("a proof is that of the line, and its tree has the event",
          event.seq == index + 1 <= note.size)
    inner, root = (index ^ note.size - 1).bit_length(), event.leaf
    height = inner + (index >> inner).bit_count()
    prove("a proof is as long as its tree is high", len(path) == height)
    for level, sibling in enumerate(map(base64.b64decode, path)):
        root = node(*(root, sibling)[::1 if level < inner and not index >> level & 1 else -1])
    prove("the event is in the tree that the checkpoint names", root == note.root)
    return note, event

# ---- The answer

def answer_on_journal(path: str, files: list[str], keys: list[Key]) -> dict:
    """Verifies the journal, and that it holds what checkpoints say: those given, those it keeps."""
    kept = sorted(glob.glob(os.path.join(glob.escape(path), "checkpoints", "*.checkpoint")))
    notes = [read_note(read_file(file, MAX_NOTE).decode(), keys) for file in files + kept]
    prove("a checkpoint that was given is signed by a key that was given",
          not keys or all(note.signers for note in notes[:len(files)]))
    journal = Journal(path, [note.size for note in notes])
    journal.verify()
    states = [(note.journal, note.size, note.root) for note in notes]
    states += [(journal.id, it["size"], base64.b64decode(it["root"])) for it in journal.told
               if it.get("size") in journal.roots]
    forks = [f"this is not the journal of the checkpoint over {int(size)} events"
             for name, size, root in states if (journal.id, journal.roots[size]) != (name, root)
             and size not in journal.within]
    erased = {it["erasure"] for it in journal.told if it.get("requested")}
    said = {(it.get("erasure"), seq) for it in journal.told for low, high in it.get("events") or []
            for seq in range(int(low), int(min(high, journal.last)) + 1)}
    left = {seq for erasure, seq in said if erasure in erased} - journal.withheld - journal.gone
    unsaid = journal.gone - {seq for erasure, seq in said if not erasure}
    journal.findings += [f"event {seq} is there, which was erased" for seq in sorted(left)]
    journal.findings += [f"event {seq} is gone, and nothing says so" for seq in sorted(unsaid)]
    skipped = ["index/, snapshots/, tiles/, keys/, quarantine/, ciphertext, what compaction kept"]
    signed = max((note.size for note in notes if note.signers), default=0)
    skipped += [f"signatures over events above {signed}: no key that was given has made one"]
    skipped += ["whether newer events were cut off: no checkpoint says so"] * (not notes)
    skipped += [f"a tree of {it[1]} events: forgotten" for it in states if it[1] in journal.within]
    skipped += [f"the tree over {journal.lost} events that are lost"] * (journal.lost > 0)
    return {"verdict": "INVALID" if journal.findings else "DIVERGED" if forks else "INCOMPLETE"
            if journal.lost else valid(notes, keys),
            "events": journal.last, "withheld": len(journal.withheld), "removed": len(journal.gone),
            "lost": journal.lost, "root": root_of(*journal.tree).hex() if journal.tree else None,
            "findings": journal.findings + forks, "notes": journal.notes, "not_checked": skipped}

def answer_on_proof(proof: str, line: str | None, keys: list[Key]) -> dict:
    """Verifies that a line is an event of the tree that a checkpoint is about."""
    note, event = read_proof(read_file(proof, MAX_NOTE * 32).decode(),
                             read_file(line, MAX_LINE) if line else None, keys)
    skipped = ["whether the journal still holds the event"]
    skipped += ["signatures: no key that was given has made one"] * (not note.signers)
    return {"verdict": valid([note], keys), "event": event.seq, "events": note.size,
            "root": note.root.hex(), "journal": note.journal.hex(), "not_checked": skipped}

def valid(notes: list[Structure], keys: list[Key]) -> str:
    """Whether somebody else vouches for it that this is the history that others have seen."""
    seen = [any(key.name in note.signers for note in notes) for key in keys if key.is_witness]
    return f"VALID-WITNESSED({sum(seen)} of {len(seen)})" if any(seen) else "VALID-UNANCHORED"

def answer(options: argparse.Namespace) -> dict:
    try:
        if not options.proof and os.path.exists(os.path.join(options.journal, "manifest.json")):
            import verify_pack
            return verify_pack.answer_on_pack(sys.modules[__name__], options.journal, options.key)
        return (answer_on_proof(options.proof, options.line, options.key) if options.proof
                else answer_on_journal(options.journal, options.checkpoint, options.key))
    except (Unreadable, ImportError, OSError, MemoryError) as reason:
        return {"verdict": "UNREADABLE", "findings": [str(reason)]}
    except BROKEN as reason:
        return {"verdict": "INVALID", "findings": [f"does not hold: {reason}"]}

def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("journal", nargs="?", help="a journal, or a compliance pack")
    parser.add_argument("--checkpoint", action="append", default=[], help="a file to compare with")
    parser.add_argument("--key", action="append", default=[], type=Key, help="NAME+ID+KEY")
    parser.add_argument("--proof", help="a file: the proof of one event, without a journal")
    parser.add_argument("--line", help="a file: the event line or entry line to prove")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.add_argument("--verbose", action="store_true", help="say what was proved, how often")
    options = parser.parse_args()
    bool(options.proof) == bool(options.journal) and parser.error("give a JOURNAL or a --proof")
    found = answer(options) | ({"proved": proved} if options.verbose else {})
    print(json.dumps(found, indent=None if options.json else 2))  # Escapes all but ASCII.
    return {"VALID": 0, "UNREA": 3}.get(found["verdict"][:5], 1)

if __name__ == "__main__":
    sys.exit(main())
