#!/usr/bin/env python3
"""Counts what transcripts hold with a few lines a format, and holds it against what sjournal says.

    tools/independent_counts.py [--sjournal PATH] [--verbose] FOLDER...

Every file below a folder is imported into a journal of its own; where several files make up a
session, the folder that is named after their format is imported once more as a whole. Then

- the format that sjournal names is the one that the folder is named after, unless the file itself
  is marked as another;
- messages, calls of tools, branches and tokens are those that are counted here, from the bytes
  alone: of each file, or of the folder where several files make up a session;
- the same bytes come back from `sjournal export --original`.

What counts as what: an answer of a model is one message, in however many lines, items or rows it
stands; what a tool gave back is a message where it has a line of its own; a prompt of the system is
one until it is another. What only tells of a conversation (titles, notices, what was put together,
turns as they begin and end) is no message. A call is one that was asked for, begun or answered, by
its id. A branch is what goes on from a message that was gone on from already, results of tools
aside, and each sub-agent. Tokens are those that were read anew, written (thoughts among them), read
from a cache and put into one; the last word of a message counts, and that of a session where it
sums itself up. Lines whose ids a scrubber took away cannot be told apart: what else their file
holds is counted. The status is 1 where anything differs.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

# Formats that nothing is counted of: their names and bytes are looked at.
NAMED = {"adk", "inspect", "langgraph", "librechat", "open-webui", "openai-agents",
         "session-lines", "session-object", "sillytavern"}

# Folders of samples whose name is not that of their format.
ALIASES = {
    "claude": "claude-code", "claude-code-log": "claude-code", "copilot": "copilot-cli",
    "gemini": "gemini-cli", "openassistant": "open-assistant", "sgd": "schema-guided-dialogue",
}

# What a scrubber put where an id was.
SCRUBBED = "[trimmed for fixture]"


class Counts:
    def __init__(self):
        self.messages = self.calls = 0
        self.branches = collections.Counter()
        self.tokens = [0, 0, 0, 0]

    def add_tokens(self, *counts):
        self.tokens = [a + (b or 0) for a, b in zip(self.tokens, counts)]

    def usage(self, usage):
        """Tokens in the words of Anthropic, OpenAI or Pi."""
        usage = usage or {}
        details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
        given = usage.get("input_tokens", usage.get("prompt_tokens", usage.get("input"))) or 0
        within = details.get("cached_tokens", usage.get("cached_input_tokens"))
        self.add_tokens(
            given - min(given, within or 0),
            usage.get("output_tokens", usage.get("completion_tokens", usage.get("output"))),
            within if within is not None
            else usage.get("cache_read_input_tokens", usage.get("cacheRead")),
            usage.get("cache_creation_input_tokens", usage.get("cacheWrite")))

    def summary(self):
        return {"messages": self.messages, "calls": self.calls,
                "branches": sum(self.branches.values()), "tokens": self.tokens}


def objects(path):
    """The objects of a file, one a line or over several; what is none is passed over."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    found, place, decoder = [], 0, json.JSONDecoder()
    while place < len(text):
        try:
            value, place = decoder.raw_decode(text, place)
            found += [value] if isinstance(value, dict) else []
        except ValueError:
            end = text.find("\n", place) + 1 or len(text)
            found += behind_a_tear(text[place:end], decoder)
            place = end
        while place < len(text) and text[place].isspace():
            place += 1
    return found


def behind_a_tear(line, decoder):
    """The object that a torn line runs into, up to the line's end."""
    start = line.find('{"', 1)
    while start > 0:
        try:
            value, end = decoder.raw_decode(line, start)
            if not line[end:].strip():
                return [value]
        except ValueError:
            pass
        start = line.find('{"', start + 1)
    return []


def document(path):
    return json.loads(path.read_text(encoding="utf-8"))


def blocks(content, kind):
    return [b for b in content if isinstance(b, dict) and b.get("type") == kind] \
        if isinstance(content, list) else []


def forks(parents):
    """How many ways on there are beside the first, of nodes by name with the one above."""
    children = collections.Counter(parent for parent in parents.values() if parent is not None)
    return sum(count - 1 for count in children.values())


def ways(nodes):
    """How many ways a tree has, of (name, name above, whether it is a turn of its own) in order."""
    stands_for, above = {}, {}
    for name, parent, turn in nodes:
        up = stands_for.get(parent)
        stands_for[name] = name if turn else up
        if turn:
            above[name] = up
    return 1 + forks(above)


def in_turns(speakers):
    """How many messages there are: what a model says up to where another speaks is one."""
    return sum(not who == before == "model" for before, who in zip([None, *speakers], speakers))


def claude_code(path, counts):
    sessions = collections.defaultdict(dict)
    for line in objects(path):
        name = line.get("sessionId") or line.get("session_id")
        if line.get("uuid") and name:
            known = sessions[name].setdefault(line["uuid"], line)
            if not isinstance(known.get("message"), dict):
                sessions[name][line["uuid"]] = line
        elif name:
            sessions[name]
    for session, lines in sessions.items():
        stands_for, above, answers, agents = {}, {}, {}, {}
        asked, answered = set(), set()
        for uuid, line in lines.items():
            parent = line.get("parentUuid") or line.get("logicalParentUuid")
            up = stands_for.get(parent)
            message = line.get("message")
            if line.get("type") not in ("user", "assistant") or not isinstance(message, dict):
                stands_for[uuid] = up
                continue
            content, side = message.get("content"), bool(line.get("isSidechain"))
            agent = line.get("agentId") or "" if side else None
            # A sub-agent is a branch of its own, and may have forks.
            origin = up if agents.get(up) == agent else None
            if line["type"] == "assistant":
                key = (message.get("id") or uuid, side)
                stands_for[uuid], agents[key] = key, agent
                above.setdefault(key, origin)
                answers[key] = message.get("usage") or answers.get(key)
                # A call without an id is none: nothing can answer it.
                asked |= {call["id"] for call in blocks(content, "tool_use") if call.get("id")}
                continue
            counts.messages += 1
            agents.setdefault(uuid, agent)
            answered |= {result["tool_use_id"] for result in blocks(content, "tool_result")
                         if result.get("tool_use_id")}
            if blocks(content, "tool_result") or line.get("sourceToolUseID"):
                # What follows a result follows the turn that called.
                stands_for[uuid] = up if up is not None else uuid
            else:
                stands_for[uuid] = uuid
                above[uuid] = origin
        counts.messages += len(answers)
        # In a part of a transcript a call may be missing, and its result tells of it.
        counts.calls += len(asked | answered)
        for usage in answers.values():
            counts.usage(usage)
        if agents:  # Else nothing was said.
            counts.branches[session] += 1 + forks(above) + len(set(agents.values()) - {None})


def responses(items, counts):
    """Items of Responses: what a model does between two turns of others is one message."""
    is_open = False
    for item in items:
        kind = item.get("type") or ("message" if item.get("role") else None)
        calls = str(kind).endswith("_call")
        if kind == "message" and item.get("role") != "assistant" or kind == "agent_message" \
                or str(kind).endswith(("_output", "_result")):
            counts.messages += 1
            is_open = False
        elif kind == "message" or calls or kind == "reasoning" and (
                item.get("summary") or item.get("content") or item.get("encrypted_content")):
            counts.messages += not is_open
            counts.calls += calls
            is_open = True
    counts.branches["main"] = 1


def response_items(path, counts):
    body = objects(path) if path.suffix == ".jsonl" else document(path)
    responses(body if isinstance(body, list) else body.get("input") or body["output"], counts)


def codex(path, counts):
    lines = objects(path)
    typed = [line for line in lines if isinstance(line.get("payload"), dict)]
    responses([line["payload"] for line in typed if line["type"] == "response_item"]
              or [line for line in lines if "payload" not in line], counts)
    total = None
    for line in typed:
        info = line["payload"].get("info")
        if line["payload"].get("type") == "token_count" and info \
                and info["total_token_usage"] != total:
            total = info["total_token_usage"]
            counts.usage(info["last_token_usage"])


def pi(path, counts):
    lines = objects(path)
    place, above, last = {}, {}, None
    for number, line in enumerate(lines):
        parent = place.get(line.get("parentId")) if "parentId" in line else last
        name = line.get("id") or number
        if line.get("type") not in ("message", "custom_message"):
            place[name] = parent
            continue
        message = line.get("message") or {"role": "custom"}
        content = message.get("content")
        counts.messages += 1
        counts.calls += len(blocks(content, "toolCall"))
        for call in blocks(content, "toolCall"):
            place[call.get("id")] = name
        if message["role"] == "assistant":
            counts.usage(message.get("usage"))
        place[name] = last = name
        if message["role"] != "toolResult":
            above[name] = parent
    counts.branches["main"] = 1 + forks(above)


def chat(messages, counts, session="main"):
    for message in messages:
        if message.get("role") in ("system", "developer", "user", "assistant", "tool", "function"):
            counts.messages += 1
        counts.calls += len(message.get("tool_calls") or []) + bool(message.get("function_call"))
        if message.get("role") == "assistant":
            counts.usage(message.get("usage"))
    counts.branches[session] = 1


def openai_chat(path, counts):
    if path.suffix == ".jsonl":
        lines = objects(path)
        for number, line in enumerate(lines if "messages" in lines[0] else []):
            chat(line["messages"], counts, number)
        return None if "messages" in lines[0] else chat(lines, counts)
    body = document(path)
    return chat(body if isinstance(body, list) else body["messages"], counts)


def hermes(path, counts):
    body = document(path)
    counts.messages += bool(body.get("system_prompt"))
    chat(body["messages"], counts)


def tau_bench(path, counts):
    for number, run in enumerate(document(path)):
        chat(run["traj"], counts, number)


def swe_agent(path, counts):
    body = document(path)
    chat(body["history"], counts)
    counts.calls = sum(bool(said.get("action")) for said in body["history"]
                       if said["role"] == "assistant")


def anthropic_messages(path, counts):
    body = {"messages": objects(path)} if path.suffix == ".jsonl" else document(path)
    counts.messages += bool(body.get("system"))
    for message in body["messages"]:
        if message.get("role") in ("system", "user", "assistant"):
            counts.messages += 1
            counts.calls += len(blocks(message["content"], "tool_use"))
            counts.usage(message.get("usage"))
    counts.usage(body.get("usage"))
    counts.branches["main"] = 1


def gemini_contents(path, counts):
    body = {"contents": objects(path)} if path.suffix == ".jsonl" else document(path)
    counts.messages += "systemInstruction" in body
    for content in body["contents"]:
        if "parts" in content:
            counts.messages += 1
            counts.calls += sum("functionCall" in part for part in content["parts"])
            gemini_usage(content.get("usageMetadata"), counts)
    gemini_usage(body.get("usageMetadata"), counts)
    counts.branches["main"] = 1


def gemini_usage(usage, counts):
    if usage:
        cached = usage.get("cachedContentTokenCount") or 0
        counts.add_tokens(
            usage["promptTokenCount"] - cached,
            (usage.get("candidatesTokenCount") or 0) + (usage.get("thoughtsTokenCount") or 0),
            cached, 0)


def gemini_cli(path, counts):
    said, lines = {}, objects(path)
    messages = lines[0].get("messages") or lines[0].get("history") or lines
    for number, message in enumerate(messages):
        who = message.get("type") or message.get("role")
        if who in ("user", "gemini", "model", "info", "error", "warning"):
            said[message.get("id") or number] = message
    for message in said.values():
        calls = message.get("toolCalls") or []
        counts.messages += 1 + any(c.get("result") or c.get("resultDisplay") for c in calls)
        counts.calls += len(calls)
        tokens = message.get("tokens")
        if tokens:
            cached = tokens.get("cached") or 0
            counts.add_tokens(
                tokens["input"] - cached, tokens["output"] + (tokens.get("thoughts") or 0),
                cached, 0)
    counts.branches["main"] = 1


def atif(path, counts):
    for step in document(path)["steps"]:
        results = (step.get("observation") or {}).get("results") or []
        counts.messages += 1 + (step["source"] == "agent" and bool(results))
        counts.calls += len(step.get("tool_calls") or [])
        metrics = step.get("metrics") or {}
        cached = metrics.get("cached_tokens") or 0
        counts.add_tokens(
            (metrics.get("prompt_tokens") or 0) - cached, metrics.get("completion_tokens"),
            cached, 0)
    counts.branches["main"] = 1


def chatgpt(path, counts):
    for number, talk in enumerate(document(path)):
        place, above = {}, {}

        def find(name, nodes=talk.get("mapping") or {}):
            """The nearest message from a node up; its own, where it has one."""
            while name is not None and name in nodes and not (
                    nodes[name].get("message") or {}).get("author"):
                name = nodes[name].get("parent")
            return name

        for name, node in (talk.get("mapping") or {}).items():
            message = node.get("message") or {}
            role = (message.get("author") or {}).get("role")
            if role in ("system", "user", "assistant", "tool"):
                counts.messages += 1
                counts.calls += role == "assistant" and (message.get("recipient") or "all") != "all"
                if role in ("user", "assistant"):
                    above[name] = find(node.get("parent"))
        if above:
            counts.branches[number] = 1 + forks(above)


def open_assistant(path, counts):
    def walk(node):
        counts.messages += 1
        for reply in node.get("replies") or []:
            walk(reply)

    def ends(node):
        replies = node.get("replies") or []
        return sum(map(ends, replies)) if replies else 1

    for tree in objects(path):
        walk(tree["prompt"])
        counts.branches[tree["message_tree_id"]] = ends(tree["prompt"])


def schema_guided(path, counts):
    for talk in document(path):
        counts.branches[talk["dialogue_id"]] = 1
        for turn in talk["turns"]:
            counts.messages += 1
            calls = sum("service_call" in frame for frame in turn["frames"])
            counts.calls += calls
            # The service is asked, and answers.
            counts.messages += 2 * calls


def cursor(path, counts):
    for line in objects(path):
        if line.get("role") in ("user", "assistant"):
            counts.messages += 1
            content = (line.get("message") or {}).get("content")
            counts.calls += len(blocks(content, "tool_use")) + len(blocks(content, "tool_call"))
    counts.branches["main"] = 1


def antigravity(path, counts):
    """Calls have no ids: a tool's step answers the call before it, or else is a call itself."""
    waiting = 0
    for line in objects(path):
        if line["type"] in ("CONVERSATION_HISTORY", "CHECKPOINT"):
            continue
        counts.messages += 1
        if line["type"] == "PLANNER_RESPONSE":
            waiting = len(line.get("tool_calls") or [])
            counts.calls += waiting
        elif line["type"] not in ("USER_INPUT", "SYSTEM_MESSAGE"):
            counts.calls += not waiting
            waiting = max(waiting - 1, 0)
    counts.branches["main"] = 1


def copilot_cli(path, counts):
    """A session says at its end what it took; before that, messages say what was written."""
    said, calls, agents, written, spent, nodes = set(), set(), set(), {}, None, []
    for line in objects(path):
        kind, data = line["type"], line["data"]
        agent, name = data.get("parentToolCallId"), data.get("messageId") or line["id"]
        turn = kind in ("system.message", "user.message", "assistant.message")
        nodes.append((line["id"], line["parentId"], turn and not agent))
        if turn or kind == "tool.execution_complete":
            said.add(name)
        if kind == "assistant.message":
            calls |= {call["toolCallId"] for call in data.get("toolRequests") or []}
            written[name] = data.get("outputTokens")
            agents |= {agent} - {None}
        if kind.startswith("tool.execution_"):
            calls.add(data["toolCallId"])
        if kind == "session.shutdown":
            spent = copilot_spent(data) or spent
    counts.messages, counts.calls = len(said), len(calls)
    for tokens in [spent] if spent else [(0, count, 0, 0) for count in written.values()]:
        counts.add_tokens(*tokens)
    counts.branches["main"] = ways(nodes) + len(agents)


def copilot_spent(data):
    """What a session says at its end that it cost: by kind, or by model with the cache within."""
    if "tokenDetails" in data:
        return [(data["tokenDetails"].get(kind) or {}).get("tokenCount")
                for kind in ("input", "output", "cache_read", "cache_write")]
    used = [model["usage"] for model in (data.get("modelMetrics") or {}).values()
            if "usage" in model]
    given, written, read, put = (sum(usage.get(name) or 0 for usage in used) for name in (
        "inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens"))
    return [given - read - put, written, read, put] if used else None


def droid(path, counts):
    speakers, nodes = [], []
    for line in objects(path):
        message = line.get("message")
        if isinstance(message, dict):
            results = blocks(message["content"], "tool_result")
            counts.messages += 1
            counts.calls += len(blocks(message["content"], "tool_use"))
            nodes.append((line["id"], line.get("parentId"), not results))
        elif line["type"] in ("message", "tool_call", "tool_result", "completion"):
            who = line.get("role") or line["type"]
            speakers.append("model" if who in ("assistant", "tool_call", "completion") else who)
            counts.calls += line["type"] == "tool_call"
            counts.usage(line.get("usage"))
    counts.messages += in_turns(speakers)
    counts.branches["main"] = ways(nodes)


def qwen(path, counts):
    usage, calls, nodes = {}, set(), []
    for line in objects(path):
        said = line["type"] in ("user", "assistant", "tool_result")
        nodes.append((line["uuid"], line["parentUuid"], said and line["type"] != "tool_result"))
        if said:
            usage[line["uuid"]] = line.get("usageMetadata") or usage.get(line["uuid"])
            calls |= {part["functionCall"]["id"] for part in line["message"]["parts"]
                      if "functionCall" in part}
    counts.messages, counts.calls = len(usage), len(calls)
    for used in usage.values():
        gemini_usage(used, counts)
    counts.branches["main"] = ways(nodes)


def grok(folder, counts):
    """Thoughts and searches of the model's own stand before the line of their answer."""
    speakers = {"assistant": "model", "reasoning": "model", "backend_tool_call": "model"}
    for path in folder.rglob("chat_history.jsonl"):
        lines = objects(path)
        counts.messages += in_turns([speakers.get(line["type"], "other") for line in lines])
        for line in lines:
            counts.calls += len(line.get("tool_calls") or [])
            counts.calls += line["type"] == "backend_tool_call"
        counts.branches[path] = 1


def kimi(folder, counts):
    """Each step says what it took; what none did (the making of a summary), a session's record."""
    for path in folder.rglob("*.jsonl"):
        prompt, steps = None, set()
        for line in objects(path):
            event = line.get("event") or {}
            if line.get("systemPrompt") not in (None, prompt):
                prompt = line["systemPrompt"]
                counts.messages += 1
            counts.messages += line["type"] == "context.append_message"
            counts.messages += event.get("type") == "tool.result"
            counts.calls += event.get("type") == "tool.call"
            if event.get("type") in ("content.part", "tool.call"):
                steps.add(event["stepUuid"])
            used = line.get("usage") if line.get("usageScope") == "session" else event.get("usage")
            if used:
                counts.add_tokens(*(used[name] for name in (
                    "inputOther", "output", "inputCacheRead", "inputCacheCreation")))
        counts.messages += len(steps)
        counts.branches[path] = 1


def opencode_objects(folder):
    """Sessions, messages and parts: each in a file or a row of its own, or all in one file."""
    for path in folder.rglob("*.json*"):
        for body in objects(path):
            row = body.get("row") or {}
            yield {**body, **row, **(row.get("data") or {})}
            for message in body.get("messages") or []:
                yield from [message["info"], *message["parts"]]


def opencode(folder, counts):
    """A message has the tokens of its last step; each step has its own."""
    steps, messages = collections.defaultdict(list), []
    for body in opencode_objects(folder):
        if body.get("role"):
            messages.append(body)
        counts.calls += body.get("type") == "tool"
        if body.get("type") == "step-finish":
            steps[body.get("messageID") or body["message_id"]].append(body["tokens"])
    for message in messages:
        counts.messages += 1
        counts.branches[message.get("sessionID") or message["session_id"]] = 1
        for tokens in steps[message["id"]] or [message.get("tokens") or {}]:
            cache = tokens.get("cache") or {}
            counts.add_tokens(
                tokens.get("input"), (tokens.get("output") or 0) + (tokens.get("reasoning") or 0),
                cache.get("read"), cache.get("write"))


def session_object(path, counts):
    chat(document(path)["messages"], counts)


def session_lines(path, counts):
    chat([line for line in objects(path) if "role" in line], counts)


FORMATS = {
    "claude-code": claude_code, "codex": codex, "pi": pi, "openclaw": pi, "hermes": hermes,
    "openai-chat": openai_chat, "tau-bench": tau_bench, "swe-agent": swe_agent,
    "anthropic-messages": anthropic_messages, "gemini-contents": gemini_contents,
    "gemini-cli": gemini_cli, "atif": atif, "chatgpt": chatgpt, "cursor": cursor,
    "open-assistant": open_assistant, "schema-guided-dialogue": schema_guided,
    "openai-responses": response_items, "antigravity": antigravity, "copilot-cli": copilot_cli,
    "droid": droid, "qwen": qwen,
}

# Formats of which several files make up a session: the folder is counted.
FOLDERS = {"grok": grok, "kimi": kimi, "opencode": opencode}


def said_by(sjournal, journal):
    """The same counts, as sjournal has them."""
    def rows(*command):
        run = subprocess.run([sjournal, "-j", journal, *command, "--json"], check=True,
                             capture_output=True, text=True)
        return [json.loads(line) for line in run.stdout.splitlines()]

    sessions = rows("sessions")
    usage = rows("usage", "--by", "session")
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens",
             "cache_creation_input_tokens")
    # Calls that began, and those that some formats tell of only by their parts.
    started = sum(row["kind"] == "tool.started" for row in rows("log"))
    told = sum(tool["calls"] for row in usage for tool in row["tools"].values())
    return {
        "messages": sum(row["messages"] for row in sessions),
        "calls": max(started, told),
        "branches": sum(row["branches"] for row in sessions if row["messages"]),
        "tokens": [sum(row["tokens"][name] for row in usage) for name in names],
    }


def imported(sjournal, path, journal):
    """Imports a file or a folder into a new journal, and hands back what was said of it."""
    subprocess.run([sjournal, "-j", journal, "init"], check=True, capture_output=True)
    run = subprocess.run([sjournal, "-j", journal, "import", "--json", path],
                         capture_output=True, text=True, check=False)
    return json.loads(run.stdout or '{"files": 0}'), run.stderr


def marked(path):
    """The format that the first keys of a file give away, wherever it lies."""
    with path.open("rb") as file:
        keys = file.read(1000).split(b"{", 2)[1:2]
    return "gemini-cli" if keys and b'"projectHash":' in keys[0] else None


def without_scrubbed(path, copy):
    """The file itself, or a copy without the lines whose ids were taken away."""
    lines = path.read_bytes().splitlines(keepends=True) if path.suffix == ".jsonl" else []
    kept = []
    for line in lines:
        names = json.loads(line) if SCRUBBED.encode() in line else {}
        if SCRUBBED not in (names.get("uuid"), names.get("id")):
            kept.append(line)
    if len(kept) == len(lines):
        return path
    copy.mkdir()
    (copy / path.name).write_bytes(b"".join(kept))
    return copy / path.name


def look_at(sjournal, path, expected, folder):
    """What is wrong with a file or a folder: how it is named, what comes back, what is counted."""
    files = [path] if path.is_file() else [p for p in path.rglob("*.json*") if p.is_file()]
    journal, back = folder / "journal", folder / "back"
    report, complaint = imported(sjournal, path, journal)
    if not report["files"]:
        # What holds no JSON is no transcript, and is left alone.
        if path.is_file() and not objects(path) and path.suffix not in (".json", ".traj"):
            return None, []
        return None, [f"not imported: {complaint.strip()[:200]}"]
    wrong = []
    if report["formats"] != {expected: len(files)}:
        wrong.append(f"it is taken for {report['formats']}, and is {len(files)} {expected}")
    subprocess.run([sjournal, "-j", journal, "export", "--original", "--to", back], check=False,
                   capture_output=True)
    same = [p.read_bytes() for p in back.rglob("*") if p.is_file()]
    if sorted(same) != sorted(p.read_bytes() for p in files):
        wrong.append("its bytes do not come back")
    count = (FOLDERS if path.is_dir() else FORMATS).get(expected)
    if not count:
        return None, wrong
    if path.is_file():
        counted = without_scrubbed(path, folder / "copy")
        if counted != path:
            path, journal = counted, folder / "journal of the copy"
            imported(sjournal, path, journal)
            if not objects(path):
                return None, wrong
    counts = Counts()
    count(path, counts)
    mine, theirs = counts.summary(), said_by(sjournal, journal)
    wrong += [f"{name}: {theirs[name]}, and {mine[name]} by this count"
              for name in mine if mine[name] != theirs[name]]
    return mine, wrong


def things(root):
    """Each file below a folder with its format, and each folder of which the files belong together.

    The format is what the file is marked as, else the innermost folder that is named after one."""
    known = {*FORMATS, *FOLDERS, *NAMED}
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        if path.name.endswith(".meta.json"):
            continue  # It says something about the transcript beside it.
        above = [p for p in path.parents if p == root or root in p.parents]
        names = {folder: ALIASES.get(folder.name, folder.name) for folder in above}
        place = next((folder for folder in above if names[folder] in known), above[0])
        yield path, marked(path) or names[place], place


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--sjournal", default="sjournal")
    parser.add_argument("--verbose", action="store_true", help="name every file")
    arguments = parser.parse_args()
    totals = collections.defaultdict(lambda: [0, 0, collections.Counter()])
    for root in arguments.folders:
        found = list(things(root.resolve()))
        whole = {place: name for _, name, place in found if name in FOLDERS}
        for path, expected in [*((path, name) for path, name, _ in found), *whole.items()]:
            with tempfile.TemporaryDirectory() as folder:
                counts, wrong = look_at(arguments.sjournal, path, expected, pathlib.Path(folder))
            total = totals[expected]
            total[0] += path.is_file()
            total[1] += bool(wrong)
            if counts:
                total[2].update({k: v for k, v in counts.items() if k != "tokens"})
                total[2]["tokens"] += sum(counts["tokens"])
            if wrong or arguments.verbose:
                print(f"{path}: {'; '.join(wrong) or counts}", flush=True)
    for name, (files, wrong, counts) in sorted(totals.items()):
        said = ", ".join(f"{count} {what}" for what, count in counts.items())
        print(f"{name}: {files} files, {wrong} differ; {said or 'bytes alone'}")
    return 1 if any(total[1] for total in totals.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
