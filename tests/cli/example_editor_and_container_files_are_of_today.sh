#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

python3 "$SOURCE/examples/editor/make.py" --check "$RESTAGE"

# the packages of the container are those of the README's line
packages() { grep -oE '(build-essential|cmake|ninja-build|lib[a-z0-9-]+-dev)' "$1" | sort -u; }
same "$(packages "$SOURCE/examples/container/Containerfile")" "$(grep -m1 'apt-get install' "$SOURCE/README.md" >line; packages line)"

# what the program says of a mistake and of a warning is what the problem matchers take
pipeline <<'INI'
[stage:a]
comand = x
command = echo $SECRET >{{output.o}}
output.o = o
INI
"$RESTAGE" check >told 2>&1 || true
sed -i 2d pipeline.ini
run_ok check
cat "$err" >>told
cat >look.py <<'PY'
import json, pathlib, re, sys
editor = pathlib.Path(sys.argv[1], "examples/editor")
load = lambda name: json.loads((editor / name).read_text("utf-8"))
package, schema, grammar = load("package.json"), load("restage.schema.json"), load("restage.tmLanguage.json")
for pattern in (package["contributes"]["problemMatchers"][0]["pattern"][0], load("github-problem-matcher.json")["problemMatcher"][0]["pattern"][0]):
    found = [re.match(pattern["regexp"], line).groups() for line in open("told").read().splitlines()]
    assert [one[:3] for one in found] == [("pipeline.ini", "2", None), ("pipeline.ini", "2", "warning")], found
    assert "did you mean 'command'" in found[0][pattern["message"] - 1], found
for part in package["contributes"]["grammars"] + package["contributes"]["snippets"]:
    assert (editor / part["path"]).exists(), part

# every key of the pipelines that are here has its place, and a misspelt one has none
def accepts(section, key):
    inner = schema["properties"].get(section) or next((one for name, one in schema["patternProperties"].items() if re.match(name, section)), None)
    inner = inner and (schema["$defs"]["stage"] if "$ref" in inner else inner)
    return inner and (key in inner.get("properties", {}) or any(re.match(name, key) for name in inner.get("patternProperties", {}))
                      or isinstance(inner["additionalProperties"], dict))
assert not accepts("stage:a", "comand") and not accepts("pipline", "name") and not accepts("stage:a", "input.a.b.c d")
rules = {name: re.compile(rule.get("match") or rule["begin"]) for name, rule in grammar["repository"].items()}
known = re.compile(grammar["repository"]["key"]["beginCaptures"]["1"]["patterns"][0]["match"])
count = 0
for file in [*pathlib.Path(sys.argv[1], "pipelines").glob("*.ini"), *pathlib.Path(sys.argv[1], "examples").rglob("*.ini")]:
    section = None
    for line in file.read_text("utf-8").splitlines():
        if not line.strip():
            continue
        kind = next(name for name in ("comment", "section", "command", "key", "continuation") if rules[name].match(line))
        if kind == "section":
            section = line[1:line.index("]")]
            assert rules["section"].match(line)[2], line
        elif kind in ("command", "key"):
            key = re.split("[ \t]*[=:]", line)[0]
            assert accepts(section, key), f"{file}: [{section}] {key}"
            assert section in ("params", "env", "pools", "prices") or known.match(key), key
            count += 1
assert count > 100, count
PY
python3 look.py "$SOURCE"
