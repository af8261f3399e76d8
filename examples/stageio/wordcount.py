#!/usr/bin/env python3
"""A stage that counts the words of a text and records it: wordcount.py JOB_DIR TEXT

stageio.py has to be on the path: beside this file, or by PYTHONPATH."""
import json
import sys

from stageio import StageIO


def main(job_dir, text):
    stage_io = StageIO("wordcount", job_dir)
    logger = stage_io.get_stage_logger()
    stage_io.track_input(text, "text", format="txt")
    try:
        with open(text, "rb") as file:
            words = len(file.read().split())
    except OSError as error:
        stage_io.add_error("the text cannot be read", error)
        stage_io.finalize(status="failed")
        return 1
    output = stage_io.get_output_path("words.json")
    output.write_text(json.dumps({"words": words}) + "\n")
    stage_io.track_output(output, "metadata", words=words)
    logger.info(f"✓ {words} words")
    stage_io.finalize(status="success")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
