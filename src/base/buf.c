#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void fail(struct buf *buf, size_t size)
{
	if (!buf->soft)
		mem_fail(size);
	buf->failed = true;
}

/* Room for `more` bytes and the NUL. False if a soft buffer cannot have it, or has failed before:
 * content with a hole in the middle helps nobody. */
static bool room(struct buf *buf, size_t more)
{
	size_t want, cap = buf->cap;

	if (buf->failed)
		return false;
	if (__builtin_add_overflow(buf->len, more, &want) || want == SIZE_MAX) {
		fail(buf, SIZE_MAX);
		return false;
	}
	want++;
	if (want <= cap)
		return true;
	cap = cap > SIZE_MAX / 2 ? want : cap * 2;
	if (cap < want)
		cap = want;
	if (cap < 64)
		cap = 64;
	char *data = buf->data || buf->soft ? realloc(buf->data, cap) : mem_large(cap);
	if (!data) {
		fail(buf, cap);
		return false;
	}
	if (!buf->data)
		data[0] = '\0';
	buf->data = data;
	buf->cap = cap;
	return true;
}

void buf_reserve(struct buf *buf, size_t more)
{
	room(buf, more);
}

void buf_vfmt(struct buf *buf, const char *fmt, va_list args)
{
	va_list again;
	size_t left = buf->data ? buf->cap - buf->len : 0;

	if (buf->failed)
		return;
	va_copy(again, args);
	int len = vsnprintf(left ? buf->data + buf->len : NULL, left, fmt, args);
	if (len < 0) {
		if (left)
			buf->data[buf->len] = '\0';
		fail(buf, SIZE_MAX); /* over INT_MAX bytes */
	} else if ((size_t)len < left) {
		buf->len += (size_t)len;
	} else if (!room(buf, (size_t)len)) {
		if (left)
			buf->data[buf->len] = '\0';
	} else {
		vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, again);
		buf->len += (size_t)len;
	}
	va_end(again);
}

void buf_fmt(struct buf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vfmt(buf, fmt, args);
	va_end(args);
}

void buf_drop(struct buf *buf, size_t len)
{
	if (!len || !buf->data)
		return;
	if (len > buf->len)
		len = buf->len;
	buf->len -= len;
	memmove(buf->data, buf->data + len, buf->len + 1);
}

void buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->failed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

void buf_free(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){.soft = buf->soft};
}

const char *buf_text(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}

char *buf_steal(struct buf *buf)
{
	if (!buf->data)
		room(buf, 0); /* the caller is owed a string, if only an empty one */
	char *data = buf->data;
	*buf = (struct buf){.soft = buf->soft, .failed = buf->failed && !data};
	return data;
}
