#!/usr/bin/env bash
# A stage that has another number since is looked for by its name: nobody calls it out of date, and a run only renames.
. "$(dirname "$0")/lib.sh"

write() {
	printf '%s\n' "$@" >pipeline.ini
	cat >>pipeline.ini <<'INI'
[stage:c]
command = cat {{input.a}} >{{output.o}}; for d in {{input.d}}; do cat $d/n; done >>{{output.o}}
input.a = {{a.o}}
input.d = {{copies.dir}}
output.o = o
[stage:copies]
command = mkdir {{output.dir}}; cp {{input.a}} {{output.dir}}; echo {{each.n}} >{{output.dir}}/n
foreach.n = 1
	2
input.a = {{a.o}}
output.dir = d
INI
}
a='[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = o'
hello='[stage:hello]
command = echo hi'
new='[stage:new]
command = true'
echo 1 >in.txt

# The directory of a stage that was removed stays, and is told; everything else is as recorded.
verifies() {
	"$RESTAGE" verify --json >"$out" || true
	jq -e 'all(.findings[]; .kind == "orphan" or .kind == "no_record")' "$out" >/dev/null || fail "$(cat "$out")"
}

# looks STAGE...: just these will run, and then do
looks() {
	run_ok run -n --json
	same "$(jq -r '.stages[].name' "$out" | sort)" "$(printf '%s\n' "$@" | sort)"
	run_ok status --json
	same "$(jq -r '.stages[] | select(.state != "up_to_date") | .name' "$out" | sort)" "$(printf '%s\n' "$@" | sort)"
	run_ok graph --json
	same "$(jq -r '.stages[] | select(.state != "up_to_date") | .name' "$out" | sort)" "$(printf '%s\n' "$@" | sort)"
	run_ok why c copies/1
	expect_out '^c is up to date'
	run_ok show c
	expect_out 'up to date'
	if [ $# = 0 ]; then run_ok status -q; else run_fails 1 status -q; fi
	verifies
	run_ok clean -n c
	expect_out '_c/o'
	run_ok
	ran "$@"
	verifies
	run_ok
	ran
}

write "$a"
run_ok
write "$hello" "$a" # inserted in front
looks hello
write "$hello" "$new" "$a" # and behind
looks new
write "$a" "$new" "$hello" # moved
looks
write "$a" "$hello" # removed
looks
write "$a" 'number = 7' "$hello" # pinned
looks
write "$hello" "$a" 'number = 3'
run_ok replay c
ran c
write "$a" "$hello"
echo 2 >in.txt
run_ok run -n --json
same "$(jq -r '.stages[] | "\(.name) \(.action)"' "$out" | sort)" \
	"$(printf '%s\n' 'a run' 'c may_run' 'copies/1 may_run' 'copies/2 may_run')"
run_fails 4 verify
run_ok
ran a c copies/1 copies/2

# Somebody renames directories under another definition, and the first one is put back: its index is of before. Or
# somebody does it by hand.
write "$a" "$hello"
run_ok
write "$new" "$a" "$hello"
run_ok replay --check c
write "$a" "$hello"
looks
write "$new" "$a" "$hello"
run_ok accept a
write "$a" "$hello"
looks
for dir in out/pipeline/??_copies; do mv "$dir" "${dir%_*}9_copies"; done
looks
