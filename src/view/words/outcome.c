#include "view/words/words.h"

#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/manifest/attempt.h"
#include "run/engine/listener.h"

#define LOG_MAX ((size_t)64 << 20) /* a larger log is not searched */

void outcome_failure(struct buf *out, const struct attempt *attempt)
{
	if (attempt->signal) {
		buf_str(out, "killed by ");
		text_add_signal(out, attempt->signal);
		buf_str(out, ", ");
	} else if (attempt->exit_code > 0) {
		buf_fmt(out, "exit code %d, ", attempt->exit_code);
	}
	text_add_duration(out, attempt->duration_seconds);
}

bool outcome_says_more(const char *text)
{
	return text && *text && !text_starts(text, "exit code ") &&
	       !text_starts(text, "killed by ");
}

bool outcome_is_bad(const struct run_totals *totals)
{
	return totals->failed || totals->interrupted;
}

void outcome_plural(struct buf *out, uint64_t count, const char *noun)
{
	buf_fmt(out, "%llu %s%s", (unsigned long long)count, noun, count == 1 ? "" : "s");
}

void outcome_counts(struct buf *out, const struct run_totals *totals)
{
	uint32_t settled = totals->ran + totals->fresh + totals->skipped + totals->failed +
			   totals->blocked + totals->interrupted + totals->allowed_failures;
	const struct {
		uint32_t count;
		const char *what;
	} parts[] = {
		{totals->ran, "ran"},
		{totals->fresh, "up to date"},
		{totals->skipped, "skipped"},
		{totals->failed, "failed"},
		{totals->interrupted, "interrupted"},
		/* behind a failure, or not come to because the run ended early */
		{totals->blocked + (totals->selected > settled ? totals->selected - settled : 0),
			"not run"},
		{totals->allowed_failures, "allowed to fail"},
	};
	const char *comma = "";

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!parts[i].count)
			continue;
		buf_fmt(out, "%s%u %s", comma, parts[i].count, parts[i].what);
		comma = ", ";
	}
	if (!*comma)
		buf_str(out, "no stages");
}

uint32_t slowest_add(struct slow *list, uint32_t count, uint32_t most, const struct slow *slow)
{
	uint32_t at = count;

	while (at && list[at - 1].seconds < slow->seconds)
		at--;
	if (at == most)
		return count;
	if (count < most)
		count++;
	memmove(&list[at + 1], &list[at], (count - at - 1) * sizeof *list);
	list[at] = *slow;
	return count;
}

uint32_t outcome_warning_line(const char *dir, const char *message)
{
	struct arena arena = {0};
	struct buf text = {0}, wanted = {0};
	uint32_t number = 0, found = 0;

	buf_fmt(&wanted, "[WARNING] %.*s", (int)strcspn(message, "\n"), message);
	if (fs_read(stage_path(&arena, dir, STAGE_LOG_FILE), LOG_MAX, &text, NULL) == 0) {
		const char *end = text.data + text.len;
		for (const char *line = text.data; line < end && !found;) {
			const char *eol = memchr(line, '\n', (size_t)(end - line));
			size_t len = eol ? (size_t)(eol - line) : (size_t)(end - line);
			number++;
			if (len >= wanted.len &&
				memcmp(line + len - wanted.len, wanted.data, wanted.len) == 0)
				found = number;
			line += len + 1;
		}
	}
	arena_free(&arena);
	buf_free(&text);
	buf_free(&wanted);
	return found;
}
