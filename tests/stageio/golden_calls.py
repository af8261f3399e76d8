"""The calls of the golden test, in Python; golden.c and golden.sh make the same ones. The current
directory is the root; the first argument is the job's directory."""
import pathlib
import sys

from stageio import StageIO

stage_io = StageIO("asr", sys.argv[1])
logger = stage_io.get_stage_logger("DEBUG")
stage_io.set_config({"model": "whisper-large-v3", "batch_size": 16})
stage_io.add_config("language", "hi")
stage_io.set_config({"batch_size": 8})
logger.debug("a detail")
logger.info("two lines, %d\nand the %s", 1, "second")
logger.info("")
logger.warning("%s 100% ✓")
logger.error("-n")

stage_io.track_input(
    stage_io.get_input_path("audio.wav", from_stage="demux"), "audio",
    format="wav", sample_rate=16000, gain=0.1, whole=2.0, small=1e-7, large=1e22, mono=True, title=None,
    tags={"a": (1, 2.5, "x", None, True, {}), "b": []}, exact=9007199254740992, beyond=-9223372036854775807,
    text="\"quoted\" \\ tab\t newline\n \x01 é 📋")
stage_io.track_input(stage_io.get_input_path("settings.json"), "metadata", label="settings")
stage_io.track_input("in/./gone.txt", "text")
stage_io.track_input(pathlib.Path("in/../in/corpus"), "corpus")
stage_io.track_input(b"in/caf\xe9 \xee\xbe\x80.txt", "text")
stage_io.track_input("in/fifo", "pipe")
stage_io.track_input("in/gone.txt", "transcript", again=True)
stage_io.progress(0.5, "half")
stage_io.progress(1)

segments = stage_io.get_output_path("segments.json")
segments.write_text("[]\n")
stage_io.track_output(segments, "transcript", format="json", segments=12, label="transcript", retained=False,
                      track=1, origin="studio", meta="own")
stage_io.get_output_path("cache/model.bin").write_text("model\n")
stage_io.track_intermediate("cache/model.bin", retained=True, reason="Model cache for faster subsequent runs",
                            version=2)
temp = stage_io.get_output_path("temp.wav")
temp.write_text("noise\n")
stage_io.track_intermediate(temp, retained=False, reason="Temporary processing file")
stage_io.track_intermediate("never.tmp", retained=False)

stage_io.resource(gpu_used="none", memory_mb=12.5)
stage_io.resource(cost=3)
with stage_io.phase("load model"):
    pass
stage_io.cost(0.1, "USD", "api calls", 1200, "tokens")
stage_io.cost(0.2, "USD", "storage")
stage_io.add_error("Could not", ValueError("of that kind"))
stage_io.add_error("Plain")
stage_io.add_warning("Using default configuration")
stage_io.finalize(status="success", segments_count=12, model_version="1.0.0", nothing=None,
                  command="whisper")
logger.info("✓ Transcribed 12 segments")
