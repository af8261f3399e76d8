#!/usr/bin/env python3
"""Recognise the speech in a recording with PocketSphinx.

    asr.py AUDIO SPEECH OUTPUT --model DIRECTORY [--log FILE] [--language-weight N]

Writes one segment for each stretch of speech that SPEECH (of segment.py)
lists, each with its words, their times and their confidences.
"""

import argparse
import json
import math
import os
import re
import subprocess
import sys
import wave

import report

PROGRAM = "pocketsphinx_continuous"
WORD = re.compile(r"^(\S+) (\d+\.\d+) (\d+\.\d+) (-?(?:\d+\.\d+|inf|nan))$")
VARIANT = re.compile(r"\(\d+\)$")


class Problem(Exception):
    """What went wrong and what to do about it, for the user to read."""


def parse_word(line):
    """Return the word on a line of the recogniser, or None.

    Besides words there are the text of each utterance, which the words repeat,
    and fillers: <s>, </s>, <sil>, [NOISE], ++UH++.
    """
    match = WORD.match(line.rstrip("\n"))
    if not match or match[1][0] in "<[" or match[1].startswith("++"):
        return None
    confidence = float(match[4])
    if not math.isfinite(confidence):
        confidence = 0.0
    return {
        # "and(2)" is the word "and" in its second pronunciation.
        "word": VARIANT.sub("", match[1]),
        "start": float(match[2]),
        "end": float(match[3]),
        # A rounding in the recogniser's logarithms takes some beyond 1.
        "confidence": round(min(max(confidence, 0.0), 1.0), 4),
    }


def overlap(word, stretch):
    return min(word["end"], stretch["end"]) - max(word["start"], stretch["start"])


def assign(words, speech):
    """Return (segments, strays): the words by the stretch they are spoken in.

    A stray lies where nobody speaks: the recogniser read noise as a word.
    """
    segments = [
        {"start": stretch["start"], "end": stretch["end"], "words": []} for stretch in speech
    ]
    strays = []
    for word in words:
        best = max(segments, key=lambda segment: overlap(word, segment), default=None)
        if best is None or overlap(word, best) <= 0:
            strays.append(word)
        else:
            best["words"].append(word)
    for segment in segments:
        spoken = segment["words"]
        segment["text"] = " ".join(word["word"] for word in spoken)
        segment["confidence"] = (
            round(sum(word["confidence"] for word in spoken) / len(spoken), 4) if spoken else 0.0
        )
    return segments, strays


def check_audio(path):
    """Return the duration of a recording that the acoustic model can read.

    The recogniser itself takes any file for 16 kHz mono and recognises
    nonsense in the others.
    """
    try:
        with wave.open(path, "rb") as audio:
            form = (audio.getframerate(), audio.getnchannels(), audio.getsampwidth() * 8)
            duration = audio.getnframes() / audio.getframerate()
    except (wave.Error, EOFError) as error:
        raise Problem(f"{path}: {error}; convert it to a WAV file with PCM samples") from error
    if form != (16000, 1, 16):
        rate, channels, bits = form
        raise Problem(
            f"{path} has {rate} Hz, {channels} channels and {bits} bits; "
            "the model needs 16000 Hz, 1 channel and 16 bits: convert it with "
            "ffmpeg -ar 16000 -ac 1 -c:a pcm_s16le"
        )
    if duration == 0:
        raise Problem(f"{path} holds no sound; check the stage that made it")
    return duration


def model_files(directory):
    """Return the acoustic model, language model and dictionary in a directory.

    All three are named after the directory: en-us/en-us, en-us/en-us.lm.bin
    and en-us/cmudict-en-us.dict.
    """
    name = os.path.basename(os.path.normpath(directory))
    files = [
        os.path.join(directory, name),
        os.path.join(directory, name + ".lm.bin"),
        os.path.join(directory, f"cmudict-{name}.dict"),
    ]
    for file in files:
        if not os.path.exists(file):
            raise Problem(
                f"the model lacks {file}; install pocketsphinx-en-us with "
                "examples/subtitles/setup.sh, or name a directory with a whole model"
            )
    return files


def complaints(log):
    """Return what the recogniser's log says is wrong, most recent last."""
    try:
        with open(log, encoding="utf-8", errors="replace") as lines:
            found = [line.strip() for line in lines if line.startswith(("ERROR", "FATAL"))]
    except OSError:
        return ""
    return "; ".join(found[-3:])


def recognise(audio, model, log, weight):
    """Yield the words in a recording, as the recogniser finds them."""
    acoustic, language, dictionary = model_files(model)
    command = [PROGRAM, "-infile", audio, "-time", "yes", "-logfn", log]
    command += ["-hmm", acoustic, "-lm", language, "-dict", dictionary]
    # One weight for its three passes over the sound.
    for option in ("-lw", "-fwdflatlw", "-bestpathlw"):
        command += [option, str(weight)]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except FileNotFoundError as error:
        raise Problem(
            f"{PROGRAM} is not installed; run examples/subtitles/setup.sh"
        ) from error
    with process:
        for line in process.stdout:
            word = parse_word(line)
            if word:
                yield word
    if process.returncode != 0:
        how = f"exit code {process.returncode}"
        if process.returncode < 0:
            how = f"signal {-process.returncode}"
        said = complaints(log) or "it does not say why"
        raise Problem(f"{PROGRAM} failed ({how}): {said}; the whole log is in {log}")


def read_speech(path):
    try:
        with open(path, encoding="utf-8") as file:
            return [
                {"start": float(stretch["start"]), "end": float(stretch["end"])}
                for stretch in json.load(file)["speech"]
            ]
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(
            f"{path} is no list of speech segments ({error!r}); make it with segment.py"
        ) from error


def run(options, stage_io):
    logger = stage_io.get_stage_logger()
    duration = check_audio(options.audio)
    speech = read_speech(options.speech)
    stage_io.set_config({"recogniser": PROGRAM, "audio_seconds": round(duration, 3)})
    logger.info(f"🎤 {duration:.1f} s of sound, {len(speech)} stretches of speech")
    words = []
    for word in recognise(options.audio, options.model, options.log, options.language_weight):
        words.append(word)
        print(f"{word['start']:8.2f}  {word['confidence']:.2f}  {word['word']}", flush=True)
        stage_io.progress(min(word["end"] / duration, 1.0), f"{len(words)} words")
    segments, strays = assign(words, speech)
    for word in strays:
        stage_io.add_warning(f"no speech at {word['start']:.2f} s; left out '{word['word']}'")
    for segment in segments:
        if not segment["words"]:
            stage_io.add_warning(
                f"no word recognised in the speech from "
                f"{segment['start']:.2f} to {segment['end']:.2f} s"
            )
    segments = [segment for segment in segments if segment["words"]]
    if not segments:
        raise Problem(
            f"no word recognised in {options.audio}; check that it holds speech in the "
            f"language of {options.model}, and {options.log} for what the recogniser says"
        )
    for number, segment in enumerate(segments, 1):
        segment["id"] = number
    with open(options.output, "w", encoding="utf-8") as output:
        json.dump(
            {
                "model": os.path.basename(os.path.normpath(options.model)),
                "duration": round(duration, 3),
                "segments": segments,
            },
            output,
            indent=2,
        )
        output.write("\n")
    count = sum(len(segment["words"]) for segment in segments)
    confidence = sum(s["confidence"] * len(s["words"]) for s in segments) / count
    figures = {
        "segments": len(segments),
        "words": count,
        "confidence": round(confidence, 4),
    }
    stage_io.track_output(options.output, "transcript", **figures)
    logger.info(f"{count} words in {len(segments)} segments, confidence {confidence:.2f}")
    stage_io.finalize(status="success", words_in_silence=len(strays))


def parse_options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("audio", help="the recording (WAV, 16 kHz, mono)")
    parser.add_argument("speech", help="where speech is in it (JSON, of segment.py)")
    parser.add_argument("output", help="the recognised segments (JSON)")
    parser.add_argument("--model", required=True, metavar="DIRECTORY")
    parser.add_argument("--log", default=os.devnull, metavar="FILE", help="the recogniser's log")
    parser.add_argument("--language-weight", type=float, default=7.0, metavar="N")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_options(arguments)
    stage_io = report.begin()
    try:
        run(options, stage_io)
    except (OSError, Problem) as error:
        report.complain(stage_io, error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
