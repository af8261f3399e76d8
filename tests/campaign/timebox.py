"""How long a campaign goes on: as long as it was told, but never longer than CAMPAIGN_SECONDS (see run.sh),
counted from its start. A campaign that has more to do than its time allows tells so in its result's note."""
import math
import os
import time

BEGAN = time.monotonic()
_stopped = []


class Box:
    """seconds: None if only CAMPAIGN_SECONDS limits it."""

    def __init__(self, seconds=None):
        most = float(os.environ.get("CAMPAIGN_SECONDS") or math.inf)
        self.end = min(BEGAN + most, math.inf if seconds is None else time.monotonic() + seconds)

    def left(self):
        return max(0.0, self.end - time.monotonic())

    def is_over(self):
        """Asked only where there is more to do, since it is noted that the campaign stopped for it."""
        if time.monotonic() < self.end:
            return False
        _stopped.append(self)
        return True


def note():
    """What to add to the note of a result."""
    return f"stopped after {time.monotonic() - BEGAN:.0f} s" if _stopped else ""
