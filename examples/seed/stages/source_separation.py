from stages.tools import run_ffmpeg


def _stage_source_separation(self) -> bool:
    """Stage: tell voices from the rest; filters stand in for a model that separates sources"""
    from shared.stage_utils import StageIO

    stage_io = StageIO("source_separation", self.job_dir, enable_manifest=True)
    logger = stage_io.get_stage_logger("DEBUG" if self.debug else "INFO")
    audio = stage_io.get_input_path("audio.wav", from_stage="demux")
    vocals = stage_io.get_output_path("vocals.wav")
    accompaniment = stage_io.get_output_path("accompaniment.wav")
    stage_io.track_input(audio, "audio", format="wav")
    stage_io.set_config({"split_hertz": 200})
    exact = ["-fflags", "+bitexact", "-flags:a", "+bitexact"]
    try:
        run_ffmpeg(logger, "-i", audio, "-af", "highpass=f=200", *exact, vocals,
                   "-af", "lowpass=f=200", *exact, accompaniment)
    except Exception as e:
        logger.error(f"Separation failed: {e}")
        stage_io.add_error("Separation failed", e)
        stage_io.finalize(status="failed")
        return False
    stage_io.track_output(vocals, "audio", format="wav")
    stage_io.track_intermediate(accompaniment, retained=True, reason="To mix a dubbed voice with later")
    stage_io.finalize(status="success")
    return True
