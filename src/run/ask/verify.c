#include "run/ask/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/workers.h"
#include "model/graph/job_paths.h"
#include "record/judge/absent.h"
#include "record/judge/judge.h"
#include "record/judge/same.h"
#include "record/judge/spent.h"
#include "record/judge/views.h"
#include "record/manifest/record.h"
#include "record/stamp/stamp.h"
#include "run/ask/verify_tree.h"
#include "run/job/stage_dirs.h"

#define WORKERS 8 /* hashing is bound by the disk or by memory before that */

struct ids {
	uint32_t *items;
	size_t count, cap;
};

struct verify {
	const struct graph *graph;
	const bool *wanted;
	struct arena *arena;
	struct record *records; /* by stage */
	struct stamps *stamps;
	struct views *views;
	struct findings findings;
	struct map told; /* "id digest" of what was reported */
	struct verify_report *report;
};

static void ids_add(struct ids *ids, uint32_t id)
{
	MEM_PUSH(ids->items, ids->count, ids->cap, id);
}

/* What was deleted after the stage on purpose is not looked for, nor what a disabled stage would
 * use: it may change as it likes until the stage is enabled again. */
static bool is_kept(const struct verify *v, uint32_t stage, const struct record_file *file)
{
	if (file->role == ROLE_INPUT)
		return !(v->graph->stages[stage].flags & STAGE_DISABLED);
	return file->role == ROLE_OUTPUT || (file->flags & RECORD_FILE_RETAINED);
}

static int read_records(struct verify *v, struct err *err)
{
	uint32_t count = v->graph->stage_count;

	v->records = arena_alloc(v->arena, (count + 1) * sizeof *v->records);
	for (uint32_t i = 0; i < count; i++) {
		const char *dir = graph_text(v->graph, v->graph->stages[i].dir);
		if (record_load(v->arena, v->graph, i, dir, &v->records[i], err) < 0)
			return -1;
	}
	return 0;
}

/* As it was read then: of a directory what was left out is left out. */
static uint32_t id_of(struct verify *v, const struct record_file *file)
{
	uint32_t id = stamps_id(v->stamps, file->path);

	if (file->role != ROLE_INPUT)
		return id;
	stamps_look(v->stamps, &id, 1, false);
	return stamps_get(v->stamps, id)->stat.type == 'd'
		       ? stamps_id_excluding(v->stamps, file->path, file->exclude)
		       : id;
}

static void look(struct verify *v)
{
	struct ids content = {0}, seen = {0};
	bool *is_listed;

	for (uint32_t i = 0; i < v->graph->stage_count; i++) {
		const struct record_success *success = &v->records[i].success;

		for (uint32_t f = 0; v->wanted[i] && f < success->file_count; f++) {
			const struct record_file *file = &success->files[f];
			bool has_sum = !(file->flags & (RECORD_FILE_NO_SUM | RECORD_FILE_MISSING));

			if (is_kept(v, i, file))
				ids_add(has_sum ? &content : &seen, id_of(v, file));
		}
	}
	stamps_look(v->stamps, seen.items, seen.count, false);
	stamps_look(v->stamps, content.items, content.count, true);
	is_listed = mem_alloc(stamps_count(v->stamps) + (size_t)1);
	for (size_t i = 0; i < content.count; i++) {
		const struct stamp *stamp = stamps_get(v->stamps, content.items[i]);

		if (is_listed[content.items[i]] || stamp->state != STAMP_HASHED ||
			!stamp->stat.type)
			continue;
		is_listed[content.items[i]] = true;
		v->report->file_count++;
		v->report->bytes += stamp->size;
	}
	free(is_listed);
	free(content.items);
	free(seen.items);
}

static void tell(struct verify *v, uint32_t stage, const struct record_file *file,
	struct verify_finding finding)
{
	uint32_t id = id_of(v, file);
	char sum[DIGEST_TEXT_SIZE];
	const char *key;

	digest_format(&file->sum, sum);
	key = arena_fmt(v->arena, "%u %d %s", id, (int)finding.kind, sum);
	if (map_get(&v->told, key) != NONE)
		return;
	map_put(&v->told, key, 0);
	finding.stage = stage;
	finding.path = file->path;
	finding.role = (enum file_role)file->role;
	findings_add(&v->findings, &finding);
}

/* An input that changed while the stage ran is told as such, unless it is not even there. */
static enum difference how_differs(const struct record_file *file, const struct stamp *now)
{
	struct record_file as_found = *file;
	enum difference how;

	as_found.flags &= (uint8_t)~RECORD_FILE_CHANGED;
	how = same_as_recorded(&as_found, now);
	bool is_there = how != DIFF_UNREADABLE && how != DIFF_GONE && how != DIFF_APPEARED;
	return is_there && (file->flags & RECORD_FILE_CHANGED) ? DIFF_UNSETTLED : how;
}

/* Something lies at the place of an input that counts as absent. */
static bool is_left_over(const struct verify *v, uint32_t stage, const struct record_file *file)
{
	const struct graph *graph = v->graph;
	const struct stage *s = &graph->stages[stage];

	for (uint32_t use = s->first_use; use < s->first_use + s->input_count; use++) {
		if (strcmp(file_path(graph, graph->uses[use].file), file->path) != 0)
			continue;
		if (absent_stamp(graph, v->stamps, stage, use)->stat.type == 0)
			return true;
		for (uint32_t i = 0; i < s->needs.count; i++) {
			uint32_t maker = graph->edges[s->needs.first + i];
			if (absent_is_maker(graph, maker, &v->records[maker], false) &&
				absent_makes(graph, maker, graph->uses[use].file))
				return true;
		}
	}
	return false;
}

static void compare(struct verify *v, uint32_t stage, const struct record_file *file)
{
	uint32_t id = id_of(v, file);
	const struct stamp *now = stamps_get(v->stamps, id);
	struct verify_finding finding = {.kind = VERIFY_CHANGED};

	switch (how_differs(file, now)) {
	case SAME:
		return;
	case DIFF_UNREAD:
		/* Whoever wrote the manifest had nothing to hash with; a FIFO has no content. */
		if (now->stat.type != 'f' && now->stat.type != 'd')
			return;
		finding.kind = VERIFY_NO_SUM;
		finding.text = "it has no recorded checksum";
		break;
	case DIFF_UNREADABLE:
		finding.kind = VERIFY_UNREADABLE;
		finding.text = arena_strdup(v->arena, stamps_error(v->stamps, id));
		break;
	case DIFF_GONE:
		finding.kind = VERIFY_MISSING;
		break;
	case DIFF_APPEARED:
		if (file->role == ROLE_INPUT && is_left_over(v, stage, file))
			return;
		finding.text = "it was not there when the stage ran";
		break;
	case DIFF_UNSETTLED:
		finding.text = "it changed while the stage ran";
		break;
	case DIFF_MODE:
		finding.text = "it has another executable bit";
		break;
	case DIFF_TIME:
		finding.text = "it has another time stamp";
		break;
	default:
		finding.recorded = file->sum;
		finding.found = now->sum;
	}
	tell(v, stage, file, finding);
}

static void compare_stage(struct verify *v, uint32_t stage)
{
	const struct record *record = &v->records[stage];

	v->report->stage_count++;
	if (record->status == RECORD_UNREADABLE)
		findings_add(&v->findings,
			&(struct verify_finding){
				.kind = VERIFY_UNREADABLE,
				.stage = stage,
				.path = stage_path(v->arena,
					graph_text(v->graph, v->graph->stages[stage].dir),
					MANIFEST_FILE),
				.text = record->why_unreadable,
			});
	else if (!record->success.is_known && !(v->graph->stages[stage].flags & STAGE_DISABLED))
		findings_add(&v->findings,
			&(struct verify_finding){.kind = VERIFY_NO_RECORD, .stage = stage});
	const struct judge judge = {.graph = v->graph, .stamps = v->stamps, .views = v->views};
	judge_adopt_trees(v->graph, stage, v->stamps, record);
	views_adopt(&judge, stage, record, &(struct verdict){0});
	for (uint32_t f = 0; f < record->success.file_count; f++) {
		if (is_kept(v, stage, &record->success.files[f]))
			compare(v, stage, &record->success.files[f]);
	}
}

static bool all_wanted(const struct graph *graph, const bool *wanted)
{
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (!wanted[i])
			return false;
	}
	return true;
}

/* Also what is read of a directory that is gone. */
static void note_spent(struct verify *v, uint32_t maker)
{
	const struct stage *s = &v->graph->stages[maker];
	const struct basis basis = {.record = &v->records[maker]};

	if (!(s->flags & STAGE_TEMPORARY))
		return;
	spent_note(v->graph, v->stamps, maker, NONE, &basis);
	for (uint32_t i = 0; i < s->needed_by.count; i++)
		spent_note(v->graph, v->stamps, maker, v->graph->edges[s->needed_by.first + i],
			&basis);
}

int verify_job(const struct graph *defined, const bool *wanted, bool is_strict, struct arena *arena,
	struct verify_report *out, struct err *err)
{
	int64_t started_ns = clock_mono_ns();
	bool *has_dir = arena_alloc(arena, (size_t)defined->stage_count + 1);
	const struct graph *graph = stage_dirs_follow(arena, defined, has_dir, err);
	struct workers *workers = workers_new(WORKERS, err);
	struct verify v = {.graph = graph, .wanted = wanted, .arena = arena, .report = out};
	struct verify_tree tree = {.graph = graph, .wanted = wanted, .arena = arena};
	int status = -1;

	*out = (struct verify_report){.graph = graph};
	if (!graph || !workers)
		goto out;
	v.views = views_new(graph);
	v.stamps = stamps_new(graph, workers); /* with an empty cache: everything is hashed */
	if (read_records(&v, err) < 0)
		goto out;
	look(&v);
	for (uint32_t i = 0; i < graph->stage_count; i++)
		note_spent(&v, i);
	/* makers before users: what is wrong with an output is told of the stage that made it */
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (wanted[graph->order[i]])
			compare_stage(&v, graph->order[i]);
	}
	tree.records = v.records;
	tree.findings = &v.findings;
	tree.with_strays = all_wanted(graph, wanted);
	verify_manifests(&tree, is_strict);
	status = verify_tree(&tree, err);
	out->finding_count = (uint32_t)v.findings.count;
	out->findings = arena_alloc(arena, (v.findings.count + 1) * sizeof *out->findings);
	if (v.findings.count)
		memcpy((void *)(uintptr_t)out->findings, v.findings.items,
			v.findings.count * sizeof *out->findings);
	out->seconds = (double)(clock_mono_ns() - started_ns) / 1e9;
out:
	stamps_free(v.stamps);
	views_free(v.views);
	workers_free(workers);
	map_free(&v.told);
	free(v.findings.items);
	return status;
}

bool verify_differs(const struct verify_report *report)
{
	for (uint32_t i = 0; i < report->finding_count; i++) {
		enum verify_kind kind = report->findings[i].kind;

		if (kind != VERIFY_NO_RECORD && kind != VERIFY_NO_SUM)
			return true;
	}
	return false;
}
