#include "record/judge/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/job_names.h"
#include "base/mem.h"
#include "record/judge/verdict_diff.h"

#define REASONS_PER_KIND 1000

struct list {
	uint32_t *ids;
	size_t count, cap;
};

static void list_add(struct list *list, uint32_t id)
{
	MEM_ROOM(list->ids, list->count, list->cap);
	list->ids[list->count++] = id;
}

static uint32_t *list_done(struct list *list, struct arena *arena)
{
	uint32_t *ids = arena_alloc(arena, (list->count + 1) * sizeof *ids);
	if (list->count)
		memcpy(ids, list->ids, list->count * sizeof *ids);
	free(list->ids);
	return ids;
}

static bool counts(const struct record_file *file)
{
	return file->role != ROLE_INTERMEDIATE;
}

void verdict_files(const struct judge *judge, uint32_t stage, const struct record *record,
	struct verdict_files *out)
{
	const struct graph *graph = judge->graph;
	const struct stage *s = &graph->stages[stage];
	struct list content = {0}, seen = {0};
	uint32_t uses = s->input_count + s->output_count;
	for (uint32_t i = 0; i < uses; i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		bool by_content = graph->labels[use->label].track == TRACK_CONTENT;
		list_add(by_content ? &content : &seen, use->file);
	}
	/* What only the record knows: depfile entries, reports, files that are no longer declared. */
	for (uint32_t i = 0; i < record->success.file_count; i++) {
		const struct record_file *file = &record->success.files[i];
		if (!counts(file) || file->origin == ORIGIN_DECLARED ||
			file->origin == ORIGIN_COMMAND)
			continue;
		bool by_content =
			file->track == TRACK_CONTENT && !(file->flags & RECORD_FILE_MISSING);
		list_add(by_content ? &content : &seen, stamps_id(judge->stamps, file->path));
	}
	out->content_count = content.count;
	out->seen_count = seen.count;
	out->content = list_done(&content, judge->arena);
	out->seen = list_done(&seen, judge->arena);
}

static void status_reason(struct diff *diff, const struct record *record, bool is_interrupted)
{
	if (record->status == RECORD_UNREADABLE)
		diff_add(diff, REASON_MANIFEST_UNREADABLE, MANIFEST_FILE,
			"manifest cannot be used: %s", record->why_unreadable);
	else if (is_interrupted || record->is_interrupted || record->status == RECORD_RUNNING)
		diff_add(diff, REASON_INTERRUPTED, NULL, "the last attempt was interrupted");
	else if (record->status == RECORD_FAILED)
		diff_add(diff, REASON_FAILED_BEFORE, NULL,
			record->exit_code >= 0 ? "the last attempt failed (exit code %d)"
					       : "the last attempt failed",
			record->exit_code);
	else if (!record->success.is_known)
		diff_add(diff, REASON_NEVER_RAN, NULL, "it never ran");
}

/* By code; those of one code stay in the order in which they were found. */
static void sort_reasons(struct reason *reasons, uint32_t count)
{
	struct reason *sorted = mem_alloc((count + 1) * sizeof *sorted);
	uint32_t n = 0;
	for (int code = 0; code < REASON_COUNT; code++) {
		for (uint32_t i = 0; i < count; i++) {
			if ((int)reasons[i].code == code)
				sorted[n++] = reasons[i];
		}
	}
	memcpy(reasons, sorted, count * sizeof *sorted);
	free(sorted);
}

void verdict_make(const struct judge *judge, uint32_t stage, const struct record *record,
	const struct record_key_set *key, bool forced, bool is_interrupted, struct verdict *out)
{
	struct diff diff = {
		.judge = judge, .stage = stage, .record = record, .limit = REASONS_PER_KIND};
	memset(out, 0, sizeof *out);
	if (judge->graph->stages[stage].flags & STAGE_DISABLED) {
		out->is_fresh = true;
		return;
	}
	if (record->success.is_known) {
		diff_key(&diff, key);
		diff_inputs(&diff, key);
		diff_outputs(&diff);
	}
	if (diff.count || !record->success.is_known)
		status_reason(&diff, record, is_interrupted);
	if (forced)
		diff_add(&diff, REASON_FORCED, NULL, "asked for");
	out->is_fresh = diff.count == 0;
	out->reason_count = diff.count;
	if (diff.count) {
		sort_reasons(diff.reasons, diff.count);
		out->reasons = arena_alloc(judge->arena, diff.count * sizeof *out->reasons);
		memcpy(out->reasons, diff.reasons, diff.count * sizeof *out->reasons);
	}
	free(diff.reasons);
}
