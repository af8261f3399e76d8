from standins import download_model
from stages.tools import read_json, write_json


def _align(segment):
    """The words of a segment, each with its share of the time."""
    words = segment["text"].split()
    letters, at = sum(map(len, words)), segment["start"]
    for word in words:
        end = at + (segment["end"] - segment["start"]) * len(word) / letters
        yield {"word": word, "start": round(at, 3), "end": round(end, 3)}
        at = end


def _stage_alignment(self) -> bool:
    """Stage: when each word is said"""
    from shared.stage_utils import StageIO

    stage_io = StageIO("alignment", self.job_dir, enable_manifest=True)
    logger = stage_io.get_stage_logger()
    vocals = stage_io.get_input_path("vocals.wav", from_stage="source_separation")
    transcript = stage_io.get_input_path("segments.json", from_stage="asr")
    stage_io.track_input(vocals, "audio", format="wav")
    stage_io.track_input(transcript, "transcript", format="json")

    cache_file = stage_io.get_output_path("model_cache.bin")
    with stage_io.phase("load model"):
        if not cache_file.exists():
            logger.info("Downloading the model")
            download_model(cache_file)
    stage_io.track_intermediate(cache_file,
                                retained=True,
                                reason="Model cache for faster subsequent runs")
    temp_file = stage_io.get_output_path("temp_processing.wav")
    temp_file.write_bytes(vocals.read_bytes())
    stage_io.track_intermediate(temp_file,
                                retained=False,
                                reason="Temporary processing file")

    with stage_io.phase("align"):
        segments = [{**segment, "words": list(_align(segment))} for segment in read_json(transcript)]
    words = stage_io.get_output_path("words.json")
    write_json(words, segments)
    stage_io.track_output(words, "transcript", format="json", words=sum(len(s["words"]) for s in segments))
    stage_io.finalize(status="success")
    return True
