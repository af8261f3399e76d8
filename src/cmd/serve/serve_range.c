#include <stdlib.h>
#include <string.h>

#include "cmd/serve/serve_http.h"

bool http_range(const char *text, uint64_t size, uint64_t *from, uint64_t *count)
{
	unsigned long long first = 0, last = size ? size - 1 : 0;
	char *end;

	if (!text || strncmp(text, "bytes=", 6) != 0 || strchr(text, ',') || size == 0)
		return false;
	text += 6;
	if (*text == '-') {
		unsigned long long tail = strtoull(text + 1, &end, 10);

		first = tail < size ? size - tail : 0;
		if (end == text + 1 || *end || tail == 0 || text[1] == '-')
			return false;
	} else {
		first = strtoull(text, &end, 10);
		if (end == text || *end++ != '-')
			return false;
		if (*end)
			last = strtoull(end, &end, 10);
		if (*end)
			return false;
	}
	if (last >= size)
		last = size - 1;
	if (first > last)
		return false;
	*from = first;
	*count = last - first + 1;
	return true;
}
