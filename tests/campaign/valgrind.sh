#!/usr/bin/env bash
# Memcheck over a first run, a no-op, a failing run, one that is interrupted, and every way of looking: no
# error in the use of memory, nothing lost. The warden is checked too.
set -euo pipefail
: "${RESTAGE:?path of the program, absolute}" "${BUILD:?}"
here=$(dirname "$(realpath "$0")")
temp=$(mktemp -d "${TMPDIR:-/tmp}/restage-valgrind.XXXXXX")
trap 'rm -rf "$temp"' EXIT
mkdir "$temp/work"
cd "$temp/work"

cases=0 failures=0 is_over=

# memcheck CODE PROGRAM ARGS...: runs it under valgrind; it must exit with this code
memcheck() {
	local expected=$1 code=0 log
	shift
	if [ "$SECONDS" -ge "${CAMPAIGN_SECONDS:-$((SECONDS + 1))}" ]; then
		is_over="; stopped after $SECONDS s"
		return
	fi
	cases=$((cases + 1))
	# The stages' commands are not ours to check, and what valgrind does not know (openat2) it says with --.
	# Signals as they are where no shell ignores them in the background.
	env --default-signal=INT,QUIT,HUP LD_PRELOAD="$BUILD/tests/campaign/valgrind_spawn.so" valgrind -q --error-exitcode=99 --leak-check=full \
		--show-leak-kinds=definite,possible --errors-for-leak-kinds=definite,possible \
		--trace-children=yes --trace-children-skip='/bin/*,/usr/*' --log-file="$temp/log.%p" \
		"$@" >"$temp/output" 2>&1 </dev/null || code=$?
	for log in "$temp"/log.*; do
		if grep -q '^==' "$log"; then
			failures=$((failures + 1))
			echo "FAILED $*:" && grep '^==' "$log" | head -n 40
		fi
		rm -f "$log"
	done
	if [ "$code" != "$expected" ]; then
		failures=$((failures + 1))
		echo "FAILED $*: exit code $code, expected $expected" && tail -n 20 "$temp/output"
	fi
}

restage() {
	local expected=$1
	shift
	memcheck "$expected" "$RESTAGE" "$@"
}

cat >pipeline.ini <<'INI'
[pipeline]
name = quick
[params]
list = GPL
[stage:words]
foreach.text = in/*.txt
command = tr -cs A-Za-z '\n' <{{each.text}} | sort -u >{{output.words}}
output.words = words.txt
version.sort = sort --version
[stage:merge]
command = sort -u {{input.lists}} >{{output.all}}; echo scratch >{{intermediate.x}}
input.lists = {{words.words}}
output.all = all.txt
intermediate.x = x.txt
intermediate.x.retained = no
config.list = {{params.list}}
[stage:report]
command = test ! -e fail; echo '{"event":"output","path":"extra.txt","type":"extra"}' >>"$STAGEIO_EVENTS"
	cp {{input.all}} "$STAGEIO_OUTPUT_DIR/extra.txt"; cat in.d >{{stage.dir}}/r.d; cp {{input.all}} {{output.r}}
input.all = {{merge.all}}
output.r = r.txt
depfile = r.d
retries = 1
INI
mkdir in
for name in a b c; do echo "some words of $name" >in/$name.txt; done
echo "r.txt: in/a.txt in/b.txt" >in.d

restage 0 run -j 2
restage 0 run
for words in status 'status --json' 'why report' 'graph --files --format mermaid' 'list --json' 'show report --json' \
	'logs report' verify 'run -n' 'clean -n'; do
	# shellcheck disable=SC2086 # words
	restage 0 $words
done
echo other >in/b.txt
touch fail
restage 1 run -k
restage 0 logs --failed
rm fail
restage 0 -p list=LGPL run
restage 0 -p list=LGPL replay --check merge
restage 0 accept report
restage 0 clean report
printf '{' >out/quick/02_merge/manifest.json
printf 'x' >out/quick/.restage/index
restage 0 run
printf '[stage:a]\ncommand = {{nosuch}}\nnosuch = 1\n[stage:a]\n' >bad.ini
restage 2 -f bad.ini
restage 2 nosuch

# Interrupted: by a signal that a stage sends to the runner.
cat >pipeline.ini <<'INI'
[stage:a]
command = kill -INT $(cat pid); sleep 1000 & sleep 1000
grace = 1s
INI
cat >start.sh <<'SH'
echo $$ >pid
exec "$RESTAGE"
SH
chmod +x start.sh
memcheck 130 sh start.sh

cd "$here"
python3 -c 'import sys, result; sys.exit(result.report(int(sys.argv[1]), int(sys.argv[2]),
	"commands under valgrind with leak check" + sys.argv[3]))' "$cases" "$failures" "$is_over"
