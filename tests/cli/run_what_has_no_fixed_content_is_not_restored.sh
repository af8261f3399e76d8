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
[stage:device]
command = sh device.sh {{output.o}}
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
echo "echo 1 >\$1; $BUILD/stageio input /dev/urandom --type noise" >device.sh
echo in >in.txt
echo 1 >changing.txt
export TOKEN=quite-secret-value
run_ok
ran update time there aged out changes device skips secret fails

# Of all these one was put, and nothing of what is not to be written down.
same "$(find cache/ac -type f | wc -l)" 1
! grep -rE 'secret-value' cache || fail 'a value of the environment is in the cache'
rm -rf out
run_ok
ran update time there aged out changes device skips fails
expect_err '1 restored'

# Another value is another stage.
rm -rf out
TOKEN=other run_ok run --only secret
ran secret

# Nor what is a link to a file that is no output: that would lead nowhere.
pipeline <<'INI'
[cache]
dir = cache
[stage:link]
command = sh -c 'cd $(dirname {{output.o}}) && echo data > data.bin && ln -s data.bin result'
output.o = result
[stage:both]
command = sh -c 'cd $(dirname {{output.l}}) && ln -s o l && echo 2 > o'
output.o = o
output.l = l
INI
rm -rf out cache
run_ok
same "$(find cache/ac -type f | wc -l)" 1
rm -rf out
run_ok
ran link
expect_file out/pipeline/01_link/result data
expect_file out/pipeline/02_both/l 2
