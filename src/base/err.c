#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* Names from the disk go into messages, and messages to a terminal: one line, nothing that moves a
 * cursor, no character cut in half. */
static void set_text(struct err *err, const char *raw)
{
	struct buf safe BUF_LOCAL = BUF_SOFT;
	const unsigned char *at;
	size_t len, left, n, used = 0;

	len = strlen(raw);
	if (len < sizeof err->text && text_plain_len(raw, len) == len) {
		memcpy(err->text, raw, len + 1);
		return;
	}
	text_add_printable(&safe, raw, len);
	if (safe.failed) {
		snprintf(err->text, sizeof err->text, "out of memory");
		return;
	}
	at = (const unsigned char *)buf_text(&safe);
	len = safe.len;
	for (left = len; left > 0; left -= n) {
		n = text_utf8_len(at + used, left);
		if (n == 0 || used + n >= sizeof err->text)
			break;
		used += n;
	}
	memcpy(err->text, at, used);
	err->text[used] = '\0';
}

int err_set(struct err *err, enum exit_code code, const char *fmt, ...)
{
	char raw[sizeof(struct err){0}.text];
	va_list args;

	if (!err || err->code != EXIT_OK)
		return -1;
	va_start(args, fmt);
	int len = vsnprintf(raw, sizeof raw, fmt, args);
	va_end(args);
	if (len >= (int)sizeof raw) {
		/* the cut may have left the first bytes of a character */
		size_t end = sizeof raw - 1;
		for (size_t back = 1; back <= 3 && ((unsigned char)raw[end - back] & 0x80);
			back++) {
			if (((unsigned char)raw[end - back] & 0xC0) != 0xC0)
				continue;
			if (!text_is_utf8(raw + end - back, back))
				raw[end - back] = '\0';
			break;
		}
	}
	err->code = code;
	err->sys = 0;
	set_text(err, len < 0 ? fmt : raw);
	return -1;
}

static const char *remedy(int errnum)
{
	switch (errnum) {
	case ENOSPC:
		return "; make room on the disk (df -h, df -i)";
	case EDQUOT:
		return "; make room in the quota (quota -s)";
	case EMFILE:
		return "; raise the limit of open files (ulimit -n)";
	case ENFILE:
		return "; the whole system has too many open files (sysctl fs.file-max)";
	case EACCES:
	case EPERM:
		return "; check owner and permissions (ls -ld)";
	case EROFS:
		return "; mount it writable or choose another place";
	default:
		return "";
	}
}

int err_sys(struct err *err, int errnum, const char *what, const char *path)
{
	char why[128];

	if (!err || err->code != EXIT_OK)
		return -1;
	/* the GNU strerror_r, which may answer with a string of its own */
	err_set(err, EXIT_WORLD, "cannot %s '%s': %s%s", what, path,
		strerror_r(errnum, why, sizeof why), remedy(errnum));
	err->sys = errnum;
	return -1;
}

void err_clear(struct err *err)
{
	if (!err)
		return;
	err->code = EXIT_OK;
	err->sys = 0;
	err->text[0] = '\0';
}
