#include "run/exec/jobfile_walk.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/text.h"
#include "run/exec/jobfile.h"

#define END_NAME "end "

void walk_fail(struct walk *walk, const char *what)
{
	if (!walk->has_failed)
		err_set(walk->err, EXIT_WORLD, "%s: byte %zu: %s", walk->path,
			(size_t)(walk->at - walk->start), what);
	walk->has_failed = true;
}

/* A number of bytes that can still come; -1: "-". */
static int64_t read_length(struct walk *walk)
{
	uint64_t len = 0;
	const char *first = walk->at;

	if (walk->at < walk->end && *walk->at == '-') {
		walk->at++;
		return -1;
	}
	while (walk->at < walk->end && isdigit((unsigned char)*walk->at) && len <= JOBFILE_MAX)
		len = len * 10 + (uint64_t)(*walk->at++ - '0');
	if (walk->at == first || (*first == '0' && walk->at > first + 1) || walk->at == walk->end ||
		*walk->at++ != ' ' || len >= (uint64_t)(walk->end - walk->at))
		walk_fail(walk, "no length, or more than is there");
	return (int64_t)len;
}

const char *walk_read(struct walk *walk, const char *name, size_t *len)
{
	size_t name_len = strlen(name);
	const char *value = NULL;

	*len = 0;
	if (walk->has_failed)
		return NULL;
	if ((size_t)(walk->end - walk->at) <= name_len || memcmp(walk->at, name, name_len) != 0 ||
		walk->at[name_len] != ' ') {
		walk_fail(walk, "another record than expected");
		return NULL;
	}
	walk->at += name_len + 1;
	int64_t length = read_length(walk);
	if (!walk->has_failed && length >= 0) {
		*len = (size_t)length;
		value = walk->at;
		walk->at += length;
	}
	if (!walk->has_failed && (walk->at == walk->end || *walk->at++ != '\n'))
		walk_fail(walk, "a record does not end");
	return walk->has_failed ? NULL : value;
}

void walk_write(struct walk *walk, const char *name, const char *value, size_t len)
{
	buf_str(walk->out, name);
	if (value) {
		buf_fmt(walk->out, " %zu ", len);
		buf_add(walk->out, value, len);
	} else {
		buf_str(walk->out, " -");
	}
	buf_char(walk->out, '\n');
}

const char *walk_text(struct walk *walk, const char *name, const char *value)
{
	size_t len;

	if (walk->out) {
		walk_write(walk, name, value, value ? strlen(value) : 0);
		return value;
	}
	const char *found = walk_read(walk, name, &len);
	if (found && memchr(found, '\0', len))
		walk_fail(walk, "a zero byte in a text");
	return found ? arena_strndup(walk->arena, found, len) : NULL;
}

const char *walk_must(struct walk *walk, const char *name, const char *value)
{
	value = walk_text(walk, name, value);
	if (!walk->out && !value) {
		walk_fail(walk, "a value is missing");
		return "";
	}
	return value;
}

int64_t walk_number(struct walk *walk, const char *name, int64_t value, int64_t min, int64_t max)
{
	char digits[32];

	if (walk->out) {
		int len = snprintf(digits, sizeof digits, "%" PRId64, value);
		walk_write(walk, name, digits, (size_t)len);
		return value;
	}
	const char *found = walk_must(walk, name, NULL);
	if (walk->has_failed)
		return min;
	if (!text_to_i64(found, &value) || value < min || value > max) {
		walk_fail(walk, "no number, or out of range");
		return min;
	}
	return value;
}

bool walk_truth(struct walk *walk, const char *name, bool value)
{
	return walk_number(walk, name, value, 0, 1);
}

double walk_real(struct walk *walk, const char *name, double value)
{
	char digits[64];

	if (walk->out) {
		int len = snprintf(digits, sizeof digits, "%.9f", value);
		walk_write(walk, name, digits, (size_t)len);
		return value;
	}
	const char *found = walk_must(walk, name, NULL);
	if (!walk->has_failed && !text_to_double(found, &value))
		walk_fail(walk, "no number");
	return walk->has_failed ? -1 : value;
}

uint32_t walk_count(struct walk *walk, const char *name, size_t value)
{
	const size_t least = sizeof "x -"; /* bytes of a record */
	size_t room = walk->out ? UINT32_MAX : (size_t)(walk->end - walk->at) / least;

	return (uint32_t)walk_number(
		walk, name, (int64_t)value, 0, (int64_t)(room < UINT32_MAX ? room : UINT32_MAX));
}

char **walk_texts(struct walk *walk, const char *name, char *const *values, size_t *found)
{
	size_t n = 0;

	while (values && values[n])
		n++;
	n = walk_count(walk, name, n);
	char **list = arena_alloc(walk->arena, (n + 1) * sizeof *list);
	for (size_t i = 0; i < n && !walk->has_failed; i++)
		list[i] = (char *)(uintptr_t)walk_must(walk, "-", values ? values[i] : NULL);
	*found = n;
	return list;
}

static void add_end(struct buf *out, struct digest sum)
{
	char digits[DIGEST_TEXT_SIZE];

	digest_format(&sum, digits);
	buf_fmt(out, END_NAME "%s\n", digits);
}

void walk_write_end(struct buf *out, size_t start)
{
	add_end(out, digest_bytes(out->data + start, out->len - start));
}

bool walk_begin(struct walk *walk, const char *first_line)
{
	size_t head = strlen(first_line), len = (size_t)(walk->end - walk->start);
	struct buf end = {0};

	if (len < head || memcmp(walk->start, first_line, head) != 0) {
		walk_fail(walk,
			"it is none that this restage reads; is there another version on the "
			"other side?");
		return false;
	}
	const size_t tail = strlen(END_NAME) + DIGEST_TEXT_SIZE;
	if (len < head + tail) {
		walk_fail(walk, "it is cut");
		return false;
	}
	add_end(&end, digest_bytes(walk->start, len - tail));
	bool is_whole = memcmp(end.data, walk->end - tail, tail) == 0;
	buf_free(&end);
	if (!is_whole)
		walk_fail(walk, "it is cut, or not as it was written");
	walk->at += head;
	walk->end -= tail;
	return is_whole;
}

int walk_finish(struct walk *walk)
{
	if (!walk->has_failed && walk->at != walk->end)
		walk_fail(walk, "more than is expected");
	return walk->has_failed ? -1 : 0;
}
