#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

mkdir one
cd one
pipeline <<'INI'
[pipeline]
name = t
[params]
level = 1
[cache]
dir = ../cache
[stage:make]
command = sh make.sh {{config.level}} {{output.file}} {{output.tree}}
input.source = in.txt
output.file = a.txt
output.tree = tree
output.maybe = maybe.txt
output.maybe.optional = yes
config.level = {{params.level}}
[stage:tell]
command = sh tell.sh {{input.file}} {{output.seen}}
input.file = {{make.file}}
input.maybe = {{make.maybe}}
input.maybe.optional = yes
output.seen = seen.txt
depfile = seen.d
[stage:last]
command = cp {{input.seen}} {{output.o}}
input.seen = {{tell.seen}}
output.o = last.txt
[stage:tree]
command = cat {{input.tree}}/x > {{output.o}}
input.tree = {{make.tree}}
output.o = t.txt
INI
cat >make.sh <<'SCRIPT'
cat in.txt >"$2"
expr "$1" + 0 >>"$2"
mkdir "$3"
cp in.txt "$3/x"
SCRIPT
cat >tell.sh <<'SCRIPT'
cat "$1" more.txt >"$2"
echo "x: more.txt" >"$(dirname "$2")/seen.d"
SCRIPT
echo in >in.txt
echo more >more.txt
run_ok
cd ..
mkdir two
cp one/*.* two
cd two

# In their order, "restore make run tree" for one.
actions() {
	run_ok "$@" --json
	jq -r '.stages | map(.action + " " + .name) | join(" ")' "$out"
}

# What each makes is known, so those that read it are looked up, too.
same "$(actions run -n)" 'restore make restore tell restore last restore tree'
jq -e '.counts.restore == 4 and .counts.out_of_date == 0 and .seconds.restore > 0' "$out" >/dev/null || fail counts
jq -e '.stages[0].restored_from | .job == "t" and .run != null and .duration_seconds > 0' "$out" >/dev/null || fail origin
run_ok run -n
expect_out '^restore  make .*from run [0-9_]+ of job t on '
expect_out '^restore  tree .*from run'
expect_out '^0 to run, 4 to restore \(saves .*\)$'
run_ok status
expect_no_out restore

# Who forces or goes without the cache runs them.
for how in '-B' '--no-cache' '--cache http://127.0.0.1:9' '--cache nowhere'; do
	# shellcheck disable=SC2086
	same "$(actions run -n $how)" 'run make run tell run last run tree'
done
expect_no_file nowhere

# Nothing is touched: no use is noted, and what is wrong stays for those who read it.
wrong=$(find ../cache/cas -type f | sort | sed -n 1p)
find ../cache -type f -exec touch -d '2 days ago' {} +
chmod u+w "$wrong"
echo >>"$wrong"
before=$(snapshot ../cache .)
ASAN_OPTIONS=detect_leaks=0 strace -f -o "$temp/trace" -e trace=%file,%desc "$RESTAGE" run -n >"$out"
# What a sanitizer does of its own comes before the definition is read.
sed '1,/pipeline\.ini/d' "$temp/trace" | grep -E 'utimens|O_WRONLY.*cache/|O_CREAT|mkdir|unlink|rename' &&
	fail 'something was written'
found '/cache/ac/' <"$temp/trace" || fail 'nothing was looked up'
same "$(snapshot ../cache .)" "$before"
truncate -s -1 "$wrong"
chmod u-w "$wrong"

# It is so.
run_ok
ran
expect_err '^4 restored'

# What a stage read beside its inputs decides. What comes out as it was leaves its readers as they are.
echo other >more.txt
same "$(actions run -n)" 'run tell may_run last'
echo more >more.txt
same "$(actions run -n)" ''

# A, B, A: what comes out different is known to run, or to be restored.
run_ok -p level=2
same "$(actions -p level=1 run -n)" 'restore make restore tell restore last may_run tree'
jq -e '.stages[1].reasons[0].code == "input_changed"' "$out" >/dev/null || fail reason
run_ok -p level=1
ran
expect_err '^3 restored'

run_ok -p level=1 runs
sed -n 1p "$out" | found ' 3 restored, 1 up to date: make, tell, last$' || fail 'the run is told otherwise'
run_ok -p level=1 runs --json
jq -e '.runs[0] | .ran == 0 and .restored == 3 and .executed == []' "$out" >/dev/null || fail runs
mapfile -t ids < <(jq -r '.runs[1].run, .runs[0].run' "$out")
run_ok -p level=1 diff "${ids[@]}"
expect_out '^ *restored +0 +3$'

run_ok -p level=1 export --format junit
expect_out '>restored because: config level changed'

# What is known to come out as it is there now, is no change.
run_ok -p level=01
ran make
same "$(actions -p level=1 run -n)" 'restore make may_run tell may_run last may_run tree'
run_ok -p level=1
expect_err '^1 restored'

# A large input is read by who asks, or not at all: a run knows its name then.
head -c 300000 /dev/zero >in.txt
run_ok
rm -rf out
same "$(actions run -n)" 'run make run tell run last run tree'
same "$(actions run -n --ask)" 'restore make restore tell restore last restore tree'
run_ok run --only make
rm -rf out/t/01_make
same "$(actions run -n)" 'restore make restore tell restore last restore tree'

# What a link in a directory leads to is not known without it.
cat >>make.sh <<'SCRIPT'
ln -s x "$3/l"
SCRIPT
echo in >in.txt
sed -i 's|^input.source = .*|&\ninput.script = make.sh|' pipeline.ini
run_ok
rm -rf out
same "$(actions run -n)" 'restore make restore tell restore last run tree'
run_ok
ran
