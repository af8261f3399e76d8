from standins import TRANSLATIONS, translate
from stages.tools import config, read_json, write_json


def _stage_translation(self) -> bool:
    """Stage: the text in another language"""
    from shared.stage_utils import StageIO

    stage_io = StageIO("translation", self.job_dir, enable_manifest=True)
    logger = stage_io.get_stage_logger()
    language = config().get("language", "de")
    transcript = self.arguments[0]
    stage_io.track_input(transcript, "transcript", format="json")
    stage_io.add_config("language", language)
    if language not in TRANSLATIONS:
        stage_io.finalize(status="failed", error_message=f"There is no model for the language '{language}'")
        return False
    segments = read_json(transcript)
    for segment in segments:
        segment["text"] = translate(segment["text"], language)
    translated = stage_io.get_output_path("translated.json")
    write_json(translated, segments)
    stage_io.track_output(translated, "transcript", format="json", segments=len(segments))
    logger.info(f"Translated {len(segments)} segments to {language}")
    stage_io.finalize(status="success")
    return True
