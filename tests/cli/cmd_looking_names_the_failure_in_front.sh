#!/usr/bin/env bash
# A stage that a failure holds back says which one, however far in front it is, and also where only the order is given.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = test -e good && cp good {{output.o}}
output.o = a.txt
track_command = no
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = {{b.o}}
output.o = c.txt
[stage:later]
command = true
after = a
[stage:apart]
command = true
INI
run_fails 1 run -k
run_ok status
expect_out '^b +never ran +behind a, which failed$'
expect_out '^c +never ran +behind a, which failed$'
expect_out '^later +never ran +behind a, which failed$'
expect_no_out '^apart.*behind'
run_ok status --json
same "$(jq -c '[.stages[] | .cause]' "$out")" '[null,"a","a","a",null]'
run_ok run -n
expect_out '^run +c .*behind a, which failed$'
run_ok why c
expect_out '^a will run:$'
expect_out 'the last attempt failed \(exit code 1\)'
run_ok why --json later
same "$(jq -r .root "$out")" a

echo 1 >good
run_ok
ran a b c later
rm good
run_fails 1 run -k -B a # what stands behind a has what it needs
run_ok status
expect_no_out 'behind'
printf '[stage:new]\ncommand = cat {{input.i}}\ninput.i = {{c.o}}\n' >>pipeline.ini
rm out/pipeline/01_a/a.txt
run_ok status
expect_out '^new +never ran +behind a, which failed$'
sed -i 's/^output.o = a.txt/&\nallow_failure = yes/' pipeline.ini
run_ok status
expect_no_out 'behind a'

# One that may fail itself holds back what needs it while it is held back.
pipeline <<'INI'
[stage:a]
command = test -e good && touch {{output.o}}
output.o = o
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = o
allow_failure = yes
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = {{b.o}}
input.i.optional = yes
output.o = o
INI
rm -rf out
run_fails 1 run -k
run_ok status
expect_out '^c +never ran +behind a, which failed$'
