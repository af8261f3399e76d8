#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
[stage:b]
command =
	"$STAGEIO_PROGRAM" progress 0.42 "decoding $(printf '\033[31m')"
	if [ ! -e fast ]; then touch started; while [ ! -e go ]; do sleep 0.05; done; fi
	touch {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = touch {{output.o}}
input.i = {{b.o}}
output.o = c.txt
INI
export STAGEIO_PROGRAM=$BUILD/stageio

run_ok top
expect_out "^no run of job 'pipeline' is going on; it was never run$"
run_ok top --json
same "$(jq -c '[.schema, .running, .run, .stages, .last]' "$out")" '["restage.top/1",null,null,[],null]'

touch fast
run_ok run
run_ok top
expect_out "^no run of job 'pipeline' is going on; the last one, .*, ended \(success\): 3 ran in "
rm fast
"$RESTAGE" run -B >run.log 2>&1 </dev/null &
runner=$!
wait_until test -e started
sampled() {
	"$RESTAGE" top --json </dev/null >top.json &&
		jq -e '.stages[0] | .name == "b" and .memory_mb > 0 and .cpu_percent != null' top.json
}
wait_until sampled
jq -e --arg pid "pid $runner " '.running | startswith($pid)' top.json >/dev/null
jq -e '.counts == {"selected": 3, "done": 1, "running": 1, "failed": 0, "queued": 0}' top.json >/dev/null
jq -e '.stages | length == 1' top.json >/dev/null
jq -e '.stages[0] | .attempt == 1 and .seconds >= 1 and .before_seconds >= 0 and .fraction == 0.42' top.json >/dev/null
jq -e '.eta_seconds >= 0' top.json >/dev/null
run_ok top
expect_out '^pipeline, job pipeline, run .*, pid [0-9]+ on .* since '
expect_out '^b +[0-9]+s +0s +[0-9.]+ MB +[0-9]+% +42%  decoding \\x1b\[31m$'
expect_out '^\[1/3\] 1 running, ETA [0-9]+s$'
cp "$out" listed
run_ok top --once
same "$(sed 1d listed | wc -l)" "$(sed 1d "$out" | wc -l)"

# killed: nobody holds the lock any more
kill -KILL $runner
wait $runner || true
free() {
	"$RESTAGE" top </dev/null | found "^no run of job 'pipeline' is going on; the last one, .*, was killed$"
}
wait_until free

# a job that is held without a run of its own
mkdir -p out/pipeline/.restage
python3 - <<'PYTHON' &
import fcntl, os, struct, time
fd = os.open("out/pipeline/.restage/lock", os.O_RDWR | os.O_CREAT, 0o666)
fcntl.fcntl(fd, 37, struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))  # F_OFD_SETLK
os.ftruncate(fd, 0)
os.write(fd, b"pid 1 on x since then\n")
open("held", "w").close()
while not os.path.exists("go"):
    time.sleep(0.05)
PYTHON
wait_until test -e held
run_ok top
expect_out "^job 'pipeline' is held by pid 1 on x since then, which has begun no run yet$"
touch go
wait
