#!/usr/bin/env python3
"""Reads what `restage export` writes as the programs do that it is for, and checks it.

check.py FORMAT FILE      exit 1 with what is wrong; else prints what it says, as JSON that is alike for all
                          formats: {"stages": {name: state}, "files": [paths]} (as far as the format has them)
check.py --self-test      bad files of each format must be found out

Names come out as the bytes that they are on disk, decoded as UTF-8 with surrogates for what is none.
"""
import csv
import datetime
import io
import json
import pathlib
import re
import sys
import urllib.parse
import uuid
import xml.etree.ElementTree as xml

SCHEMA = json.loads(pathlib.Path(__file__).with_name("openlineage.schema.json").read_text("utf-8"))


class Wrong(Exception):
    pass


def need(condition, text):
    if not condition:
        raise Wrong(text)


def name(text):
    """The inverse of base/name.h: U+EF80..U+EFFF are bytes 0x80..0xFF."""
    data = b"".join(bytes([ord(c) - 0xEF80 + 0x80]) if 0xEF80 <= ord(c) <= 0xEFFF else c.encode()
                    for c in text)
    return data.decode("utf-8", "surrogateescape")


def load(text):
    def pairs(items):
        need(len({key for key, _ in items}) == len(items), f"duplicate member in {items}")
        return dict(items)
    return json.loads(text, object_pairs_hook=pairs)


def check_trace(data):
    trace = load(data.decode())
    need(isinstance(trace["traceEvents"], list), "no list of events")
    need(trace["displayTimeUnit"] in ("ms", "ns"), "displayTimeUnit")
    lanes, stages, named = {}, {}, set()
    for event in trace["traceEvents"]:
        for member, kind in (("name", str), ("cat", str), ("ph", str), ("ts", int), ("pid", int), ("tid", int)):
            need(isinstance(event.get(member), kind), f"{member} of {event}")
        need(event["ts"] >= 0, f"time of {event}")
        if event["ph"] == "X":
            need(isinstance(event["dur"], int) and event["dur"] >= 0, f"dur of {event}")
            lanes.setdefault(event["tid"], []).append((event["ts"], event["ts"] + event["dur"]))
            stages[name(event["name"])] = event["args"]["state"]
        elif event["ph"] == "C":
            need(event["args"] and all(isinstance(v, (int, float)) and v >= 0 for v in event["args"].values()),
                 f"values of {event}")
        elif event["ph"] == "i":
            need(event["s"] in ("g", "p", "t"), f"scope of {event}")
        elif event["ph"] == "M":
            need(event["name"] in ("process_name", "thread_name"), f"metadata {event}")
            named.add(event["tid"])
        else:
            raise Wrong(f"unknown phase {event['ph']}")
    for lane, spans in lanes.items():
        need(lane in named, f"lane {lane} has no name")
        spans.sort()
        for (_, end), (start, _) in zip(spans, spans[1:]):
            need(end <= start, f"attempts overlap in lane {lane}")
    running = [e["args"]["stages"] for e in trace["traceEvents"] if e["name"] == "running stages"]
    if trace["otherData"]["outcome"] != "running":
        need(not running or running[-1] == 0, "stages run after the end")
    need(max(running, default=0) <= len(lanes), "more stages run than there are lanes")
    return {"stages": stages}


def check_openlineage(data):
    import jsonschema  # only here: loading it takes longer than all else
    validator = jsonschema.Draft202012Validator(SCHEMA)
    events = [load(line) for line in data.decode().splitlines()] if b"\r" not in data else []
    need(events, "no events")
    need(data.endswith(b"\n"), "the last line has no end")
    runs, stages, files = {}, {}, set()
    last = None
    for event in events:
        mistakes = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(event)]
        need(not mistakes, mistakes)
        uuid.UUID(event["run"]["runId"])
        time = datetime.datetime.fromisoformat(event["eventTime"])
        need(last is None or last <= time, "events are not in the order of time")
        last = time
        runs.setdefault(event["run"]["runId"], []).append(event)
        for dataset in event["inputs"] + event["outputs"]:
            files.add(name(dataset["name"]))
    top = events[0]
    for run_id, own in runs.items():
        need([e["eventType"] for e in own].count("START") == 1 and own[0]["eventType"] == "START",
             f"run {run_id} has no START at first")
        need(len(own) <= 2, f"run {run_id} has {len(own)} events")
        need(len({e["job"]["name"] for e in own}) == 1, f"run {run_id} is of several jobs")
        for event in own:
            parent = event["run"]["facets"].get("parent")
            if run_id == top["run"]["runId"]:
                need(parent is None, "the run has a parent")
                continue
            need(parent["run"]["runId"] == top["run"]["runId"], "a stage has another parent")
            need(parent["job"]["name"] == top["job"]["name"], "a parent of another name")
            prefix = top["job"]["name"] + "."
            need(event["job"]["name"].startswith(prefix), "a stage is not named after its pipeline")
            stages[name(event["job"]["name"][len(prefix):])] = event["eventType"]
        if own[-1]["eventType"] in ("FAIL",) and run_id != top["run"]["runId"]:
            need("errorMessage" in own[-1]["run"]["facets"], "a failure without its message")
    return {"stages": stages, "files": sorted(files)}


def refs(node, key=None):
    """All {"@id": x} below an entity."""
    if isinstance(node, dict):
        if list(node) == ["@id"] and key is not None:
            yield node["@id"]
        else:
            for member, value in node.items():
                yield from refs(value, member)
    elif isinstance(node, list):
        for value in node:
            yield from refs(value, key)


def as_list(value):
    return value if isinstance(value, list) else [value]


def decode_path(text):
    return urllib.parse.unquote(text, "utf-8", "surrogateescape")


def check_rocrate(data):
    crate = load(data.decode())
    need("https://w3id.org/ro/crate/1.1/context" in as_list(crate["@context"]), "context")
    graph = {}
    for entity in crate["@graph"]:
        need(entity["@id"] not in graph, f"{entity['@id']} stands there twice")
        need("@type" in entity, f"{entity['@id']} has no type")
        need(re.fullmatch(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", entity["@id"]), f"{entity['@id']} is no URI")
        need(not re.search(r"%(?![0-9A-F]{2})", entity["@id"]), f"{entity['@id']} is badly encoded")
        graph[entity["@id"]] = entity
    for entity in graph.values():
        for target in refs(entity):
            external = target.startswith(("https://w3id.org/ro/crate/", "http://schema.org/", "https://bioschemas.org/"))
            need(target in graph or external, f"{entity['@id']} refers to {target}, which is not there")

    def has(entity, *members):
        for member in members:
            need(entity.get(member) not in (None, "", []), f"{entity['@id']} has no {member}")

    def follow(entity, member, *kinds):
        for value in as_list(entity.get(member, [])):
            target = graph[value["@id"]]
            need(set(as_list(target["@type"])) & set(kinds), f"{member} of {entity['@id']} is a {target['@type']}")

    descriptor = graph["ro-crate-metadata.json"]
    need(descriptor["about"] == {"@id": "./"}, "the descriptor is about something else")
    need({"@id": "https://w3id.org/ro/crate/1.1"} in as_list(descriptor["conformsTo"]), "conformsTo 1.1")
    root = graph["./"]
    has(root, "name", "description", "datePublished", "license", "mainEntity", "hasPart", "mentions")
    datetime.datetime.fromisoformat(root["datePublished"])
    profiles = {p["@id"] for p in root["conformsTo"]}
    need({"https://w3id.org/ro/wfrun/process/0.5", "https://w3id.org/ro/wfrun/workflow/0.5"} <= profiles, "profiles")
    workflow = graph[root["mainEntity"]["@id"]]
    need({"File", "SoftwareSourceCode", "ComputationalWorkflow"} <= set(workflow["@type"]), "workflow's types")
    has(workflow, "name", "programmingLanguage")
    need(root["mainEntity"] in root["hasPart"], "the workflow is no part of the crate")
    parts = {p["@id"] for p in root["hasPart"]}
    stages, files, of_workflow = {}, set(), 0
    tools = {t["@id"] for t in workflow.get("hasPart", [])}
    for entity in graph.values():
        kinds = as_list(entity["@type"])
        if "CreateAction" in kinds:
            has(entity, "name", "instrument", "startTime", "actionStatus")
            follow(entity, "instrument", "ComputationalWorkflow", "SoftwareApplication")
            follow(entity, "object", "File", "Dataset", "PropertyValue")
            follow(entity, "result", "File", "Dataset")
            for member in ("startTime", "endTime"):
                if member in entity:
                    datetime.datetime.fromisoformat(entity[member])
            failed = entity["actionStatus"]["@id"].endswith("FailedActionStatus")
            if entity["instrument"] == root["mainEntity"]:
                of_workflow += 1
                continue
            need(entity["instrument"]["@id"] in tools, f"the tool of {entity['@id']} is no part of the workflow")
            need(not failed or "error" in entity, f"{entity['@id']} failed without an error")
            if entity["@id"].startswith("#origin/"):
                need({"@id": entity["@id"]} in root["mentions"], f"nothing refers to {entity['@id']}")
                continue
            stages[name(graph[entity["instrument"]["@id"]]["name"])] = "failed" if failed else "done"
        elif "ControlAction" in kinds:
            follow(entity, "instrument", "HowToStep")
            follow(entity, "object", "CreateAction")
        elif "HowToStep" in kinds:
            has(entity, "position", "workExample")
            follow(entity, "workExample", "SoftwareApplication")
        elif "OrganizeAction" in kinds:
            follow(entity, "object", "ControlAction")
            follow(entity, "result", "CreateAction")
        elif "PropertyValue" in kinds:
            has(entity, "name", "exampleOfWork")
            need("value" in entity, f"{entity['@id']} has no value")
        elif "FormalParameter" in kinds:
            has(entity, "name", "additionalType")
        elif kinds[0] in ("File", "Dataset") and entity["@id"] not in ("./", workflow["@id"]):
            has(entity, "name", "contentSize")
            need(entity["@id"] in parts, f"{entity['@id']} is no part of the crate")
            path = decode_path(entity["@id"]).rstrip("/")
            need(path.rsplit("/", 1)[1:] in ([], [name(entity["name"])]) or path == name(entity["name"]),
                 f"{entity['@id']} is named {entity['name']}")
            files.add(path)
    need(of_workflow == 1, f"{of_workflow} actions of the workflow")
    return {"stages": stages, "files": sorted(files)}


def check_junit(data):
    tree = xml.fromstring(data)
    need(tree.tag == "testsuites" and len(tree) == 1, "one suite in testsuites")
    suite = tree[0]
    need(suite.tag == "testsuite", "testsuite")
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    stages = {}
    order = {"properties": 0, "skipped": 1, "error": 1, "failure": 1, "system-out": 2, "system-err": 3}
    for child in suite:
        need(child.tag in ("properties", "testcase"), f"{child.tag} in a suite")
        if child.tag == "properties":
            for entry in child:
                need(entry.tag == "property" and set(entry.attrib) == {"name", "value"}, "property")
            continue
        need({"name", "classname", "time"} <= set(child.attrib), "attributes of a testcase")
        need(float(child.get("time")) >= 0, "time")
        counts["tests"] += 1
        tags = [c.tag for c in child]
        need(tags == sorted(tags, key=lambda tag: order[tag]) and len(set(tags)) == len(tags), f"children {tags}")
        state = "passed"
        for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            if tag in tags:
                counts[count] += 1
                need(child.find(tag).get("message") is not None, f"{tag} without a message")
                need(tag == "skipped" or child.find(tag).get("type"), f"{tag} without a type")
                state = tag
        need(child.get("name") not in stages, "two testcases of one name")
        stages[name(child.get("name"))] = state
    for element in (tree, suite):
        for attribute, count in counts.items():
            need(element.get(attribute) == str(count), f"{attribute} says {element.get(attribute)}, there are {count}")
        float(element.get("time"))
    datetime.datetime.fromisoformat(suite.get("timestamp"))
    return {"stages": stages}


SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')


def check_prometheus(data):
    text = data.decode()
    need(text.endswith("\n"), "the last line has no end")
    helped, typed, current, series, stages = set(), set(), None, set(), {}
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            current = line.split(" ", 3)[2]
            need(current not in helped, f"{current} has two blocks")
            helped.add(current)
            continue
        if line.startswith("# TYPE "):
            _, _, metric, kind = line.split(" ")
            need(metric == current and kind == "gauge", line)
            typed.add(metric)
            continue
        sample = SAMPLE.fullmatch(line)
        need(sample, f"no sample: {line}")
        metric, rest, value = sample.groups()
        need(metric == current and metric in typed, f"{metric} stands outside of its block")
        float(value)
        labels, at = {}, 0
        while at < len(rest):
            label = LABEL.match(rest, at)
            need(label, f"labels: {rest[at:]}")
            need(label[1] not in labels, f"two labels {label[1]}")
            labels[label[1]] = re.sub(r'\\(.)', lambda m: "\n" if m[1] == "n" else m[1], label[2])
            at = label.end()
        key = (metric, tuple(sorted(labels.items())))
        need(key not in series, f"two series {key}")
        series.add(key)
        if metric == "restage_stage_state":
            stages[name(labels["stage"])] = labels["state"]
    return {"stages": stages}


def check_csv(data):
    need(data.endswith(b"\r\n"), "the last row has no end")
    rows = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    head = rows[0]
    need(len(set(head)) == len(head), "two columns of one name")
    stages = {}
    for row in rows[1:]:
        need(len(row) == len(head), f"a row of {len(row)} fields: {row}")
        record = dict(zip(head, row))
        for column in ("seconds", "memory_mb", "cost", "attempt", "input_files"):
            need(record[column] == "" or float(record[column]) >= 0, f"{column}: {record[column]}")
        datetime.datetime.fromisoformat(record["started_at"])
        stages[name(record["stage"])] = record["state"]
    return {"stages": stages}


CHECKS = {"trace": check_trace, "openlineage": check_openlineage, "ro-crate": check_rocrate,
          "junit": check_junit, "prometheus": check_prometheus, "csv": check_csv}

BAD = [
    ("trace", b'{"traceEvents": [{"name": "a", "ph": "X"}], "displayTimeUnit": "ms"}'),
    ("openlineage", b'{"eventType": "START"}\n'),
    ("ro-crate", b'{"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": '
                 b'[{"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}}]}'),
    ("junit", b'<testsuites tests="1" failures="0" errors="0" skipped="0" time="0"><testsuite/></testsuites>'),
    ("junit", b'<testsuites>\x1b</testsuites>'),
    ("prometheus", b'# HELP a b\n# TYPE a gauge\na{x="y"z"} 1\n'),
    ("prometheus", b'a{x="y"} 1\n'),
    ("csv", b'a,b\r\n1\r\n'),
    ("csv", b'a,stage\n"x"y,z\n'),
]


def run(form, data):
    try:
        return CHECKS[form](data)
    except (Wrong, ValueError, KeyError, TypeError, xml.ParseError, csv.Error) as error:
        raise SystemExit(f"{form}: {type(error).__name__}: {error}") from error


def self_test():
    for form, data in BAD:
        try:
            run(form, data)
        except SystemExit:
            continue
        raise SystemExit(f"a bad file passed as {form}: {data!r}")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    result = run(sys.argv[1], pathlib.Path(sys.argv[2]).read_bytes())
    sys.stdout.buffer.write(json.dumps(result, ensure_ascii=False, indent=1).encode("utf-8", "surrogateescape") + b"\n")


if __name__ == "__main__":
    main()
