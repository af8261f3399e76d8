/* A growing string of bytes. Always NUL-terminated after the first byte was added. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct buf {
	char *data; /* owned; NULL while nothing was added: use buf_text() for a string */
	size_t len, cap;
	bool soft;   /* out of memory sets `failed` instead of ending the program (libstageio) */
	bool failed; /* soft buffers only: something is missing from the content */
};

#define BUF_SOFT \
	{ \
		.soft = true \
	}

/* Behind the name of a local buffer: it is freed where its block ends, whichever way that is. */
#define BUF_LOCAL __attribute__((cleanup(buf_free)))

void buf_reserve(struct buf *buf, size_t more);

/* it would follow them wherever something is written, and get no further */
#ifdef __clang_analyzer__
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_str(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
#else
/* Inline, since most of what the program writes goes through them a word at a time. */
static inline bool buf_has_room(const struct buf *buf, size_t more)
{
	return more < buf->cap - buf->len && !buf->failed;
}

static inline void buf_add(struct buf *buf, const void *data, size_t len)
{
	if (!len)
		return;
	if (!buf_has_room(buf, len)) {
		buf_reserve(buf, len);
		if (!buf_has_room(buf, len))
			return;
	}
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

static inline void buf_str(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

static inline void buf_char(struct buf *buf, char c)
{
	if (!buf_has_room(buf, 1)) {
		buf_reserve(buf, 1);
		if (!buf_has_room(buf, 1))
			return;
	}
	buf->data[buf->len++] = c;
	buf->data[buf->len] = '\0';
}
#endif

void buf_fmt(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *buf, const char *fmt, va_list args);
void buf_drop(struct buf *buf, size_t len);  /* removes len bytes from the front */
void buf_reset(struct buf *buf);             /* empty, memory kept */
void buf_free(struct buf *buf);              /* empty, memory given back; soft is kept */
const char *buf_text(const struct buf *buf); /* "" when empty; valid until the next change */
char *buf_steal(struct buf *buf);            /* the string, caller frees; buf is empty afterwards */

#endif
