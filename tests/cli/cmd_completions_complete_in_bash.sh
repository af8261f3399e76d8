#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:demux]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:denoise]
command = true
after = demux
INI
echo 1 >in.txt
cp pipeline.ini other.ini
sed -i 's/denoise/different/' other.ini
echo 1 >in.txt
run_ok completions bash
bash -n "$out"
cp "$out" script
mkdir bin
ln -s "$RESTAGE" bin/restage
PATH=$PWD/bin:$PATH

# what TAB behind these words offers
complete_words() {
	bash -c '. ./script; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _restage; printf "%s\n" "${COMPREPLY[@]}"' x "$@" |
		sort
}

complete_words restage st | found -x status
complete_words restage run --ke | found -x -- --keep-going
complete_words restage --ke | found -x -- --keep-going
same "$(complete_words restage run de)" "$(printf 'demux\ndenoise')"
same "$(complete_words restage -f other.ini run d)" "$(printf 'demux\ndifferent')"
same "$(complete_words restage run --until den)" denoise
same "$(complete_words restage logs -f dem)" demux
same "$(complete_words restage logs --level w)" warning
same "$(complete_words restage graph --format s)" svg
same "$(complete_words restage completions b)" bash
same "$(complete_words restage -f oth)" other.ini
run_ok run
run_ok --job two run
run=$("$RESTAGE" --job two runs --names)
same "$run" "$(cd out/two/logs && basename "$(ls ./*.log)" .log | sed s/99_pipeline_//)"
same "$(complete_words restage --job two logs --run 2)" "$run"
same "$(complete_words restage --job two export --run 2)" "$run"
same "$(complete_words restage --job t)" two
same "$(complete_words restage metrics t)" two
same "$(complete_words restage --job two diff '')" "$(printf '%s\n' "$run" pipeline two | sort)"
run_fails 2 completions csh
for shell in fish zsh; do
	run_ok completions $shell
	if command -v $shell >/dev/null; then $shell -n "$out"; fi
done
