#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[pipeline]
name = weather
[stage:a]
command = echo hello > {{output.o}}
output.o = a.txt
INI
# of a job that never ran there is nothing to tell, unless one insists
run_fails 3 report
expect_err "job 'weather' was never run"
expect_no_file out
run_ok report -o -
python3 "$SOURCE/tests/lib/report_data.py" "$out" >data.json
same "$(jq -c '[.run, .runs, .stages[0].state, .stages[0].manifest]' data.json)" '[null,[],"never_ran",null]'
expect_no_file out

run_ok run
before=$(snapshot out)
run_ok report -o -
cp "$out" page.html
mkdir sub
cd sub
run_ok -f ../pipeline.ini report -o here.html
cd ..
expect_file sub/here.html
same "$(snapshot out)" "$before"
mkfifo pipe
cat pipe >from_pipe &
run_ok report -o pipe
wait $!
for page in page.html sub/here.html from_pipe; do
	python3 "$SOURCE/tests/lib/report_data.py" $page | jq -S 'del(.generated_at, .root)' >one.json
	[ -e first.json ] || cp one.json first.json
	cmp one.json first.json
done
echo old >out/weather/report.html
run_ok report
python3 "$SOURCE/tests/lib/report_data.py" out/weather/report.html >/dev/null
run_ok -q report
expect_no_err .
same "$(find out/weather -maxdepth 1 -type f | sort)" "$(printf '%s\n' out/weather/{graph.dot,report.html})"
run_fails 3 report -o nowhere/page.html
expect_err "cannot create .*/nowhere/"

# a file of the pipeline is not written over
cat >>pipeline.ini <<'INI'
[stage:own]
command = echo mine > {{output.page}}
output.page = {{root}}/out/weather/report.html
INI
rm out/weather/report.html
run_ok run
run_fails 2 report
expect_err "'out/weather/report.html' is a file of the pipeline"
expect_file out/weather/report.html mine
