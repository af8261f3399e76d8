#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# A command with plain redirections is executed directly: where its output goes is told by the shell beside it,
# which gets the same words behind "eval :;".
cat >both <<'SH'
#!/bin/sh
[ $# = 0 ] || echo "$@"
echo out
echo err >&2
SH
chmod +x both
number=0
while read -r words; do
	number=$((number + 1))
	printf '[stage:direct]\ncommand = ./both %s\n[stage:shell]\ncommand = :; ./both %s\n' "$words" "$words" >pipeline.ini
	for stage in direct shell; do
		rm -rf o p out
		run_ok run $stage
		{
			log_of $stage | sed -nE 's/.*\[(INFO|ERROR)\] (out|err)$/log \2/p'
			for file in o p; do
				[ ! -e $file ] || sed "s/^/$file /" $file
			done
		} | sort >"$stage.$number"
	done
	diff "direct.$number" "shell.$number" || fail "'$words' is not what the shell makes of it"
done <<'LIST'
2>o 2>&1
>o 1>&2
>o 2>&1
2>&1 >o
1>&2 2>o
2>o 1>&2
>o 2>p 1>&2
>o 2>p 2>&1
>o 2>&1 >p
2>o >p 2>&1
>o 1>&2 2>&1
>o >p
>>o 2>>o
>o 1>&1
2>o 2>&2
2>&1
1>&2
</dev/null >o
LIST
same $number 18

# a stage that has the terminal: its errors go where its output goes
printf '[stage:a]\ncommand = ./both 2>&1\nconsole = yes\n' >pipeline.ini
run_ok run
expect_out '^err$'
