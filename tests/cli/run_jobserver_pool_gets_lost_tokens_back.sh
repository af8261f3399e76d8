#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A stage is killed with all tokens in its hands; those after it find as many as there were.
cat >take.sh <<'SH'
fifo=${MAKEFLAGS##*fifo:}
exec 5<>"$fifo"
IFS= read -r -n 3 -u 5 tokens
printf '%s' "$tokens" >"$HERE/taken"
kill -KILL $$
SH
cat >count.sh <<'SH'
fifo=${MAKEFLAGS##*fifo:}
dd if="$fifo" iflag=nonblock bs=100 count=1 2>/dev/null >"$HERE/left"
cat "$HERE/left" >"$fifo"
SH
pipeline <<'INI'
[stage:take]
command = bash take.sh
allow_failure = yes

[stage:count]
command = bash count.sh
after = take
INI
export HERE=$PWD
run_ok run -k -j 4 --jobserver fifo
expect_file taken +++
expect_file left +++
expect_no_file out/pipeline/.restage/jobserver
