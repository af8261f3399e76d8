"""Checks a run record: each line against its schema, and that the lines together are a run."""
import copy
import json
import pathlib

import jsonschema

SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "src/schema/run.schema.json").read_text("utf-8"))
# One for each kind of event: what is wrong is then said of that kind, not of all of them.
VALIDATORS = {kind: jsonschema.Draft202012Validator(
    {"$defs": SCHEMA["$defs"], "allOf": [{"$ref": f"#/$defs/{kind}"}], "properties": SCHEMA["properties"],
     "required": SCHEMA["required"]}) for kind in SCHEMA["properties"]["event"]["enum"]}


def check_line(event):
    """What is wrong with one event: a list of sentences."""
    kind = event.get("event") if isinstance(event, dict) else None
    if kind not in VALIDATORS:
        return [f"no event that the schema knows: {kind!r}"]
    return [f"{error.json_path}: {error.message}" for error in VALIDATORS[kind].iter_errors(event)]


def check_order(events):
    """What is wrong with the order of events that are right by themselves."""
    kinds = [event["event"] for event in events]
    wrong = [] if kinds[:1] == ["run_begin"] else ["the first event is no run_begin"]
    wrong += ["several run_begin"] if kinds.count("run_begin") > 1 else []
    wrong += ["an event behind run_end"] if "run_end" in kinds[:-1] else []
    times = [event["at"] for event in events if event["event"] not in ("fresh", "skip")]
    wrong += ["time runs backwards"] if times != sorted(times) else []
    running, settled = {}, set()
    for event in events:
        kind, stage, attempt = event["event"], event.get("stage"), event.get("attempt")
        if kind == "start":
            wrong += [f"'{stage}' starts twice"] if stage in running or (stage in settled and attempt > 1) else []
            settled.discard(stage)  # what it made is made again, or it is judged by what was
            running[stage] = attempt
        elif kind in ("sample", "progress", "log") and stage not in running:
            wrong.append(f"'{kind}' of '{stage}', which does not run")
        elif kind in ("retry", "done", "fail", "skip") and attempt:
            if running.pop(stage, attempt if kind == "fail" else None) != attempt:
                wrong.append(f"'{kind}' of attempt {attempt} of '{stage}', which does not run")
        if kind in ("done", "fail", "skip", "blocked"):
            wrong += [f"'{stage}' is settled twice"] if stage in settled else []
            settled.add(stage)
        elif kind == "fresh":
            wrong += [f"'{name}' is settled twice" for name in event["stages"] if name in settled]
            settled.update(event["stages"])
    if kinds[-1:] == ["run_end"]:
        wrong += [f"'{stage}' still runs at the end" for stage in running]
        restored = sum("restored_from" in e for e in events if e["event"] == "done")
        for name, count in (("ran", kinds.count("done") - restored), ("restored", restored)):
            wrong += [f"run_end counts {events[-1][name]} as {name}, of {count}"
                      for _ in [0] if events[-1].get(name, 0) != count]
    return wrong


def check_record(data):
    """What is wrong with a run record: a list of sentences. A torn last line is a killed run's."""
    lines = data.split(b"\n")
    lines.pop()
    wrong, events = [], []
    for number, line in enumerate(lines, 1):
        try:
            events.append(json.loads(line))
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
        else:
            wrong += [f"line {number}: {mistake}" for mistake in check_line(events[-1])]
    if not lines and data:
        wrong.append("there is no whole line")
    return wrong or (check_order(events) if events else [])


DIGEST = "xxh3-128:0123456789abcdef0123456789abcdef"
FILE = ["out/j/01_demux/audio.wav", DIGEST, 47493120, "1764248956123456789"]
DONE = {"attempt": 1, "seconds": 4.2, "exit_code": 0, "signal": None, "resources": {"memory_mb": 9.1},
        "cost": 0, "currency": None, "inputs": [["in/a.mp4", None, 0, None]], "outputs": [FILE],
        "outputs_more": {"count": 3, "checksum": DIGEST}, "config": {"channels": "1"},
        "tools": {"ffmpeg": "5.1"}, "command_digest": DIGEST, "env_digest": DIGEST}
FAIL = {**DONE, "exit_code": 1, "text": "exit code 1", "tail": ["no space"], "interrupted": False,
        "allowed": False}
START = {"attempt": 1, "reasons": [{"code": "never_ran", "about": None, "message": "it never ran"}],
         "command": "ffmpeg", "before_seconds": None}
GOOD = [{"at": float(at) if at else 0, **event} for at, event in enumerate([
    {"event": "run_begin", "schema": "restage.run/1", "time": "2025-11-27T14:09:16.123456+01:00",
     "run": "20251127_140915", "pipeline": "p", "job": "j", "version": "0.1.0", "host": "h", "pid": 7,
     "processors": 2, "selected": 6, "stages": 6, "log": "out/j/logs/99_pipeline_20251127_140915.log",
     "root": "/r"},
    {"event": "notice", "level": "WARNING", "text": "t"},
    {"event": "hashing", "bytes": 5, "total": 9},
    {"event": "fresh", "stages": ["words/GPL-2"]},
    {"event": "skip", "stage": "thumbs", "reason": "disabled"},
    {"event": "start", "stage": "demux", **START},
    {"event": "log", "stage": "demux", "level": "INFO", "text": "hello"},
    {"event": "progress", "stage": "demux", "fraction": None, "text": "half"},
    {"event": "sample", "stage": "demux", "attempt": 1, "seconds": 1.2, "resources": {"memory_mb": 1}},
    {"event": "warning", "stage": "demux", "text": "t"},
    {"event": "retry", "stage": "demux", "attempt": 1, "seconds": 2.0, "exit_code": None, "signal": 9,
     "text": "killed", "resources": {}, "tail": [], "delay_seconds": 5},
    {"event": "start", "stage": "demux", **START, "attempt": 2},
    {"event": "done", "stage": "demux", **DONE, "attempt": 2},
    {"event": "start", "stage": "asr", **START},
    {"event": "fail", "stage": "asr", **FAIL},
    {"event": "blocked", "stage": "mux", "by": "asr"},
    {"event": "start", "stage": "probe", **START},
    {"event": "skip", "stage": "probe", "reason": "nothing to do", **DONE},
    {"event": "fail", "stage": "late", **FAIL, "exit_code": None},
    {"event": "signal", "signal": 15},
    {"event": "run_end", "outcome": "failed", "seconds": 20, "ran": 1, "fresh": 1, "skipped": 2, "failed": 2,
     "blocked": 1, "interrupted": 0, "allowed_failures": 0, "audit_findings": 0, "cpu_seconds": 1.5,
     "saved_seconds": 0, "cost": 0, "error": None},
])]


def as_bytes(events):
    return "".join(json.dumps(event) + "\n" for event in events).encode()


def bad_ones():
    for number, event in enumerate(GOOD):
        optional = ["outputs_more"] + (list(DONE) if event["event"] == "skip" else []) + (
            ["command_digest", "env_digest"] if event["event"] == "fail" else [])
        for name in event:
            if name not in optional:
                lines = copy.deepcopy(GOOD)
                del lines[number][name]
                yield f"line {number + 1} without {name}", lines
        yield f"line {number + 1} with more", [*GOOD[:number], {**event, "more": 1}, *GOOD[number + 1:]]
    for number, name, value in [
            (0, "schema", "restage.run/2"), (0, "at", 1), (0, "root", "r"), (0, "time", "now"),
            (1, "level", "NOTE"), (3, "stages", []), (3, "stages", ["a"] * 2), (5, "attempt", 0),
            (5, "reasons", [{"code": "never_ran"}]), (12, "exit_code", 1), (12, "inputs", [["a", "x", 1, "1"]]),
            (12, "outputs", [FILE[:3]]), (12, "outputs", [FILE] * 1001), (14, "text", ""),
            (20, "outcome", "fine"), (20, "ran", 2), (20, "seconds", -1), (12, "attempt", 1), (9, "at", 1)]:
        yield f"line {number + 1} with {name} {value}", [
            *GOOD[:number], {**GOOD[number], name: value}, *GOOD[number + 1:]]
    yield "no beginning", GOOD[1:]
    yield "two beginnings", [GOOD[0], *GOOD]
    yield "more behind the end", [*GOOD, {**GOOD[1], "at": 99.0}]
    yield "a start without end", [*GOOD[:12], *GOOD[13:]]
    yield "an end without start", [*GOOD[:16], *GOOD[17:]]
    yield "a stage that is settled twice", [*GOOD[:19], {**GOOD[15], "at": 18.5}, *GOOD[19:]]


def self_test():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    wrong = [f"a good record: {mistake}" for mistake in check_record(as_bytes(GOOD))]
    wrong += [f"a torn record: {mistake}" for mistake in check_record(as_bytes(GOOD[:9]) + b'{"ev')]
    wrong += [f"passed: {what}" for what, lines in bad_ones() if not check_record(as_bytes(lines))]
    wrong += ["passed: a damaged line"] if not check_record(as_bytes(GOOD[:2]) + b"{]\n") else []
    return wrong
