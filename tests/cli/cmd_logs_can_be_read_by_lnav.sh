#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

: "${SOURCE:?}"
export HOME=$PWD # where lnav writes
formats=$PWD/lnav/formats/restage
mkdir -p "$formats"
cp "$SOURCE/src/cmd/restage.lnav.json" "$formats"
lnav -C -I "$PWD/lnav" </dev/null >"$out" 2>&1 || fail "lnav finds mistakes in the format"

pipeline <<'INI'
[stage:a]
foreach.who =
	one
	two words
command = sh -c 'echo "$1"; echo "warning: hm"; echo "error: no"; echo "[x] [ERROR] y"' x {{each.who}}
[stage:b]
command = sh -c 'exit 3'
INI
run_fails 1 run -k

# query SQL: its rows as CSV
query() {
	lnav -n -I "$PWD/lnav" -c ";$1" -c ':write-csv-to -' out/*/logs/*.log out/*/*/stage.log out/*/*/*/stage.log \
		</dev/null 2>"$err" | sed 1d | tr -d '\r'
}
same "$(query "SELECT stage, log_level, count(*) FROM restage_log WHERE log_body IN ('warning: hm', 'error: no')
	GROUP BY stage, log_level ORDER BY stage, log_level")" 'a/one,warning,1
a/one,error,1
a/two_words,warning,1
a/two_words,error,1'
same "$(query "SELECT DISTINCT stage FROM restage_log ORDER BY stage")" 'a/one
a/two_words
b
pipeline'
same "$(query "SELECT log_level, log_body FROM restage_log WHERE log_body LIKE '%[x]%' AND log_level = 'info' AND stage = 'a/one'")" \
	'info,[x] [ERROR] y'
same "$(query "SELECT count(*) FROM restage_log WHERE stage = 'pipeline' AND log_level = 'error' AND log_body GLOB '*FAILED*'")" 2
