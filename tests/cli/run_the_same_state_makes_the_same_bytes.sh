#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo {{each.n}} >{{output.o}}
foreach.n = 1
	2
	3
	4
output.o = o.txt
[stage:b]
command = cat {{input.i}} >{{output.o}}
input.i = {{a.o}}
output.o = all.txt
INI
bytes() {
	find out -name manifest.json | sort | xargs cat |
		grep -vE '"(timestamp|completed_at|duration_seconds|run|mtime_ns|cpu_[a-z_]*|memory_mb|read_mb|written_mb)":'
	cat out/*/*_b/all.txt
}
run_ok -j 1
first=$(bytes)
rm -rf out
LC_ALL=C TZ=UTC run_ok -j 4
same "$(bytes)" "$first"
