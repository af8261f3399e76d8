/* Sheets as people and programs export them, and as they do not. */
#include "fuzz.h"

#include "base/csv.h"

struct told {
	size_t bytes;
	unsigned char sum;
	uint32_t line;
};

static void take_cell(void *ctx, const char *text, size_t len)
{
	struct told *told = ctx;

	told->bytes += len;
	for (size_t i = 0; i < len; i++) /* reads all of it */
		told->sum ^= (unsigned char)text[i];
}

static void take_row(void *ctx, uint32_t line)
{
	struct told *told = ctx;

	if (line < told->line)
		fuzz_fail("rows are told out of order");
	told->line = line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told told = {0};
	struct csv_handlers handlers = {take_cell, take_row, &told};
	const char *mistake = NULL;
	double began = fuzz_cpu();
	char *text = malloc(size ? size : 1); /* exactly: a look behind the end is seen */

	if (!text)
		fuzz_fail("out of memory");
	memcpy(text, data, size);
	uint32_t line = csv_read(text, size, size % 2 ? ',' : '\t', &handlers, &mistake);
	if (line && !mistake)
		fuzz_fail("a mistake without its words");
	if (told.bytes > size)
		fuzz_fail("more cells than text");
	free(text);
	fuzz_end(began);
	return 0;
}
