#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir -p in data/deep lib cfg
echo 1 >in/a.txt
echo d >data/deep/x
echo p: 1 >cfg/p.yaml
printf 'k,c\na,1\n' >sheet.csv
echo h1 >lib/h.h
pipeline <<'INI'
[pipeline]
include = lib/more.ini
params_file = cfg/p.yaml
[table:t]
file = sheet.csv
[stage:a]
command = cat {{input.i}} >{{output.o}}
input.i = in/*.txt
output.o = {{root}}/in/made.out
[stage:b]
command = find {{input.d}} -type f -exec cat {} + >{{output.o}}; echo {{params.p}} >>{{output.o}}
input.d = data
output.o = b.txt
[stage:c]
foreach.r = {{tables.t}}
command = echo {{each.r.c}} >{{output.o}}
output.o = c.txt
[stage:d]
command = cat lib/h.h >{{output.o}}; echo "x: lib/h.h" >x.d
output.o = d.txt
depfile = x.d
dir = work
track_command = no
INI
sed -i 's|cat lib/h.h|cat {{root}}/lib/h.h|; s|x: lib/h.h|x: {{root}}/lib/h.h|' pipeline.ini
printf '[stage:more]\ncommand = echo one >{{output.o}}\noutput.o = m.txt\n' >lib/more.ini

env --default-signal=INT "$RESTAGE" run --watch >watch.log 2>&1 &
watcher=$!
is_waiting() { [ "$(grep -c 'waiting for changes' watch.log)" -ge "$1" ]; }
rounds=0
# the next run has ended, and these stages ran in it
next() {
	rounds=$((rounds + 1))
	wait_until is_waiting $rounds
	same "$(awk -v n=$rounds '/waiting for changes/ { n--; next } n == 1 && /: done in/ { sub(/:.*/, ""); print }' watch.log | sort | xargs)" "$*"
}
next a b c/a d more

# in one step, as editors do
put() {
	cat >new
	mv new "$1"
}
put in/a.txt <<<2; next a
put in/b.txt <<<3; next a
# what changes nothing runs nothing, and leaves nothing
runs=$(all_logs | wc -l)
put in/a.txt <<<2; next
put in/other <<<x; next
put data/.x.swp <<<x # an editor's
same "$(all_logs | wc -l)" "$runs"
put data/deep/x <<<e; next b
mkdir er; echo f >er/y; mv er data/deep/er; next b
put data/deep/er/y <<<g; next b
put cfg/p.yaml <<<'p: 2'; next b
printf 'k,c\na,1\nb,2\n' | put sheet.csv; next c/b
put lib/h.h <<<h2; next d
sed -i 's/one/two/' lib/more.ini; next more
# what stages made does not wake it, nor what nobody reads
echo x >in/made.out; echo x >data.txt; rm -r out/pipeline/*_b
# a mistake is told and waited on; the lock is free meanwhile
sed -i 's/^command = echo two/comand = echo two/' lib/more.ini
next
grep -q "lib/more.ini:2: .*comand" watch.log
sed -i 's/^comand/command/' lib/more.ini
next a b
run_ok run --no-wait
ran

kill -INT $watcher
code=0
wait $watcher || code=$?
same $code 130
! grep -E "'[^']*(made.out|swp)' changed" watch.log || fail "what nobody reads woke it"
