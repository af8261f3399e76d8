#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Of a directory that is not as it was only those files are read that are not, by whoever looks.
mkdir -p in/deep
for i in {1..40}; do echo "$i" >"in/deep/f$i"; done
pipeline <<'INI'
[stage:a]
command = find {{input.i}} >{{output.o}}
input.i = in
output.o = o
INI
opened() {
	all_logs >"$temp/logs_before"
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o trace -e trace=openat "$RESTAGE" "$@" >"$out" 2>"$err" </dev/null
	grep -oE '"f[0-9]+", ' trace | tr -d '", ' | sort -u | tr '\n' ' '
}
run_ok run
sleep 0.05
run_ok run # what was young is read again
echo other >in/deep/f7
sleep 0.05
same "$(opened run -n)" 'f7 '
same "$(opened run)" 'f7 '
ran a
touch in/deep/f8 in/deep/f9
sleep 0.05
same "$(opened run)" 'f8 f9 '
ran
rm in/deep/f10
same "$(opened run)" ''
ran a

# Without a listing, or with one that says otherwise, all of it is read.
echo other >in/deep/f11
rm -r out/pipeline/.restage/trees
same "$(opened run | wc -w)" 39
ran a
