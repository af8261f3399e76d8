#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

sanitizers_leave_traces_alone

pipeline <<'INI'
[stage:a]
command = true
INI
for error in EIO EMFILE; do
	code=0
	strace -qq -o /dev/null -P "$PWD/pipeline.ini" -e trace=read -e "inject=read:error=$error:when=1+" \
		"$RESTAGE" check >"$out" 2>"$err" || code=$?
	same $code 3
	expect_err "cannot read 'pipeline.ini'"
done
# Nor is one of which another file cannot be.
pipeline <<'INI'
[pipeline]
env_file = vars.env
include = more.ini
params_file = params.json
[table:t]
file = t.csv
[stage:a]
command = true
foreach.x = @list
INI
echo A=1 >vars.env
echo '# more' >more.ini
echo '{}' >params.json
echo a,b >t.csv
echo x >list
run_ok check
mkdir -p out/pipeline
echo '{}' >out/pipeline/params.json
for file in vars.env more.ini params.json t.csv list out/pipeline/params.json; do
	code=0
	strace -qq -o /dev/null -P "$file" -P "$PWD/$file" -e trace=openat -e "inject=openat:error=EMFILE:when=1+" \
		"$RESTAGE" check >"$out" 2>"$err" || code=$?
	same "$file $code" "$file 3"
	expect_err "cannot open '.*$file'"
	mv "$file" gone
	case $file in
	out/*) run_ok check ;;
	*) run_fails 2 check ;;
	esac
	mv gone "$file"
done

mkdir dir
run_fails 2 -f dir check
run_fails 2 -f missing.ini check
