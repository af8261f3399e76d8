#!/usr/bin/env bash
# Only where stages have numbers; what cannot be loaded is left out, and nothing is said of it.
. "$(dirname "$0")/lib.sh"
collect=no # it makes logs by hand

pipeline <<'INI'
[pipeline]
job = {{params.model}}
[params]
model = small
rate = 0.1
same = 1
[stage:train]
command = echo '{"wer": {{config.rate}}}' >{{output.scores}}
output.scores = scores.json
config.rate = {{params.rate}}
[stage:other]
command = echo '{"n": 1}' >{{output.n}}
output.n = n.json
INI
jobs_of() { # PAGE
	PYTHONPATH=$SOURCE/tests/lib python3 -c '
import sys
from report_data import data_of
jobs = data_of(open(sys.argv[1], "rb").read())["jobs"]
for row in jobs["rows"] if jobs else []:
	print(row["job"], row["params"]["rate"], *(f"{name}={value}" for name, value in row["metrics"].items()))
print("more:", jobs["more"] if jobs else None)' "$1"
}

run_ok
run_ok -p model=large -p rate=0.2 run
run_ok --job large report -o page.html
same "$(jobs_of page.html)" "more: None"
if command -v strace >/dev/null; then
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=%file -o opened "$RESTAGE" --job large report -o page.html 2>"$err"
	found out/large/ <opened || fail "nothing was looked at"
	! found out/small <opened || fail "another job was looked at"
fi

# the others as they are without what is said of this one, from wherever it is said
sed -i 's/^output.scores.*/&\nmetrics = scores/' pipeline.ini
rm -r out
run_ok
run_ok -p model=large -p rate=0.2 run
rename() { # JOB RUN: its only run that counts was then
	rm -f "out/$1"/logs/99_*
	echo "[2024-01-01 00:00:00] [INFO] [pipeline] x" >"out/$1/logs/99_pipeline_$2.log"
}
rename small 20240101_000000
rename large 20240102_000000
mkdir -p out/broken/logs sub
echo '{"rate": ' >out/broken/params.json
cd sub
run_ok -p model=small -p rate=0.15 report -o ../page.html
cd ..
same "$(cat "$err")" "restage: the report is in ../page.html"
same "$(jobs_of page.html)" "large 0.2 train.wer=0.2
small 0.15 train.wer=0.1
more: 0"
rename large 20230101_000000
rm -r out/large/.restage
run_ok report -o page.html
same "$(jobs_of page.html | cut -d' ' -f1 | xargs)" "small large more:"

# the newest of many; this one whenever it was
for i in $(seq 10 59); do
	cp -r out/large "out/j$i"
	mv "out/j$i"/logs/99_* "out/j$i/logs/99_pipeline_20250101_12${i}00.log"
done
run_ok report -o page.html
same "$(jobs_of page.html | sed -n '1s/ .*//p; 49,$s/ .*[a-z]=.*//p')" "j59
j11
small"
same "$(jobs_of page.html | tail -n 1)" "more: 3"

PYTHONPATH=$SOURCE/tests/lib python3 - <<'PY'
from serve_client import *

with Serve("--job", "large") as serve:
    for pause in (1.1, 0):  # a page lives for a second
        rows = serve.page()["jobs"]["rows"]
        assert [rows[i]["job"] for i in (0, 49)] == ["j59", "large"], rows
        time.sleep(pause)
PY
