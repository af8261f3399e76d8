#!/usr/bin/env bash
# However many stages name an input directory, a run pays for a walk or two; edits during the run are noticed all
# the same, for each stage that reads it.
. "$(dirname "$0")/lib.sh"

mkdir -p tree/{1..10}/deep store
for dir in tree/{1..10}/deep store; do
	for n in {1..20}; do echo "$n" >"$dir/$n"; done
done
ln -s ../store tree/linked
ln -s ../store/1 tree/file
readers() {
	for n in $(seq "$1"); do
		printf '[stage:s%02d]\ncommand = cp tree/1/deep/1 {{output.o}}\ninput.i = tree\noutput.o = o.txt\n' "$n"
	done
}
readers 50 >pipeline.ini
ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o trace -e trace=newfstatat,statx "$RESTAGE" run -j 1 >"$out" 2>"$err" </dev/null
looks=$(grep -c '"20", ' trace)
[ "$looks" -le 60 ] || fail "$looks looks at 11 files" # one walk is 11, with what hashing looks at 33
run_ok
ran

# Three stages one after the other; what changes under the second is told of the second, and the third sees it.
{
	for n in one two three; do
		printf '[stage:%s]\ncommand = sh %s.sh && cat tree/1/deep/1 store/1 >{{output.o}}\ninput.i = tree\noutput.o = o.txt\ntrack_command = no\n' $n $n
	done
	printf 'after = two\n'
} >pipeline.ini
sed -i 's/^\[stage:two\]/&\nafter = one/' pipeline.ini
: >one.sh
: >three.sh
edit() { # what the second stage does, and whether its result may be trusted
	echo "$1" >two.sh
	run_ok run -B
	ran one two three
	expect_no_match <(manifest one '.inputs[0]') changed_during_run
	expect_match <(manifest two '.inputs[0]') changed_during_run
	expect_no_match <(manifest three '.inputs[0]') changed_during_run
	: >two.sh
	run_ok
	ran "${@:2}"
	run_ok
	ran
}
edit 'echo edited >tree/7/deep/3' one two
edit 'cp tree/7/deep/3 keep; echo x >tree/7/deep/3; cp keep tree/7/deep/3' two
edit 'echo edited >store/5' one two
edit 'echo another >store/1' one two
edit 'mkdir tree/new; echo 1 >tree/new/x; sleep 0.1; echo 2 >tree/new/x' one two
edit 'rm tree/new/x' one two
edit 'chmod +x tree/2/deep/2' one two
edit 'mv tree other; cp -r other tree; rm tree/3/deep/9; rm -r other' one two
edit 'ln -sfn ../tree/1 tree/linked2' one two
