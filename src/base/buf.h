/* A growing string of bytes. Always NUL-terminated after the first byte was added. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

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

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_str(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_fmt(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *buf, const char *fmt, va_list args);
void buf_reserve(struct buf *buf, size_t more);
void buf_drop(struct buf *buf, size_t len);  /* removes len bytes from the front */
void buf_reset(struct buf *buf);             /* empty, memory kept */
void buf_free(struct buf *buf);              /* empty, memory given back; soft is kept */
const char *buf_text(const struct buf *buf); /* "" when empty; valid until the next change */
char *buf_steal(struct buf *buf);            /* the string, caller frees; buf is empty afterwards */

#endif
