#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# In plain words, in double and single quotes, in a here document, in an assignment, in command
# substitution and next to other text, a value means itself.
mkdir in
evil="in/a b'c\"d\$(touch X);touch X;\`touch X\`\\e*"
echo content >"$evil"
pipeline <<'INI'
[stage:plain]
command = cp -- {{input.i}} {{output.o}}
input.i = in/*
output.o = o.txt
[stage:double]
command = cat "{{input.i}}" > "{{output.o}}"
input.i = in/*
output.o = o.txt
[stage:single]
command = cat '{{input.i}}' > '{{output.o}}'
input.i = in/*
output.o = o.txt
[stage:assign]
command = f={{input.i}}; g="{{input.i}}"; test "$f" = "$g"; cat "$f" > {{output.o}}
input.i = in/*
output.o = o.txt
[stage:subst]
command = x=$(cat {{input.i}}); y="$(cat "{{input.i}}")"; test "$x" = "$y"; echo "$x" > {{output.o}}
input.i = in/*
output.o = o.txt
[stage:mid]
command = cat ./{{input.i}} > {{stage.dir}}/o.txt
input.i = in/*
output.o = o.txt
[stage:bash]
command = cat {{input.i}} > {{output.o}}; [[ -e {{input.i}} ]]
shell = bash -euo pipefail -c
input.i = in/*
output.o = o.txt
[stage:here]
command = cat >{{output.o}} <<END
	{{input.i}}
	END
input.i = in/*
output.o = o.txt
INI
run_ok -k
expect_no_file X
for stage in plain double single assign subst mid bash; do
	expect_file "$(stage_dir $stage)/o.txt" content
done
expect_file "$(stage_dir here)/o.txt" "$evil"
