#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
collect=no

pipeline <<'INI'
[stage:a]
track_command = no
command = while [ ! -e go ]; do sleep 0.05; done
INI

PYTHONPATH=$SOURCE/tests/lib python3 - <<'PY'
from serve_client import *

with Serve() as serve:
    stream = serve.listen(serve.page())
    run = start_run()
    got = stream.until("start")
    page = serve.page()
    run.kill()
    run.wait()
    end = stream.until("run_end")[-1]
    assert end["outcome"] == "killed", end
    end = serve.listen(page).until("run_end")[-1]
    assert end["outcome"] == "killed", end
PY
touch go
