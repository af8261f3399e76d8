#include "base/order.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

int order_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int order_natural(const void *a, const void *b)
{
	return text_natural(*(const char *const *)a, *(const char *const *)b);
}

int order_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int order_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}
