#!/usr/bin/env python3
"""Cut a video where one scene follows another, without loss.

    cut.py VIDEO DIRECTORY THRESHOLD

THRESHOLD is how much of the picture must change at once, from 0 to 1. The scenes are scene_001.mkv and so on.
"""

import pathlib
import re
import subprocess
import sys


def ffmpeg(*arguments):
    """Run ffmpeg; what it says about a failure goes to the stage's log."""
    done = subprocess.run(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *arguments], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def main(video, directory, threshold):
    """Find the first frame of each scene but the first, and cut in front of it."""
    told = ffmpeg("-i", video, "-vf", f"select='gt(scene,{threshold})',metadata=print:file=-", "-an", "-f", "null", "-")
    times = ",".join(re.findall(r"pts_time:([0-9.]+)", told))
    scenes = pathlib.Path(directory)
    scenes.mkdir(exist_ok=True)
    lossless = ["-an", "-c:v", "ffv1", "-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
    if not times:
        ffmpeg("-i", video, *lossless, str(scenes / "scene_001.mkv"))
        return
    ffmpeg(
        *["-i", video, *lossless, "-g", "1", "-f", "segment", "-segment_times", times, "-reset_timestamps", "1"],
        *["-segment_start_number", "1", "-segment_format_options", "fflags=+bitexact", str(scenes / "scene_%03d.mkv")],
    )


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__.strip())
    main(*sys.argv[1:])
