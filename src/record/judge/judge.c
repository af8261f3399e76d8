#include "record/judge/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/job_names.h"
#include "base/map.h"
#include "base/mem.h"
#include "record/index/index.h"
#include "record/judge/absent.h"
#include "record/judge/explain.h"
#include "record/judge/lists.h"
#include "record/judge/recorded.h"
#include "record/judge/same.h"
#include "record/judge/views.h"
#include "record/manifest/key.h"
#include "record/stamp/stamp.h"

#define REASONS_PER_KIND 1000

/* What the last success records of a file. */
struct item {
	struct version version;
	const struct use *use; /* of the stage as it is now; NULL: further, or no longer declared */
	const char *path;
	bool is_declared;
};

/* One walk over all that a stage rests on, for the index and for manifests. With `diff` each
 * difference is told; without, the first one ends it. */
struct walk {
	const struct judge *judge;
	const struct stage *stage;
	const struct record *record; /* one of the two */
	const struct index *index;
	const struct index_stage *entry;    /* index: the stage's ... */
	const uint32_t *uses;               /* ... and its uses */
	const struct use *inputs, *outputs; /* declared now */
	struct diff *diff;
	bool is_after_failure; /* record: an attempt came behind it that was no success */
	uint32_t next;         /* index: in uses; record: in its files */
	uint32_t place;        /* record: declared inputs so far */
	uint32_t first_output; /* record: its first one in files */
	/* record: path of a declared input -> its place; made when places do not agree */
	struct map by_path;
	/* declared now, and recorded; while places agree, the first so many */
	uint32_t known_inputs;
	bool *is_known; /* the same by place, of those with one path the first; made with by_path */
};

static struct walk walk_over(const struct judge *judge, uint32_t stage, const struct basis *basis)
{
	const struct graph *graph = judge->graph;
	struct walk walk = {
		.judge = judge,
		.stage = &graph->stages[stage],
		.record = basis->record,
		.index = basis->index,
	};

	walk.inputs = graph->uses + walk.stage->first_use;
	walk.outputs = walk.inputs + walk.stage->input_count;
	if (walk.index) {
		walk.entry = &walk.index->stages[stage];
		walk.uses = walk.index->uses + walk.entry->first;
		return walk;
	}
	walk.is_after_failure = record_is_failed(walk.record);
	while (walk.first_output < walk.record->success.file_count &&
		walk.record->success.files[walk.first_output].role == ROLE_INPUT)
		walk.first_output++;
	return walk;
}

static void walk_free(struct walk *walk)
{
	map_free(&walk->by_path);
	free(walk->is_known);
}

static bool is_declared(const struct record_file *file)
{
	return file->origin == ORIGIN_DECLARED || file->origin == ORIGIN_COMMAND;
}

static void take_index(
	const struct walk *walk, uint32_t version, const struct use *use, struct item *item)
{
	item->version = walk->index->versions[version];
	item->use = use;
	item->is_declared = use != NULL;
	item->path = NULL;
}

static void take_record(const struct walk *walk, const struct record_file *file,
	const struct use *use, struct item *item)
{
	item->use = use;
	item->is_declared = file->role != ROLE_INTERMEDIATE && is_declared(file);
	item->path = file->path;
	/* Of what is no longer declared the file is not looked at. */
	bool is_gone = item->is_declared && !use;
	uint32_t id = use ? use->file : is_gone ? NONE : stamps_id(walk->judge->stamps, file->path);
	item->version = file->role == ROLE_INPUT ? version_of(file, id)
						 : version_made(file, id, walk->is_after_failure);
}

/* Where the recorded input is in the definition now, NULL if nowhere. It nearly always has the same
 * place in the list as then, and no look-up by name is needed. */
static const struct use *find_input(struct walk *walk, const char *path)
{
	const struct graph *graph = walk->judge->graph;
	uint32_t count = walk->stage->input_count, place = walk->place++;

	if (place < count && strcmp(file_path(graph, walk->inputs[place].file), path) != 0)
		place = count;
	if (place >= count || walk->is_known) {
		if (!walk->is_known) {
			walk->is_known = mem_alloc((size_t)count + 1);
			memset(walk->is_known, true, walk->known_inputs);
			for (uint32_t i = 0; i < count; i++)
				map_put(&walk->by_path, file_path(graph, walk->inputs[i].file), i);
		}
		place = map_get(&walk->by_path, path);
		if (place == NONE)
			return NULL;
		if (walk->is_known[place])
			return &walk->inputs[place];
		walk->is_known[place] = true;
	}
	walk->known_inputs++;
	return &walk->inputs[place];
}

/* The recorded inputs, in their order. */
static bool next_input(struct walk *walk, struct item *item)
{
	const struct record_success *success;
	uint32_t count = walk->stage->input_count;

	if (walk->index) {
		if (walk->next >= count + walk->entry->further)
			return false;
		take_index(walk, walk->uses[walk->next],
			walk->next < count ? &walk->inputs[walk->next] : NULL, item);
		walk->known_inputs += walk->next++ < count;
		return true;
	}
	success = &walk->record->success;
	while (walk->next < success->file_count) {
		const struct record_file *file = &success->files[walk->next++];
		if (file->role != ROLE_INPUT)
			continue;
		take_record(
			walk, file, is_declared(file) ? find_input(walk, file->path) : NULL, item);
		return true;
	}
	return false;
}

/* What is recorded of a declared output; false: nothing. */
static bool find_output(const struct walk *walk, uint32_t k, struct item *item)
{
	const struct use *use = &walk->outputs[k];
	const char *path = file_path(walk->judge->graph, use->file);
	const struct record_success *success;

	if (walk->index) {
		uint32_t version = walk->uses[walk->stage->input_count + walk->entry->further + k];
		if (version != NONE)
			take_index(walk, version, use, item);
		return version != NONE;
	}
	success = &walk->record->success;
	for (uint32_t i = 0; i < success->file_count; i++) {
		/* The one at the same place first. */
		uint32_t at = (walk->first_output + k + i) % success->file_count;
		const struct record_file *file = &success->files[at];
		if (file->role == ROLE_OUTPUT && strcmp(file->path, path) == 0) {
			take_record(walk, file, use, item);
			return true;
		}
	}
	return false;
}

/* An intermediate of the stage that nobody else uses: its own affair. */
static bool is_own(const struct walk *walk, uint32_t file)
{
	const struct use *made = walk->outputs + walk->stage->output_count;

	for (uint32_t i = 0; i < walk->stage->intermediate_count; i++) {
		if (made[i].file == file)
			return !stamps_is_lent(walk->judge->stamps, file);
	}
	return false;
}

/* Further outputs, in their order. */
static bool next_output(struct walk *walk, struct item *item)
{
	const struct graph *graph = walk->judge->graph;
	const struct record_success *success;

	if (walk->index) {
		uint32_t declared =
			walk->stage->input_count + walk->entry->further + walk->stage->output_count;
		if (walk->next < declared)
			walk->next = declared;
		while (walk->next < walk->entry->count) {
			take_index(walk, walk->uses[walk->next++], NULL, item);
			if (!is_own(walk, item->version.file))
				return true;
		}
		return false;
	}
	success = &walk->record->success;
	while (walk->next < success->file_count) {
		const struct record_file *file = &success->files[walk->next++];
		if (!recorded_is_further(graph, (uint32_t)(walk->stage - graph->stages), file))
			continue;
		take_record(walk, file, NULL, item);
		if (!is_own(walk, item->version.file))
			return true;
	}
	return false;
}

static const struct label *label_of(const struct walk *walk, const struct use *use)
{
	return &walk->judge->graph->labels[use->label];
}

static enum difference compare(const struct walk *walk, const struct item *item)
{
	const struct judge *judge = walk->judge;
	const struct stamp *now = stamps_get(judge->stamps, item->version.file);

	if (item->use && (label_of(walk, item->use)->flags & LABEL_ELSE))
		now = absent_stamp(judge->graph, judge->stamps,
			(uint32_t)(walk->stage - judge->graph->stages),
			(uint32_t)(item->use - judge->graph->uses));
	return version_compare(&item->version, now);
}

/* Tracked in another way than recorded: that is told as a changed definition, and leaves nothing to
 * compare. */
static bool is_tracked_otherwise(const struct walk *walk, const struct item *item)
{
	return item->use && label_of(walk, item->use)->track != item->version.track;
}

/* ": a/b (+2 more)": the files that differ in a directory, if they are known. In the arena. */
static const char *in_tree(const struct walk *walk, const struct item *item, enum difference how)
{
	struct buf buf BUF_LOCAL = {0};

	if (how != DIFF_CONTENT || item->version.kind != VERSION_CONTENT)
		return "";
	buf_str(&buf, ": ");
	stamps_tell_tree(walk->judge->stamps, item->version.file, &item->version.is, &buf);
	return buf.len > 2 ? arena_strdup(walk->judge->arena, buf.data) : "";
}

static void tell_input(const struct walk *walk, const struct item *item, enum difference how)
{
	const struct graph *graph = walk->judge->graph;
	const struct judge *judge = walk->judge;
	uint32_t id = item->version.file;
	uint32_t maker = id < graph->file_count ? graph->files[id].producer : NONE;

	if (how != DIFF_UNSETTLED && maker != NONE && judge->has_run &&
		judge->has_run(judge->ctx, maker))
		diff_add(walk->diff, REASON_UPSTREAM_RAN, item->path, "stage %s ran and %s %s%s",
			stage_name(graph, maker), item->path, difference_text(how),
			in_tree(walk, item, how));
	else
		diff_add(walk->diff, REASON_INPUT_CHANGED, item->path, "input %s %s%s", item->path,
			difference_text(how), in_tree(walk, item, how));
}

static bool input_differs(const struct walk *walk, const struct item *item)
{
	enum difference how;

	if (item->is_declared && !item->use) {
		if (walk->diff)
			diff_add(walk->diff, REASON_INPUT_REMOVED, item->path,
				"input %s is no longer one", item->path);
		return true;
	}
	if (is_tracked_otherwise(walk, item))
		return false;
	how = compare(walk, item);
	if (how != SAME && walk->diff)
		tell_input(walk, item, how);
	return how != SAME;
}

/* Declared inputs of which nothing is recorded. */
static bool has_new_inputs(const struct walk *walk)
{
	bool has_new = false;

	if (!walk->is_known && walk->known_inputs == walk->stage->input_count)
		return false;
	for (uint32_t i = 0; i < walk->stage->input_count && (walk->diff || !has_new); i++) {
		const char *path = file_path(walk->judge->graph, walk->inputs[i].file);
		bool is_known = walk->is_known ? walk->is_known[map_get(&walk->by_path, path)]
					       : i < walk->known_inputs;
		has_new |= !is_known;
		if (!is_known && walk->diff)
			diff_add(walk->diff, REASON_INPUT_ADDED, path, "input %s is new", path);
	}
	return has_new;
}

static bool inputs_differ(struct walk *walk, bool is_other_list)
{
	struct item item;
	bool differs = false, is_further = false;

	for (;;) {
		bool has_next = next_input(walk, &item);
		/* Further inputs stand behind the declared ones. */
		if (!is_further && (!has_next || !item.is_declared)) {
			is_further = true;
			differs |= has_new_inputs(walk);
			if (is_other_list && !differs && walk->diff)
				diff_add(walk->diff, REASON_DEFINITION_CHANGED, NULL,
					"labels or order of its inputs changed");
			differs |= is_other_list;
		}
		if (!has_next || (differs && !walk->diff))
			return differs;
		differs |= input_differs(walk, &item);
	}
}

static bool output_differs(const struct walk *walk, const struct item *item)
{
	enum difference how = is_tracked_otherwise(walk, item) ? SAME : compare(walk, item);
	const char *made_for = walk->judge->made_for;

	if (made_for && stamps_is_spent(walk->judge->stamps, item->version.file)) {
		if (walk->diff)
			diff_add(walk->diff, REASON_OUTPUT_MISSING, item->path,
				"output %s is made again for %s", item->path, made_for);
		return true;
	}
	if (how == SAME || !walk->diff)
		return how != SAME;
	if (how == DIFF_GONE)
		diff_add(walk->diff, REASON_OUTPUT_MISSING, item->path, "output %s is missing",
			item->path);
	/* An optional output that the command chose not to make, and that lies there now, is not
	 * ours. */
	else
		diff_add(walk->diff, REASON_OUTPUT_CHANGED, item->path, "output %s %s%s",
			item->path,
			how == DIFF_CONTENT ? "is not what the stage made" : difference_text(how),
			in_tree(walk, item, how));
	return true;
}

/* An output of which nothing is recorded: it had not to be made. */
static bool may_be_unmade(const struct walk *walk, uint32_t k)
{
	bool is_skip = walk->index ? walk->entry->flags & INDEX_STAGE_SKIPPED
				   : walk->record->success.is_skip;

	return is_skip || (label_of(walk, &walk->outputs[k])->flags & LABEL_OPTIONAL);
}

static bool outputs_differ(struct walk *walk)
{
	struct item item;
	bool differs = false;

	for (uint32_t k = 0; k < walk->stage->output_count && (walk->diff || !differs); k++) {
		const char *path = file_path(walk->judge->graph, walk->outputs[k].file);
		if (find_output(walk, k, &item)) {
			differs |= output_differs(walk, &item);
		} else if (!may_be_unmade(walk, k)) {
			differs = true;
			if (walk->diff)
				diff_add(walk->diff, REASON_OUTPUT_MISSING, path,
					"output %s was not made yet", path);
		}
	}
	walk->next = 0;
	while ((walk->diff || !differs) && next_output(walk, &item))
		differs |= output_differs(walk, &item);
	return differs;
}

/* Older than the stage allows, if it does not even want a new one in each run. */
static bool is_too_old(const struct walk *walk)
{
	const struct graph *graph = walk->judge->graph;
	int64_t now = walk->judge->now_ns, most = graph->settings[walk->stage->settings].max_age_ms;

	if (most < 0 || !now)
		return false;
	int64_t age = now - (walk->index ? walk->entry->completed_ns
					 : record_age_ns(&walk->record->success));
	if (most && age / 1000000 <= most)
		return false;
	if (walk->diff)
		diff_add(walk->diff, REASON_FORCED, "max_age",
			most ? "its result is older than max_age" : "max_age is 0: in every run");
	return true;
}

static bool differs(struct walk *walk, const struct record_key_set *key)
{
	bool is_other_list = false, is_other = is_too_old(walk);

	if (walk->index) {
		struct digest all = key_all(key);
		is_other |= !digest_eq(&all, &walk->entry->key);
	} else {
		const struct record_key_set *was = &walk->record->success.key;
		is_other |= memcmp(was, key, sizeof *key) != 0;
		is_other_list =
			!digest_eq(&was->part[RECORD_KEY_INPUTS], &key->part[RECORD_KEY_INPUTS]);
		if (walk->diff)
			diff_key(walk->diff, key);
	}
	if (is_other && !walk->diff)
		return true;
	is_other |= inputs_differ(walk, is_other_list);
	if (is_other && !walk->diff)
		return true;
	return outputs_differ(walk) || is_other;
}

bool judge_is_same(const struct judge *judge, uint32_t stage, const struct basis *basis,
	const struct record_key_set *key)
{
	struct walk walk = walk_over(judge, stage, basis);
	bool is_same = !differs(&walk, key);

	walk_free(&walk);
	return is_same;
}

static void add_file(struct judge_files *files, uint32_t id, bool reads)
{
	if (reads)
		files->content[files->content_count++] = id;
	else
		files->seen[files->seen_count++] = id;
}

/* Of a file that was not there it is enough to see whether it is now. */
static void add_further(struct judge_files *files, const struct item *item)
{
	if (!item->use && !item->is_declared)
		add_file(files, item->version.file,
			track_reads(item->version.track) && item->version.kind != VERSION_MISSING);
}

void judge_files(const struct judge *judge, uint32_t stage, const struct basis *basis,
	struct judge_files *out)
{
	const struct graph *graph = judge->graph;
	const struct stage *s = &graph->stages[stage];
	uint32_t declared = s->input_count + s->output_count;
	uint32_t most = basis->index ? basis->index->stages[stage].count
				     : declared + basis->record->success.file_count;
	struct item item;

	*out = (struct judge_files){
		.content = arena_alloc(judge->arena, ((size_t)most + 1) * sizeof *out->content),
		.seen = arena_alloc(judge->arena, ((size_t)most + 1) * sizeof *out->seen),
	};
	for (uint32_t i = 0; i < declared; i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		add_file(out, use->file, track_reads(graph->labels[use->label].track));
	}
	if (most == declared)
		return;
	struct walk walk = walk_over(judge, stage, basis);
	while (next_input(&walk, &item))
		add_further(out, &item);
	walk.next = 0;
	while (next_output(&walk, &item))
		add_further(out, &item);
	walk_free(&walk);
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

/* What its outputs hold says which instances other stages have: that has to be known, and what a
 * run could take. */
static bool has_lists_wrong(struct diff *diff)
{
	const struct graph *graph = diff->judge->graph;
	uint32_t unknown = NONE, empty = NONE, refused = NONE;

	if (graph->stages[diff->stage].lists.count)
		empty = lists_find_wrong(graph, diff->stage, &unknown, &refused);
	if (unknown != NONE)
		diff_add(diff, REASON_OUTPUT_MISSING, lists_path(graph, unknown),
			"what was in output %s is not known any more", lists_path(graph, unknown));
	if (empty != NONE)
		diff_add(diff, REASON_OUTPUT_MISSING, lists_path(graph, empty),
			"nothing in output %s makes an instance of %s", lists_path(graph, empty),
			graph_text(graph, graph->lists[empty].decl));
	if (refused != NONE)
		diff_add(diff, REASON_DEFINITION_CHANGED, lists_path(graph, refused),
			"by what is in output %s the instances of %s are a mistake",
			lists_path(graph, refused), graph_text(graph, graph->lists[refused].decl));
	return unknown != NONE || empty != NONE || refused != NONE;
}

/* By code; those of one code stay in the order in which they were found. */
static void take_sorted(const struct diff *diff, struct verdict *out)
{
	uint32_t n = 0;

	out->reason_count = diff->count;
	out->reasons = arena_alloc(diff->judge->arena, (diff->count + 1) * sizeof *out->reasons);
	for (int code = 0; code < REASON_COUNT; code++) {
		for (uint32_t i = 0; diff->tally[code] && i < diff->count; i++) {
			if ((int)diff->reasons[i].code == code)
				out->reasons[n++] = diff->reasons[i];
		}
	}
}

void judge_verdict(const struct judge *judge, uint32_t stage, const struct record *record,
	const struct record_key_set *key, bool forced, bool is_interrupted, struct verdict *out)
{
	struct diff diff = {
		.judge = judge, .stage = stage, .record = record, .limit = REASONS_PER_KIND};
	bool is_other = !record->success.is_known;

	memset(out, 0, sizeof *out);
	if (judge->graph->stages[stage].flags & STAGE_DISABLED) {
		out->is_fresh = true;
		return;
	}
	if (record->success.is_known) {
		judge_adopt_trees(judge->graph, stage, judge->stamps, record);
		views_adopt(judge, stage, record, out);
		struct walk walk = walk_over(judge, stage, &(struct basis){.record = record});
		walk.diff = &diff;
		walk.is_after_failure |= is_interrupted;
		is_other = differs(&walk, key);
		walk_free(&walk);
		is_other = is_other || has_lists_wrong(&diff);
	}
	if (is_other)
		status_reason(&diff, record, is_interrupted);
	if (forced)
		diff_add(&diff, REASON_FORCED, NULL, "asked for");
	out->is_fresh = !is_other && !forced;
	if (diff.count)
		take_sorted(&diff, out);
	free(diff.reasons);
}

void judge_now(const struct judge *judge, uint32_t stage, const struct record *record, bool forced,
	bool is_interrupted, struct record_key_set *key, struct verdict *out)
{
	key_make(judge->graph, stage, judge->version_outputs, record, key);
	/* What never succeeded needs no look at its files to know that it will run. */
	if (record->success.is_known) {
		struct judge_files files;
		judge_files(judge, stage, &(struct basis){.record = record}, &files);
		stamps_look(judge->stamps, files.seen, files.seen_count, false);
		stamps_look(judge->stamps, files.content, files.content_count, true);
	}
	judge_verdict(judge, stage, record, key, forced, is_interrupted, out);
}
