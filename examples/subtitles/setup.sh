#!/bin/sh
# setup.sh: prepare the subtitles example
#
# Installs the tools that pipelines/subtitles.ini calls, builds restage with the
# library and the program that its stages report with (build/release), and
# composes its input: small videos of five and of two recorded sentences, and
# what is said in them (videos.csv names them).
#
#   examples/subtitles/setup.sh [--force] [DIRECTORY]
#
# DIRECTORY is examples/media unless given. What is there already is left
# alone; --force composes it again. The same packages compose the same bytes,
# so doing it twice makes nothing in a pipeline out of date. Packages are
# installed as root or with sudo.
set -eu

packages='ffmpeg pocketsphinx pocketsphinx-en-us pocketsphinx-testdata python3'
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
clips=/usr/share/pocketsphinx/test/data/librivox

say() { printf 'setup.sh: %s\n' "$*"; }
die() { printf 'setup.sh: error: %s\n' "$*" >&2; exit 1; }

force=no
directory=
while [ $# -gt 0 ]; do
  case $1 in
    --force) force=yes ;;
    -h | --help)
      sed -n 's/^# \{0,1\}//; 2,14p' "$0"
      exit 0
      ;;
    -*) die "unknown option $1; --force is the only one" ;;
    *)
      [ -z "$directory" ] || die "one directory at most; leave out $1"
      directory=$1
      ;;
  esac
  shift
done
[ -n "$directory" ] || directory=$root/examples/media

# -- packages ----------------------------------------------------------------

# shellcheck source=examples/packages.sh
. "$root/examples/packages.sh"
command -v apt-get >/dev/null || command -v ffmpeg >/dev/null ||
  die "this is not Debian or a relative of it; install ffmpeg and pocketsphinx by hand, and point [params] media at a video of yours"
# shellcheck disable=SC2086 # one word a package
need_packages $packages $packages_build || die 'a package could not be installed; see what apt-get says above'

# -- restage and StageIO -----------------------------------------------------

say 'building restage in build/release'
log=$(mktemp)
# A build that is there keeps the settings that somebody chose for it.
if ! (
  cd "$root" &&
    { [ -f build/release/build.ninja ] || cmake --preset release; } &&
    cmake --build build/release
) >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  rm -f "$log"
  die 'restage could not be built; see what the compiler says above'
fi
rm -f "$log"

# -- the videos and what is said in them --------------------------------------

for file in fileids transcription; do
  [ -r "$clips/$file" ] ||
    die "no $clips/$file; reinstall it: apt-get install --reinstall pocketsphinx-testdata"
done

# The recipe is this file, so media older than it may be of another recipe.
is_there() {
  [ "$force" = no ] && [ -s "$directory/$1.txt" ] &&
    [ -n "$(find "$directory/$1.mp4" -newer "$0" 2>/dev/null)" ]
}

mkdir -p "$directory"
# Nobody may find half a video, so both files of one get their names when whole.
work=$(mktemp -d "$directory/.setup.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The transcription has a line a recording, with the recording's name at its
# end: "<s> he was not an ill disposed young man </s> (NAME)".
awk 'NR == FNR { order[++count] = $1; next }
     { name = $NF; gsub(/[()]/, "", name); $NF = ""; gsub(/<\/?s>/, "")
       gsub(/^ +| +$/, ""); said[name] = $0 }
     END { for (i = 1; i <= count; i++) {
             if (!(order[i] in said)) { print order[i] > "/dev/stderr"; exit 1 }
             print said[order[i]] } }' \
  "$clips/fileids" "$clips/transcription" >"$work/said.txt" ||
  die "$clips/transcription lacks the recording named above; reinstall pocketsphinx-testdata"

# compose NAME FIRST PAUSE...: as many recordings as there are pauses, from number
# FIRST on, each followed by its pause. Their lengths differ so that a segmentation
# that merely counts seconds does not pass for a right one.
compose() {
  media=$1
  first=$2
  shift 2
  pauses=$*
  if is_there "$media"; then
    say "$directory/$media.mp4 is there"
    return
  fi
  sed -n "$first,$((first + $# - 1))p" "$work/said.txt" >"$work/$media.txt"
  set --
  graph=
  joined=
  count=0
  lead=1500
  for pause in $pauses; do
    name=$(sed -n "$((first + count))p" "$clips/fileids")
    [ -r "$clips/$name.wav" ] ||
      die "no recording $clips/$name.wav; reinstall pocketsphinx-testdata"
    set -- "$@" -guess_layout_max 1 -i "$clips/$name.wav"
    graph="${graph}[$count:a]aformat=channel_layouts=mono,adelay=$lead,apad=pad_dur=${pause}[a$count];"
    joined="${joined}[a$count]"
    lead=0
    count=$((count + 1))
  done

  # Pauses of digital silence exist in no recording: a seeded noise fills them
  # and gives the denoise stage something to do. The picture is the sound's
  # waveform on a plain ground. One encoder thread and the bit-exact flags make
  # every composition the same.
  graph="$graph
${joined}concat=n=$count:v=0:a=1[speech];
anoisesrc=color=pink:amplitude=0.008:seed=1811:sample_rate=16000[noise];
[speech][noise]amix=inputs=2:duration=first:normalize=0,aformat=channel_layouts=mono,asplit[talk][seen];
[seen]showwaves=size=640x160:mode=cline:scale=cbrt:rate=25:colors=0x8fb8de[waves];
color=color=0x1d2b3a:size=640x360:rate=25[ground];
[ground][waves]overlay=0:80:shortest=1,format=yuv420p[picture]"

  say "composing $directory/$media.mp4"
  ffmpeg -nostdin -hide_banner -loglevel error -y "$@" \
    -filter_complex "$graph" -map '[picture]' -map '[talk]' \
    -c:v libx264 -preset veryfast -crf 28 -g 250 -threads:v 1 \
    -c:a aac -b:a 64k -ar 48000 \
    -metadata title='Sense and Sensibility, from chapter 1' \
    -metadata:s:a:0 language=eng \
    -movflags +faststart -fflags +bitexact -flags:v +bitexact -flags:a +bitexact \
    "$work/$media.mp4" ||
    die 'ffmpeg could not compose the video; see what it says above'

  mv -f "$work/$media.txt" "$directory/$media.txt"
  mv -f "$work/$media.mp4" "$directory/$media.mp4"
}

compose talk 1 1.2 1.0 1.2 0.9 2.0
compose short 2 1.0 1.5
say "the videos in $directory are ready; next: build/release/restage -f pipelines/subtitles.ini run"
