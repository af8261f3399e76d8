/* Turns the silences that FFmpeg found in a recording into segments of speech.
 *
 *	segment AUDIO SILENCES OUTPUT [PAD [MIN_SPEECH]]
 *
 * SILENCES is what "silencedetect,ametadata=mode=print:file=-" prints. Detection stays with FFmpeg and
 * judgement here, so either can be replaced on its own. PAD and MIN_SPEECH are seconds.
 *
 * Under a runner it reports with StageIO; run by hand it does the same work and prints its messages. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stageio.h>

struct span {
	double start, end;
};

struct spans {
	struct span *at;
	size_t count;
};

static stageio *io; /* NULL: no runner */

/* Says what went wrong and what to do about it; false, for callers to return. */
__attribute__((__format__(__printf__, 1, 2))) static bool complain(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (io)
		stageio_add_error(io, text, NULL, NULL);
	else
		fprintf(stderr, "error: %s\n", text);
	return false;
}

static bool add_span(struct spans *spans, double start, double end)
{
	struct span *grown = realloc(spans->at, (spans->count + 1) * sizeof *grown);

	if (!grown)
		return complain("out of memory; give a shorter recording");
	spans->at = grown;
	spans->at[spans->count++] = (struct span){start, end};
	return true;
}

static double within(double time, double duration)
{
	return time < 0 ? 0 : time > duration ? duration : time;
}

/* The silences in order, inside the recording. */
static bool read_silences(struct spans *silences, FILE *file, const char *name, double duration)
{
	static const char prefix[] = "lavfi.silence_";
	char line[512];
	bool is_silent = false;
	double start = 0;
	unsigned long number = 0;

	while (fgets(line, sizeof line, file)) {
		char *rest = line + sizeof prefix - 1, *end;

		number++;
		if (strncmp(line, prefix, sizeof prefix - 1) != 0)
			continue;
		bool is_start = strncmp(rest, "start=", 6) == 0;
		if (!is_start && strncmp(rest, "end=", 4) != 0)
			continue;
		rest = strchr(rest, '=') + 1;
		double time = strtod(rest, &end);
		if (end == rest || !isfinite(time))
			return complain(
				"%s: line %lu: no time behind the '='; detect the silences again",
				name, number);
		if (is_start == is_silent)
			return complain(
				is_start
					? "%s: line %lu: a silence starts inside a silence; detect the silences of one audio track only"
					: "%s: line %lu: a silence ends that never started; detect the silences again, the list is not whole",
				name, number);
		time = within(time, duration);
		if (is_start)
			start = time;
		else if (!add_span(silences, start, time))
			return false;
		is_silent = is_start;
	}
	if (ferror(file))
		return complain("%s: %s; run the stage that makes it", name, strerror(errno));
	/* The end of the recording ends a silence too, but FFmpeg has no frame left to say so on. */
	return !is_silent || add_span(silences, start, duration);
}

/* What is not silence. Clicks shorter than min_speech are no speech. The rest grows by pad into the silence
 * around it, as the first and last sounds of a word are often below the threshold; two that would meet share
 * the silence between them. */
static bool find_speech(struct spans *speech, const struct spans *silences, double duration,
	double pad, double min_speech)
{
	double start = 0, before = 0;

	for (size_t i = 0; i <= silences->count; i++) {
		double end = i < silences->count ? silences->at[i].start : duration;
		if (end - start >= min_speech && !add_span(speech, start, end))
			return false;
		if (i < silences->count)
			start = silences->at[i].end;
	}
	for (size_t i = 0; i < speech->count; i++) {
		struct span *span = &speech->at[i];
		double room = i + 1 < speech->count ? (span[1].start - span->end) / 2
						    : duration - span->end;
		double lead = i > 0 ? before : span->start;

		before = room;
		span->start -= fmin(pad, lead);
		span->end += fmin(pad, room);
	}
	return true;
}

static uint32_t little_endian(const unsigned char *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* Seconds of a WAV file with PCM samples, or a negative number. */
static double wav_duration(FILE *file)
{
	unsigned char head[12], chunk[8], format[16];
	uint32_t bytes_per_second = 0;

	if (fread(head, 1, 12, file) != 12 || memcmp(head, "RIFF", 4) != 0 ||
		memcmp(head + 8, "WAVE", 4) != 0)
		return -1;
	while (fread(chunk, 1, 8, file) == 8) {
		uint32_t size = little_endian(chunk + 4);

		if (memcmp(chunk, "data", 4) == 0)
			return bytes_per_second ? (double)size / bytes_per_second : -1;
		/* Chunks are padded to an even length. */
		long skip = (long)size + (size & 1);
		if (memcmp(chunk, "fmt ", 4) == 0) {
			if (size < 16 || fread(format, 1, 16, file) != 16)
				return -1;
			bytes_per_second = little_endian(format + 8);
			skip -= 16;
		}
		if (fseek(file, skip, SEEK_CUR) != 0)
			return -1;
	}
	return -1;
}

static bool read_files(
	const char *audio, const char *list, double *duration, struct spans *silences)
{
	FILE *file = fopen(audio, "rb");

	if (!file)
		return complain("%s: %s; check the path, or run the stage that makes the file",
			audio, strerror(errno));
	*duration = wav_duration(file);
	fclose(file);
	if (*duration < 0)
		return complain(
			"%s is no WAV file with PCM samples; convert it with ffmpeg -c:a pcm_s16le",
			audio);
	file = fopen(list, "r");
	if (!file)
		return complain("%s: %s; check the path, or run the stage that makes the file",
			list, strerror(errno));
	bool is_good = read_silences(silences, file, list, *duration);
	fclose(file);
	return is_good;
}

static void put_spans(FILE *file, const char *name, const struct spans *spans)
{
	fprintf(file, ",\n  \"%s\": [", name);
	for (size_t i = 0; i < spans->count; i++)
		fprintf(file, "%s\n    {\"start\": %.3f, \"end\": %.3f}", i ? "," : "",
			spans->at[i].start, spans->at[i].end);
	fprintf(file, "%s]", spans->count ? "\n  " : "");
}

static bool write_output(
	const char *path, double duration, const struct spans *speech, const struct spans *silences)
{
	FILE *file = fopen(path, "w");
	bool is_good = file != NULL;

	if (file) {
		fprintf(file, "{\n  \"duration\": %.3f", duration);
		put_spans(file, "speech", speech);
		put_spans(file, "silences", silences);
		fprintf(file, "\n}\n");
		is_good = !ferror(file);
		is_good = fclose(file) == 0 && is_good;
	}
	return is_good ||
	       complain("%s: %s; check the path and the space on the disk", path, strerror(errno));
}

static void tell(const char *output, double duration, const struct spans *speech)
{
	double spoken = 0;

	for (size_t i = 0; i < speech->count; i++)
		spoken += speech->at[i].end - speech->at[i].start;
	if (!io) {
		printf("%zu segments, %.1f s of speech in %.1f s\n", speech->count, spoken,
			duration);
		return;
	}
	/* Three digits, as in the output: more would be noise of the arithmetic. */
	spoken = round(spoken * 1000) / 1000;
	stageio_logf(io, STAGEIO_INFO, "%zu segments, %.1f s of speech in %.1f s", speech->count,
		spoken, duration);
	stageio_track_output(io, output, "speech",
		STAGEIO_FIELDS(STAGEIO_INT("segments", speech->count),
			STAGEIO_NUM("speech_seconds", spoken)));
}

static bool run(int argc, char **argv)
{
	struct spans silences = {NULL, 0}, speech = {NULL, 0};
	double numbers[2] = {0.1, 0.15}, duration = 0;
	bool is_good = true;

	for (int i = 4; i < argc; i++) {
		char *end;
		numbers[i - 4] = strtod(argv[i], &end);
		if (end == argv[i] || *end || !(numbers[i - 4] >= 0) || !isfinite(numbers[i - 4]))
			return complain(
				"'%s' is no number of seconds; give one such as 0.1", argv[i]);
	}
	is_good = read_files(argv[1], argv[2], &duration, &silences) &&
		  find_speech(&speech, &silences, duration, numbers[0], numbers[1]);
	if (is_good && !speech.count)
		is_good = complain(
			"%s is silent from start to end; lower the silence threshold or check the recording",
			argv[1]);
	is_good = is_good && write_output(argv[3], duration, &speech, &silences);
	if (is_good)
		tell(argv[3], duration, &speech);
	free(silences.at);
	free(speech.at);
	return is_good;
}

int main(int argc, char **argv)
{
	if (argc < 4 || argc > 6) {
		fprintf(stderr, "usage: segment AUDIO SILENCES OUTPUT [PAD [MIN_SPEECH]]\n");
		return 2;
	}
	if (getenv("STAGEIO_EVENTS") && stageio_open(&io, NULL, NULL, 0) != STAGEIO_OK) {
		fprintf(stderr, "error: the runner cannot be told anything: %s\n",
			stageio_error_detail());
		return 3;
	}
	bool is_good = run(argc, argv);
	if (io && stageio_finalize(io, is_good ? STAGEIO_SUCCESS : STAGEIO_FAILED, NULL, 0) !=
			  STAGEIO_OK)
		is_good = false;
	stageio_close(io);
	return is_good ? 0 : 1;
}
