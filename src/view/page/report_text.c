#include "view/page/report_text.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/text.h"

/* Bytes from `text` on that stand in a JSON string as they are. */
static size_t plain_len(const unsigned char *text, size_t left)
{
	size_t at = 0;

	while (at < left) {
		size_t len = 1;

		if (text[at] < 0x20 || text[at] == '"' || text[at] == '\\')
			break;
		if (text[at] >= 0x80)
			len = text_utf8_len(text + at, left - at);
		if (len == 0)
			break;
		at += len;
	}
	return at;
}

static void add_escaped(struct buf *out, unsigned char byte)
{
	if (byte == '\n')
		buf_str(out, "\\n");
	else if (byte == '\t')
		buf_str(out, "\\t");
	else if (byte >= 0x80)
		buf_str(out, "\xEF\xBF\xBD");
	else if (byte == '"' || byte == '\\')
		buf_fmt(out, "\\%c", byte);
	else
		buf_fmt(out, "\\u%04x", byte);
}

void report_add_string(struct buf *out, const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;

	buf_char(out, '"');
	for (size_t at = 0; at < len; at++) {
		size_t plain = plain_len(bytes + at, len - at);

		buf_add(out, text + at, plain);
		at += plain;
		if (at < len)
			add_escaped(out, bytes[at]);
	}
	buf_char(out, '"');
}

/* The last byte of U+2028 and U+2029, whose UTF-8 is E2 80 A8 and E2 80 A9; 0 if neither begins here. */
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
		unsigned char separator = bytes[at] == 0xE2 ? separator_at(bytes + at, len - at) : 0;

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

/* At most `limit` bytes, however fast the file grows. */
static void read_from(int fd, off_t at, size_t limit, struct buf *out)
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
	int fd = dir_open(AT_FDCWD, path, O_RDONLY);
	size_t before = out->len, from = 0;
	struct stat st;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		size_t size = (size_t)st.st_size;
		const char *line;

		from = size > limit ? size - limit : 0;
		read_from(fd, (off_t)from, limit, out);
		line = from && out->len > before ? memchr(out->data + before, '\n', out->len - before)
						 : NULL;
		if (line) {
			size_t torn = (size_t)(line + 1 - (out->data + before));

			memmove(out->data + before, line + 1, out->len - before - torn);
			out->len -= torn;
			out->data[out->len] = '\0';
			from += torn;
		}
	}
	close(fd);
	return from;
}
