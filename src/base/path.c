#include "base/path.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

char *path_norm(struct arena *arena, const char *path)
{
	bool is_absolute = path[0] == '/';
	size_t len = strlen(path);
	char *out = arena_alloc(arena, len + 2);
	size_t root = is_absolute ? 1 : 0;
	size_t used = root;  /* bytes in out */
	size_t fixed = root; /* of them: the root and leading "..", which a ".." cannot take back */

	if (is_absolute)
		out[0] = '/';
	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");
		const char *part = p;
		p += n;
		p += *p == '/';
		if (n == 0 || (n == 1 && part[0] == '.'))
			continue;
		bool is_up = n == 2 && part[0] == '.' && part[1] == '.';
		if (is_up && used > fixed) {
			while (used > fixed && out[used - 1] != '/')
				used--;
			if (used > root)
				used--; /* the separator */
			continue;
		}
		if (is_up && is_absolute)
			continue;
		if (used > root)
			out[used++] = '/';
		memcpy(out + used, part, n);
		used += n;
		if (is_up)
			fixed = used;
	}
	if (used == 0)
		out[used++] = '.';
	out[used] = '\0';
	return out;
}

char *path_join(struct arena *arena, const char *dir, const char *path)
{
	if (path[0] == '/')
		return path_norm(arena, path);
	size_t dir_len = dir[0] ? strlen(dir) : 1, len = strlen(path);
	char *whole = arena_alloc(arena, dir_len + len + 2);
	memcpy(whole, dir[0] ? dir : ".", dir_len);
	whole[dir_len] = '/';
	memcpy(whole + dir_len + 1, path, len);
	return path_norm(arena, whole);
}

static bool goes_up(const char *path)
{
	return path[0] == '.' && path[1] == '.' && (path[2] == '/' || path[2] == '\0');
}

const char *path_below(const char *dir, const char *path)
{
	size_t len = strlen(dir);

	if (strcmp(dir, path) == 0)
		return path + len;
	if (strcmp(dir, ".") == 0)
		return path[0] == '/' || goes_up(path) ? NULL : path;
	if (strcmp(path, ".") == 0 || strncmp(dir, path, len) != 0)
		return NULL;
	if (strcmp(dir, "/") == 0)
		return path + 1;
	if (path[len] != '/' || goes_up(path + len + 1))
		return NULL; /* "../.." is above "..", not below */
	return path + len + 1;
}

bool path_is_under(const char *dir, const char *path)
{
	return path_below(dir, path) != NULL;
}

/* How much of both is the same, whole names with the '/' behind them. */
static size_t shared(const char *from, const char *to)
{
	size_t len = 0, i = 0;

	for (; from[i] && from[i] == to[i]; i++) {
		if (from[i] == '/')
			len = i + 1;
	}
	if (!from[i] && (!to[i] || to[i] == '/'))
		len = i + (to[i] == '/');
	else if (!to[i] && from[i] == '/')
		len = i + 1;
	return len;
}

char *path_relative(struct arena *arena, const char *from, const char *to)
{
	struct buf text BUF_LOCAL = {0};

	from = strcmp(from, ".") == 0 ? "" : from;
	to = strcmp(to, ".") == 0 ? "" : to;
	size_t len = shared(from, to);
	for (const char *at = from + (len < strlen(from) ? len : strlen(from)); *at;) {
		buf_str(&text, text.len ? "/.." : "..");
		at += strcspn(at, "/");
		at += *at == '/';
	}
	const char *rest = len <= strlen(to) ? to + len : "";
	if (*rest) {
		if (text.len)
			buf_char(&text, '/');
		buf_str(&text, rest);
	}
	return arena_strdup(arena, text.len ? buf_text(&text) : ".");
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *path_dir(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return arena_strdup(arena, ".");
	while (slash > path && slash[-1] == '/')
		slash--;
	if (slash == path)
		return arena_strdup(arena, "/");
	return arena_strndup(arena, path, (size_t)(slash - path));
}

/* The dot before the extension, or NULL: ".x" and "x." have none. */
static const char *last_dot(const char *base)
{
	const char *dot = strrchr(base, '.');

	return dot && dot != base && dot[1] ? dot : NULL;
}

char *path_stem(struct arena *arena, const char *path)
{
	const char *base = path_base(path), *dot = last_dot(base);

	return dot ? arena_strndup(arena, base, (size_t)(dot - base)) : arena_strdup(arena, base);
}

const char *path_ext(const char *path)
{
	const char *dot = last_dot(path_base(path));

	return dot ? dot + 1 : "";
}
