/* SHA-256 as text: needs no library. */
#include <string.h>

#include "base/sha256.h"

bool sha256_eq(const struct sha256 *a, const struct sha256 *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

void sha256_format(const struct sha256 *sum, char text[SHA256_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof sum->bytes; i++) {
		*text++ = hex[sum->bytes[i] >> 4];
		*text++ = hex[sum->bytes[i] & 15];
	}
	*text = '\0';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool sha256_parse(const char *text, struct sha256 *out)
{
	struct sha256 sum;

	for (size_t i = 0; i < sizeof sum.bytes; i++) {
		int high = digit(*text), low = high < 0 ? -1 : digit(text[1]);
		if (low < 0)
			return false;
		sum.bytes[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	if (*text)
		return false;
	*out = sum;
	return true;
}
