"""What a stage reports: to the runner with StageIO, else on the terminal.

Run by restage, with stageio.py on PYTHONPATH, a program's messages, figures
and warnings go into its logs and manifest. Run by hand it prints the messages
and needs no stageio.py.
"""

import os
import sys

try:
    from stageio import StageIO
except ImportError:
    StageIO = None


class Terminal:
    """The calls of StageIO that make sense without a record; the rest do nothing."""

    def get_stage_logger(self):
        return self

    def info(self, message):
        print(message)

    def add_warning(self, message):
        print(f"warning: {message}")

    def add_error(self, message, exc=None):
        # What was printed so far is about the same thing and belongs before it.
        sys.stdout.flush()
        print(f"error: {message}", file=sys.stderr)

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


def begin():
    """Return a StageIO, or what stands in for it."""
    if StageIO and os.environ.get("STAGEIO_EVENTS"):
        return StageIO()
    return Terminal()


def complain(stage_io, error):
    """Tell of the error that ends a program; an OSError says no way out by itself."""
    text = str(error)
    if isinstance(error, OSError):
        text = (
            f"{error.filename}: {error.strerror}; check the path, "
            "or run the stage that makes the file"
        )
    stage_io.add_error(text, error)
    stage_io.finalize(status="failed")
