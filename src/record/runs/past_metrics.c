#include "record/runs/past_metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/name.h"
#include "record/manifest/metrics.h"
#include "record/runs/past.h"

#define PIECE ((size_t)256 * 1024)
#define LINE_MAX_BYTES ((size_t)64 << 20)

static bool holds(const char *line, size_t len, const char *text)
{
	return memmem(line, len, text, strlen(text)) != NULL;
}

/* A line without metrics needs no tree: its stage's name is near its beginning. */
static void take_bare(const struct past_metrics *take, const char *line, size_t len)
{
	static const char key[] = "\"stage\": \"";
	const char *at = memmem(line, len, key, strlen(key));
	const char *name = at ? at + strlen(key) : line;
	const char *end = at ? memchr(name, '"', len - (size_t)(name - line)) : NULL;
	struct buf escaped BUF_LOCAL = {0}, decoded BUF_LOCAL = {0};

	if (end && !memchr(name, '\\', (size_t)(end - name))) {
		buf_add(&escaped, name, (size_t)(end - name));
		name_from_json(&decoded, buf_text(&escaped));
		take->stage(take->ctx, buf_text(&decoded), NULL);
	}
}

static void take_line(const struct past_metrics *take, const char *line, size_t len)
{
	bool is_begin = past_line_is(line, len, "run_begin"),
	     is_done = past_line_is(line, len, "done");
	bool has_metrics = is_done && holds(line, len, "\"" METRICS_MEMBER "\": {");
	struct err ignored = {0};
	struct buf name BUF_LOCAL = {0};

	if (is_done && !has_metrics)
		take_bare(take, line, len);
	if (!has_metrics && !(is_begin && take->params))
		return;
	json *event JSON_LOCAL = json_parse(line, len, &ignored);
	if (event && is_begin)
		take->params(take->ctx, json_get(event, "params"));
	if (event && is_done) {
		name_from_json(&name, json_get_str(event, "stage", ""));
		take->stage(take->ctx, buf_text(&name), json_get(event, METRICS_MEMBER));
	}
}

static void take_piece(
	const struct past_metrics *take, struct buf *torn, const char *data, size_t len)
{
	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t part = end ? (size_t)(end - data) : len;

		if (torn->len <= LINE_MAX_BYTES && (!end || torn->len))
			buf_add(torn, data, part);
		if (!end)
			return;
		if (torn->len)
			take_line(take, torn->data, torn->len);
		else
			take_line(take, data, part);
		buf_reset(torn);
		data += part + 1;
		len -= part + 1;
	}
}

int past_metrics_read(const char *path, const struct past_metrics *take, struct err *err)
{
	int fd FD_LOCAL = dir_open(AT_FDCWD, path, O_RDONLY);
	struct buf torn BUF_LOCAL = {0};
	struct stat st;
	ssize_t got = -1;

	if (fd < 0)
		return err_sys(err, errno, "open", path);
	char *piece MEM_LOCAL = mem_alloc(PIECE);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		while ((got = read(fd, piece, PIECE)) > 0 || (got < 0 && errno == EINTR)) {
			if (got > 0)
				take_piece(take, &torn, piece, (size_t)got);
		}
	}
	if (got < 0)
		err_sys(err, errno, "read", path);
	return got < 0 ? -1 : 0;
}
