#include "run/job/lock_reach.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/buf.h"
#include "base/fs.h"

#define MOUNTINFO "/proc/self/mountinfo"
#define MOUNTINFO_MAX ((size_t)16 << 20)

/* The word that *at leads to, and what comes behind it. */
static const char *next_word(const char **at, size_t *len)
{
	const char *word = *at;

	*len = strcspn(word, " \n");
	*at = word + *len + (word[*len] == ' ');
	return word;
}

static bool is_word(const char *word, size_t len, const char *text)
{
	return strlen(text) == len && memcmp(word, text, len) == 0;
}

/* One of the options, with commas between; *found is its length. */
static const char *find_option(
	const char *options, size_t len, const char *const *wanted, size_t *found)
{
	for (const char *at = options, *end = options + len; at < end; at += *found + 1) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		*found = (size_t)((comma ? comma : end) - at);
		for (size_t i = 0; wanted[i]; i++) {
			if (is_word(at, *found, wanted[i]))
				return at;
		}
	}
	return NULL;
}

/* *at stands behind the " - " of a line: type, source, options. */
static const char *look_at(const char *at, size_t *len)
{
	static const char *const local[] = {"nolock", "local_lock=all", "local_lock=posix", NULL};
	static const char *const shared[] = {"flock", NULL};
	size_t type_len, options_len;
	const char *type = next_word(&at, &type_len);

	next_word(&at, len);
	const char *options = next_word(&at, &options_len);
	if (is_word(type, type_len, "nfs") || is_word(type, type_len, "nfs4"))
		return find_option(options, options_len, local, len);
	if (!is_word(type, type_len, "lustre") || find_option(options, options_len, shared, len))
		return NULL;
	*len = strlen("no flock");
	return "no flock";
}

const char *lock_reach_find(const char *mountinfo, uint32_t major, uint32_t minor, size_t *len)
{
	const char *found = NULL;
	char device[32];

	snprintf(device, sizeof device, "%u:%u", major, minor);
	for (const char *line = mountinfo; *line; line += *line == '\n') {
		const char *at = line, *end = line + strcspn(line, "\n");
		next_word(&at, len);
		next_word(&at, len);
		const char *word = next_word(&at, len);
		const char *dash = memmem(line, (size_t)(end - line), " - ", 3);
		if (dash && is_word(word, *len, device)) {
			found = look_at(dash + 3, len);
			break;
		}
		line = end;
	}
	return found;
}

int lock_reach_warn(int fd, const char *path, struct buf *out)
{
	struct buf text BUF_LOCAL = {0};
	struct stat st;
	size_t len;

	if (fstat(fd, &st) < 0 || fs_read(MOUNTINFO, MOUNTINFO_MAX, &text, NULL) < 0)
		return 0;
	const char *option =
		lock_reach_find(buf_text(&text), major(st.st_dev), minor(st.st_dev), &len);
	if (!option)
		return 0;
	buf_fmt(out,
		"locks in '%s' hold for this machine alone (its mount has %.*s): have it mounted "
		"otherwise (NFSv4 as it is, Lustre with 'flock'), or take care that no two runs of "
		"a job are on two machines",
		path, (int)len, option);
	return 1;
}
