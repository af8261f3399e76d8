#!/usr/bin/env python3
"""Checks the manifests, logs and run records that the command-line tests left in a collection directory.

check.py COLLECTION    each <test>/*manifest.json against the schema, each line of <test>/*.log,
                       each <test>/*.jsonl as check_run.py says
check.py --self-test   good manifests must pass, each with one thing wrong must not
check.py --against RESTAGE   `restage verify` must find the same ones wrong
"""
import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import check_run
import jsonschema

SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "src/schema/manifest.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
# The members of the logging architecture, in its order; others may stand between them.
ORDER = ["stage", "stage_number", "timestamp", "status", "duration_seconds", "completed_at", "inputs",
         "outputs", "intermediate_files", "config", "resources", "errors", "warnings"]
LOG_LINE = re.compile(
    rb"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[[^\]]+\] \[(DEBUG|INFO|WARNING|ERROR)\]( .*)?")


def check_manifest(text):
    """What is wrong with a manifest: a list of sentences."""
    def pairs(items):
        names = [name for name, _ in items]
        if len(set(names)) != len(names):
            raise ValueError(f"duplicate member in {names}")
        return dict(items)

    try:
        manifest = json.loads(text, object_pairs_hook=pairs)
    except ValueError as error:
        return [str(error)]
    wrong = [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(manifest)]
    if not wrong and [name for name in manifest if name in ORDER] != ORDER:
        wrong.append("members are not in the order of the logging architecture")
    return wrong


def check_log(data):
    lines = data.split(b"\n")
    wrong = [] if lines.pop() == b"" else ["the last line has no end"]
    wrong += [f"line {number}: {line!r}" for number, line in enumerate(lines, 1)
              if not LOG_LINE.fullmatch(line)]
    return wrong


def check_collection(folder):
    manifests = sorted(folder.glob("*/*manifest.json"))
    logs = sorted(folder.glob("*/*.log"))
    wrong = [f"{path.relative_to(folder)}: {mistake}" for path in manifests
             for mistake in check_manifest(path.read_text("utf-8"))]
    wrong += [f"{path.relative_to(folder)}: {mistake}" for path in logs
              for mistake in check_log(path.read_bytes())]
    records = sorted(folder.glob("*/*.jsonl"))
    wrong += [f"{path.relative_to(folder)}: {mistake}" for path in records
              for mistake in check_run.check_record(path.read_bytes())]
    tests = len(list(folder.iterdir()))
    print(f"{len(manifests)} manifests, {len(logs)} logs and {len(records)} run records of {tests} tests")
    if tests > 20 and not manifests:
        wrong.append("no test made a manifest: they are no longer collected")
    if tests > 20 and not records:
        wrong.append("no test made a run record: they are no longer collected")
    return wrong


DIGEST = "xxh3-128:0123456789abcdef0123456789abcdef"
TIME = "2025-11-27T14:09:16.123456+01:00"
FILE = {"type": "audio", "path": "out/j/01_demux/audio.wav", "size_bytes": 47493120, "sample_rate": 16000,
        "label": "audio", "origin": "declared", "checksum": DIGEST, "mtime_ns": "1764248956123456789"}
GOOD = {
    "schema": "restage.manifest/1", "stage": "demux", "stage_number": 1, "timestamp": TIME,
    "status": "success", "duration_seconds": 4.2, "completed_at": TIME, "pipeline": "p", "job": "j",
    "stage_dir": "out/j/01_demux", "run": "20251127_140915", "attempt": 1, "command": "ffmpeg",
    "exit_code": 0, "reasons": [{"code": "never_ran", "about": None, "message": "it never ran"}],
    "inputs": [FILE, {**FILE, "checksum": None, "mtime_ns": None, "missing": True, "size_bytes": 0}],
    "outputs": [FILE],
    "intermediate_files": [{**FILE, "type": "intermediate", "retained": True, "reason": "cache"}],
    "config": {"channels": "1"}, "env": {"LANG": DIGEST}, "tools": {"ffmpeg": "5.1"},
    "resources": {"cpu_percent": 99.5, "gpu_used": "none"},
    "errors": [{"timestamp": TIME, "message": "m", "exception_type": None, "exception_detail": None}],
    "warnings": [{"timestamp": TIME, "message": "m"}],
    "key": {part: DIGEST for part in
            ("all", "command", "config", "env", "tools", "inputs", "definition")},
    "segments": 12,
}
ADDED_BY_A_RUN = ("pipeline", "job", "stage_dir", "run", "attempt", "command", "exit_code", "reasons",
                  "env", "tools", "key")
LAST = {name: GOOD[name] for name in ("completed_at", "run", "command", "inputs", "outputs",
                                      "intermediate_files", "config", "env", "tools", "key")}


def changed(path, value, base):
    """A copy of base with the member at a path such as 'inputs.0.type' set, or taken out if Ellipsis."""
    tree = copy.deepcopy(base)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    node = tree
    for step in way:
        node = node[step]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return tree


FAILED = {**GOOD, "status": "failed", "exit_code": 1, "last_success": LAST}
RUNNING = {**GOOD, "status": "running", "completed_at": None, "exit_code": None}
ALONE = {**changed("key", ..., GOOD), "pipeline": None, "command": None, "exit_code": None, "reasons": []}
ALONE_RUNNING = {**ALONE, "status": "running", "completed_at": None, "duration_seconds": None,
                 "outputs": [{**FILE, "checksum": None}]}
PHASE = {"name": "load model", "started": TIME, "seconds": 1.5, "cpu_seconds": 1, "memory_mb": 512}
PHASED = changed("resources.phases", [PHASE, {**PHASE, "name": ""}], GOOD)
CONFLICT = {**GOOD, "conflicting_config": {"channels": 2}, "meta": {"command": "mine"}}
GOOD_ONES = [
    PHASED, CONFLICT,
    ALONE, ALONE_RUNNING, changed("outputs.0.checksum", None, ALONE),
    GOOD, FAILED, RUNNING,
    {**FAILED, "exit_code": None, "signal": 9},
    {**changed("key", ..., GOOD), "status": "skipped", "reason": "disabled", "exit_code": None},
    {name: value for name, value in GOOD.items() if name not in ADDED_BY_A_RUN},
    changed("timestamp", "2025-11-27T14:09:16.123456Z", GOOD),
]
BAD_ONES = [changed(name, ..., GOOD) for name in GOOD if name not in ("segments", "run")] + [
    changed(path, value, base) for base, path, value in [
        (PHASED, "resources.phases.0.seconds", -1), (PHASED, "resources.phases.1.started", "now"),
        (PHASED, "resources.phases.0.name", None), (PHASED, "resources.phases", {}),
        (CONFLICT, "conflicting_config", {}), (CONFLICT, "conflicting_config", ["channels"]),
        (GOOD, "schema", "restage.manifest/2"), (GOOD, "stage", ""), (GOOD, "stage_number", 0),
        (GOOD, "timestamp", "2025-11-27T14:09:16+01:00"), (GOOD, "timestamp", "2025-11-27T14:09:16.123456"),
        (GOOD, "status", "done"), (GOOD, "status", "skipped"), (GOOD, "duration_seconds", -1),
        (GOOD, "completed_at", None), (GOOD, "exit_code", 256), (GOOD, "run", "yesterday"),
        (GOOD, "signal", 9), (GOOD, "last_success", LAST),
        (GOOD, "reasons.0.code", "whim"), (GOOD, "reasons.0.message", ""), (GOOD, "reasons.0.why", "x"),
        (GOOD, "inputs.0.checksum", "md5:00"), (GOOD, "inputs.0.checksum", DIGEST.upper()),
        (GOOD, "inputs.0.checksum", None), (GOOD, "inputs.0.checksum", ...),
        (GOOD, "inputs.0.mtime_ns", 1764248956123456789), (GOOD, "inputs.0.origin", "guessed"),
        (GOOD, "inputs.0.type", ...), (GOOD, "inputs.0.path", ""), (GOOD, "inputs.0.missing", False),
        (GOOD, "inputs.1.missing", ...), (GOOD, "outputs.0.size_bytes", 1.5),
        (GOOD, "intermediate_files.0.type", "audio"), (GOOD, "intermediate_files.0.retained", "yes"),
        (GOOD, "intermediate_files.0.reason", ...), (GOOD, "env.LANG", "en_US"),
        (GOOD, "tools.ffmpeg", 5), (GOOD, "resources.memory_mb", "1"),
        (GOOD, "errors.0.exception_type", ...), (GOOD, "warnings.0.message", ...),
        (GOOD, "warnings.0.timestamp", "now"), (GOOD, "key.all", ...), (GOOD, "key.tools", "x"),
        (ALONE, "job", ...), (RUNNING, "outputs.0.checksum", None),
        (FAILED, "last_success.key", ...), (FAILED, "last_success.last_success", LAST),
        (FAILED, "signal", 9), (RUNNING, "exit_code", 0), (RUNNING, "completed_at", TIME),
    ]
]
LOG_LINES = {
    b"": True,
    b"[2025-11-27 14:09:15] [demux] [INFO] hello\n[2025-11-27 14:09:15] [a/b] [DEBUG]\n": True,
    b"[2025-11-27 14:09:15] [demux] [INFO] torn": False,
    b"hello\n": False,
    b"[2025-11-27 14:09:15] [demux] [NOTE] hello\n": False,
    b"[2025-11-27T14:09:15] [demux] [INFO] hello\n": False,
    b"[2025-11-27 14:09:15] [demux] [INFO] one\n\n": False,
}


def self_test():
    VALIDATOR.check_schema(SCHEMA)
    wrong = [f"a good one: {mistake}" for good in GOOD_ONES
             for mistake in check_manifest(json.dumps(good))]
    wrong += [f"passed: {json.dumps(bad)}" for bad in BAD_ONES if not check_manifest(json.dumps(bad))]
    moved = {"stage_number": 1, **GOOD}
    wrong += ["passed: wrong order"] if not check_manifest(json.dumps(moved)) else []
    twice = json.dumps(GOOD)[:-1] + ', "stage": "demux"}'
    wrong += ["passed: a member twice"] if not check_manifest(twice) else []
    wrong += [f"log {text!r}" for text, good in LOG_LINES.items() if good == bool(check_log(text))]
    return wrong + check_run.self_test()


def compare_with(restage):
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        (root / "pipeline.ini").write_text("[pipeline]\njob = j\n[stage:demux]\ncommand = true\n", "utf-8")
        stage = root / "out/j/01_demux"
        stage.mkdir(parents=True)
        for tree in GOOD_ONES + BAD_ONES:
            text = json.dumps(tree)
            (stage / "manifest.json").write_text(text, "utf-8")
            run = subprocess.run([restage, "verify", "--json"], cwd=root, stdout=subprocess.PIPE, check=False)
            kinds = {finding["kind"] for finding in json.loads(run.stdout)["findings"]}
            if bool(kinds & {"invalid", "unreadable"}) != bool(check_manifest(text)):
                wrong.append(f"{kinds}, but {check_manifest(text)}: {text}")
    return wrong


def main(args):
    if args[0] == "--against":
        mistakes = compare_with(args[1])
        for mistake in mistakes:
            print(mistake)
        return 1 if mistakes else 0
    mistakes = self_test() if args == ["--self-test"] else check_collection(pathlib.Path(args[0]))
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
