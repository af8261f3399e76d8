/* By zlib, which is loaded here and nowhere else: every system has it, and few calls need it.
 * Without it the page is larger, and says the same. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/library.h"
#include "base/mem.h"
#include "view/page/report.h"

#define PACK_FROM \
	((size_t)256 * 1024) /* smaller data stay as they are, for whoever looks into the page */
#define LEVEL 6

typedef unsigned long bound_fn(unsigned long len);
typedef int compress_fn(unsigned char *out, unsigned long *out_len, const unsigned char *data,
	unsigned long len, int level);

static struct {
	bound_fn *bound;
	compress_fn *compress;
} zlib;

static struct library library = {
	.file = "libz.so.1",
	.purpose = "the page is made smaller",
	.names = "compressBound\0compress2\0",
	.functions = &zlib,
};

bool report_pack(struct buf *out, const char *data, size_t len)
{
	unsigned char *packed;
	unsigned long size;
	bool is_packed;

	if (len < PACK_FROM || library_load(&library, NULL) < 0)
		return false;
	size = zlib.bound(len);
	packed = mem_large(size);
	is_packed = zlib.compress(packed, &size, (const unsigned char *)data, len, LEVEL) == 0;
	if (is_packed) {
		buf_str(out, "{\"schema\": \"restage.report/1\", \"deflate\": \"");
		report_add_base64(out, packed, size);
		buf_str(out, "\"}\n");
	}
	free(packed);
	return is_packed;
}
