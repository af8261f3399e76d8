#!/usr/bin/env bash
# A page that is open from before the first run gets every line of every record, each once, also across
# breaks; with each stage that settles its manifest and log; and in the end the same as a page made then.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo hello; cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
track_command = no
command = echo waiting; while [ ! -e go ]; do sleep 0.05; done; cat {{input.i}} > {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = cat {{input.i}}; exit 3
input.i = {{b.o}}
INI
echo 1 >in.txt

PYTHONPATH=$SOURCE/tests/lib python3 - <<'PY'
import glob, os
from serve_client import *


def records():
    paths = glob.glob("out/pipeline/logs/*.jsonl")
    lines = [record(path) for path in sorted(paths, key=lambda path: (len(path), path))]
    return [line for lines_of_run in lines for line in lines_of_run]


with Serve() as serve:
    page = serve.page()
    assert page["run"] is None and page["runs"] == []
    stream = serve.listen(page)
    run = start_run()

    # while the run goes on: all up to the start of b, which waits for us
    got = []
    for _, event in stream:
        got.append(event)
        if event["event"] == "start" and event["stage"] == "b":
            break
    kinds = [event["event"] for event in got if is_of_record(event)]
    assert kinds == ["run_begin", "start", "done", "start"], kinds
    at = [event["event"] for event in got].index("stage")
    stage = got[at]
    assert stage["stage"] == "a" and stage["manifest"]["status"] == "success"
    assert "hello" in stage["log"] and stage["log_truncated"] is False
    assert got[at + 1]["event"] == "done", "the manifest comes before what says that there is one"

    # the log of a stage that runs
    for _, event in stream:
        if event["event"] == "stage" and event["stage"] == "b" and "waiting" in (event["log"] or ""):
            assert "manifest" not in event
            break
        assert event["event"] in ("stage", "pipeline_log", "sample", "progress"), event
        got.append(event)

    # a page of now shows this run
    middle = serve.page()
    assert middle["run"] == got[0]["run"] and middle["stages"][1]["state"] == "running", middle["stages"][1]
    assert middle["stages"][0]["manifest"]["status"] == "success"

    # the stream breaks, and meanwhile something happens
    last = stream.last
    stream.close()
    open("go", "w").close()
    assert run.wait() == 1
    again = serve.listen(last=last)
    got += again.until("run_end")
    of_record = [event for event in got if is_of_record(event)]
    assert of_record == records(), (of_record, records())
    failed, = [event for event in got if event["event"] == "stage" and event["stage"] == "c"]
    assert failed["manifest"]["exit_code"] == 3
    log = "".join(event.get("text", event.get("more")) for event in got if event["event"] == "pipeline_log")
    with open(glob.glob("out/pipeline/logs/*.log")[0], encoding="utf-8") as file:
        whole = file.read()
    while log != whole:
        assert whole.startswith(log), log
        _, event = next(again)
        assert event["event"] == "pipeline_log", event
        log += event["more"]

    # whoever opened the page in between has the rest, and nothing twice
    late = serve.listen(middle)
    rest = [event for event in late.until("run_end") if is_of_record(event)]
    assert middle["runs"][0]["record"] + rest == records()

    # broken after each single event
    seen, place = [], "none:0:0"
    while not seen or seen[-1]["event"] != "run_end":
        stream = serve.listen(last=place)
        identity, event = next(stream)
        while not is_of_record(event):
            identity, event = next(stream)
        place = identity
        seen.append(event)
        stream.close()
    assert seen == records()

    # the next run comes by itself, and so does one in which nothing runs
    with open("pipeline.ini") as file:
        text = file.read()
    with open("pipeline.ini", "w") as file:
        file.write(text.replace("exit 3", "true"))
    for _ in range(2):
        assert start_run().wait() == 0
        more = [event for event in again.until("run_end") if is_of_record(event)]
        assert more[0]["event"] == "run_begin"
        of_record += more
        assert of_record == records()
    assert [event["event"] for event in more] == ["run_begin", "run_end"]

    # the page of now has the definition of now, and shows what ran last
    time.sleep(1)
    page = serve.page()
    assert page["stages"][2]["state"] == "up_to_date", page["stages"][2]
    assert len(page["runs"]) == 3 and page["run"] == page["runs"][1]["run"]
    again.close()

    # a definition that is wrong for a while takes nothing away
    with open("pipeline.ini", "w") as file:
        file.write("[stage:a]\ncomand = x\n")
    time.sleep(1)
    assert [stage["name"] for stage in serve.page()["stages"]] == ["a", "b", "c"]
    with open("pipeline.ini", "w") as file:
        file.write(text)
PY
