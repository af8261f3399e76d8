#!/usr/bin/env bash
# The results that manifests list can be had, whole or in part, in a form that can do nothing; no other file can.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = printf 0123456789 > {{output.o}}
    echo '<script>1</script>' > {{output.page}}
    mkdir {{output.dir}}; echo in > {{output.dir}}/in.txt
    echo secret > {{output.link}}
input.i = source.txt
output.o = o.txt
output.page = p.HTML
output.dir = dir
output.link = link.txt
[stage:b]
foreach.x = é
    y
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.bin
INI
echo source >source.txt
run_ok run
ln -sf "$PWD/source.txt" out/pipeline/01_a/link.txt

PYTHONPATH=$SOURCE/tests/lib python3 - <<'PY'
from urllib.parse import quote
from serve_client import *

with Serve() as serve:
    def ask(stage, path, headers=(), **kwargs):
        response = serve.ask(f"{serve.path}file?stage={quote(stage, safe='')}&path={quote(path, safe='')}", headers=headers, **kwargs)
        return response, response.read()

    page = serve.page()
    assert page["live"]["file"] == "file" and page["root"] is None
    response, body = ask("a", "out/pipeline/01_a/o.txt")
    assert (response.status, body) == (200, b"0123456789")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    response, body = ask("a", "out/pipeline/01_a/p.HTML")
    assert response.headers["Content-Type"].startswith("text/html")
    assert "allow" not in response.headers["Content-Security-Policy"] and "script" not in response.headers["Content-Security-Policy"]
    response, body = ask("b/é", "out/pipeline/02_b/é/b.bin")
    assert (response.status, body, response.headers["Content-Type"]) == (200, b"0123456789", "application/octet-stream")

    # parts, and what is none
    for wanted, status, text in (("bytes=2-4", 206, b"234"), ("bytes=7-", 206, b"789"), ("bytes=-3", 206, b"789"), ("bytes=0-99", 206, b"0123456789"),
                                 ("bytes=-99", 206, b"0123456789"), ("bytes=5-2", 200, b"0123456789"), ("bytes=10-", 200, b"0123456789"),
                                 ("bytes=0-1,3-4", 200, b"0123456789"), ("bytes=x-", 200, b"0123456789"), ("bytes=--3", 200, b"0123456789"),
                                 ("bytes=99999999999999999999-", 200, b"0123456789"), ("items=0-1", 200, b"0123456789")):
        response, body = ask("a", "out/pipeline/01_a/o.txt", headers=[("Range", wanted)])
        assert (response.status, body) == (status, text), (wanted, response.status, body)
        if status == 206:
            first = 10 - len(text) if wanted != "bytes=2-4" else 2
            assert response.headers["Content-Range"] == f"bytes {first}-{first + len(text) - 1}/10", wanted

    # what is no result of that stage
    for stage, path in (("a", "source.txt"), ("a", "pipeline.ini"), ("a", "out/pipeline/01_a/manifest.json"), ("a", "out/pipeline/01_a/stage.log"),
                        ("b", "out/pipeline/01_a/o.txt"), ("b/y", "out/pipeline/01_a/o.txt"), ("c", "out/pipeline/01_a/o.txt"), ("", ""),
                        ("a", "out/pipeline/01_a/../01_a/o.txt"), ("a", "./out/pipeline/01_a/o.txt"), ("a", "/etc/passwd"), ("a", "../../etc/passwd"),
                        ("a", "out/pipeline/01_a/dir"), ("a", "out/pipeline/01_a/dir/in.txt"), ("a", "out/pipeline/01_a/link.txt")):
        response, body = ask(stage, path)
        assert response.status == 404 and b"no such result" in body, (stage, path, response.status, body)
    assert serve.ask(serve.path + "file").status == 404
    assert serve.ask(f"{serve.path}file?path=source.txt").status == 404

    # by nobody else
    wrong = "0" * 32
    assert serve.ask(f"/{wrong}/file?stage=a&path=out/pipeline/01_a/o.txt").status == 403
    assert ask("a", "out/pipeline/01_a/o.txt", hosts=["evil.example"])[0].status == 403
    assert ask("a", "out/pipeline/01_a/o.txt", method="POST")[0].status == 405
    response, body = ask("a", "out/pipeline/01_a/o.txt", method="HEAD")
    assert (response.status, body, response.headers["Content-Length"]) == (200, b"", "10")

    # a manifest that somebody wrote names a file elsewhere
    import json, os
    manifest = json.load(open("out/pipeline/01_a/manifest.json"))
    manifest["outputs"][0]["path"] = "/etc/passwd"
    manifest["outputs"][1]["path"] = "../outside.txt"
    open("../outside.txt", "w").close()
    os.makedirs("../elsewhere", exist_ok=True)
    open("../elsewhere/x.txt", "w").close()
    os.symlink("../../../../elsewhere", "out/pipeline/01_a/way")
    manifest["outputs"][2]["path"] = "out/pipeline/01_a/way/x.txt"
    json.dump(manifest, open("out/pipeline/01_a/manifest.json", "w"))
    for path in "/etc/passwd", "../outside.txt", "out/pipeline/01_a/way/x.txt":
        assert ask("a", path)[0].status == 404, path
PY
