#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

collect=no
pipeline <<'INI'
[stage:a]
command = cat bytes
INI
python3 - <<'PY'
open("bytes", "wb").write(bytes(range(256)) + b"\nnul \0 here\n\xff\xfe\xc3(\n\r\nprogress 1\rprogress 2\n")
PY
run_ok
python3 - "$(stage_dir a)/stage.log" <<'PY'
import re, sys
text = open(sys.argv[1], "rb").read()
for line in text.split(b"\n")[:-1]:
    if not re.match(rb"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[a\] \[[A-Z]+\]( |$)", line):
        sys.exit("no prefix: %r" % line)
body = re.sub(rb"(?m)^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[a\] \[[A-Z]+\] ?", b"", text)
for want in (b"nul \0 here\n", b"\xff\xfe\xc3(\n", bytes(range(14, 256)), bytes(range(10)), b"progress 2\n"):
    if want not in body:
        sys.exit("lost: %r" % want)
if b"progress 1" in body:  # a return without a newline: what comes next takes its place
    sys.exit("a state of progress is there")
PY
run_ok logs a
run_ok
ran
