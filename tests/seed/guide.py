"""A stage as the implementation guide of the logging architecture writes it: guide.py WAY, where WAY is how it ends."""
import json
import sys
from pathlib import Path

from shared.stage_utils import StageIO


def process_data(input_file, output_file):
    output_file.write_text(json.dumps(input_file.read_text().split()))


def download_model(cache_file):
    cache_file.write_text("model\n")


def process_audio(temp_file):
    temp_file.write_text("noise\n")


def my_stage_function(job_dir, way, debug):
    # Initialize stage I/O with manifest tracking
    stage_io = StageIO("my_stage", job_dir, enable_manifest=True)

    # Get dual logger (writes to stage.log + pipeline log)
    logger = stage_io.get_stage_logger("DEBUG" if debug else "INFO")
    logger.debug("a detail")
    logger.info("progress")
    print("what a tool prints")

    # Track input files in manifest
    input_file = Path("input/data.json")
    stage_io.track_input(input_file, "transcript", format="json")

    # Multiple inputs
    input_files = [Path("input/a.wav"), Path("input/b.wav")]
    for input_file in input_files:
        stage_io.track_input(input_file, "audio", format="wav")

    # Track output files in manifest
    output_file = stage_io.get_output_path("result.json")
    process_data(Path("input/data.json"), output_file)
    segments = json.loads(output_file.read_text())
    stage_io.track_output(output_file, "transcript",
                          format="json",
                          segments=len(segments))

    # Track intermediate/cache files
    cache_file = stage_io.get_output_path("model_cache.bin")
    download_model(cache_file)

    stage_io.track_intermediate(cache_file,
                                retained=True,
                                reason="Model cache for faster subsequent runs")

    # Temporary files (not retained)
    temp_file = stage_io.get_output_path("temp_processing.wav")
    process_audio(temp_file)

    stage_io.track_intermediate(temp_file,
                                retained=False,
                                reason="Temporary processing file")

    # Track stage configuration
    stage_io.set_config({
        "model": "whisper-large-v3",
        "device": "mps",
        "batch_size": 16,
        "compute_type": "float32"
    })

    # Add individual config items
    stage_io.add_config("language", "hi")

    try:
        if way == "raise":
            raise ValueError("no such model")
    except Exception as e:
        # Log error to both logger and manifest
        logger.error(f"Processing failed: {e}")
        stage_io.add_error("Processing failed", e)
        stage_io.finalize(status="failed")
        return False

    # Non-fatal warnings
    if way == "warn":
        logger.warning("Suboptimal configuration detected")
        stage_io.add_warning("Using default configuration")

    # Failure case
    if way == "fail":
        stage_io.finalize(status="failed",
                          error_message="Model loading failed")
        return False

    # Skipped case
    if way == "skip":
        stage_io.finalize(status="skipped",
                          reason="Feature disabled by user")
        return True

    # Success case
    stage_io.finalize(status="success",
                      segments_processed=len(segments),
                      model_version="1.0.0")
    logger.info("Stage completed successfully")
    return True


if __name__ == "__main__":
    sys.exit(0 if my_stage_function("out/job_001", sys.argv[1], debug=True) else 1)
