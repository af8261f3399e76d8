#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

sanitizers_leave_traces_alone

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
version.cp = cp --version
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = touch {{output.o}}
output.o = c.txt
number = 7
INI
echo 1 >in.txt
run_ok
echo 2 >in.txt
sed -i 's/number = 7/number = 8/' pipeline.ini
before=$(snapshot . | grep -v ' \./trace')
# shellcheck disable=SC2086 # words
for command in status 'status --json' 'why a' 'why b' graph 'graph --files --format mermaid' list 'list --json' \
	'show a' logs 'logs a' verify check 'run -n' 'run -n --json' 'clean -n' 'help run' 'completions bash' 'report -o -'; do
	strace -f -qq -o ../trace -e trace=process,openat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat \
		"$RESTAGE" $command >"$out" 2>"$err" </dev/null || [[ $? = [14] ]]
	! grep -E '(fork|clone)[^ ]*\(' ../trace | grep -v CLONE_THREAD || fail "$command started a process"
	same "$(grep -c 'execve(' ../trace)" 1
	# ThreadSanitizer starts with a file of its own
	! grep -E 'O_(WRONLY|RDWR|CREAT)|mkdir|rename|unlink' ../trace | grep -v -e /dev/ -e /tsan.rodata ||
		fail "$command wrote"
	same "$(snapshot . | grep -v ' \./trace')" "$before"
done
