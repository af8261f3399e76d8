#!/usr/bin/env bash
# The lines of a command reach the shell as they stand in the file, less the indentation that they share:
# comment signs, empty lines and inner indentation are the script's. Wherever a value has several lines.
. "$(dirname "$0")/lib.sh"

cat >part.ini <<'INI'
[defaults]
env.GREETING =
    hello
      # indented

    ; bye
command =
    cat >{{output.o}} <<'EOT'
    # a comment of the file

      ; indented
    EOT
output.o = o.txt

[stage:by_default]

[stage:cased]
command =
    case b in
    a)
        echo a > {{output.o}}
        ;;
    b)
        echo b > {{output.o}}
        ;;
    esac
INI
# Column 0 is the definition's; trailing blanks are nobody's. The tabs are meant.
{
	cat <<'INI'
[pipeline]
include =
    # in a list comments are comments
    part.ini

    ; and empty lines are none of it

[stage:python]
command =
    python3 - > {{output.o}} <<'EOT'
    for i in range(2):
        print(i)

        if i:
; this line is the definition's
            # the program's
            print("one")
    EOT
output.o = o.txt

[stage:first_line]
command = cat >{{output.o}} <<'EOT'

   above

# the definition's
     deeper
   EOT
output.o = o.txt

[stage:vcf]
INI
	printf 'command =\n\tcat >{{output.o}} <<-"EOT"   \n\t\t##fileformat=VCF   \n\n\t\t#CHROM\t{{config.text}}\n\tEOT\n'
	cat <<'INI'
output.o = o.txt
config.text =

   # first

     second

[stage:text]
command = printf '%s\n' "$GREETING" >{{output.o}}
env.LIST = {{params.list}}
version.sh =
    # asks for what there is
    case x in x)
        echo 1
        ;;
    esac
input.i =
    ; not a file
    a.txt

    # nor this
    b.txt
description =
    # what it is

      for
timeout = 5m
    ; ample

[params]
list =
    one
    # left out

    two
INI
} >pipeline.ini
echo a >a.txt
echo b >b.txt
run_ok check
run_ok
made() { cat "$(stage_dir "$1")/o.txt"; }
same "$(made by_default)" $'# a comment of the file\n\n  ; indented'
same "$(made cased)" b
same "$(made python)" $'0\n1\none'
same "$(made first_line)" $'\nabove\n\n  deeper'
same "$(made vcf)" $'##fileformat=VCF\n\n#CHROM\t# first\n\n  second'
same "$(made text)" $'hello\n  # indented\n\n; bye'
same "$(manifest text .tools.sh)" 1
same "$(manifest text '[.inputs[].path] | join(" ")')" 'a.txt b.txt'
run_ok show text
expect_out 'what it is'
run_ok
ran
# The reason shows a comment that changed; accept takes it.
sed -i 's/# the program.s/# of the program/' pipeline.ini
run_ok why python
expect_out "command changed from .*# the program's.* to .*# of the program"
run_ok accept python
run_ok
ran
