/* The calls of the golden test, in C; golden.sh and golden_calls.py make the same ones. The current
 * directory is the root; argv[1] is the job's directory. */
#include <stdio.h>
#include <stdlib.h>

#include "stageio.h"

static void must(int code, const char *call)
{
	if (code == STAGEIO_OK)
		return;
	fprintf(stderr, "%s: %s: %s\n", call, stageio_strerror(code), stageio_error_detail());
	exit(1);
}

#define MUST(call) must(call, #call)

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) == EOF || fclose(file) == EOF) {
		perror(path);
		exit(1);
	}
}

static void track_inputs(stageio *io)
{
	char *audio = NULL, *manifest = NULL;

	MUST(stageio_get_input_path(&audio, io, "audio.wav", "demux"));
	MUST(stageio_track_input(io, audio, "audio",
		STAGEIO_FIELDS(STAGEIO_STR("format", "wav"), STAGEIO_INT("sample_rate", 16000),
			STAGEIO_NUM("gain", 0.1), STAGEIO_NUM("whole", 2.0),
			STAGEIO_NUM("small", 1e-7), STAGEIO_NUM("large", 1e22),
			STAGEIO_BOOL("mono", 1), STAGEIO_NULL("title"),
			STAGEIO_JSON("tags", "{\"a\": [1, 2.5, \"x\", null, true, {}], \"b\": []}"),
			STAGEIO_INT("exact", INT64_C(9007199254740992)),
			STAGEIO_INT("beyond", INT64_C(-9223372036854775807)),
			STAGEIO_STR("text",
				"\"quoted\" \\ tab\t newline\n \x01 \xc3\xa9 \xf0\x9f\x93\x8b"))));
	MUST(stageio_get_input_path(&manifest, io, "settings.json", NULL));
	MUST(stageio_track_input(
		io, manifest, "metadata", STAGEIO_FIELDS(STAGEIO_LABEL("settings"))));
	MUST(stageio_track_input(io, "in/./gone.txt", "text", NULL, 0));
	MUST(stageio_track_input(io, "in/../in/corpus", "corpus", NULL, 0));
	MUST(stageio_track_input(io, "in/caf\xe9 \xee\xbe\x80.txt", "text", NULL, 0));
	MUST(stageio_track_input(io, "in/fifo", "pipe", NULL, 0));
	MUST(stageio_track_input(
		io, "in/gone.txt", "transcript", STAGEIO_FIELDS(STAGEIO_BOOL("again", 1))));
	stageio_free(audio);
	stageio_free(manifest);
}

static void track_outputs(stageio *io)
{
	char *segments = NULL, *cache = NULL, *temp = NULL;

	MUST(stageio_get_output_path(&segments, io, "segments.json"));
	write_file(segments, "[]\n");
	MUST(stageio_track_output(io, segments, "transcript",
		STAGEIO_FIELDS(STAGEIO_STR("format", "json"), STAGEIO_INT("segments", 12),
			STAGEIO_LABEL("transcript"), STAGEIO_BOOL("retained", 0),
			STAGEIO_INT("track", 1), STAGEIO_STR("origin", "studio"),
			STAGEIO_STR("meta", "own"))));
	MUST(stageio_get_output_path(&cache, io, "cache/model.bin"));
	write_file(cache, "model\n");
	MUST(stageio_track_intermediate(io, "cache/model.bin", 1,
		"Model cache for faster subsequent runs",
		STAGEIO_FIELDS(STAGEIO_INT("version", 2))));
	MUST(stageio_get_output_path(&temp, io, "temp.wav"));
	write_file(temp, "noise\n");
	MUST(stageio_track_intermediate(io, temp, 0, "Temporary processing file", NULL, 0));
	MUST(stageio_track_intermediate(io, "never.tmp", 0, "", NULL, 0));
	stageio_free(segments);
	stageio_free(cache);
	stageio_free(temp);
}

int main(int argc, char **argv)
{
	const stageio_field language = STAGEIO_STR("language", "hi");
	stageio *io;

	MUST(argc == 2 ? STAGEIO_OK : STAGEIO_EINVAL);
	MUST(stageio_open(&io, "asr", argv[1], 0));
	MUST(stageio_set_config(io, STAGEIO_FIELDS(STAGEIO_STR("model", "whisper-large-v3"),
					    STAGEIO_INT("batch_size", 16))));
	MUST(stageio_add_config(io, &language));
	MUST(stageio_set_config(io, STAGEIO_FIELDS(STAGEIO_INT("batch_size", 8))));
	MUST(stageio_log(io, STAGEIO_DEBUG, "a detail"));
	MUST(stageio_logf(io, STAGEIO_INFO, "two lines, %d\nand the %s", 1, "second"));
	MUST(stageio_log(io, STAGEIO_INFO, ""));
	MUST(stageio_log(io, STAGEIO_WARNING, "%s 100% \xe2\x9c\x93"));
	MUST(stageio_log(io, STAGEIO_ERROR, "-n"));
	track_inputs(io);
	MUST(stageio_progress(io, 0.5, "half"));
	MUST(stageio_progress(io, 1, NULL));
	track_outputs(io);
	MUST(stageio_resource(io,
		STAGEIO_FIELDS(STAGEIO_STR("gpu_used", "none"), STAGEIO_NUM("memory_mb", 12.5))));
	MUST(stageio_resource(io, STAGEIO_FIELDS(STAGEIO_NUM("cost", 3))));
	MUST(stageio_phase(io, "load model"));
	MUST(stageio_phase(io, NULL));
	MUST(stageio_cost(io, 0.1, "USD", "api calls", 1200, "tokens"));
	MUST(stageio_cost(io, 0.2, "USD", "storage", 0, NULL));
	MUST(stageio_add_error(io, "Could not", "ValueError", "of that kind"));
	MUST(stageio_add_error(io, "Plain", NULL, NULL));
	MUST(stageio_add_warning(io, "Using default configuration"));
	MUST(stageio_finalize(io, STAGEIO_SUCCESS,
		STAGEIO_FIELDS(STAGEIO_INT("segments_count", 12),
			STAGEIO_STR("model_version", "1.0.0"), STAGEIO_NULL("nothing"),
			STAGEIO_STR("command", "whisper"))));
	MUST(stageio_log(io, STAGEIO_INFO, "\xe2\x9c\x93 Transcribed 12 segments"));
	MUST(stageio_close(io));
	return 0;
}
