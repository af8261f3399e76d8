#include "record/runs/past_reasons.h"

#include "base/arena.h"
#include "base/text.h"
#include "record/manifest/manifest_read.h"
#include "record/runs/past.h"

#define RUNS_MAX 50 /* that are looked through */

static bool take(struct arena *arena, const struct past_run *log, const char *stage,
	struct past_reasons *out)
{
	for (uint32_t i = log->attempt_count; i-- > 0;) {
		const struct past_attempt *attempt = &log->attempts[i];

		if (attempt->state != PAST_DONE || !text_eq(attempt->stage, stage))
			continue;
		out->run = arena_strdup(arena, log->run);
		out->started_ns = log->begin_ns + (int64_t)(attempt->start * 1e9);
		out->reasons = manifest_reasons(arena, attempt->reasons, &out->count);
		return true;
	}
	return false;
}

static bool look_in(
	struct arena *arena, const char *path, const char *stage, struct past_reasons *out)
{
	struct arena own ARENA_LOCAL = {0};
	struct past_run *log = NULL;
	bool is_found = false;

	if (past_read(&own, path, &log, NULL) == 0)
		is_found = take(arena, log, stage, out);
	past_done(log);
	return is_found;
}

bool past_reasons_until(struct arena *arena, const char *job_dir, const char *stage,
	const char *run, struct past_reasons *out)
{
	struct past_entry *entries;
	uint32_t count, looked = 0;
	bool is_there = false;

	if (past_list(arena, job_dir, &entries, &count, NULL) < 0)
		return false;
	for (uint32_t i = count; i-- > 0 && looked < RUNS_MAX;) {
		is_there = is_there || text_eq(entries[i].run, run);
		if (!is_there || !entries[i].record_path)
			continue;
		looked++;
		if (look_in(arena, entries[i].record_path, stage, out))
			return true;
	}
	return false;
}
