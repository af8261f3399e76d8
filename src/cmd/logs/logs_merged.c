#include "cmd/logs/logs.h"

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cmd/session.h"
#include "record/runs/logmerge.h"

#define POLL_NS (100L * 1000 * 1000)
#define MEMORY ((size_t)32 * 1024 * 1024)
#define FLUSH_SIZE ((size_t)64 * 1024)
#define PIECE ((size_t)64 * 1024)

struct merged {
	struct pager *pager;
	struct logset *set;
	struct logmerge *merge;
	enum log_level level;
	uint32_t added; /* files of the set that the merge has */
	struct buf out;
	bool is_in_line;    /* the last line that was printed has no newline ... */
	uint32_t line_file; /* ... and is of this file */
};

/* False: stdout takes no more. */
static bool flush(struct merged *merged, size_t least)
{
	bool is_good = true;

	if (merged->out.len >= least && merged->out.len) {
		is_good = pager_write(merged->pager, &merged->out);
		buf_reset(&merged->out);
	}
	return is_good;
}

/* A line that is too long for the buffers. */
static bool copy_long(struct merged *merged, const struct logmerge_line *line, struct err *err)
{
	char *piece MEM_LOCAL = mem_alloc(PIECE);
	uint64_t at = line->at, end = line->at + line->len;
	bool is_good = true;

	while (at < end && is_good) {
		size_t len = end - at < PIECE ? (size_t)(end - at) : PIECE;
		ssize_t got = logset_read(merged->set, line->file, at, piece, len, err);

		if (got <= 0)
			break;
		at += (uint64_t)got;
		buf_add(&merged->out, piece, (size_t)got);
		is_good = flush(merged, FLUSH_SIZE);
	}
	return is_good && !err->code;
}

static bool print_line(struct merged *merged, const struct logmerge_line *line, struct err *err)
{
	if (line->level < merged->level)
		return true;
	if (merged->is_in_line && !(line->is_rest && line->file == merged->line_file))
		buf_char(&merged->out, '\n');
	if (line->data)
		buf_add(&merged->out, line->data, (size_t)line->len);
	else if (!copy_long(merged, line, err))
		return false;
	if (line->has_newline)
		buf_char(&merged->out, '\n');
	merged->is_in_line = !line->has_newline;
	merged->line_file = line->file;
	return flush(merged, FLUSH_SIZE);
}

/* All that is there. False: no more can be printed, or err. */
static bool print_news(struct merged *merged, bool is_final, struct err *err)
{
	struct logmerge_line line;

	for (;;) {
		switch (logmerge_next(merged->merge, is_final, &line, err)) {
		case LOGMERGE_LINE:
			if (!print_line(merged, &line, err))
				return false;
			break;
		case LOGMERGE_BUSY:
			break;
		case LOGMERGE_DRY:
			return flush(merged, 0);
		case LOGMERGE_FAILED:
			flush(merged, 0);
			return false;
		}
	}
}

/* Logs that are new, and old ones that have grown. */
static bool look_again(struct merged *merged, bool is_final, struct err *err)
{
	struct logset *set = merged->set;

	if (logset_find_new(set, err) < 0)
		return false;
	for (uint32_t i = 0; i < merged->added; i++) {
		if (is_final || logset_size(set, i) > logmerge_read_to(merged->merge, i))
			logmerge_wake(merged->merge, i);
	}
	for (; merged->added < set->count; merged->added++)
		logmerge_add(merged->merge, set->files[merged->added].name,
			set->files[merged->added].is_pipeline);
	return true;
}

int logs_merge(struct pager *pager, struct logset *set, enum log_level level, bool follows)
{
	const struct timespec pause = {0, POLL_NS};
	struct merged merged = {.pager = pager, .set = set, .level = level};
	struct err err = {0};

	merged.merge = logmerge_new(logset_read, set, MEMORY);
	for (;;) {
		/* asked before reading: what is written until then is read */
		bool is_going_on = follows && logset_is_running(set);

		if (!look_again(&merged, !is_going_on, &err) ||
			!print_news(&merged, !is_going_on, &err) || !is_going_on)
			break;
		nanosleep(&pause, NULL);
	}
	logmerge_free(merged.merge);
	buf_free(&merged.out);
	return err.code ? session_fail(&err) : EXIT_OK;
}
