#!/usr/bin/env python3
"""Put subtitles into a video as a track of their own, and check the result.

    mux.py VIDEO SRT METADATA OUTPUT [--language CODE]

METADATA is what ffprobe says about VIDEO. Picture and sound are copied as
they are. CODE has three letters (ISO 639-2), as MP4 files have it.
"""

import argparse
import json
import re
import subprocess
import sys

# How far the end of the copy may lie from that of the original, in seconds:
# a subtitle track may end one sound frame or picture off.
TOLERANCE = 0.25

CUE_TIMES = re.compile(
    r"^(\d+):(\d\d):(\d\d)[,.](\d{3}) --> (\d+):(\d\d):(\d\d)[,.](\d{3})", re.MULTILINE
)


class Problem(Exception):
    """What went wrong and what to do about it, for the user to read."""


def call(command):
    """Return what a command prints, or say why it failed."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False
        )
    except FileNotFoundError as error:
        raise Problem(
            f"{command[0]} is not installed; run examples/subtitles/setup.sh"
        ) from error
    if done.returncode != 0:
        said = done.stderr.strip() or "it does not say why"
        raise Problem(f"{command[0]} failed (exit code {done.returncode}): {said}")
    return done.stdout


def parse_srt(text):
    """Return the cues of a SubRip text as (start in ms, end in ms, text)."""
    cues = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        match = CUE_TIMES.search(block)
        if match:
            numbers = [int(number) for number in match.groups()]
            start, end = (
                ((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (numbers[:4], numbers[4:])
            )
            cues.append((start, end, block[match.end() :].strip()))
    return cues


def same_cues(wanted, found):
    """Return what differs between two lists of cues, or None.

    Times may differ by a millisecond, as the container counts in other units.
    """
    if len(wanted) != len(found):
        return f"{len(found)} cues instead of {len(wanted)}"
    for number, (one, other) in enumerate(zip(wanted, found), 1):
        if one[2] != other[2]:
            return f"cue {number} reads {other[2]!r} instead of {one[2]!r}"
        if abs(one[0] - other[0]) > 1 or abs(one[1] - other[1]) > 1:
            return f"cue {number} is at {other[0]}-{other[1]} ms instead of {one[0]}-{one[1]} ms"
    return None


def kinds(metadata):
    """Return (kind, codec) of each track that the result must have kept."""
    streams = metadata["streams"]
    video = [s for s in streams if s["codec_type"] == "video"][:1]
    audio = [s for s in streams if s["codec_type"] == "audio"]
    return [(s["codec_type"], s["codec_name"]) for s in video + audio]


def check(metadata, result, language):
    """Return what is wrong with the result, or None."""
    wanted, found = kinds(metadata), kinds(result)
    if wanted != found:
        return f"its tracks are {found} instead of {wanted}"
    subtitles = [s for s in result["streams"] if s["codec_type"] == "subtitle"]
    if [s["codec_name"] for s in subtitles] != ["mov_text"]:
        return f"it has {len(subtitles)} subtitle tracks instead of one of mov_text"
    if subtitles[0].get("tags", {}).get("language") != language:
        return f"the language of its subtitles is not {language}"
    if subtitles[0]["disposition"]["default"] != 1:
        return "its subtitles are not shown by default"
    before = float(metadata["format"]["duration"])
    after = float(result["format"]["duration"])
    if abs(before - after) > TOLERANCE:
        return f"it lasts {after:.2f} s instead of {before:.2f} s"
    return None


def run(options):
    try:
        with open(options.metadata, encoding="utf-8") as file:
            metadata = json.load(file)
        if not kinds(metadata):
            raise Problem(f"{options.video} has neither picture nor sound; give a video")
        float(metadata["format"]["duration"])
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(
            f"{options.metadata} is no description of a video ({error!r}); make it with "
            "ffprobe -of json -show_format -show_streams"
        ) from error
    with open(options.srt, encoding="utf-8") as file:
        cues = parse_srt(file.read())
    if not cues:
        raise Problem(f"{options.srt} holds no subtitles; make it with subtitles.py")

    command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    # "file:" keeps a name with a colon from being read as a protocol.
    command += ["-i", "file:" + options.video, "-f", "srt", "-i", "file:" + options.srt]
    command += ["-map", "0:v:0?", "-map", "0:a?", "-map", "1:s:0", "-map_metadata", "0"]
    command += ["-c", "copy", "-c:s", "mov_text", "-disposition:s:0", "default"]
    command += ["-metadata:s:s:0", "language=" + options.language]
    command += ["-fflags", "+bitexact", "-flags:s", "+bitexact", "-movflags", "+faststart"]
    call([*command, "-f", "mp4", "file:" + options.output])

    probe = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams"]
    wrong = check(metadata, json.loads(call([*probe, "file:" + options.output])), options.language)
    if not wrong:
        extract = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error"]
        extract += ["-i", "file:" + options.output, "-map", "0:s:0", "-f", "srt", "-"]
        wrong = same_cues(cues, parse_srt(call(extract)))
    if wrong:
        raise Problem(
            f"{options.output} is not as it should be: {wrong}; check that MP4 can hold "
            f"the tracks of {options.video}"
        )
    print(f"{len(cues)} cues in a track of language {options.language}; the rest as it was")


def language_code(text):
    if not re.fullmatch("[a-z]{3}", text):
        raise argparse.ArgumentTypeError(f"{text} is no code of ISO 639-2, such as eng or deu")
    return text


def parse_options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("video", help="the video without subtitles")
    parser.add_argument("srt", help="the subtitles (SubRip)")
    parser.add_argument("metadata", help="what ffprobe says about the video (JSON)")
    parser.add_argument("output", help="the video with subtitles (MP4)")
    parser.add_argument("--language", type=language_code, default="eng", metavar="CODE")
    return parser.parse_args(arguments)


def main(arguments=None):
    try:
        run(parse_options(arguments))
    except OSError as error:
        print(
            f"error: {error.filename}: {error.strerror}; check the path, "
            "or run the stage that makes the file",
            file=sys.stderr,
        )
        return 1
    except Problem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
