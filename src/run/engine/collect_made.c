/* What an attempt made, as the manifest will list it. */
#include <errno.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/command/command.h"
#include "record/judge/same.h"
#include "run/engine/collect_part.h"
#include "run/engine/context.h"
#include "run/engine/reuse.h"

/* A file at its final place that the stage says it made: was it written during the attempt, or by
 * an earlier one of this stage? Else it is somebody else's, and a claim does not change that. */
static bool was_made(struct run *run, const struct running *running, const char *path,
	const struct fs_stat *stat)
{
	const struct record *record = run_record(run, running->stage);

	if (running->begin_ns &&
		(stat->mtime_ns >= running->begin_ns || stat->ctime_ns >= running->begin_ns))
		return true;
	for (uint32_t i = 0; i < record->success.file_count; i++) {
		const struct record_file *old = &record->success.files[i];
		bool was_kept = old->role == ROLE_OUTPUT || (old->flags & RECORD_FILE_RETAINED);
		if (old->role == ROLE_INPUT || !was_kept || strcmp(old->path, path) != 0)
			continue;
		uint32_t id = collect_id(run, running->stage, path);
		stamps_refresh(run->stamps, id);
		stamps_look(run->stamps, &id, 1, track_reads(old->track));
		if (!(old->flags & RECORD_FILE_MISSING) &&
			same_as_recorded(old, stamps_get(run->stamps, id)) == SAME)
			return true;
	}
	return false;
}

struct young { /* since begin_ns */
	const char *dir;
	struct arena *arena;
	int64_t begin_ns;
};

static int see_young(void *ctx, const char *rel, char type)
{
	const struct young *young = ctx;
	struct fs_stat stat;

	(void)type;
	return fs_stat_self(path_join(young->arena, young->dir, rel), &stat, NULL) == 0 &&
	       stat.ctime_ns > young->begin_ns; /* of the same step: may be from before */
}

/* A directory shows by itself only what came and went in it. */
static bool was_written_into(struct running *running, const char *dir, const struct fs_stat *stat)
{
	struct young young = {dir, &running->arena, running->begin_ns};

	return stat->type == 'd' && running->begin_ns && fs_walk(dir, see_young, &young, NULL) == 1;
}

/* Where a made file is now: aside in the work directory, else at its final place. */
static const char *find_made(struct run *run, struct running *running,
	const struct attempt_file *file, const char *aside, const struct fs_stat *before,
	struct fs_stat *stat, struct err *err)
{
	if (aside && fs_stat(aside, stat, err) == 0 && stat->type != 0)
		return aside;
	if (err->code || fs_stat(file->path, stat, err) < 0 || stat->type == 0)
		return NULL;
	if (file->is_update)
		return file->path;
	if (!before)
		return was_made(run, running, file->path, stat) ? file->path : NULL;
	if (fs_same(before, stat) && !was_written_into(running, file->path, stat))
		return NULL;
	running_warn(run, running,
		"output '%s' was written at its final place: use {{output.%s}} or "
		"STAGEIO_OUTPUT_DIR, so that a failure cannot damage it",
		file->path, file->label ? file->label : "label");
	return file->path;
}

static void make_room(struct running *running, uint32_t index)
{
	MEM_ROOM(running->made_at, index, running->made_cap);
	running->made_type = mem_grow(running->made_type, running->made_cap, 1);
	running->made_at[index] = NULL;
	running->made_type[index] = 0;
}

static int add_made(struct run *run, struct running *running, struct attempt_file *file,
	const char *aside, const struct fs_stat *before)
{
	struct fs_stat stat = {0};
	struct err why = {0};
	const char *at = find_made(run, running, file, aside, before, &stat, &why);
	uint32_t index = (uint32_t)(file - running->attempt.files);

	make_room(running, index);
	running->made_at[index] = at;
	running->made_type[index] = stat.type;
	file->size = stat.type == 'd' ? 0 : stat.size;
	file->mtime_ns = stat.mtime_ns;
	file->flags |= same_mode(&stat);
	if (at)
		return 0;
	if (why.code) {
		/* A link that leads in a circle, or a directory that it closed, is the command's
		 * own doing. */
		if (why.sys != ELOOP && why.sys != EACCES && why.sys != ENAMETOOLONG)
			run_fail(run, &why);
		running->failure = arena_strdup(&running->arena, why.text);
		return -1;
	}
	file->flags |= RECORD_FILE_MISSING;
	/* An intermediate that the command did not leave is simply not there. */
	if (file->is_optional || file->role == ROLE_INTERMEDIATE || running->is_skip)
		return 0;
	const char *made = file->origin == ORIGIN_REPORTED
				   ? "was reported, but the stage did not make it"
				   : "was not made by the command";
	running->failure = arena_fmt(&running->arena, "output '%s' %s%s", file->path, made,
		own_remedy(run, running, file, stat.type != 0));
	return -1;
}

/* It counts as made, and is nowhere. */
static void add_left_out(
	struct running *running, struct attempt_file *file, const struct left_out *left)
{
	const struct entry_output *output = left->output;
	uint32_t index = (uint32_t)(file - running->attempt.files);

	make_room(running, index);
	file->sum = output->sum;
	file->size = output->content.size;
	file->is_dir = output->type == 't';
	if (file->is_dir) {
		file->size = left->list.listing.bytes;
		file->files = (uint32_t)left->list.listing.files;
	}
	file->flags |= output->is_executable ? RECORD_FILE_EXECUTABLE : RECORD_FILE_PLAIN;
}

static bool is_listed(const struct running *running, const char *path, uint32_t from)
{
	for (uint32_t i = from; i < running->attempt.file_count; i++) {
		if (strcmp(running->attempt.files[i].path, path) == 0)
			return true;
	}
	return false;
}

static int collect_role(struct run *run, struct running *running, enum file_role role)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[running->stage];
	uint32_t first =
		s->first_use + s->input_count + (role == ROLE_INTERMEDIATE ? s->output_count : 0);
	uint32_t count = role == ROLE_OUTPUT ? s->output_count : s->intermediate_count;
	int status = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct attempt_file *file = collect_add_use(run, running, first + i);
		const struct left_out *left_out =
			role == ROLE_OUTPUT ? restored_left_out(running, i) : NULL;
		if (left_out) {
			add_left_out(running, file, left_out);
			continue;
		}
		const char *place = file->is_update ? NULL
						    : command_path(graph, running->stage, first + i,
							      running->work_dir, &running->arena);
		const struct fs_stat *before =
			role == ROLE_OUTPUT ? &running->before_update[i] : NULL;
		if (add_made(run, running, file, place, before) < 0)
			status = -1;
	}
	for (uint32_t i = 0; i < running->reported_count; i++) {
		struct attempt_file *report = &running->reported[i];
		if (report->role != role)
			continue;
		if (is_listed(running, report->path, running->declared_inputs)) {
			collect_merge(running, report);
			continue;
		}
		struct attempt_file *file = collect_add(running);
		*file = *report;
		report->reported = NULL;
		const char *place = stage_made_path(
			graph, running->stage, file->path, running->work_dir, &running->arena);
		if (add_made(run, running, file, place, NULL) < 0)
			status = -1;
	}
	return status;
}

/* The depfile is kept like a retained intermediate, so that nothing in the directory is
 * unexplained. */
static void collect_depfile(struct run *run, struct running *running)
{
	uint32_t depfile = run->graph->stages[running->stage].depfile;

	if (depfile == 0)
		return;
	const char *name = graph_text(run->graph, depfile);
	struct attempt_file *file = collect_add(running);
	file->path = path_join(&running->arena, running->dir, name);
	file->role = ROLE_INTERMEDIATE;
	file->label = "depfile";
	file->reason = "dependencies that the command found";
	file->flags = RECORD_FILE_RETAINED;
	add_made(run, running, file, path_join(&running->arena, running->work_dir, name), NULL);
}

int collect_made(struct run *run, struct running *running)
{
	running->first_made = running->attempt.file_count;
	int status = collect_role(run, running, ROLE_OUTPUT);
	if (collect_role(run, running, ROLE_INTERMEDIATE) < 0)
		status = -1;
	collect_depfile(run, running);
	return status;
}
