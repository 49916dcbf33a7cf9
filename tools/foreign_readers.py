#!/usr/bin/env python3
"""Shows message lists that sjournal exported to the libraries of those who are to take them.

    python3 -m venv /tmp/foreign && /tmp/foreign/bin/pip install openai anthropic google-genai
    sjournal export --format openai-chat --to lists/openai-chat      # and the other formats
    /tmp/foreign/bin/python tools/foreign_readers.py lists

Every file below a folder named after a format is held against the library's own types, and
against the rules that the types do not say: who may speak after whom, and that every call of a
tool has its result where the provider looks for it. A library that is not installed is named, and
its files are held against the rules alone. The status is 1 where anything is wrong.
"""

import json
import pathlib
import re
import sys

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


FORMATS = {
    "openai-chat": (chat_rules, chat_type, "openai"),
    "openai-responses": (responses_rules, responses_type, "openai"),
    "anthropic": (anthropic_rules, anthropic_type, "anthropic"),
    "gemini": (gemini_rules, gemini_type, "google-genai"),
}


def main(folder):
    wrong = 0
    for name, (rules, make, library) in FORMATS.items():
        files = sorted((pathlib.Path(folder) / name).glob("*.json"))
        if not files:
            continue
        check = adapter(make)
        count = 0
        for path in files:
            try:
                messages = rules(json.loads(path.read_text(encoding="utf-8")))
                count += len(messages)
                if check is not None:
                    for message in check.validate_python(messages):
                        # What the types take as an iterator is looked at only when it is asked for.
                        content = message.get("content") if isinstance(message, dict) else None
                        if hasattr(content, "__iter__") and not isinstance(content, str):
                            list(content)
            except Exception as error:  # whatever a library finds wrong
                wrong += 1
                print(f"{name}: {path.name}: {str(error)[:400]}")
        how = f"the types of {library}" if check else f"the rules alone; {library} is not installed"
        print(f"{name}: {len(files)} files, {count} messages, held against {how}")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
