/* A stage that counts the words of a text and records it: wordcount JOB_DIR TEXT
 *
 *	cc -o wordcount wordcount.c $(pkg-config --cflags --libs stageio)
 *
 * wordcount.py and wordcount.sh are the same stage in Python and shell. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <stageio.h>

static long count_words(FILE *file)
{
	long words = 0;
	bool is_inside = false;
	int c;

	while ((c = getc(file)) != EOF) {
		bool is_letter = !isspace(c);
		words += is_letter && !is_inside;
		is_inside = is_letter;
	}
	return ferror(file) ? -1 : words;
}

/* Counts, writes the output, and tells what was used and made. */
static bool run(stageio *io, const char *text)
{
	char *output = NULL;
	FILE *in = NULL, *out = NULL;
	long words = -1;

	stageio_track_input(io, text, "text", STAGEIO_FIELDS(STAGEIO_STR("format", "txt")));
	in = fopen(text, "r");
	if (in)
		words = count_words(in);
	if (words < 0) {
		stageio_add_error(io, "the text cannot be read", NULL, text);
		goto out;
	}
	if (stageio_get_output_path(&output, io, "words.json") != STAGEIO_OK)
		goto out;
	out = fopen(output, "w");
	if (!out || fprintf(out, "{\"words\": %ld}\n", words) < 0 || fclose(out) == EOF) {
		stageio_add_error(io, "the count cannot be written", NULL, output);
		words = -1;
		goto out;
	}
	stageio_track_output(io, output, "metadata", STAGEIO_FIELDS(STAGEIO_INT("words", words)));
	stageio_logf(io, STAGEIO_INFO, "✓ %ld words", words);
out:
	if (in)
		fclose(in);
	stageio_free(output);
	return words >= 0;
}

int main(int argc, char **argv)
{
	stageio *io;

	if (argc != 3) {
		fprintf(stderr, "usage: wordcount JOB_DIR TEXT\n");
		return 2;
	}
	if (stageio_open(&io, "wordcount", argv[1], 0) != STAGEIO_OK) {
		fprintf(stderr, "wordcount: %s\n", stageio_error_detail());
		return 3;
	}
	bool is_good = run(io, argv[2]);
	if (stageio_finalize(io, is_good ? STAGEIO_SUCCESS : STAGEIO_FAILED, NULL, 0) != STAGEIO_OK)
		is_good = false;
	if (stageio_close(io) != STAGEIO_OK)
		is_good = false;
	return is_good ? 0 : 1;
}
