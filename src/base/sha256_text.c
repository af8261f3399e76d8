/* SHA-256 as text: needs no library. */
#include <string.h>

#include "base/sha256.h"
#include "base/text.h"

bool sha256_eq(const struct sha256 *a, const struct sha256 *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

void sha256_format(const struct sha256 *sum, char text[SHA256_TEXT_SIZE])
{
	text_put_hex(text, sum->bytes, sizeof sum->bytes);
}

bool sha256_parse(const char *text, struct sha256 *out)
{
	return text_take_hex(text, out->bytes, sizeof out->bytes);
}
