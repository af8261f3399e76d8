#!/usr/bin/env bash
# Read-only commands start no process and write nothing, also while a run is going on.
. "$(dirname "$0")/lib.sh"
command -v strace >/dev/null || { echo "no strace"; exit 0; }

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
version.cp = cp --version
[stage:b]
command = sh -c 'while [ ! -e go ]; do sleep 0.05; done; cat "$1" > "$2"' x {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
echo 1 >in.txt

sanitizers_leave_traces_alone
export TMPDIR=/nowhere # where ThreadSanitizer would start with a file of its own

look() {
	for command in status 'status --json' 'why b' 'run -n' graph list 'show b' verify check logs 'logs a' \
		top 'top --json' export 'export --format prometheus' 'export --format ro-crate' 'report -o -'; do
		code=0
		# shellcheck disable=SC2086
		strace -f -qq -o trace -e trace=%process,%file,write,pwrite64,fcntl,flock "$RESTAGE" $command \
			>/dev/null 2>&1 </dev/null || code=$?
		[ $code = 0 ] || fail "$command: exit code $code"
		grep -E 'execve' trace | tail -n +2 >acts || true
		# names of calls, not of files: the project may lie in a directory called clone
		grep -E '^[0-9]+ +[^( ]*(fork|clone)' trace | grep -v CLONE_THREAD >>acts || true
		grep -E '^[0-9]+ +[^( ]*(unlink|rename|mkdir|symlink|chmod|utime|truncate)|O_(WRONLY|RDWR|CREAT|TRUNC)' trace |
			grep -v -e '/dev/null' -e '/tsan\.rodata' >>acts || true
		grep -E '(write|pwrite64)\([^12]' trace >>acts || true
		grep -E 'F_(OFD_)?SETLK|LOCK_' trace >>acts || true
		same "$(cat acts)" ""
	done
}

"$RESTAGE" run >/dev/null 2>&1 </dev/null &
for _ in $(seq 200); do
	if grep -qs STARTING out/*/logs/*.log && grep -qs 'b: STARTING' out/*/logs/*.log; then break; fi
	sleep 0.05
done
look
touch go
wait
run_ok status -q --ask
look
