#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/logline.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/manifest/attempt.h"
#include "record/manifest/record.h"
#include "run/attempt/stagelog.h"
#include "run/engine/listener.h"
#include "view/words/words.h"

#define LOG_MAX ((size_t)64 << 20) /* a larger log is not searched */

void warned_hear(struct warned *warned, const struct run_event *event)
{
	bool is_end = event->kind == STAGE_DONE || event->kind == STAGE_FAIL ||
		      (event->kind == STAGE_SKIP && event->attempt);
	uint64_t count = is_end ? event->attempt->warning_count : 0;
	uint32_t at;

	if (!count)
		return;
	warned->count += count;
	at = warned->stages < WARNED_KEPT ? warned->stages : WARNED_KEPT;
	warned->stages++;
	while (at && warned->most[at - 1].count < count) {
		if (at < WARNED_KEPT)
			warned->most[at] = warned->most[at - 1];
		at--;
	}
	if (at < WARNED_KEPT)
		warned->most[at] = (struct warned_stage){.stage = event->stage, .count = count};
}

void warned_add(
	struct buf *out, const struct graph *graph, const struct warned *warned, uint32_t most)
{
	uint32_t shown = warned->stages < most ? warned->stages : most;

	outcome_plural(out, warned->count, "warning");
	for (uint32_t i = 0; i < shown; i++) {
		buf_str(out, i ? ", " : " (");
		style_text(out, stage_name(graph, warned->most[i].stage));
		buf_fmt(out, " %llu", (unsigned long long)warned->most[i].count);
	}
	if (warned->stages > shown) {
		buf_str(out, " and ");
		outcome_plural(out, warned->stages - shown, "more stage");
	}
	buf_char(out, ')');
}

/* The first of the messages that is this line, and has none yet. */
static uint32_t find(
	const struct record *record, const uint32_t *lines, const char *text, size_t len)
{
	for (uint32_t i = 0; i < record->warnings_listed; i++) {
		const char *message = record->warnings[i];
		size_t first = strcspn(message, "\n");

		if (!lines[i] && len >= first && memcmp(text, message, first) == 0 &&
			(len == first || first > STAGELOG_LINE_MAX - 4 /* it was cut */))
			return i;
	}
	return NONE;
}

const uint32_t *warned_lines(struct arena *arena, const char *dir, const struct record *record)
{
	uint32_t *lines = arena_alloc(arena, (record->warnings_listed + 1) * sizeof *lines);
	struct buf text BUF_LOCAL = {0};
	uint32_t number = 0, left = record->warnings_listed;

	if (left && fs_read(stage_path(arena, dir, STAGE_LOG_FILE), LOG_MAX, &text, NULL) == 0) {
		const char *end = text.data + text.len;
		for (const char *line = text.data; line < end && left;) {
			const char *eol = memchr(line, '\n', (size_t)(end - line));
			size_t len = eol ? (size_t)(eol - line) : (size_t)(end - line);
			struct log_head head;
			uint32_t at = NONE;
			number++;
			if (log_parse(line, len, &head) && head.level == LOG_WARNING)
				at = find(record, lines, line + head.len, len - head.len);
			if (at != NONE) {
				lines[at] = number;
				left--;
			}
			line += len + 1;
		}
	}
	return lines;
}
