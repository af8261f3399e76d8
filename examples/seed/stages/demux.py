from pathlib import Path

from stages.tools import config, run_ffmpeg, write_json


def _stage_demux(self) -> bool:
    """Stage: take the sound out of the video"""
    from shared.stage_utils import StageIO

    stage_io = StageIO("demux", self.job_dir, enable_manifest=True)
    logger = stage_io.get_stage_logger("DEBUG" if self.debug else "INFO")
    media = Path(self.arguments[0])
    audio = stage_io.get_output_path("audio.wav")
    metadata = stage_io.get_output_path("metadata.json")
    stage_io.track_input(media, "video", format=media.suffix[1:])
    settings = {"processing_mode": "full", "start_time": "", "end_time": "", "sample_rate": "16000", "channels": "1",
                **config()}
    stage_io.set_config(settings)
    logger.info(f"Input media: {media}")
    logger.info("Full media extraction")
    try:
        run_ffmpeg(logger, "-i", media, "-map", "0:a:0", "-ar", settings["sample_rate"], "-ac", settings["channels"],
                   "-fflags", "+bitexact", "-flags:a", "+bitexact", audio)
        size_mb = round(audio.stat().st_size / 1048576, 1)
        write_json(metadata, {"size_mb": size_mb, "sample_rate": int(settings["sample_rate"])})
        stage_io.track_output(audio, "audio", format="wav", sample_rate=int(settings["sample_rate"]),
                              channels=int(settings["channels"]), size_mb=size_mb)
        stage_io.track_output(metadata, "metadata", format="json")
        logger.info(f"Successfully extracted audio: {size_mb} MB")
        stage_io.finalize(status="success")
        return True
    except Exception as e:
        logger.error(f"Demux failed: {e}")
        stage_io.add_error("Demux failed", e)
        stage_io.finalize(status="failed")
        return False
