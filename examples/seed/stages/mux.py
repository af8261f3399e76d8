from stages.tools import config, read_json, run_ffmpeg


def _stage_mux(self) -> bool:
    """Stage: the subtitles into the video, as a track of their own"""
    from shared.stage_utils import StageIO

    stage_io = StageIO("mux", self.job_dir, enable_manifest=True)
    logger = stage_io.get_stage_logger("DEBUG" if self.debug else "INFO")
    media, subtitle = self.arguments
    enrichment = stage_io.get_input_path("enrichment.json", from_stage="tmdb")
    stage_io.track_input(media, "video")
    stage_io.track_input(subtitle, "subtitle", format="srt")
    stage_io.track_input(enrichment, "metadata", format="json")
    video = stage_io.get_output_path("subtitled.mp4")
    language = config().get("language", "de")
    stage_io.add_config("language", language)
    try:
        run_ffmpeg(logger, "-i", media, "-i", subtitle, "-map", "0:v", "-map", "0:a", "-map", "1:s", "-c", "copy",
                   "-c:s", "mov_text", "-metadata", f"title={read_json(enrichment)['title']}",
                   "-metadata:s:s:0", f"language={language}", "-fflags", "+bitexact", video)
    except Exception as e:
        logger.error(f"Muxing failed: {e}")
        stage_io.add_error("Muxing failed", e)
        stage_io.finalize(status="failed")
        return False
    stage_io.track_output(video, "video", format="mp4", language=language)
    stage_io.finalize(status="success")
    return True
