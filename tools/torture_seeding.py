"""Many seeded bugs in one build: every body in which one of them stands is written twice, with and
without the bug, and the environment says at run time which of the two is taken.

Building once and testing three hundred times takes minutes where building three hundred times took
hours. This is mutant schemata (R. H. Untch, A. J. Offutt, M. J. Harrold, "Mutation Analysis Using
Mutant Schemata", 1993). What cannot be written so, a changed signature for instance, is left over and
built alone.
"""

import os
import re

VARIABLE = "SJOURNAL_SEEDED_BUG"  # The number of the bug that is in place; none without it.
SWITCH_IN_C = f"""
#include <stdatomic.h>
#include <stdlib.h>
int sj_seeded_bug(void);
int sj_seeded_bug(void) {{
    static atomic_int bug = -1;
    int known = atomic_load_explicit(&bug, memory_order_relaxed);
    if (known < 0) {{
        const char *value = getenv("{VARIABLE}");
        known = value ? atoi(value) : 0;
        atomic_store_explicit(&bug, known, memory_order_relaxed);
    }}
    return known;
}}
"""
SWITCH = '\n\n@_silgen_name("sj_seeded_bug") private func seededBug() -> Int32\n'
TYPES = {"struct", "class", "enum", "extension", "actor", "protocol"}
DECLARATION = re.compile(
    r"(?<![.\w`])(struct|class|enum|extension|actor|protocol|func|init|deinit|subscript|var|get|set)\b")
ACCESSOR = re.compile(r"\s*(get|set|willSet|didSet|mutating set|nonmutating set|mutating get)\b")
STORED = re.compile(r"^[ \t]*(?:(?:package|public|private|internal|fileprivate|static|nonisolated)\s+)*"
                    r"(?:let|var)\s+\w+[^=\n{]*=", re.M)


def blanked(text):
    """The text at the same offsets, with spaces for what is no code: comments and strings."""
    out = list(text)

    def blank(start, end):
        for i in range(start, end):
            if out[i] != "\n":
                out[i] = " "

    def past_string(i):
        """The offset behind the string that begins at `i`, interpolations and all."""
        hashes = 0
        while text[i] == "#":
            hashes, i = hashes + 1, i + 1
        mark = '"""' if text.startswith('"""', i) else '"'
        i += len(mark)
        while not text.startswith(mark + "#" * hashes, i):
            if text.startswith("\\" + "#" * hashes + "(", i):
                i, depth = i + 2 + hashes, 1
                while depth:
                    if text[i] == '"':
                        i = past_string(i)
                        continue
                    depth += {"(": 1, ")": -1}.get(text[i], 0)
                    i += 1
            else:
                i += 2 + hashes if text.startswith("\\" + "#" * hashes, i) else 1
        return i + len(mark) + hashes

    i = 0
    while i < len(text):
        if text.startswith("//", i):
            end = text.find("\n", i)
            end = len(text) if end < 0 else end
        elif text.startswith("/*", i):
            end = text.index("*/", i) + 2
        elif re.match(r'#*"', text[i:i + 4]):
            end = past_string(i)
        else:
            i += 1
            continue
        blank(i, end)
        i = end
    return "".join(out)


def declared(header):
    """What the text before an opening brace declares; None where it is a statement's or a closure's."""
    while (flat := re.sub(r"\([^()]*\)", " ", header)) != header:
        header = flat
    words = DECLARATION.findall(header)
    return words[-1] if words else None


def bodies(code):
    """The spans between the braces of all outermost functions and accessors in blanked code."""
    found, stack, cut = [], [], 0
    for i, character in enumerate(code):
        if character == "{":
            word = declared(code[cut:i])
            is_type = word in TYPES or (word in ("var", "subscript") and ACCESSOR.match(code, i + 1))
            outer = all(kind == "type" for kind, _ in stack)
            stack.append(("type" if is_type and outer else "code" if word and outer else "inner", i))
        elif character == "}":
            kind, start = stack.pop()
            if kind == "code":
                found.append((start + 1, i))
        if character in "{};":
            cut = i + 1
    return found


def stored_value(code, start, end):
    """The span of the initial value, of a stored property or constant, around a span; or None."""
    for match in STORED.finditer(code):
        i, depth = match.end(), 0
        while i < len(code):
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(code[i], 0)
            if depth < 0 or (depth == 0 and code[i] == "\n"
                             and not re.match(r"\s*[.?:+\-*/&|<>=\[({]", code[i + 1:])
                             and code[match.end():i].strip()):
                break
            i += 1
        if match.end() <= start and end <= i:
            return match.end(), i
    return None


def difference(start, old, new):
    """Where two texts differ, and how: without what they begin and end with alike."""
    before = len(os.path.commonprefix([old, new]))
    after = len(os.path.commonprefix([old[before:][::-1], new[before:][::-1]]))
    return start + before, old[before:len(old) - after], new[before:len(new) - after]


class SeededFile:
    """One Swift file with all bugs that can be switched in it, each under its number."""

    def __init__(self, text, bugs):
        """`bugs`: (number, old text, new text) each."""
        self.numbers, self.alone, self.lines = [], [], []
        code, places = blanked(text), {}
        spans = bodies(code)
        for number, old, new in bugs:
            start, old, new = difference(text.index(old), old, new)
            end = start + len(old)
            body = next((span for span in spans if span[0] <= start and end <= span[1]), None)
            value = None if body else stored_value(code, start, end)
            if body or value:
                span = body or value
                changed = text[span[0]:start] + new + text[end:span[1]]
                places.setdefault((span, bool(body)), []).append((number, changed))
                self.numbers.append(number)
            else:
                self.alone.append(number)
        self.text, at = "", 0
        for (start, end), is_body in sorted(places):
            variants = places[((start, end), is_body)]
            self.text += text[at:start]
            first = self.line()
            for number, changed in variants:
                begin = self.line()
                self.text += (f" if seededBug() == {number} {{\n{changed}\n}} else" if is_body
                              else f" seededBug() == {number} ? ({changed}\n) :")
                self.lines.append((begin, self.line(), [number]))
            self.text += f" {{\n{text[start:end]}\n}}\n" if is_body else f" ({text[start:end]}\n)\n"
            self.lines.append((first, self.line(), [number for number, _ in variants]))
            at = end
        self.text += text[at:] + (SWITCH if places else "")

    def line(self):
        return self.text.count("\n") + 1

    def at_fault(self, line):
        """The numbers of the bugs because of which a line does not build: its own, or its body's."""
        inside = [entry for entry in self.lines if entry[0] <= line <= entry[1]]
        return min(inside, key=lambda entry: len(entry[2]))[2] if inside else []
