#!/usr/bin/env bash
# Who does not know the address, calls by another name, or wants more than to read, is refused; and nobody
# reaches it but from this machine.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo hello > {{output.o}}
output.o = a.txt
INI
run_ok run
before=$(snapshot .)

PYTHONPATH=$SOURCE/tests/lib python3 - <<'PY'
from serve_client import *

with Serve() as serve:
    port, path = serve.port, serve.path

    def status(*args, **kwargs):
        response = serve.ask(*args, **kwargs)
        text = response.read()
        assert response.status == 200 or len(text) < 200, text
        assert response.headers["Access-Control-Allow-Origin"] is None
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        return response.status

    assert status() == 200
    assert status(hosts=[f"localhost:{port}"]) == 200
    assert serve.page()["live"]["events"]

    # by another name, as a page would that had its own name lead here
    for hosts in ([], ["evil.example"], [f"evil.example:{port}"], ["127.0.0.1"], ["localhost"], [""],
                  [f"127.0.0.1:{port + 1}"], [f"127.0.0.1:{port}.evil.example"], [f"127.0.0.2:{port}"],
                  [f"127.0.0.1:{port}", "evil.example"], [f"0.0.0.0:{port}"], [f"[::1]:{port}"]):
        code = status(hosts=hosts)
        assert code in (400, 403), (hosts, code)

    # without the token, or with a wrong one
    token = path.strip("/")
    other = ("1" if token[0] == "0" else "0") + token[1:]
    for wrong in ("/", "/index.html", "/events", f"/{other}/", f"/{other}/events?after=none:0:0", f"/{token}",
                  f"/{token[:-1]}/", f"/{token}0/", f"//{token}/", f"/{'0' * 32}/", f"/x/{token}/", "/" + "a" * 5000):
        assert status(wrong) in (403, 414), wrong

    # more than reading
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"):
        assert status(method=method, body=b"x=1") in (400, 403, 405), method
        assert status(method=method) in (400, 403, 405), method
    response = serve.ask(method="HEAD")
    assert response.status == 200 and response.read() == b"" and int(response.headers["Content-Length"]) > 1000

    # what there is not, and places of no stream
    assert status(path + "pipeline.ini") == 404
    assert status(path + "../pipeline.ini") == 404
    for place in ("", "x", "none", "none:0", "../../etc/passwd:0:0", "20261124_171131:-1:0", "20261124_171131:0:0x",
                  "20261124_171131:0:0:0", "20261124_171131/..:0:0", "99" * 40 + ":0:0",
                  "none:99999999999999999999999:0"):
        assert status(path + "events?after=" + place) == 400, place
        assert serve.ask(path + "events", headers=[("Last-Event-ID", place)]).status == 400, place
    assert status(path + "events") == 400

    # only from this machine: no other address of it answers
    listening = []
    for table in "tcp", "tcp6":
        with open(f"/proc/net/{table}", encoding="ascii") as file:
            for line in list(file)[1:]:
                local, state = line.split()[1], line.split()[3]
                if state == "0A" and int(local.split(":")[1], 16) == port:
                    listening.append(local.split(":")[0])
    assert listening == ["0100007F"], listening

    # a port that is taken is an error, and one that is none
    import os, subprocess
    second = subprocess.run([os.environ["RESTAGE"], "serve", "--port", str(port)], capture_output=True)
    assert second.returncode == 3 and b"cannot listen on port" in second.stderr, second
    second = subprocess.run([os.environ["RESTAGE"], "serve", "--port", "70000"], capture_output=True)
    assert second.returncode == 2 and b"is no port" in second.stderr, second

# the port can be chosen; another token each time
with Serve("--port", str(port)) as serve:
    assert serve.port == port and serve.path != path
    serve.process.terminate()
    assert serve.process.wait() == -15
PY
same "$(snapshot .)" "$before"
