#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

echo x >in.txt
# shellcheck disable=SC2016 # for the stage's shell
echo 'echo 1 >"$STAGEIO_OUTPUT_DIR/o.txt"' >s.sh
pipeline <<'INI'
[pipeline]
description = all # fine
[params]
lr = 0.1 ; rate
[env]
PATH = bin:$PATH
[stage:a]
command = cat {input.i} > {output.o}; echo $FOO ${BAR} $HOME $x $1
input.i = in.txt
output.o = o.txt
output.p = *.txt
env.BAR = 1
[stage:b]
command = sh -c 'cat {{input.i}} > {{output.o}}'; bash -ec "echo {{input.i}}"; ssh host 'ls {{input.i}}'; sh -c 'cat "$1"' sh {{input.i}}; awk '{print $NF}' {{input.i}}
input.i = in.txt
output.o = o.txt
output.q = q.txt
config.u = ~/x
[stage:c]
command =
    for NAME in a b; do echo $NAME; done
    LOCAL=3; echo $LOCAL '$QUOTED' "$DOUBLE"
    cat > {{output.o}} <<'EOT'
    $x ; # {x}
    EOT
output.o = ~/o.txt
[stage:d]
command = sh s.sh
output.o = o.txt
[stage:e]
command = make
output.lib = libx.a
pass_env = DOUBLE
INI
run_ok check
expect_out "no mistakes"
sed 's/: warning: .*//' "$err" | sort >lines
same "$(cut -d: -f2 lines | tr '\n' ' ')" "11 11 14 17 22 26 32 4 6 8 8 "
expect_err "^pipeline.ini:4: warning: '; rate' is a part of the value"
expect_err "^pipeline.ini:6: warning: no shell reads this value: '.PATH' stays as it is"
expect_err "^pipeline.ini:8: warning: stage 'a': '\{input.i\}' is no placeholder: it takes two braces, \{\{input.i\}\}"
expect_err "^pipeline.ini:8: warning: stage 'a': '.FOO' is set by nobody here"
expect_err "^pipeline.ini:11: warning: stage 'a': '\*.txt' is the name of one file, no pattern"
expect_err "^pipeline.ini:14: warning: stage 'b': a placeholder in the quoted text of 'sh -c'"
expect_err "^pipeline.ini:17: warning: stage 'b': the command never names 'output.q' as \{\{output.q\}\}"
expect_err "^pipeline.ini:22: warning: stage 'c': '.DOUBLE' is set by nobody here"
expect_err "^pipeline.ini:26: warning: stage 'c': no shell reads a path: '~/o.txt'"

# They are guesses: no other command tells of them, and looking again does.
run_ok list
expect_no_err warning
run_ok check
expect_err "^pipeline.ini:4: warning"
sed -i 's/lr = 0.1 ; rate/lr = 0.1/' pipeline.ini
run_ok check
expect_no_err "^pipeline.ini:4: warning"

# Failures that the shell's pipefail does not see.
pipeline <<'INI'
[stage:a]
command = sort <(zcat {{input.i}}) > {{output.o}}; cat <<<'a <(b)' < {{input.i}}
input.i = in.txt
output.o = o
[stage:b]
command = bash -c 'cat "$1" | sort > "$2"' sh {{input.i}} {{output.o}}; grep 'a | b' {{input.i}}
input.i = in.txt
output.o = o
[stage:c]
command = bash -o pipefail -c 'cat "$1" | sort > "$2"' sh {{input.i}} {{output.o}}; (cat {{input.i}} | sort)
input.i = in.txt
output.o = o
INI
run_ok check
same "$(grep -c warning "$err")" 2
expect_err "^pipeline.ini:2: warning: stage 'a': a failure in '<\( \)' or '>\( \)' is not seen"
expect_err "^pipeline.ini:6: warning: stage 'b': a failure in front of a pipe in the quoted text is not seen"
