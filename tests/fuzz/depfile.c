/* Makefile rules as compilers write them, and as they do not. */
#include "fuzz.h"

#include "base/err.h"
#include "record/manifest/depfile.h"

static void take(void *ctx, const char *path)
{
	size_t *bytes = ctx;

	*bytes += strlen(path) + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = {0};
	size_t bytes = 0;
	double began = fuzz_cpu();
	char *text = malloc(size + 1); /* exactly: a look behind the end is seen */

	if (!text)
		fuzz_fail("out of memory");
	memcpy(text, data, size);
	text[size] = 0;
	int status = depfile_read(text, size, "x.d", take, &bytes, &err);
	if (status < 0 && err.code != EXIT_STAGE)
		fuzz_fail("a mistake that is none of the stage's");
	if (bytes > size + 1)
		fuzz_fail("more names than text");
	free(text);
	fuzz_end(began);
	return 0;
}
