from pathlib import Path

from standins import ask_catalogue
from stages.tools import write_json


def _stage_tmdb(self) -> bool:
    """Stage: ask a catalogue who made the film"""
    from shared.stage_utils import StageIO

    stage_io = StageIO("tmdb", self.job_dir, enable_manifest=True)
    logger = stage_io.get_stage_logger()
    title = Path(self.arguments[0]).stem
    film = ask_catalogue(title)
    stage_io.cost(0.002, "USD", "api calls", 1, "call")
    if not film["cast"]:
        logger.warning("The film is not in the catalogue")
        stage_io.add_warning("Using the name of the file as title")
    enrichment = stage_io.get_output_path("enrichment.json")
    write_json(enrichment, film)
    stage_io.track_output(enrichment, "metadata", format="json", cast=len(film["cast"]))
    stage_io.finalize(status="success", title=film["title"])
    return True
