"""The result line of a campaign: see CMakeLists.txt of this directory."""
import json
import os
import signal
import sys

import timebox

# What a shell starts in the background, or nohup, ignores these, and so would every restage that we start.
for _number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)


def report(cases, failures, note="", promise=None):
    """Prints the line, adds it to the campaign's results, and returns the exit code."""
    name = os.environ.get("CAMPAIGN", os.path.basename(sys.argv[0]).rsplit(".", 1)[0])
    number = int(os.environ.get("CAMPAIGN_PROMISE", 0)) if promise is None else promise
    note = "; ".join(text for text in (note, timebox.note()) if text)
    line = json.dumps({"promise": number, "campaign": name, "cases": cases, "failures": failures,
                       "note": note}, ensure_ascii=False)
    print(line, flush=True)
    results = os.environ.get("CAMPAIGN_RESULTS")
    if results:
        os.makedirs(results, exist_ok=True)
        path = os.path.join(results, name + ".json")
        with open(path, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    return 1 if failures or not cases else 0
