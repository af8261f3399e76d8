#!/usr/bin/env python3
"""Writes what editors need of the keys of pipeline files: a description of them in the form of a JSON Schema,
a grammar of TextMate, and snippets.

    make.py RESTAGE           writes the files beside this one
    make.py --check RESTAGE   exit 1 if one of them is not what it would write

The keys are those that the program tells (`restage completions keys`), what they mean is the first sentence of
their section in src/doc/pipeline-file.md.
"""
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "src/doc/pipeline-file.md"
KINDS = {
    "count": r"^\d+$",
    "duration": r"^\d+(\.\d+)?(ms|s|m|h|d)?( ?\d+(\.\d+)?(ms|s|m|h|d))*$",
    "flag": "^(yes|no|true|false|on|off|1|0)$",
}
NAMES = {"label": "[A-Za-z0-9_-]+", "variable": "[A-Za-z_][A-Za-z0-9_]*", "dotted": "[A-Za-z0-9_.-]+"}


def meanings():
    """By key or section as the page has it: its first sentence, without links and marks."""
    text = PAGE.read_text("utf-8")
    found = dict(re.findall(r"^### `([^`\n]+)`\n\n(.+)", text, re.M))
    for part in re.split(r"^### ", text, flags=re.M):
        head = re.match(r"`(\[\w+)", part)
        for key, said in re.findall(r"^\| `([^`|]+)` \| ([^|]+?) \|$", part, re.M):
            found[f"{head.group(1)[1:]} {key}" if head else key] = said
    for name, said in found.items():
        said = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", said).replace("`", "")
        found[name] = re.match(r".*?\.(?=\s|$)|.*", said).group(0).rstrip(":")
    return found


def described(meaning, **more):
    return {**({"description": meaning} if meaning else {}), "type": "string", **more}


def stage_schema(keys, said):
    properties = {}
    for row in keys["stage"]:
        pattern = KINDS.get(row["kind"])
        # a value may hold placeholders
        more = {"anyOf": [{"pattern": pattern}, {"pattern": "{{"}]} if pattern else {}
        properties[row["key"]] = described(said.get(row["key"]), **more)
    patterns = {}
    for row in keys["families"]:
        name = rf"{row['family']}\.{NAMES[row['name']]}"
        said_of = next((text for key, text in said.items() if key.startswith(row["family"] + ".")), None)
        patterns[f"^{name}$"] = described(said_of)
        for attribute in row.get("attributes", []):
            more = {"enum": keys["tracks"]} if attribute == "track" else {}
            patterns[rf"^{name}\.{attribute}$"] = described(said.get("." + attribute), **more)
        if row["family"] in ("input", "output", "intermediate"):
            patterns[rf"^{name}\.{NAMES['dotted']}$"] = described("Metadata of the file, copied to the manifest.")
    return {"type": "object", "properties": properties, "patternProperties": patterns, "additionalProperties": False}


def schema(keys, said):
    stage = {"$ref": "#/$defs/stage"}
    properties, patterns = {}, {}
    for row in keys["sections"]:
        name = row["section"]
        head = f"[{name}:NAME]" if row["is_named"] else f"[{name}]"
        if "keys" in row:
            own = {key: described(said.get(f"{name} {key}")) for key in row["keys"] if "." not in key}
            inner = {"type": "object", "properties": own, "additionalProperties": False}
            families = [key.split(".")[0] for key in row["keys"] if "." in key]
            if families:
                inner["patternProperties"] = {rf"^{family}\..+$": {"type": "string"} for family in families}
        elif name in ("stage", "template", "defaults"):
            inner = stage
        else:
            inner = {"type": "object", "additionalProperties": {"type": "string"}}
        inner = {"description": said[head], **inner} if head in said else inner
        if row["is_named"]:
            patterns[f"^{name}:.+$"] = inner
        else:
            properties[name] = inner
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "pipeline file of restage",
        "description": "The sections of the INI file are members, their keys members of those; values are texts.",
        "type": "object", "properties": properties, "patternProperties": patterns, "additionalProperties": False,
        "$defs": {"stage": stage_schema(keys, said)},
    }


def either(words):
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def grammar(keys):
    singles = {row["key"] for row in keys["stage"]}
    heads = {key for row in keys["sections"] for key in row.get("keys", []) if "." not in key}
    families = [row["family"] for row in keys["families"]] + ["params"]
    holes = {"include": "#placeholder"}
    known = rf"(?:{either(singles | heads)})|(?:{either(families)})\.[A-Za-z0-9_.-]+"
    fixed = [name for name in keys["placeholders"] if not name.endswith(".")]
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "restage pipeline", "scopeName": "source.restage", "fileTypes": [],
        "patterns": [{"include": "#comment"}, {"include": "#section"}, {"include": "#command"}, {"include": "#key"},
                     {"include": "#continuation"}],
        "repository": {
            "comment": {"match": r"^[#;].*$", "name": "comment.line.restage"},
            "section": {"match": rf"^(\[)(?:({either(row['section'] for row in keys['sections'])})(?:(:)([^\]]*))?|[^\]]*)(\])",
                        "captures": {"2": {"name": "keyword.control.section.restage"}, "4": {"name": "entity.name.section.restage"}}},
            # a script goes on as long as lines are indented or empty
            "command": {"begin": r"^(command)[ \t]*(=)", "end": r"^(?=[^\s#;])", "contentName": "source.shell",
                        "beginCaptures": {"1": {"name": "variable.other.property.restage"}, "2": {"name": "keyword.operator.restage"}},
                        "patterns": [{"include": "#comment"}, holes, {"include": "source.shell"}]},
            "key": {"begin": r"^([^\s=:#;\[][^=:]*?)[ \t]*([=:])", "end": "$",
                    "beginCaptures": {"1": {"patterns": [{"match": rf"^(?:{known})$", "name": "variable.other.property.restage"}],
                                            "name": "meta.key.restage"},
                                      "2": {"name": "keyword.operator.restage"}},
                    "patterns": [holes, {"match": r"\b(?:yes|no)\b", "name": "constant.language.restage"},
                                 {"match": r"\b\d+(?:\.\d+)?(?:ms|[smhd]|[KMGT](?:i?B)?)?\b", "name": "constant.numeric.restage"}]},
            "continuation": {"begin": r"^[ \t]+(?=\S)", "end": "$", "patterns": [holes], "name": "string.unquoted.restage"},
            "placeholder": {"begin": r"\{\{", "end": r"\}\}", "name": "meta.template.restage",
                            "beginCaptures": {"0": {"name": "punctuation.definition.template.restage"}},
                            "endCaptures": {"0": {"name": "punctuation.definition.template.restage"}},
                            "patterns": [{"match": rf"(?<=\|)\s*(?:{either(keys['filters'])})\b", "name": "support.function.restage"},
                                         {"match": rf"\b(?:{either(fixed)})\b", "name": "variable.language.restage"},
                                         {"match": r"[A-Za-z_][\w.-]*", "name": "variable.other.restage"}]},
        },
    }


def snippets(keys, said):
    rows = {}
    for row in keys["sections"]:
        head = f"[{row['section']}:NAME]" if row["is_named"] else f"[{row['section']}]"
        rows[head] = {"prefix": f"[{row['section']}", "body": f"[{row['section']}:${{1:name}}]" if row["is_named"] else head,
                      "description": said.get(head, "")}
    for row in keys["stage"]:
        rows[row["key"]] = {"prefix": row["key"], "body": f"{row['key']} = $0", "description": said.get(row["key"], "")}
    for row in keys["families"]:
        said_of = next((text for key, text in said.items() if key.startswith(row["family"] + ".")), "")
        rows[row["family"]] = {"prefix": row["family"], "body": f"{row['family']}.${{1:name}} = $0", "description": said_of}
    return rows


def main():
    is_check = sys.argv[1] == "--check"
    told = subprocess.run([sys.argv[1 + is_check], "completions", "keys"], check=True, capture_output=True).stdout
    keys, said = json.loads(told), meanings()
    without = [row["key"] for row in keys["stage"] if row["key"] not in said]
    if without:
        sys.exit(f"{PAGE}: no section tells of {', '.join(without)}")
    made = {"restage.schema.json": schema(keys, said), "restage.tmLanguage.json": grammar(keys),
            "snippets.json": snippets(keys, said)}
    stale = []
    for name, content in made.items():
        text = json.dumps(content, indent="\t", ensure_ascii=False) + "\n"
        file = HERE / name
        if not is_check:
            file.write_text(text, "utf-8")
        elif not file.exists() or file.read_text("utf-8") != text:
            stale.append(name)
    if stale:
        sys.exit(f"{', '.join(stale)}: not of these keys; write them anew: python3 {sys.argv[0]} RESTAGE")


if __name__ == "__main__":
    main()
