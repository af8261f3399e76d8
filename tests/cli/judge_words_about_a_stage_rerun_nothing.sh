#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[pipeline]
name = p
description = one
[stage:a]
description = makes a
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
output.o.rate = 16000
tags = x
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
echo 1 >in.txt
run_ok
expect_manifest a '.outputs[0].rate | tostring == "16000"'
pipeline <<'INI'
; a comment
# another
[pipeline]
description = two
name = p

[stage:b]
description = makes b
input.i = {{a.o}}
output.o = b.txt
command = cp {{input.i}} {{output.o}}
timeout = 10m
retries = 2
threads = 2

[stage:a]
description = really makes a
command = cp {{input.i}} {{output.o}}
output.o = a.txt
output.o.rate = 44100
output.o.mono = yes
input.i = in.txt
input.i.note = by hand
tags = y z
INI
run_ok
ran
run_ok
ran
