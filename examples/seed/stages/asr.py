"""The complete stage of the logging architecture, word for word."""
import json

from standins import transcribe_audio


def _stage_asr(self) -> bool:
    """Stage: Automatic Speech Recognition"""
    from shared.stage_utils import StageIO
    
    # 1. Initialize
    stage_io = StageIO("asr", self.job_dir, enable_manifest=True)
    logger = stage_io.get_stage_logger("DEBUG" if self.debug else "INFO")
    
    # 2. Get input/output paths
    audio_input = stage_io.get_input_path("audio.wav", from_stage="demux")
    segments_output = stage_io.get_output_path("segments.json")
    
    # 3. Track inputs
    stage_io.track_input(audio_input, "audio", format="wav")
    
    # 4. Configure stage
    config = {
        "model": "whisper-large-v3",
        "device": "mps",
        "language": "hi",
        "batch_size": 16
    }
    stage_io.set_config(config)
    
    logger.info(f"Input: {audio_input}")
    logger.info(f"Output: {segments_output}")
    logger.info(f"Model: {config['model']}")
    
    try:
        # 5. Process
        segments = transcribe_audio(audio_input, **config)
        
        # Save output
        with open(segments_output, 'w') as f:
            json.dump(segments, f, indent=2)
        
        # 6. Track outputs
        stage_io.track_output(segments_output, "transcript",
                             format="json",
                             segments=len(segments))
        
        # 7. Finalize with success
        stage_io.finalize(status="success",
                         segments_count=len(segments))
        
        logger.info(f"✓ Transcribed {len(segments)} segments")
        return True
        
    except Exception as e:
        # 8. Handle errors
        logger.error(f"Transcription failed: {e}")
        stage_io.add_error("Transcription failed", e)
        stage_io.finalize(status="failed")
        return False
