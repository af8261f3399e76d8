from stages.tools import read_json


def _time(seconds):
    milliseconds = round(seconds * 1000)
    return f"{milliseconds // 3600000:02}:{milliseconds // 60000 % 60:02}:{milliseconds // 1000 % 60:02}," \
           f"{milliseconds % 1000:03}"


def _stage_subtitles(self) -> bool:
    """Stage: a subtitle for each segment"""
    from shared.stage_utils import StageIO

    stage_io = StageIO("subtitles", self.job_dir, enable_manifest=True)
    transcript = self.arguments[0]
    stage_io.track_input(transcript, "transcript", format="json")
    segments = read_json(transcript)
    subtitle = stage_io.get_output_path("subtitles.srt")
    subtitle.write_text("\n".join(
        f"{number}\n{_time(segment['start'])} --> {_time(segment['end'])}\n{segment['text']}\n"
        for number, segment in enumerate(segments, 1)), "utf-8")
    stage_io.track_output(subtitle, "subtitle", format="srt", count=len(segments))
    stage_io.finalize(status="success")
    return True
