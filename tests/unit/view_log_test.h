/* Logs in memory, for the tests of what reads logs. */
#ifndef VIEW_LOG_TEST_H
#define VIEW_LOG_TEST_H

#include "base/err.h"
#include "record/runs/logmerge.h"
#include "view_test.h"

#define AT_SECOND(s) "[2025-11-27 14:09:" s "] "
#define FILES_MAX 4

struct memory {
	struct buf files[FILES_MAX];
	size_t most; /* bytes that one reading gives; 0: all */
	uint32_t readings;
	bool fails;
};

static inline ssize_t memory_read(
	void *ctx, uint32_t file, uint64_t at, char *data, size_t len, struct err *err)
{
	struct memory *memory = ctx;
	const struct buf *text = &memory->files[file];

	memory->readings++;
	if (memory->fails)
		return err_set(err, EXIT_WORLD, "cannot read");
	if (at >= text->len)
		return 0;
	if (len > text->len - at)
		len = (size_t)(text->len - at);
	if (memory->most && len > memory->most)
		len = memory->most;
	memcpy(data, text->data + at, len);
	return (ssize_t)len;
}

static inline void memory_free(struct memory *memory)
{
	for (int i = 0; i < FILES_MAX; i++)
		buf_free(&memory->files[i]);
}

#endif
