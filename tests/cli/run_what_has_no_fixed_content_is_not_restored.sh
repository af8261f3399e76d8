#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# By itself what has no fixed content is out, and what says so; so are failures, and what changed meanwhile.
pipeline <<'INI'
[cache]
dir = cache
[stage:update]
command = date +%N >> {{output.db}}
output.db = db
output.db.update = yes
[stage:time]
command = cat {{input.i}} > {{output.o}}
input.i = in.txt
input.i.track = time
output.o = o
[stage:there]
command = echo 1 > {{output.o}}
input.i = in.txt
input.i.track = exists
output.o = o
[stage:aged]
command = echo 1 > {{output.o}}
output.o = o
max_age = 1d
[stage:out]
command = echo 1 > {{output.o}}
output.o = o
cache = no
[stage:changes]
command = sh -c 'cat changing.txt > {{output.o}}; echo $$ > changing.txt'
input.i = changing.txt
output.o = o
[stage:skips]
command = sh skips.sh
output.o = o
[stage:secret]
command = sh -c 'echo $TOKEN | wc -c > {{output.o}}'
pass_env = TOKEN
env.OWN = very-secret-value
output.o = o
[stage:fails]
command = sh -c 'echo half > {{output.o}}; exit 3'
output.o = o
allow_failure = yes
INI
echo "$BUILD/stageio finalize skipped reason=nothing" >skips.sh
echo in >in.txt
echo 1 >changing.txt
export TOKEN=quite-secret-value
run_ok
ran update time there aged out changes skips secret fails

# Of all these one was put, and nothing of what is not to be written down.
same "$(find cache/ac -type f | wc -l)" 1
! grep -rE 'secret-value' cache || fail 'a value of the environment is in the cache'
rm -rf out
run_ok
ran update time there aged out changes skips fails
expect_err '1 restored'

# Another value is another stage.
rm -rf out
TOKEN=other run_ok run --only secret
ran secret
