#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/dir.h"
#include "base/json.h"
#include "base/name.h"
#include "base/path.h"
#include "base/text.h"
#include "record/manifest/manifest_read.h"
#include "run/job/beneath.h"
#include "view/page/report.h"

#define EMBED_MAX ((uint64_t)4 * 1024 * 1024) /* of a file */

/* Extensions, each with a space behind it. */
static const struct {
	const char *type, *extensions;
} types[] = {
	{"image/png", "png "},
	{"image/jpeg", "jpg jpeg "},
	{"image/gif", "gif "},
	{"image/webp", "webp "},
	{"image/avif", "avif "},
	{"image/svg+xml", "svg "},
	{"audio/wav", "wav "},
	{"audio/mpeg", "mp3 "},
	{"audio/ogg", "ogg oga opus "},
	{"audio/flac", "flac "},
	{"audio/mp4", "m4a "},
	{"video/mp4", "mp4 m4v "},
	{"video/webm", "webm "},
	{"text/csv; charset=utf-8", "csv "},
	{"text/tab-separated-values; charset=utf-8", "tsv tab "},
	{"application/json", "json geojson ipynb "},
	{"text/html; charset=utf-8", "html htm "},
	{"application/pdf", "pdf "},
	{"text/plain; charset=utf-8",
		"txt text log md rst srt vtt ini cfg toml yaml yml jsonl ndjson tex bib bed gff gtf "
		"vcf fa fasta fai c h py r sh sql dot "},
};

const char *report_media_type(const char *path)
{
	const char *ext = path_ext(path);
	size_t len = strlen(ext);

	for (size_t i = 0; len > 0 && i < sizeof types / sizeof *types; i++) {
		for (const char *at = types[i].extensions; *at; at = strchr(at, ' ') + 1) {
			if (strncasecmp(at, ext, len) == 0 && at[len] == ' ')
				return types[i].type;
		}
	}
	return NULL;
}

/* A regular file, by its path from the root. */
static int open_file(const char *path, uint64_t *size)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *dir = path_dir(&arena, path);
	int top = beneath_open(AT_FDCWD, dir), fd;
	struct stat st;

	fd = top < 0 ? -1 : dir_open(top, path_base(path), O_RDONLY | O_NOFOLLOW);
	dir_close(top);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		dir_close(fd);
		return -1;
	}
	*size = (uint64_t)st.st_size;
	return fd;
}

int report_open_output(const char *dir, const char *path, uint64_t *size)
{
	json *manifest JSON_LOCAL = manifest_tree(dir, NULL);
	const json *made = manifest ? manifest_judged(manifest) : NULL;
	const json *row = json_first(json_get(made, "outputs"));
	struct arena arena ARENA_LOCAL = {0};
	int fd = -1;

	while (row && !text_eq(json_get_str(row, "path", NULL), path))
		row = json_next(row);
	if (row)
		fd = open_file(name_decoded(&arena, path), size);
	return fd;
}

void report_add_base64(struct buf *out, const unsigned char *bytes, size_t len)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	buf_reserve(out, len / 3 * 4 + 5);
	for (size_t at = 0; at < len; at += 3) {
		size_t left = len - at;
		unsigned three = (unsigned)bytes[at] << 16;

		if (left > 1)
			three |= (unsigned)bytes[at + 1] << 8;
		if (left > 2)
			three |= bytes[at + 2];
		buf_char(out, letters[three >> 18]);
		buf_char(out, letters[three >> 12 & 63]);
		buf_char(out, left > 1 ? letters[three >> 6 & 63] : '=');
		buf_char(out, left > 2 ? letters[three & 63] : '=');
	}
}

/* The whole file, or nothing. */
static bool read_whole(const char *path, size_t most, struct buf *out)
{
	uint64_t size = 0;
	int fd = open_file(path, &size);
	bool fits = fd >= 0 && size <= EMBED_MAX && size <= most;

	if (fits) {
		report_read_from(fd, 0, (size_t)size, out);
		fits = out->len == size;
	}
	dir_close(fd);
	return fits;
}

static void embed(struct json_writer *w, const char *path, size_t *left)
{
	struct buf bytes BUF_LOCAL = {0}, text BUF_LOCAL = {0};
	struct arena arena ARENA_LOCAL = {0};

	if (report_media_type(path) && read_whole(name_decoded(&arena, path), *left, &bytes)) {
		*left -= bytes.len;
		report_add_base64(&text, (const unsigned char *)buf_text(&bytes), bytes.len);
		json_write_str(w, path, buf_text(&text));
	}
}

void report_write_embedded(struct json_writer *w, const json *manifest, size_t *left)
{
	json_write_object(w, "embedded");
	for (const json *row = json_first(json_get(manifest, "outputs")); row;
		row = json_next(row)) {
		if (json_is(json_get(row, "report"), JSON_STRING))
			embed(w, json_get_str(row, "path", ""), left);
	}
	json_write_end(w);
}

void report_write_media_types(struct json_writer *w)
{
	char extension[16];

	json_write_object(w, "media_types");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		for (const char *at = types[i].extensions, *end; *at; at = end + 1) {
			end = strchr(at, ' ');
			snprintf(extension, sizeof extension, "%.*s", (int)(end - at), at);
			json_write_str(w, extension, types[i].type);
		}
	}
	json_write_end(w);
}
