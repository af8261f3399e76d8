#include "view/words/warning_place.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "model/graph/job_paths.h"

#define LOG_MAX ((size_t)64 << 20) /* a larger log is not searched */

uint32_t warning_line(const char *dir, const char *message)
{
	struct arena arena = {0};
	struct buf text = {0}, wanted = {0};
	uint32_t number = 0, found = 0;

	buf_fmt(&wanted, "[WARNING] %.*s", (int)strcspn(message, "\n"), message);
	if (fs_read(stage_path(&arena, dir, STAGE_LOG_FILE), LOG_MAX, &text, NULL) == 0) {
		const char *end = text.data + text.len;
		for (const char *line = text.data; line < end && !found;) {
			const char *eol = memchr(line, '\n', (size_t)(end - line));
			size_t len = eol ? (size_t)(eol - line) : (size_t)(end - line);
			number++;
			if (len >= wanted.len &&
				memcmp(line + len - wanted.len, wanted.data, wanted.len) == 0)
				found = number;
			line += len + 1;
		}
	}
	arena_free(&arena);
	buf_free(&text);
	buf_free(&wanted);
	return found;
}
