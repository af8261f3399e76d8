#!/usr/bin/env bash
# Hundreds of connections that say nothing, half a request, nonsense, or listen and do not read; and the kill
# of the server: the run ends as if nobody had looked.
. "$(dirname "$0")/lib.sh"

{
	for i in $(seq 20); do
		printf '[stage:s%s]\ncommand = seq 2000; sleep 0.1; cp {{input.i}} {{output.o}}\ninput.i = in.txt\noutput.o = o\n' "$i"
	done
	printf '[stage:last]\ntrack_command = no\ncommand = while [ ! -e go ]; do sleep 0.05; done; echo end > {{output.o}}\ninput.i = {{s1.o}}\noutput.o = o\n'
} >pipeline.ini
echo 1 >in.txt

PYTHONPATH=$SOURCE/tests/lib python3 - <<'PY'
import concurrent.futures, os, signal, time
from serve_client import *

with Serve() as serve:
    stream = serve.listen(serve.page())
    run = start_run("-j", "4")
    host = f"Host: 127.0.0.1:{serve.port}\r\n"
    kinds = [b"", b"GET / HT", b"\x16\x03\x01\x00" * 50, b"GET " + b"/" * 20000,
             f"GET {serve.path}events?after=none:0:0 HTTP/1.1\r\n{host}\r\n".encode(),
             f"GET {serve.path} HTTP/1.1\r\n{host}X: ".encode() + b"y" * 3000,
             f"POST {serve.path} HTTP/1.1\r\n{host}Content-Length: 1000000000\r\n\r\n".encode(),
             f"GET {serve.path} HTTP/1.1\r\n{host}\r\n".encode() * 5]
    # all at once: more than it takes wait until they give up
    with concurrent.futures.ThreadPoolExecutor(400) as pool:
        held = list(pool.map(lambda i: hang(serve.port, kinds[i % len(kinds)]), range(400)))
    assert sum(connection is not None for connection in held) > 100
    assert serve.process.poll() is None, "it fell over"
    files = len(os.listdir(f"/proc/{serve.process.pid}/fd"))
    assert files < 200, files
    with open(f"/proc/{serve.process.pid}/status") as file:
        memory, = [int(line.split()[1]) for line in file if line.startswith("VmRSS")]
    limit = 600 if "SANITIZER_REPORTS" in os.environ else 300  # a sanitizer keeps what was freed
    assert memory < limit * 1024, memory

    # who listened before hears all; and when the flood is over, everybody is let in again
    for connection in held[100:]:
        if connection:
            connection.close()
    del held[100:]
    open("go", "w").close()
    assert run.wait() == 0
    # a page lives for a moment: that of before the run may be given once more
    until = time.monotonic() + 60
    while serve.page()["stages"][0]["state"] != "up_to_date":
        assert time.monotonic() < until
        time.sleep(0.1)
    place = stream.last or "none:0:0"
    again = [event for event in serve.listen(last="none:0:0").until("run_end") if is_of_record(event)]
    assert len([event for event in again if event["event"] == "done"]) == 21

    # killed in the middle of a run that it shows
    os.remove("go")
    with open("in.txt", "w") as file:
        file.write("2\n")
    stream = serve.listen(serve.page())
    run = start_run("-j", "4")
    stream.until("start")
    serve.process.send_signal(signal.SIGKILL)
    serve.process.wait()
    open("go", "w").close()
    assert run.wait() == 0
    for connection in held:
        if connection:
            connection.close()
PY
run_ok status -q
run_ok verify
same "$(cat out/pipeline/*_s*/o | sort -u)" 2
