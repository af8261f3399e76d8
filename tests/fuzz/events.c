/* The events file, read as it grows: the first byte says where it was cut. */
#include "fuzz.h"

#include "base/err.h"
#include "record/manifest/events.h"

static bool take(void *ctx, const char *name, const json *object)
{
	unsigned *count = ctx;

	if (!name || !object)
		fuzz_fail("an event of no kind");
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
