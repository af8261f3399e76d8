#include "view/page/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/graph/graph.h"
#include "record/runs/past.h"

#define RUNS_MAX 10u
#define LOOKED_AT_MAX 200u /* records that are read to find those */
#define RECORD_MAX ((size_t)256 * 1024 * 1024)
#define EARLIER_MAX ((size_t)16 * 1024 * 1024) /* of all records but the newest */
#define LOG_LOOKED_AT ((size_t)1024 * 1024)

static void take_line(struct report_run *run, const char *line, size_t len)
{
	if (len == 0 || line[0] != '{' || json_check(line, len, NULL) < 0)
		return;
	run->has_started = run->has_started || past_line_is(line, len, "start");
	run->has_ended = run->has_ended || past_line_is(line, len, "run_end");
	buf_add(&run->lines, line, len);
	buf_char(&run->lines, '\n');
}

/* A torn last line is left out, and one that is no JSON. */
static void read_record(struct report_run *run, const char *path)
{
	struct buf text BUF_LOCAL = {0};

	if (fs_read(path, RECORD_MAX, &text, NULL) == 0 && text.len > 0) {
		const char *at = text.data, *end = text.data + text.len, *next;

		while ((next = memchr(at, '\n', (size_t)(end - at)))) {
			take_line(run, at, (size_t)(next - at));
			at = next + 1;
		}
		run->end = (size_t)(at - text.data);
	}
}

/* A run of a restage that kept no records has its log only. */
static bool log_tells_of_a_start(const char *path)
{
	struct buf text BUF_LOCAL = {0};
	bool found = false;

	report_read_tail(path, LOG_LOOKED_AT, &text);
	found = text.len && memmem(text.data, text.len, ": STARTING", strlen(": STARTING"));
	return found;
}

struct candidates {
	struct past_entry *entries;
	struct report_run *runs; /* by entry; read when needed */
	bool *is_read;
	uint32_t count, read_count;
};

static struct report_run *look(struct candidates *all, uint32_t at)
{
	const struct past_entry *entry = &all->entries[at];
	struct report_run *run = &all->runs[at];

	if (all->is_read[at])
		return run;
	all->is_read[at] = true;
	all->read_count++;
	run->run = entry->run;
	if (entry->record_path)
		read_record(run, entry->record_path);
	else if (entry->log_path)
		run->has_started = log_tells_of_a_start(entry->log_path);
	return run;
}

/* The run that goes on, or the last that ran something, or the last. */
static uint32_t choose(struct candidates *all, bool is_live)
{
	uint32_t last = all->count - 1;

	if (is_live && all->entries[last].record_path && !look(all, last)->has_ended)
		return last;
	for (uint32_t i = all->count; i-- > 0 && all->read_count < LOOKED_AT_MAX;) {
		if (look(all, i)->has_started)
			return i;
	}
	return last;
}

/* From the newest back to what a page bears; then in the order of time. */
static void collect(
	struct report_runs *runs, struct candidates *all, uint32_t shown, uint32_t newest)
{
	uint32_t taken[RUNS_MAX], count = 0;
	size_t size = 0;

	for (uint32_t i = newest + 1;
		i-- > 0 && count < RUNS_MAX && all->read_count < LOOKED_AT_MAX;) {
		struct report_run *run;

		if (!all->entries[i].record_path)
			continue;
		run = look(all, i);
		if (i != newest && i != shown &&
			(!run->has_started || size + run->lines.len > EARLIER_MAX))
			continue;
		size += i == newest ? 0 : run->lines.len;
		taken[count++] = i;
	}
	runs->items = mem_alloc((count + 1) * sizeof *runs->items);
	while (count > 0) {
		struct report_run *run = &all->runs[taken[--count]];

		runs->items[runs->count++] = *run;
		run->lines = (struct buf){0};
	}
}

int report_runs_load(struct report_runs *runs, const struct graph *graph, const char *wanted,
	bool is_live, struct err *err)
{
	struct candidates all = {0};
	uint32_t shown = 0;
	int status;

	*runs = (struct report_runs){0};
	status = past_list(
		&runs->arena, graph_text(graph, graph->job_dir), &all.entries, &all.count, err);
	if (status == 0 && wanted) {
		const char *job = graph_text(graph, graph->job);
		const struct past_entry *found =
			past_pick(all.entries, all.count, job, wanted, err);
		status = found ? 0 : -1;
		shown = found ? (uint32_t)(found - all.entries) : 0;
	}
	if (status == 0 && all.count > 0) {
		all.runs = arena_alloc(&runs->arena, all.count * sizeof *all.runs);
		all.is_read = arena_alloc(&runs->arena, all.count);
		if (!wanted)
			shown = choose(&all, is_live);
		runs->shown = all.entries[shown].run;
		runs->log_path = all.entries[shown].log_path;
		collect(runs, &all, shown, is_live ? all.count - 1 : shown);
		for (uint32_t i = 0; i < all.count; i++)
			buf_free(&all.runs[i].lines);
	}
	if (status < 0)
		report_runs_free(runs);
	return status;
}

void report_runs_free(struct report_runs *runs)
{
	for (uint32_t i = 0; i < runs->count; i++)
		buf_free(&runs->items[i].lines);
	free(runs->items);
	arena_free(&runs->arena);
	*runs = (struct report_runs){0};
}
