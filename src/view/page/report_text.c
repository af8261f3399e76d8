#include "view/page/report.h"

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/embed.h"

/* The last byte of U+2028 and U+2029, whose UTF-8 is E2 80 A8 and E2 80 A9; 0 if neither begins
 * here. */
static unsigned char separator_at(const unsigned char *text, size_t left)
{
	bool is_one = left >= 3 && text[0] == 0xE2 && text[1] == 0x80 && (text[2] & 0xFE) == 0xA8;

	return is_one ? text[2] : 0;
}

void report_add_inert(struct buf *out, const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t from = 0;

	buf_reserve(out, len + len / 8);
	for (size_t at = 0; at < len; at++) {
		unsigned char separator =
			bytes[at] == 0xE2 ? separator_at(bytes + at, len - at) : 0;

		if (!separator && bytes[at] != '<' && bytes[at] != '>' && bytes[at] != '&')
			continue;
		buf_add(out, text + from, at - from);
		if (separator)
			buf_fmt(out, "\\u20%02x", separator - 0x80);
		else
			buf_fmt(out, "\\u%04x", bytes[at]);
		if (separator)
			at += 2;
		from = at + 1;
	}
	buf_add(out, text + from, len - from);
}

void report_read_from(int fd, off_t at, size_t limit, struct buf *out)
{
	char piece[65536];

	while (limit > 0) {
		size_t want = limit < sizeof piece ? limit : sizeof piece;
		ssize_t got = pread(fd, piece, want, at);

		if (got <= 0)
			return;
		buf_add(out, piece, (size_t)got);
		at += got;
		limit -= (size_t)got;
	}
}

size_t report_read_tail(const char *path, size_t limit, struct buf *out)
{
	int fd FD_LOCAL = dir_open(AT_FDCWD, path, O_RDONLY);
	size_t before = out->len, from = 0;
	struct stat st;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		size_t size = (size_t)st.st_size;
		const char *line;

		from = size > limit ? size - limit : 0;
		report_read_from(fd, (off_t)from, limit, out);
		line = from && out->len > before
			       ? memchr(out->data + before, '\n', out->len - before)
			       : NULL;
		if (line) {
			size_t torn = (size_t)(line + 1 - (out->data + before));

			memmove(out->data + before, line + 1, out->len - before - torn);
			out->len -= torn;
			out->data[out->len] = '\0';
			from += torn;
		}
	}
	return from;
}

#define MARK "/*DATA*/"

EMBED(report_page, RESTAGE_REPORT_PAGE);

void report_page(struct buf *out, const char *data, size_t len, bool packs)
{
	const char *mark = memmem(report_page_text, report_page_size, MARK, strlen(MARK));
	size_t head;

	assert(mark);
	head = (size_t)(mark - report_page_text);
	buf_add(out, report_page_text, head);
	if (!packs || !report_pack(out, data, len))
		report_add_inert(out, data, len);
	head += strlen(MARK);
	buf_add(out, report_page_text + head, report_page_size - head);
}
