#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# No file name breaks or injects anything, in no place of a command. Names that an INI file cannot hold
# come by a glob.
mkdir in plain
long=$(printf 'l%.0s' {1..230})
names=('a b' " lead" "trail " "it's" 'say "x"' 'back\slash' 'tab	x' $'new\nline' $'esc\e[31m' "\$(touch X)" "\`touch X\`" ';touch X;' \
	'&touch X' '|touch X' '>X' '%s%n' '-rf' '--help' '{{x}}' '~' '#x' '!x' '=x' 'a;b' "'" '"' $'\xff\xfe' \
	$'e\xcc\x81' $'\xc3\xa9' "$long" '.hidden' '@' "\$HOME" "\${HOME}" "X=1" "a'b\"c\$d\`e\\f")
number=10
for name in "${names[@]}"; do
	printf '%s' "$name" >"plain/$name"
	number=$((number + 1))
	printf '%s' "$number$name" >"in/$number$name"
done
pipeline <<'INI'
[stage:a]
command = cat < {{input.i}} > {{output.o}}
foreach.file = in/*
input.i = {{each.file}}
output.o = {{each.file | name}}
[stage:all]
command = for f in {{input.i}}; do cat < "$f"; echo; done > {{output.o}}
input.i = {{a.o}}
output.o = all.txt
[stage:together]
command = mkdir {{output.d}}; cp -- {{input.i}} {{output.d}}
input.i = plain/*
	plain/.hidden
output.d = d
INI
run_ok -j 2 -k
for place in . in plain out/pipeline/0* out/pipeline/0*/*; do
	expect_no_file "$place/X"
done
diff -r plain out/pipeline/03_together/d
mkdir all
find out/pipeline/01_a -type f ! -name manifest.json ! -name stage.log -exec cp -t all -- {} +
diff -r in all
find out -name manifest.json -exec jq -e .status {} + | sort | uniq -c | found -x ' *[0-9]* "success"'
run_ok
ran
run_ok verify
printf changed >"in/20\$(touch X)"
rm "plain/;touch X;"
run_ok
ran together a/20__touch_X_ all
