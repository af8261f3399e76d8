#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

echo a >A.txt
echo b >B.txt
pipeline <<'INI'
[defaults]
config.low = default
config.mid = default
config.top = default
[template:base]
config.base = base
config.mid = base
env.FROM = base
input.in.kind = text
[template:left]
use = base
config.mid = left
config.side = left
[template:right]
use = base
config.side = right
output.o = o.txt
[template:each]
foreach.n =
	A
	B
input.in = {{each.n}}.txt
[stage:s]
use = left, right, each
command = echo {{config.low}} {{config.mid}} {{config.top}} {{config.base}} {{config.side}} $FROM {{stage.name}} "$(cat {{input.in}})" > {{output.o}}
config.top = own
[stage:plain]
command = echo {{config.top}} > {{output.o}}
output.o = o.txt
INI
run_ok
# what both sides use comes once, in front of both
expect_file out/*/*_s/A/o.txt "default left own base right base s/A a"
expect_file out/*/*_s/B/o.txt "default left own base right base s/B b"
expect_file out/*/*_plain/o.txt default
jq -e '.inputs[0].kind == "text"' out/*/*_s/A/manifest.json >/dev/null
run_ok
ran

# A template is no part of the identity: what it says, written out, is the same stage.
sed -i -e 's/^use = left, right, each/use = right, each\nconfig.mid = left/' pipeline.ini
run_ok
ran
# a changed key of it is a changed key of those that use it
sed -i -e 's/^config.side = right/config.side = other/' pipeline.ini
run_ok
ran s/A s/B

# In [defaults] it is for whoever does not say it.
pipeline <<'INI'
[defaults]
use = t
[template:t]
config.x = t
[template:u]
config.y = u
[stage:a]
command = echo {{config.x}} > {{output.o}}
output.o = o.txt
[stage:b]
use = u
command = echo {{config.y}} > {{output.o}}
output.o = o.txt
INI
run_ok
expect_file out/*/*_a/o.txt t
expect_file out/*/*_b/o.txt u
sed -i 's/config.y}}/config.x}}/' pipeline.ini
run_fails 2 check
expect_err "^pipeline.ini:12: stage 'b': unknown placeholder '\{\{config.x\}\}'"

# Mistakes, each once and at its line.
pipeline <<'INI'
[template:a]
use = b
comand = x
number = 3
[template:b]
use = c, nope
[template:c]
use = a
timeout = soon
output.q.kind = 1
[template:bad name]
[stage:one]
use = a bc
command = true
[stage:two]
command = true
use = d
[tmplate:x]
INI
run_fails 2 check
same "$(cat "$err")" "pipeline.ini:3: [template:a]: unknown key 'comand'; did you mean 'command'?
pipeline.ini:4: [template:a]: 'number' cannot be the same for several stages
pipeline.ini:6: [template:b]: 'use' names 'nope', and there is no such template: add [template:nope]
pipeline.ini:8: a template uses itself: a -> b -> c -> a
pipeline.ini:9: stage 'one': 'timeout' is 'soon': it takes a duration such as 90, 1.5s, 30m or 1h30m
pipeline.ini:10: stage 'one': 'output.q.kind' is of 'output.q', which is not declared; this stage has no files
pipeline.ini:11: 'bad name' is no name for a template: letters, digits, '_', '-' and '.'
pipeline.ini:13: stage 'one': 'use' names 'bc', and there is no such template; did you mean 'b'?
pipeline.ini:17: stage 'two': 'use' names 'd', and there is no such template; did you mean 'a'?
pipeline.ini:18: unknown section [tmplate:x]; did you mean [template:x]?"
