#!/usr/bin/env bash
# Connections that say nothing, half a request (and go on, a byte now and then), or ask and do not read, more
# than there is room for: whoever comes then is served all the same, and who listens goes on listening.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
INI
PYTHONPATH=$SOURCE/tests/lib python3 - <<'PY'
import threading
from serve_client import *

held, is_over = [], threading.Event()


def drip():
    """So none of them is ever silent for so long that it is given up."""
    while not is_over.wait(1):
        for connection in held:
            try:
                connection and connection.send(b"y")
            except OSError:
                pass


with Serve() as serve:
    stream = serve.listen(serve.page())
    host = f"Host: 127.0.0.1:{serve.port}\r\n"
    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    for data in [b"", f"GET {serve.path} HTTP/1.1\r\n{host}X: ".encode(),
                 f"GET {serve.path} HTTP/1.1\r\n{host}\r\n".encode() * 50]:
        held.extend(hang(serve.port, data) for _ in range(150))
        for _ in range(3):
            serve.page()
    is_over.set()
    thread.join()
    assert start_run().wait() == 0
    stream.until("run_end")
PY
