#!/usr/bin/env python3
"""Makes two small videos, in/sample.mp4 and in/other.mp4, with ffmpeg. What they say is a tone for each sentence,
above the hum of a machine: the recogniser of standins.py knows these tones."""
import pathlib
import subprocess

from standins import SENTENCES

SPEECH = {"sample": ["namaste", "kahani", "dhanyavad"], "other": ["kahani", "shubh ratri"]}


def make(name, sentences):
    tone_of = {text: hertz for hertz, text in SENTENCES.items()}
    tones = [f"0.5*sin(2*PI*{tone_of[text]}*t)*between(t,{0.7 * i + 0.2:.1f},{0.7 * i + 0.6:.1f})"
             for i, text in enumerate(sentences)]
    sound = "+".join(tones + ["0.1*sin(2*PI*60*t)"])
    seconds = round(0.7 * len(sentences) + 0.2, 1)
    subprocess.run(["ffmpeg", "-nostdin", "-y", "-loglevel", "error",
                    "-f", "lavfi", "-i", f"testsrc=size=64x48:rate=5:duration={seconds}",
                    "-f", "lavfi", "-i", f"aevalsrc='{sound}':s=16000:d={seconds}",
                    "-metadata", f"title={name}", "-c:v", "mpeg4", "-c:a", "aac", f"in/{name}.mp4"], check=True)


if __name__ == "__main__":
    pathlib.Path("in").mkdir(exist_ok=True)
    for title, texts in SPEECH.items():
        make(title, texts)
