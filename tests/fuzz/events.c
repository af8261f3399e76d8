/* The events file, read as it grows: the first byte says where it was cut. */
#include "fuzz.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "record/manifest/events.h"

/* What a node reads of a line is what the head reads. */
static void look_into(const char *line, size_t len)
{
	static const char *const names[] = {"event", "message"};
	const char *texts[2];
	struct arena arena = {0};
	json *object = json_parse(line, len, NULL);
	bool is_object = json_texts(&arena, line, len, names, 2, texts);

	if (json_is(object, JSON_OBJECT) && !is_object)
		fuzz_fail("an object that is none on the node");
	for (int i = 0; object && i < 2; i++) {
		if (!text_eq(json_get_str(object, names[i], NULL), is_object ? texts[i] : NULL))
			fuzz_fail("another text on the node");
	}
	json_free(object);
	arena_free(&arena);
}

static bool take(void *ctx, const char *line, size_t len)
{
	unsigned *count = ctx;

	if (!len || memchr(line, '\n', len))
		fuzz_fail("no line");
	look_into(line, len);
	(*count)++;
	return *count % 2;
}

static void append(const char *path, const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
		fuzz_fail("cannot write the events");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[4096];
	struct err err = {0};
	unsigned count = 0;
	double began = fuzz_cpu();
	const char *dir = getenv("FUZZ_DIR");

	if (size == 0)
		return 0;
	size_t cut = (size - 1) * data[0] / 256;
	snprintf(path, sizeof path, "%s/events", dir ? dir : ".");
	unlink(path);
	struct events_reader *reader = events_open(path);
	append(path, data + 1, cut);
	if (events_read(reader, false, take, &count, &err) < 0)
		fuzz_fail(err.text);
	append(path, data + 1 + cut, size - 1 - cut);
	if (events_read(reader, true, take, &count, &err) < 0)
		fuzz_fail(err.text);
	events_close(reader);
	fuzz_end(began);
	return 0;
}
