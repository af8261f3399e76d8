#!/usr/bin/env python3
"""Make small videos of known scenes for pipelines/ladder.ini.

    make_videos.py DIRECTORY [TITLE=SCENE,SCENE...]...

For each title TITLE.mp4, and TITLE.json with the seconds at which a scene follows another: the truth that the
pipeline's last stage compares with. Without titles two are made, of three and of four scenes. The same ffmpeg makes
the same bytes.
"""

import json
import pathlib
import subprocess
import sys

RATE = 25  # frames a second
# What a scene shows, and for how many frames. Each differs much from all others.
SCENES = {
    "bars": ("smptebars=size=256x144", 30),
    "moving": ("testsrc2=size=256x144", 40),
    "fractal": ("mandelbrot=size=256x144", 25),
    "dark": ("color=color=0x101820:size=256x144", 35),
    "life": ("life=size=256x144:mold=10:ratio=0.3:seed=7:life_color=white", 30),
}
TITLES = {"north": ["bars", "moving", "dark"], "south": ["fractal", "bars", "moving", "dark"]}


def make(directory, title, scenes):
    """Compose one video of the named scenes, and its truth."""
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"]
    for scene in scenes:
        source, frames = SCENES[scene]
        command += ["-f", "lavfi", "-t", str(frames / RATE), "-i", f"{source}:rate={RATE}"]
    joined = "".join(f"[{i}:v]format=yuv420p[v{i}];" for i in range(len(scenes)))
    joined += "".join(f"[v{i}]" for i in range(len(scenes))) + f"concat=n={len(scenes)}:v=1:a=0[v]"
    command += ["-filter_complex", joined, "-map", "[v]", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18"]
    command += ["-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", str(directory / f"{title}.mp4")]
    subprocess.run(command, check=True)
    cuts, frames = [], 0
    for scene in scenes[:-1]:
        frames += SCENES[scene][1]
        cuts.append(frames / RATE)
    (directory / f"{title}.json").write_text(json.dumps({"cuts": cuts}) + "\n", encoding="utf-8")


def main(arguments):
    """Make all titles; complain about unknown scenes."""
    if not arguments:
        sys.exit(__doc__.strip())
    directory = pathlib.Path(arguments[0])
    directory.mkdir(parents=True, exist_ok=True)
    titles = dict(argument.split("=", 1) for argument in arguments[1:])
    wanted = {title: scenes.split(",") for title, scenes in titles.items()} or TITLES
    for title, scenes in wanted.items():
        unknown = [scene for scene in scenes if scene not in SCENES]
        if unknown:
            sys.exit(f"make_videos.py: no scene {unknown[0]}; there are {', '.join(SCENES)}")
        make(directory, title, scenes)


if __name__ == "__main__":
    main(sys.argv[1:])
