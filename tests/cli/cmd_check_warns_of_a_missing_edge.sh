#!/usr/bin/env bash
# A command names what another stage makes, where nothing but a reader of the text can see it: no edge comes of that.
. "$(dirname "$0")/lib.sh"

both='[stage:a]
command = mkdir -p {{output.d}}; echo 1 | tee {{output.d}}/one {{output.o}} {{output.far}} > {{stage.dir}}/stray
output.o = o.txt
output.d = d/
output.far = {{root}}/gen/far.h
[stage:late]
command = cp {{input.b}} {{output.l}}
input.b = {{b.o}}
output.l = {{root}}/gen/late'
# told COMMAND PATH ADVICE [LINE OF b...]; no path: nothing is told
told() {
	printf '%s\n' "$both" '[stage:b]' "command = $1" 'output.o = b.txt' "${@:4}" >pipeline.ini
	run_ok check
	expect_out 'no mistakes'
	if [ "${2-}" ]; then
		same "$(grep -c 'the command names' "$err")" 1
		expect_err "^pipeline.ini:10: warning: stage 'b': the command names '$2', which stage [a-z]* makes, but the stage does not depend on it: $3"
	else
		expect_no_err 'the command names'
	fi
}
job=out/pipeline
far='add input.far = \{\{a.far\}\}'
told "sh -c 'cat gen/far.h >\"\$1\"' sh {{output.o}}" gen/far.h "$far"
told 'dd if=gen/far.h of={{output.o}}' # is an edge
told 'dd if={{root}}/gen/far.h of={{output.o}}' gen/far.h "$far"
told "sh -c 'cat $PWD/gen/far.h' >{{output.o}}" gen/far.h "$far"
told "sh -c 'cat ./gen/../gen/far.h gen/far.h' >{{output.o}}" gen/far.h "$far"
told "sh -c 'cat {{job.dir}}/01_a/o.txt' >{{output.o}}" $job/01_a/o.txt 'add input.o = \{\{a.o\}\}'
told "sh -c 'cat $job/01_a/d/one' >{{output.o}}" $job/01_a/d/one 'add input.d = \{\{a.d\}\}'
told "sh -c 'cat $job/01_a/stray' >{{output.o}}" $job/01_a/stray 'add after = a'
told "sh -c 'cat gen/late' >{{output.o}}" gen/late 'that stage needs this one'

told 'cat gen/far.h >{{output.o}}' # is an edge
told "sh -c 'cat gen/far.h' >{{output.o}}" '' '' 'after = a'
told "sh -c 'cat gen/far.h' >{{output.o}}" '' '' 'input.far = {{a.far}}'
told "sh -c 'cat gen/other.h far.h $job/03_b/x https://x/gen/far.h' >{{output.o}}"

# All instances lack it: told once.
told "sh -c 'cat gen/far.h >\"\$1\"' {{each.n}} {{output.o}}" gen/far.h "$far" 'foreach.n = 1' '	2'
