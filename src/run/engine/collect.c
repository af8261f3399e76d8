/* What an attempt used, as the manifest will list it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/content.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "record/judge/absent.h"
#include "record/judge/same.h"
#include "record/judge/views.h"
#include "record/manifest/depfile.h"
#include "run/engine/collect_part.h"
#include "run/engine/context.h"

#define DEPFILE_MAX ((size_t)256 << 20)

#define FEW_USES 16

uint32_t collect_id(const struct run *run, uint32_t stage, const char *path)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[stage];
	uint32_t count = s->input_count + s->output_count + s->intermediate_count;

	for (uint32_t i = 0; count <= FEW_USES && i < count; i++) {
		uint32_t file = graph->uses[s->first_use + i].file;
		if (strcmp(file_path(graph, file), path) == 0)
			return file;
	}
	return stamps_id(run->stamps, path);
}

struct attempt_file *collect_add(struct running *running)
{
	struct attempt *attempt = &running->attempt;

	MEM_ROOM(attempt->files, attempt->file_count, running->file_cap);
	memset(&attempt->files[attempt->file_count], 0, sizeof *attempt->files);
	return &attempt->files[attempt->file_count++];
}

struct attempt_file *collect_add_use(struct run *run, struct running *running, uint32_t use)
{
	const struct graph *graph = run->graph;
	const struct label *label = &graph->labels[graph->uses[use].label];
	struct attempt_file *file = collect_add(running);

	file->path = file_path(graph, graph->uses[use].file);
	file->type = graph_text(graph, label->type);
	file->label = graph_text(graph, label->name);
	file->reason = graph_text(graph, label->reason);
	file->role = label->role;
	file->origin = label->origin;
	file->track = label->track;
	file->is_optional = label->flags & LABEL_OPTIONAL;
	file->is_update = label->flags & LABEL_UPDATE;
	file->meta = label->meta;
	if (label->flags & LABEL_RETAINED)
		file->flags |= RECORD_FILE_RETAINED;
	return file;
}

/* An input that nobody declared: the stage, or its depfile, told of it. */
static bool is_further(const struct record_file *file)
{
	return file->role == ROLE_INPUT && file->origin != ORIGIN_DECLARED &&
	       file->origin != ORIGIN_COMMAND;
}

/* Those that were not hashed for the verdict (it never ran), or were looked at again since for
 * another stage, are hashed now. */
static struct stamp stamp_now(struct run *run, uint32_t id, uint8_t track)
{
	stamps_look(run->stamps, &id, 1, track_reads(track));
	return *stamps_get(run->stamps, id);
}

/* What is gone has no stat: what goes with its name tells how large it was. */
static void take_size(struct run *run, uint32_t id, struct attempt_file *file)
{
	struct stamp_name name;

	if (!stamps_is_spent(run->stamps, id) || !stamps_spent_name(run->stamps, id, &name))
		return;
	file->is_dir = name.type == 'd';
	file->files = file->is_dir ? name.files : 0;
	file->size = name.bytes;
}

/* By what the stage was judged: its inputs as they were found. */
void collect_inputs(struct run *run, struct running *running)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[running->stage];
	const struct record_success *success = &run_record(run, running->stage)->success;
	size_t most = (size_t)s->input_count + success->file_count + 1;
	struct stamp *collected = arena_alloc(&running->arena, most * sizeof *collected);
	struct stamp *further = collected + s->input_count;

	for (uint32_t i = 0; i < s->input_count; i++) {
		struct attempt_file *file = collect_add_use(run, running, s->first_use + i);
		uint32_t id = graph->uses[s->first_use + i].file;
		stamp_now(run, id, file->track);
		collected[i] = *absent_stamp(graph, run->stamps, running->stage, s->first_use + i);
		same_take(file, &collected[i]);
		take_size(run, id, file);
		file->exclude = file_exclude(graph, id);
		views_take(run->views, id, file);
	}
	for (uint32_t i = 0; i < success->file_count; i++) {
		const struct record_file *file = &success->files[i];
		uint32_t id = is_further(file) ? stamps_id(run->stamps, file->path) : NONE;
		if (id != NONE && running->wants_names)
			stamps_want_content(run->stamps, id);
		if (id != NONE)
			*further++ = stamp_now(run, id, file->track);
	}
	running->declared_inputs = s->input_count;
	running->collected = collected;
	/* What is found changed after this, by the file system's own clock, may have changed under
	 * the stage. */
	struct fs_stat work;
	if (fs_stat(running->work_dir, &work, NULL) == 0)
		running->begin_ns = work.ctime_ns; /* when it was made, or renamed to its place */
}

static bool is_as_collected(const struct attempt_file *file, const struct stamp *now)
{
	const struct record_file was = {
		.sum = file->sum,
		.mtime_ns = file->mtime_ns,
		.track = file->track,
		.flags = file->flags,
	};

	return same_as_recorded(&was, now) == SAME;
}

/* Has nothing happened to it since it was collected? Other stages may have looked at it since. */
static bool is_untouched(
	struct run *run, const struct attempt_file *file, const struct stamp *before, uint32_t id)
{
	if (stamp_is_spent(before) && !stamps_is_spent(run->stamps, id)) {
		/* what was restored does without it; it was made again for another stage */
		stamps_look(run->stamps, &id, 1, true);
		return is_as_collected(file, stamps_get(run->stamps, id));
	}
	stamps_refresh(run->stamps, id);
	struct stamp now = *stamps_get(run->stamps, id);
	bool is_same = fs_same(&now.stat, &before->stat), is_read = before->state == STAMP_HASHED;
	if (is_same && is_read && before->is_settled)
		return true;
	if (!track_reads(file->track))
		return is_same || is_as_collected(file, &now);
	if (is_same && is_read && before->size > SETTLE_INLINE_MAX) {
		/* Too large to read again only because its time was young: no sign of a change. */
		stamps_take(run->stamps, id,
			&(struct stamp_content){
				.sum = before->sum, .size = before->size, .files = before->files});
		return true;
	}
	/* Written and put back: what the stage read in between is not known. A change of ctime
	 * alone (a link made to it, say) leaves the content. */
	bool is_written = now.stat.mtime_ns != before->stat.mtime_ns ||
			  now.stat.ino != before->stat.ino || now.stat.size != before->stat.size ||
			  now.stat.type != before->stat.type || now.changes != before->changes;
	if (is_written)
		return false;
	stamps_look(run->stamps, &id, 1, true);
	return is_as_collected(file, stamps_get(run->stamps, id));
}

static bool changed_last_time(struct run *run, const struct running *running, const char *path)
{
	const struct record_success *success = &run_record(run, running->stage)->success;

	for (uint32_t i = 0; i < success->file_count; i++) {
		const struct record_file *old = &success->files[i];
		if (old->role == ROLE_INPUT && strcmp(old->path, path) == 0)
			return old->flags & RECORD_FILE_CHANGED;
	}
	return false;
}

static void input_changed(struct run *run, struct running *running, struct attempt_file *file)
{
	bool is_again = changed_last_time(run, running, file->path);

	file->flags |= RECORD_FILE_CHANGED;
	running_warn(run, running,
		"input '%s' changed while the stage ran: the stage is not up to date next time%s",
		file->path,
		is_again
			? "; it did so last time, too: what a stage writes itself is no input, but an "
			  "output with .update = yes"
			: "");
}

static void check_input(
	struct run *run, struct running *running, struct attempt_file *file, uint32_t id)
{
	const struct stamp *before = &running->collected[file - running->attempt.files];

	if (is_untouched(run, file, before, id))
		return;
	if (own_is_changed(run, running, file, id, before))
		own_take(run, running, file);
	else
		input_changed(run, running, file);
}

struct more { /* inputs beyond the declared ones */
	struct run *run;
	struct running *running;
	struct map known;  /* path -> anything */
	struct map before; /* path -> what was collected of it */
	enum file_origin origin;
	bool is_asked; /* workers read the content of one */
};

static struct attempt_file *add_input(struct more *more, const char *path)
{
	if (map_get(&more->known, path) != NONE)
		return NULL;
	struct attempt_file *file = collect_add(more->running);
	file->path = path;
	file->role = ROLE_INPUT;
	file->origin = (uint8_t)more->origin;
	map_put(&more->known, path, 1);
	return file;
}

/* What was collected of inputs that the stage told of last time. */
static void note_before(struct more *more)
{
	const struct record_success *success =
		&run_record(more->run, more->running->stage)->success;
	uint32_t next = more->running->declared_inputs;

	for (uint32_t i = 0; i < success->file_count; i++) {
		if (is_further(&success->files[i]))
			map_put(&more->before, success->files[i].path, next++);
	}
}

/* May it have changed since the stage began? Nobody looked at it before. Of its own time only what
 * is not in the future counts: that may be set to anything. A clock may go in steps, so what is of
 * the step in which the stage began may be later. */
static bool is_young(const struct running *running, const struct stamp *now)
{
	int64_t begin = running->begin_ns, mtime = now->stat.mtime_ns;

	return now->stat.type != 0 && begin &&
	       (now->stat.ctime_ns >= begin || (mtime >= begin && mtime <= clock_wall_ns()));
}

static void look_at_input(struct more *more, struct attempt_file *file)
{
	struct run *run = more->run;
	struct running *running = more->running;
	uint32_t id = stamps_id(run->stamps, file->path), at = map_get(&more->before, file->path);

	missing_edge_tell(run, running, file->path);
	if (at != NONE) {
		const struct stamp *before = &running->collected[at];
		file->track = same_track(before);
		same_take(file, before);
		views_take(run->views, id, file);
		if (!is_untouched(run, file, before, id))
			input_changed(run, running, file);
		return;
	}
	stamps_refresh(run->stamps, id);
	if (running->wants_names)
		stamps_want_content(run->stamps, id);
	more->is_asked |= !stamps_ask(run->stamps, &id, 1, true, running->stage);
	MEM_ROOM(running->asked, running->asked_count, running->asked_cap);
	running->asked[running->asked_count++] = (uint32_t)(file - running->attempt.files);
}

static void tell_missing(struct run *run, struct running *running, const struct attempt_file *file)
{
	if (file->origin == ORIGIN_REPORTED && file->flags & RECORD_FILE_MISSING)
		running_warn(run, running, "reported input '%s' does not exist", file->path);
}

void collect_asked(struct run *run, struct running *running)
{
	for (uint32_t i = 0; i < running->asked_count; i++) {
		struct attempt_file *file = &running->attempt.files[running->asked[i]];
		uint32_t id = stamps_id(run->stamps, file->path);

		/* made anew by another stage since it was asked for, it is read here */
		stamps_look(run->stamps, &id, 1, true);
		const struct stamp *now = stamps_get(run->stamps, id);
		file->track = same_track(now);
		same_take(file, now);
		views_take(run->views, id, file);
		if (is_young(running, now))
			input_changed(run, running, file);
		tell_missing(run, running, file);
	}
}

/* What the command makes itself is no input. */
static bool is_own(const struct graph *graph, const struct running *running, const char *path)
{
	const struct stage *s = &graph->stages[running->stage];

	if (path_is_under(running->dir, path))
		return true;
	for (uint32_t i = s->input_count; i < stage_use_count(s); i++) {
		if (path_is_under(file_path(graph, graph->uses[s->first_use + i].file), path))
			return true;
	}
	return false;
}

static void take_dependency(void *ctx, const char *name)
{
	struct more *more = ctx;
	struct running *running = more->running;
	const char *path = stage_event_path(more->run, running, ROLE_INPUT, name);

	if (!path || is_own(more->run->graph, running, path))
		return;
	struct attempt_file *file = add_input(more, path);
	if (!file)
		return;
	file->type = "dependency";
	look_at_input(more, file);
}

static int read_depfile(struct more *more)
{
	struct run *run = more->run;
	struct running *running = more->running;
	uint32_t depfile = run->graph->stages[running->stage].depfile;

	if (depfile == 0)
		return 0;
	const char *path =
		path_join(&running->arena, running->work_dir, graph_text(run->graph, depfile));
	struct buf text = {0};
	struct err why = {0};
	more->origin = ORIGIN_DEPFILE;
	if (fs_read(path, DEPFILE_MAX, &text, &why) < 0 ||
		depfile_read(buf_text(&text), text.len, graph_text(run->graph, depfile),
			take_dependency, more, &why) < 0) {
		running->failure = why.sys == ENOENT
					   ? arena_fmt(&running->arena, "depfile '%s' was not made",
						     graph_text(run->graph, depfile))
					   : arena_strdup(&running->arena, why.text);
		buf_free(&text);
		return -1;
	}
	buf_free(&text);
	return 0;
}

void collect_merge(struct running *running, struct attempt_file *report)
{
	for (uint32_t i = 0; i < running->attempt.file_count; i++) {
		struct attempt_file *file = &running->attempt.files[i];
		if (file->role != report->role || strcmp(file->path, report->path) != 0)
			continue;
		json_free(file->reported);
		file->reported = report->reported;
		report->reported = NULL;
		return;
	}
}

int collect_used(struct run *run, struct running *running, bool *is_asked)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[running->stage];
	struct more more = {.run = run, .running = running};

	note_before(&more);
	for (uint32_t i = 0; i < running->declared_inputs; i++) {
		struct attempt_file *file = &running->attempt.files[i];
		const struct use *use = &graph->uses[s->first_use + i];
		bool is_else = graph->labels[use->label].flags & LABEL_ELSE;
		if (!is_else || !(file->flags & RECORD_FILE_MISSING))
			check_input(run, running, file, use->file);
		/* One whose bytes do not count by its declaration is told of beside it: then they
		 * do. */
		if ((running->reported_count || s->depfile) && track_reads(file->track))
			map_put(&more.known, file->path, i);
	}
	/* of what was restored the depfile names files of where it was made */
	int status = running->restore ? 0 : read_depfile(&more);
	more.origin = ORIGIN_REPORTED;
	for (uint32_t i = 0; i < running->reported_count; i++) {
		struct attempt_file *report = &running->reported[i];
		if (report->role != ROLE_INPUT)
			continue;
		more.origin = (enum file_origin)report->origin;
		struct attempt_file *file = add_input(&more, report->path);
		if (!file) {
			collect_merge(running, report);
			continue;
		}
		file->type = report->type;
		file->label = report->label;
		file->reported = report->reported;
		report->reported = NULL;
		look_at_input(&more, file);
		tell_missing(run, running, file);
	}
	*is_asked = more.is_asked;
	map_free(&more.known);
	map_free(&more.before);
	return status;
}
