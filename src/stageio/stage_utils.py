"""StageIO under the name that a pipeline's stages import: from shared.stage_utils import StageIO

Written by `stageio python --shim`, which also renews it; stageio.py beside it has the class."""
try:
    from .stageio import StageIO, StageIOError
except ImportError:  # imported as stage_utils, not as a package's
    from stageio import StageIO, StageIOError

__all__ = ["StageIO", "StageIOError"]
_IS_STAGEIO = True  # this module is no input of a stage
