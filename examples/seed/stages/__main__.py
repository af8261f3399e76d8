"""python3 -m stages NAME [ARGUMENT]...: runs one stage of the pipeline."""
import importlib
import os
import sys


class Pipeline:
    """What a stage is given: the job's directory, whether to log details, and its arguments."""

    def __init__(self, arguments):
        self.job_dir = os.environ.get("STAGEIO_JOB_DIR", "out/job_001")
        self.debug = True
        self.arguments = arguments


def main(name, *arguments):
    stage = importlib.import_module(f"stages.{name}")
    return 0 if getattr(stage, f"_stage_{name}")(Pipeline(arguments)) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
