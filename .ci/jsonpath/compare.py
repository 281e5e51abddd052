#!/usr/bin/env python3
"""labctl's reader of JSONPath against Jayway JsonPath 2.0, whose words AWS Step Functions answers with.

Makes 2,000 paths from a grammar (the same for the same seed), and looks each of them up in twenty documents with both. Fails unless every
value that both find is the same, and every difference in what is read is one of those that REASONS lists; docs/jsonpath.md tells them.
Needs Java and Debian's libjsonpath-java. Usage: compare.py LABCTL_READER [--seed N] [--paths N] [--show N]
"""

import argparse
import collections
import json
import pathlib
import re
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
JARS = ["json-path", "json-smart", "accessors-smart", "asm", "slf4j-api", "slf4j-nop"]
CLASSES = ":".join(f"/usr/share/java/{jar}.jar" for jar in JARS)

# What only one of the two reads or finds, by a reason for it. The first that holds is taken.
REASONS = [
    ("`[?]`, for which a program hands a filter over", lambda path, ours, theirs: re.search(r"\[[\s?,]*\?[\s?,]*\]", path)),
    ("`$name` is a variable, and `$$` the context object", lambda path, ours, theirs: re.match(r"\s*\$[\w$]", path)),
    ("a backslash escapes the next letter of a name without quotes: the specification says so", lambda path, ours, theirs: "\\" in path),
    ("broken in any notation: refused with the definition", lambda path, ours, theirs: "unread" in ours),
    ("a regular expression with look-around or a back reference", lambda path, ours, theirs: "=~" in path and any(
        sign in path for sign in ("(?=", "(?!", "(?<", "\\1"))),
]

DOCUMENTS = [
    {"store": {"book": [
        {"category": "reference", "author": "Nigel Rees", "title": "Sayings", "price": 8.95},
        {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword", "price": 12.99},
        {"category": "fiction", "author": "Herman Melville", "title": "Moby", "isbn": "0-553", "price": 8.99}],
        "bicycle": {"color": "red", "price": 19.95}}, "expensive": 10, "a": [1, 2, 3]},
    {"a": [{"k": "foo", "v": 1}, {"k": "bar", "v": 2}], "b": {"k": "b", "v": [1, 2]}},
    {"a": {"b": {"c": {"d": 1}}}, "list": [[1, 2], [3, [4, 5]], []], "n": None},
    {"items": [{"name": "Receipt", "n": 5, "ok": True}, {"name": "Bill", "n": "5", "ok": False}, {"name": None}]},
    {}, [], [1, 2, 3], [{"a": 1}, {"a": 2}, {"b": 3}], "text", 7, True,
    {"a": "text", "b": 1.5, "c": -3, "list": ["a", "b", "a,b", "it's", ""]},
    {"a b": {"c.d": [1]}, "x-y": 1, "": "empty", "länge": ["ü", "€"], "$": 3, "@": 4, "*": 5, "0": "zero"},
    {"a": [None, None, {"k": None}], "b": [True, False], "n": 0, "k": "null"},
    {"list": [{"a": {"b": [1, 2]}, "k": 1}, {"a": {"b": []}, "k": 2}, {"a": {}, "k": 3}, {"k": 4}]},
    {"detail": {"Availability Zone": "us-east-1a", "state": "running"}, "items": [], "v": {"items": {"a": 1}}},
    {"a": [[{"k": 1}], [{"k": 2}, {"k": 3}], {"k": [{"k": 4}]}], "k": "v", "v": "k"},
    {"n": 9007199254740993, "m": -0.5, "list": [3, 1, 2, 10, 1e3], "s": "1000", "b": {"n": 9007199254740993}},
    {"length": 3, "length()": "call", "size": [1], "list": [{"length": 1}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]},
    [[], [[]], [[1]], {"a": [{"a": [{"a": 1}]}]}, "a", None, False],
]

NAMES = ["a", "b", "k", "v", "n", "c", "list", "items", "store", "book", "name", "ok", "price", "title", "length", "gone", "isbn",
         "detail", "category"]
ODD = ["x-y", "length()", "size()", "länge", "$", "@", "0", "*", "a_b", "sum()", "a:b", "a,b", "a(b)", "é", "1a", "a'b", "a\\", "a\\.b"]
QUOTED = ["a b", "c.d", "Availability Zone", "a", "b", "k", "v", "", "name", "a,b", "0", "$", "x-y", "it\\'s", "1", "länge", "a]b", "?", "a?b"]
WORDS = ["5", "'5'", "1", "2.0", "10", "'Receipt'", "Receipt", "Bill", "true", "false", "null", "'null'", "'fiction'", "fiction", "\"a\"",
         "'a'", "-1", "1e3", "'it\\'s'", "''", "'a,b'", "8.95", "''", "@.v", "@.k", "$.expensive", "$.n", "@['k']", "@", "five",
         "9007199254740993", "text", "[1]", "@.gone", "$.gone.x", "@.a.b[0]", "@[0]"]
PATTERNS = ["/.*/", "/[a-c]/i", "/.*e.*/", "/FICTION/i", "/\\d+/", "/(/", "/a/x", "/a", "//", "/.*(?=x)/"]


class Grammar:
    """Paths by chance: mostly such as people write, some that nobody should."""

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def pick(self, values):
        return self.chance.choice(values)

    def odds(self, percent):
        return self.chance.random() * 100 < percent

    def path(self):
        text = "$" + "".join(self.step(0) for _ in range(self.pick([0, 1, 1, 2, 2, 2, 3, 3, 4, 5])))
        if self.odds(3):
            text = self.pick([" ", "  ", "\t", "\n"]) + text
        if self.odds(4):
            text += self.pick([" ", "\t", ".", "..", "]", "[", ")", " x", ".length()", ".*", "[*]", "$"])
        if self.odds(3) and len(text) > 2:
            at = self.chance.randrange(1, len(text))
            text = text[:at] + self.pick(["", " ", ".", "'", "]", "[", "*", "-", ":", "?", "$"]) + text[at + 1:]
        return text

    def blank(self):
        return self.pick(["", "", "", "", " ", "  "])

    def step(self, depth):
        kind = self.chance.randrange(100)
        if kind < 40:
            return "." + self.name()
        if kind < 50:
            return self.pick(["", "", "", "."]) + "['" + self.pick(QUOTED) + "']"
        if kind < 55:
            names = [self.blank() + "'" + self.pick(NAMES[:8] + QUOTED) + "'" + self.blank() for _ in range(self.pick([2, 2, 3]))]
            return "[" + ",".join(names) + "]"
        if kind < 65:
            return "[" + self.blank() + str(self.pick([0, 0, 0, 1, 1, 2, 3, 7, -1, -2])) + self.blank() + "]"
        if kind < 68:
            numbers = [self.blank() + str(self.pick([0, 1, 2, 0, 1, 9, -1])) + self.blank() for _ in range(self.pick([2, 3]))]
            return "[" + ",".join(numbers) + "]"
        if kind < 76:
            bound = lambda: self.pick(["", "0", "1", "1", "2", "5", "-1", "-2", " 1 "])
            return "[" + bound() + ":" + bound() + self.pick(["", "", "", "", "", ":2"]) + "]"
        if kind < 86:
            return self.pick(["[*]", "[*]", "[*]", ".*", "[ * ]"])
        if kind < 90:
            return self.pick(["..", "..", "..", "..."]) + self.pick([self.name(), self.name(), "*", "[*]", "[0]", "['k','v']", "[?(@.k)]"])
        if kind < 92:
            return self.pick(["[(@.length-1)]", "[(@.length - 2)]", "[(@.size()-1)]", "[(@.length)]", "[(@.count-1)]", "[@.length-1]",
                              "[(@.length-x)]"])
        if kind < 93:
            return self.pick(["[]", "[?]", "[?()]", "[x]", "[\"a\"]", "[\"a1\"]", "[']", "[a1]", "[?,?]", "[$.a]", "[1 2]", "[-]", "[+1]",
                              "[99999999999]", "[?@.k]"])
        return "[" + self.blank() + "?" + self.blank() + "(" + self.condition(depth) + ")" + self.blank() + "]"

    def name(self):
        return self.pick(ODD) if self.odds(6) else self.pick(NAMES)

    def condition(self, depth):
        parts = [self.criterion(depth)]
        while self.odds(25):
            parts += [self.blank() + self.pick(["&&", "||"]) + self.blank(), self.criterion(depth)]
        text = "".join(parts)
        return "(" + text + ")" if self.odds(5) else text

    def criterion(self, depth):
        side = "@" + "".join(self.simple() for _ in range(self.pick([0, 1, 1, 1, 1, 1, 1, 2])))
        if self.odds(3):
            side = "$" + self.simple()
        if depth < 2 and self.odds(2):
            side += self.step(depth + 1)
        kind = self.chance.randrange(100)
        if kind < 20:
            return side
        if kind < 26:
            return self.pick(["!", "! ", "!("]) + side + self.pick(["", "", ")"])
        operator = self.pick(["==", "==", "==", "!=", "<", "<=", ">", ">=", "=", "===", "<>"])
        if kind < 36:
            return side + self.blank() + "=~" + self.blank() + self.pick(PATTERNS)
        if kind < 40:
            return side + " " + self.pick(["in ['a']", "nin [1]", "size 2", "empty true", "contains 'a'"])
        if kind < 46:
            return self.pick(WORDS) + self.blank() + operator + self.blank() + side
        return side + self.blank() + operator + self.blank() + self.pick(WORDS)

    def simple(self):
        return self.pick([".k", ".v", ".n", ".a", ".name", ".price", ".ok", ".isbn", "['k']", "[0]", ".category", ".gone", ".a.b"])


def answers(command, paths, documents):
    text = "".join(json.dumps(path) + "\n" for path in paths)
    done = subprocess.run([*command, documents], input=text, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(paths), f"{command[0]} answered {len(lines)} of {len(paths)} paths"
    return lines


def same(ours, theirs):
    """Equal as JSON; true is not 1, and 1.0 is 1 to neither."""
    return json.dumps(ours, sort_keys=True) == json.dumps(theirs, sort_keys=True)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("reader")
    arguments.add_argument("--seed", type=int, default=20261129)
    arguments.add_argument("--paths", type=int, default=2000)
    arguments.add_argument("--show", type=int, default=10)
    arguments = arguments.parse_args()
    grammar = Grammar(arguments.seed)
    paths = list(dict.fromkeys(grammar.path() for _ in range(4 * arguments.paths)))[:arguments.paths]
    with tempfile.TemporaryDirectory() as folder:
        documents = pathlib.Path(folder) / "documents.json"
        documents.write_text(json.dumps(DOCUMENTS), encoding="utf-8")
        subprocess.run(["javac", "-cp", CLASSES, "-d", folder, str(HERE / "Oracle.java")], check=True)
        theirs = answers(["java", "-cp", f"{CLASSES}:{folder}", "Oracle"], paths, str(documents))
        ours = answers([arguments.reader], paths, str(documents))
    counts, reasons, wrong = collections.Counter(), collections.Counter(), []
    for path, left, right in zip(paths, ours, theirs):
        for index in range(len(DOCUMENTS)):
            mine = left if isinstance(left, dict) else left[index]
            yours = right if isinstance(right, dict) else right[index]
            if "value" in mine and "value" in yours:
                counts["both find a value"] += 1
                if not same(mine["value"], yours["value"]):
                    wrong.append(("another value", path, index, mine, yours))
            elif "value" in mine or "value" in yours:
                reason = next((reason for reason, holds in REASONS if holds(path, mine, yours)), None)
                if reason:
                    reasons[reason] += 1
                else:
                    wrong.append(("only one finds a value", path, index, mine, yours))
            else:
                counts["neither finds one"] += 1
                if "failed" in mine and "failed" in yours:
                    counts["with the same words"] += mine["failed"] == yours["failed"]
                    counts["both say why"] += 1
    read = sum(isinstance(answer, list) for answer in theirs)
    print(f"{len(paths)} paths, {read} of them read by Jayway; {len(DOCUMENTS)} documents")
    for what, count in counts.items():
        print(f"  {what}: {count}")
    for reason, count in reasons.items():
        print(f"  only one of the two, {reason}: {count}")
    for what, path, index, mine, yours in wrong[:arguments.show]:
        print(f"! {what}: {path!r} on document {index}: labctl {mine}, Jayway {yours}")
    if wrong:
        sys.exit(f"{len(wrong)} differences that nothing explains")


if __name__ == "__main__":
    main()
