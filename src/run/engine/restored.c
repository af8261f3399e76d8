/* The attempt of a stage whose results were in the shared cache: no command runs, all else is as in
 * other attempts. Until its manifest is written nothing tells it from one that was interrupted. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/cache/cache_key.h"
#include "record/stamp/trees.h"
#include "run/engine/context.h"
#include "run/engine/reuse.h"
#include "run/engine/temporary.h"
#include "run/job/beneath.h"

/* What lies at the final places now: as before a command. */
static void look_before(struct run *run, struct running *running)
{
	const struct stage *s = &run->graph->stages[running->stage];
	struct fs_stat *before =
		arena_alloc(&running->arena, (s->output_count + 1) * sizeof *before);

	for (uint32_t i = 0; i < s->output_count; i++) {
		uint32_t file = run->graph->uses[s->first_use + s->input_count + i].file;
		fs_stat_absent(file_path(run->graph, file), &before[i], NULL);
	}
	running->before_update = before;
}

/* What the variant says of the stage's output number k, if that is enough to do without it; else
 * NULL. */
static const struct entry_output *output_of(
	const struct run *run, const struct restore *restore, uint32_t k)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[restore->stage];
	const char *path = file_path(graph, graph->uses[s->first_use + s->input_count + k].file);
	const struct entry_output *found = NULL;
	struct buf place BUF_LOCAL = {0};

	stage_made_place(graph, restore->stage, path, ".", &place);
	for (uint32_t i = 0; i < restore->variant->output_count && !found; i++) {
		const struct entry_output *output = &restore->variant->outputs[i];
		if (!digest_is_zero(&output->sum) &&
			strcmp(output->path, buf_text(&place) + 2) == 0)
			found = output;
	}
	return found;
}

/* Files in the directory that stages read. */
static void note_read(const struct run *run, struct restore *restore, struct left_out *left)
{
	const struct graph *graph = run->graph;
	struct span by = graph->stages[restore->stage].needed_by;
	const char *dir = file_path(graph, left->file);
	uint32_t room = 0;

	for (uint32_t i = 0; i < by.count; i++)
		room += graph->stages[graph->edges[by.first + i]].input_count;
	left->read = arena_alloc(&restore->arena, ((size_t)room + 1) * sizeof *left->read);
	for (uint32_t i = 0; i < by.count; i++) {
		const struct stage *s = &graph->stages[graph->edges[by.first + i]];
		for (uint32_t k = s->first_use; k < s->first_use + s->input_count; k++) {
			const char *rel = path_below(dir, file_path(graph, graph->uses[k].file));
			if (rel && *rel)
				left->read[left->read_count++] = rel;
		}
	}
	/* instances that nobody knows yet read what is in it */
	left->must_be_flat = graph->stages[restore->stage].lists.count;
}

/* Temporary outputs that nobody needs before a stage that reads them must run are not taken: unless
 * there are links, which may lead to one. */
static void leave_out(const struct run *run, struct restore *restore)
{
	const struct entry_variant *variant = restore->variant;
	const struct stage *s = &run->graph->stages[restore->stage];
	bool has_links = false;

	for (uint32_t i = 0; i < variant->output_count; i++)
		has_links |= variant->outputs[i].type == 'l';
	if (!(s->flags & STAGE_TEMPORARY) || has_links)
		return;
	restore->left_count = s->output_count;
	restore->left_out =
		arena_alloc(&restore->arena, (size_t)s->output_count * sizeof *restore->left_out);
	for (uint32_t k = 0; k < s->output_count; k++) {
		struct left_out *left = &restore->left_out[k];
		left->file = run->graph->uses[s->first_use + s->input_count + k].file;
		if (temporary_may_wait(run, restore->stage, k))
			left->output = output_of(run, restore, k);
		if (left->output && left->output->type == 't')
			note_read(run, restore, left);
	}
}

/* Is enough known of the directory, for all that read in it? */
static bool is_known_dir(struct restore *restore, struct left_out *left, int64_t until_ns)
{
	struct cache_listing *list = &left->list;
	bool is_known;

	if (!cache_take_listing(restore->cache, left->output, until_ns, list))
		return false;
	is_known = list->is_sure && !(left->must_be_flat && list->has_dirs);
	for (uint32_t i = 0; i < left->read_count && is_known; i++)
		is_known = cache_listing_file(list, left->read[i]);
	/* by that listing it is judged */
	is_known = is_known &&
		   trees_keep(restore->running->state_fd, &left->output->sum, &list->listing);
	if (!is_known)
		cache_listing_free(list);
	return is_known;
}

static bool is_left_out(const struct restore *restore, const struct entry_output *output)
{
	for (uint32_t k = 0; k < restore->left_count; k++) {
		if (restore->left_out[k].output == output)
			return true;
	}
	return false;
}

void restored_choose(struct restore *restore, int64_t until_ns)
{
	const struct entry_variant *variant = restore->variant;
	struct entry_variant *taken = &restore->taken;

	for (uint32_t k = 0; k < restore->left_count; k++) {
		struct left_out *left = &restore->left_out[k];
		if (left->output && left->output->type == 't' &&
			!is_known_dir(restore, left, until_ns))
			left->output = NULL;
	}
	*taken = *variant;
	taken->outputs = arena_alloc(
		&restore->arena, ((size_t)variant->output_count + 1) * sizeof *taken->outputs);
	taken->output_count = 0;
	for (uint32_t i = 0; i < variant->output_count; i++) {
		if (!is_left_out(restore, &variant->outputs[i]))
			taken->outputs[taken->output_count++] = variant->outputs[i];
	}
}

const struct left_out *restored_left_out(const struct running *running, uint32_t k)
{
	const struct restore *restore = running->restore;

	return restore && k < restore->left_count && restore->left_out[k].output
		       ? &restore->left_out[k]
		       : NULL;
}

struct running *restored_new(struct run *run, struct restore *restore, struct err *err)
{
	struct running *running = running_new(run, restore->stage);

	running_begin(run, running);
	running->restore = restore;
	running->is_settling = true;
	running->attempt.restored = &restore->origin;
	running->attempt.exit_code = 0;
	running->wants_names = false; /* see restored_names */
	leave_out(run, restore);
	if (running_make_place(run, running, err) == 0) {
		look_before(run, running);
		collect_inputs(run, running);
		/* a link that is swapped in on the way there changes nothing any more */
		restore->into = arena_fmt(&running->arena, "/proc/self/fd/%d/%s", running->own_fd,
			path_below(running->own_dir, running->work_dir));
		return running;
	}
	running->restore = NULL; /* it is the caller's */
	running_take_back(run, running);
	return NULL;
}

static bool add_file(struct run *run, struct running *running, struct told_file *told)
{
	struct attempt_file *file = &told->file;
	struct buf path = {0};

	if (file->role != ROLE_INPUT)
		file->path = stage_event_path(run, running, (enum file_role)file->role, told->name);
	else if (cache_key_path(&run->finder, told->name, &path))
		file->path = path_norm(&running->arena, buf_text(&path));
	buf_free(&path);
	if (!file->path)
		return false;
	MEM_ROOM(running->reported, running->reported_count, running->reported_cap);
	running->reported[running->reported_count++] = *file;
	file->reported = NULL;
	return true;
}

static void take_notes(struct running *running, const struct told *told)
{
	struct attempt *attempt = &running->attempt;

	for (uint32_t i = 0; i < told->error_count; i++) {
		MEM_ROOM(attempt->errors, attempt->error_count, running->error_cap);
		attempt->errors[attempt->error_count++] = told->errors[i];
	}
	for (uint32_t i = 0; i < told->warnings_kept; i++) {
		const struct attempt_note *note = &told->warnings[i];
		warning_add(running, note->wall_ns, note->message, strlen(note->message));
	}
	attempt->warning_count = told->warning_count;
}

bool restored_fill(struct run *run, struct running *running)
{
	struct restore *restore = running->restore;
	struct attempt *attempt = &running->attempt;
	struct told *told = &restore->told;

	if (!told_read(&restore->arena, buf_text(&restore->text), restore->text.len, told))
		return false;
	for (uint32_t i = 0; i < told->file_count; i++) {
		if (!add_file(run, running, &told->files[i]))
			return false;
	}
	attempt->reported_config = told->config;
	attempt->extra = told->extra;
	attempt->reported_resources = told->resources;
	told->config = told->extra = told->resources = NULL;
	restore->origin.stage = told->stage;
	restore->origin.pipeline = told->pipeline;
	restore->origin.resources = told->all_resources;
	take_notes(running, told);
	running_close_dirs(running);
	return true;
}

bool restored_fits(struct run *run, struct running *running)
{
	struct sha256 key;

	/* What would have to be read again is not waited for: it is not what was looked up. */
	return reuse_is_sound(&running->attempt) && reuse_key(run, running->stage, &key, NULL) &&
	       sha256_eq(&key, &running->restore->key) && restore_fits(run, running->restore);
}

/* Names of files, which were checked as they were copied: they are not made anew. */
void restored_names(struct run *run, struct running *running)
{
	const struct entry_variant *variant = running->restore->variant;
	const struct attempt *attempt = &running->attempt;
	struct map by_path = {0};
	struct buf place = {0};

	running->made_names =
		mem_grow(NULL, (size_t)attempt->file_count + 1, sizeof *running->made_names);
	for (uint32_t i = 0; i < variant->output_count; i++) {
		if (variant->outputs[i].type == 'f')
			map_put(&by_path, variant->outputs[i].path, i);
	}
	for (uint32_t i = 0; i < attempt->file_count; i++) {
		running->made_names[i].size = UINT64_MAX;
		if (i < running->first_made)
			continue;
		buf_reset(&place);
		stage_made_place(run->graph, running->stage, attempt->files[i].path, ".", &place);
		uint32_t found = map_get(&by_path, buf_text(&place) + 2);
		if (found != NONE)
			running->made_names[i] = variant->outputs[found].content;
	}
	map_free(&by_path);
	buf_free(&place);
}

/* It is kept as long as the run: stages may come to read in it. */
static void keep_listing(struct run *run, uint32_t stage, struct left_out *left)
{
	struct reuse_stage *known = &run->reuse->stages[stage];
	struct left_dir *dir = mem_alloc(sizeof *dir);

	*dir = (struct left_dir){left->file, left->list, known->left};
	left->list = (struct cache_listing){0};
	known->left = dir;
}

void restored_name_left_out(struct run *run, struct running *running)
{
	struct restore *restore = running->restore;

	for (uint32_t k = 0; restore && k < restore->left_count; k++) {
		struct left_out *left = &restore->left_out[k];
		const struct entry_output *output = left->output;
		if (!output)
			continue;
		const struct listing *listing = &left->list.listing;
		struct stamp_name name = {output->content, 'f', output->content.size, 0};
		if (output->type == 't')
			name = (struct stamp_name){
				left->list.name, 'd', listing->bytes, (uint32_t)listing->files};
		stamps_name_spent(run->stamps, left->file, &output->sum, &name);
		if (output->type == 't')
			keep_listing(run, running->stage, left);
	}
}

static void name_inside(struct run *run, const struct left_dir *dir, uint32_t stage)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[stage];
	const char *path = file_path(graph, dir->file);

	for (uint32_t i = s->first_use; i < s->first_use + s->input_count; i++) {
		uint32_t file = graph->uses[i].file;
		const char *rel = path_below(path, file_path(graph, file));
		const struct listing_item *item =
			rel && *rel ? cache_listing_file(&dir->list, rel) : NULL;
		if (!item)
			continue;
		const struct stamp_name name = {
			dir->list.names[item - dir->list.listing.items], 'f', item->size, 0};
		stamps_name_spent(run->stamps, file, &item->sum, &name);
	}
}

void restored_name_inside(struct run *run, uint32_t maker, uint32_t stage)
{
	const struct reuse *reuse = run->reuse;

	if (!reuse || maker >= reuse->stage_cap)
		return;
	for (const struct left_dir *dir = reuse->stages[maker].left; dir; dir = dir->next)
		name_inside(run, dir, stage);
}

static void tell_origin(const struct running *running, struct buf *out)
{
	const struct attempt_origin *origin = running->attempt.restored;

	buf_fmt(out, "♻️  Restored: run %s of job %s made it", origin->run ? origin->run : "?",
		origin->job ? origin->job : "?");
	if (origin->host)
		buf_fmt(out, " on %s", origin->host);
	if (origin->completed_at)
		buf_fmt(out, ", %s", origin->completed_at);
	if (origin->seconds >= 0) {
		buf_str(out, ", in ");
		text_add_duration(out, origin->seconds);
	}
}

void restored_log(struct run *run, struct running *running)
{
	const struct buf *log = &running->restore->log;
	struct buf line = {0};
	struct err err = {0};

	kept_log_begin(run, running);
	running->log = stagelog_open(running->dir_fd, running->log_path,
		stage_name(run->graph, running->stage), false, &err);
	if (!running->log) {
		run_fail(run, &err);
		return;
	}
	stagelog_copy(running->log, buf_text(log), log->len);
	tell_origin(running, &line);
	stagelog_add(running->log, LOG_INFO, buf_text(&line), line.len);
	buf_free(&line);
}

void restored_drop(struct run *run, struct running *running)
{
	uint32_t stage = running->stage;

	reuse_missed(run, running->restore);
	running_take_back(run, running);
	check_queue(run, stage);
}
