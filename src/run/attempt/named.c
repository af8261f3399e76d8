#include "run/attempt/named.h"

#include <string.h>

#include "base/arena.h"
#include "base/path.h"

#define FILE_SEEN ((size_t)1 << 20) /* headers are shorter */
#define ALL_SEEN ((size_t)16 << 20)
#define TEXT_LOOK ((size_t)4 << 10) /* a file with a NUL in so much of it is no text */

/* Its last two names: links may lead to the job in several ways. */
void named_begin(struct named *named, const char *work_dir)
{
	const char *at = path_base(work_dir);

	if (at > work_dir)
		at--;
	while (at > work_dir && at[-1] != '/')
		at--;
	named->needle = at;
	named->left = ALL_SEEN;
}

/* ".work" is the directory, ".workspace" is not. */
static bool is_end(char c)
{
	return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		 c == '_' || c == '-' || c == '.' || c & 0x80);
}

/* By its '/', which few texts have in number. */
static bool has_needle(const struct named *named, const char *data, size_t len)
{
	const char *end = data + len, *start = data;
	size_t head = strcspn(named->needle, "/"), rest = strlen(named->needle + head);

	while ((data = memchr(data, '/', (size_t)(end - data)))) {
		if ((size_t)(data - start) >= head && (size_t)(end - data) >= rest &&
			memcmp(data - head, named->needle, head + rest) == 0 &&
			(data + rest == end || is_end(data[rest])))
			return true;
		data++;
	}
	return false;
}

static void note(struct named *named)
{
	buf_str(&named->found, named->path);
	if (named->watch.name)
		buf_fmt(&named->found, "/%s", named->watch.name);
}

static bool see(struct digest_watch *watch, const char *data, size_t len, bool is_first)
{
	struct named *named = (struct named *)watch;
	size_t most = strlen(named->needle);

	if (is_first) {
		named->seen = 0;
		buf_reset(&named->tail);
	}
	if (named->found.len || named->left < len ||
		(is_first && memchr(data, 0, len < TEXT_LOOK ? len : TEXT_LOOK)))
		return false;
	named->left -= len;
	named->seen += len;
	/* where two pieces meet */
	if (named->tail.len) {
		buf_add(&named->tail, data, len < most ? len : most);
		if (has_needle(named, named->tail.data, named->tail.len))
			note(named);
	}
	if (!named->found.len && has_needle(named, data, len))
		note(named);
	if (named->found.len || named->seen >= FILE_SEEN || len < DIGEST_PIECE)
		return false;
	buf_reset(&named->tail);
	buf_add(&named->tail, data + len - most, most);
	return true;
}

struct digest_watch *named_watch(struct named *named, const char *path)
{
	named->watch = (struct digest_watch){.see = see};
	named->path = path;
	return named->found.len || !named->left ? NULL : &named->watch;
}

const char *named_end(struct named *named, struct arena *arena)
{
	const char *found = named->found.len ? arena_strdup(arena, buf_text(&named->found)) : NULL;

	buf_free(&named->tail);
	buf_free(&named->found);
	return found;
}
