/* Rewriting a manifest in place.
 *
 * What judging goes by is written anew by the writer of all manifests, from an attempt that is put
 * together from the definition, the record and the files as they are; the members are then
 * exchanged in the old document. Where the last attempt was no success, they are those of its
 * last_success. */
#include "run/ask/accept_manifest.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/command/command.h"
#include "record/judge/same.h"
#include "record/judge/views.h"
#include "record/manifest/attempt.h"
#include "record/manifest/manifest_read.h"
#include "record/stamp/stamp.h"
#include "run/engine/viewer.h"

struct rewrite {
	const struct acceptance *a;
	struct attempt attempt;
	uint32_t file_cap;
	const json **nodes; /* by file of the record: its object in the old document */
	struct map known;   /* "role path" -> file of the record */
	bool adopts;
	struct err *err;
};

static const char *known_key(struct rewrite *r, uint8_t role, const char *path)
{
	return arena_fmt(r->a->arena, "%d %s", role, path);
}

/* The record lists the files that have a path, in the order of the document. */
static void match_nodes(struct rewrite *r, const json *object)
{
	const struct record_success *success = &r->a->record->success;
	uint32_t n = 0;

	r->nodes = arena_alloc(r->a->arena, (success->file_count + 1) * sizeof *r->nodes);
	for (size_t i = 0; i <= ROLE_INTERMEDIATE; i++) {
		const json *list = json_get(object, manifest_file_lists[i]);

		if (!json_is(list, JSON_ARRAY))
			continue;
		for (const json *node = json_first(list); node; node = json_next(node)) {
			if (*json_get_str(node, "path", "") && n < success->file_count)
				r->nodes[n++] = node;
		}
	}
	for (uint32_t i = 0; i < n; i++)
		map_put(&r->known, known_key(r, success->files[i].role, success->files[i].path), i);
}

/* What the stage had reported about the file; declared metadata is that of now. */
static json *reported_metadata(
	const struct rewrite *r, const json *node, struct span declared, uint8_t role)
{
	const struct graph *graph = r->a->graph;
	json *metadata = json_object();

	for (const json *member = node ? json_first(node) : NULL; member;
		member = json_next(member)) {
		bool is_declared =
			manifest_is_file_member(json_key(member), role == ROLE_INTERMEDIATE);

		for (uint32_t i = 0; i < declared.count && !is_declared; i++)
			is_declared = text_eq(json_key(member),
				graph_text(graph, graph->pairs[declared.first + i].name));
		if (!is_declared)
			json_set(metadata, json_key(member), json_copy(member));
	}
	return metadata;
}

/* What nobody declared as an input may well be gone, and was perhaps never there. */
static bool may_miss(const struct rewrite *r, const struct attempt_file *file)
{
	bool is_told = file->origin == ORIGIN_DEPFILE || file->origin == ORIGIN_REPORTED;
	bool is_aside = file->role == ROLE_INTERMEDIATE &&
			!stamps_is_lent(r->a->stamps, stamps_id(r->a->stamps, file->path));

	return file->is_optional || is_aside || (is_told && file->role == ROLE_INPUT) ||
	       r->a->record->status == RECORD_SKIPPED;
}

/* What its view prints, by which others are judged. */
static int take_view(struct rewrite *r, struct attempt_file *file, uint32_t id)
{
	const uint8_t unread = RECORD_FILE_MISSING | RECORD_FILE_NO_SUM;
	struct digest known;

	if (!r->a->views || !file_view(r->a->graph, id) || (file->flags & unread))
		return 0;
	if (!views_find(r->a->views, id, &file->sum, &known) &&
		!stamps_is_spent(r->a->stamps, id) && !viewer_see(r->a->sight, id, &file->sum))
		return -1;
	views_take(r->a->views, id, file);
	return 0;
}

static int take_file(struct rewrite *r, struct attempt_file *file, uint32_t id)
{
	const struct stamp *stamp;

	stamps_look(r->a->stamps, &id, 1, track_reads(file->track));
	stamp = stamps_get(r->a->stamps, id);
	if (stamp->state == STAMP_FAILED)
		return err_set(r->err, EXIT_WORLD, "%s", stamps_error(r->a->stamps, id));
	if (stamp->stat.type == 0 && !stamps_is_absent(r->a->stamps, id) && !may_miss(r, file))
		return err_set(r->err, EXIT_USAGE, "stage '%s': %s '%s' does not exist: %s",
			stage_name(r->a->graph, r->a->stage),
			file->role == ROLE_INPUT ? "input" : "output", file->path,
			r->adopts ? "there is nothing to adopt" : "run the stage instead");
	same_take(file, stamp);
	return take_view(r, file, id);
}

static int add_file(struct rewrite *r, struct attempt_file file, uint32_t id)
{
	struct attempt *attempt = &r->attempt;

	MEM_PUSH(attempt->files, attempt->file_count, r->file_cap, file);
	return take_file(r, &attempt->files[attempt->file_count - 1], id);
}

static int add_declared(struct rewrite *r, uint32_t use)
{
	const struct graph *graph = r->a->graph;
	const struct label *label = &graph->labels[graph->uses[use].label];
	const char *path = file_path(graph, graph->uses[use].file);
	uint32_t known = map_get(&r->known, known_key(r, label->role, path));

	assert(known == NONE || r->nodes);
	return add_file(r,
		(struct attempt_file){
			.path = path,
			.type = graph_text(graph, label->type),
			.label = graph_text(graph, label->name),
			.reason = graph_text(graph, label->reason),
			.role = label->role,
			.origin = label->origin,
			.track = label->track,
			.is_optional = label->flags & LABEL_OPTIONAL,
			.is_update = label->flags & LABEL_UPDATE,
			.flags = label->flags & LABEL_RETAINED ? RECORD_FILE_RETAINED : 0,
			.meta = label->meta,
			.reported = reported_metadata(r, known == NONE ? NULL : r->nodes[known],
				label->meta, label->role),
			.exclude = label->role == ROLE_INPUT
					   ? file_exclude(graph, graph->uses[use].file)
					   : NULL,
		},
		graph->uses[use].file);
}

/* Is it only the record that knows of the file: from a depfile, or the stage reported it, or it is
 * the depfile itself? */
static bool is_only_recorded(const struct rewrite *r, const struct record_file *file)
{
	const struct graph *graph = r->a->graph;
	const struct stage *s = &graph->stages[r->a->stage];

	if (file->origin == ORIGIN_DEPFILE || file->origin == ORIGIN_REPORTED)
		return true;
	return s->depfile && file->role == ROLE_INTERMEDIATE &&
	       text_eq(path_below(graph_text(graph, s->dir), file->path),
		       graph_text(graph, s->depfile));
}

static int add_recorded(struct rewrite *r, enum file_role role)
{
	const struct record_success *success = &r->a->record->success;
	struct span none = {0, 0};

	for (uint32_t i = 0; i < success->file_count; i++) {
		const struct record_file *file = &success->files[i];

		if (file->role != role || !is_only_recorded(r, file))
			continue;
		assert(r->nodes);
		if (add_file(r,
			    (struct attempt_file){
				    .path = file->path,
				    .type = json_get_str(r->nodes[i], "type", "file"),
				    .label = file->label,
				    .reason = json_get_str(r->nodes[i], "reason", ""),
				    .role = file->role,
				    .origin = file->origin,
				    .track = file->track,
				    .flags = file->flags & RECORD_FILE_RETAINED,
				    .reported = reported_metadata(r, r->nodes[i], none, file->role),
			    },
			    stamps_id(r->a->stamps, file->path)) < 0)
			return -1;
	}
	return 0;
}

static int add_files(struct rewrite *r)
{
	const struct stage *s = &r->a->graph->stages[r->a->stage];
	const uint32_t counts[] = {s->input_count, s->output_count, s->intermediate_count};
	uint32_t use = s->first_use;

	for (int role = ROLE_INPUT; role <= ROLE_INTERMEDIATE; role++) {
		for (uint32_t end = use + counts[role]; use < end; use++) {
			if (add_declared(r, use) < 0)
				return -1;
		}
		if (add_recorded(r, (enum file_role)role) < 0)
			return -1;
	}
	return 0;
}

static json *reported_config(const json *object)
{
	const json *names = json_get(object, "reported_config"),
		   *config = json_get(object, "config");
	json *reported = json_object();

	json_merge(reported, json_get(object, "conflicting_config"), "");
	if (!json_is(names, JSON_ARRAY))
		return reported;
	for (const json *name = json_first(names); name; name = json_next(name)) {
		const json *value = json_get(config, json_str(name, ""));

		if (value)
			json_set(reported, json_str(name, ""), json_copy(value));
	}
	return reported;
}

static void pass_over(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

/* Those of the files as they are, then what else was recorded. */
static void take_metrics(struct rewrite *r, const json *object)
{
	r->attempt.metrics.arena = r->a->arena;
	metrics_of_attempt(&r->attempt.metrics, &r->attempt, pass_over, NULL);
	metrics_of_object(&r->attempt.metrics, json_get(object, METRICS_MEMBER));
}

/* Exchanges the members in `object` for those of the attempt. */
static void exchange(struct rewrite *r, json *object)
{
	struct buf text BUF_LOCAL = {0};

	manifest_format(&r->attempt, &text);
	json *fresh JSON_LOCAL = json_parse(text.data, text.len, NULL);
	for (const struct manifest_member *own = manifest_members; own->name; own++) {
		json *member = own->flags & MANIFEST_JUDGED ? json_detach(fresh, own->name) : NULL;

		if (member)
			json_set(object, own->name, member);
		else if (own->flags & MANIFEST_JUDGED)
			json_free(json_detach(object, own->name));
	}
}

/* The acceptance, with those before it. */
static json *describe(struct rewrite *r, const json *before)
{
	const struct verdict *verdict = r->a->verdict;
	struct buf text BUF_LOCAL = {0}, command = {0};
	struct json_writer w = {.out = &text};
	char at[CLOCK_ISO_SIZE];

	clock_iso(clock_wall_ns(), at);
	json_write_object(&w, NULL);
	json_write_str(&w, "at", at);
	for (uint32_t i = 0; i < verdict->reason_count; i++) {
		if (verdict->reasons[i].code != REASON_COMMAND_CHANGED)
			continue;
		command_expand(r->a->graph, r->a->stage, NULL, &command);
		json_write_name(&w, "command", buf_text(&command));
		buf_free(&command);
	}
	if (r->adopts)
		json_write_bool(&w, "adopted", true);
	manifest_write_reasons(&w, verdict->reasons, verdict->reason_count);
	if (before)
		json_write_node(&w, "before", before);
	json_write_finish(&w);
	return json_parse(text.data, text.len, NULL);
}

static struct rewrite begin(const struct acceptance *acceptance, struct err *err)
{
	return (struct rewrite){
		.a = acceptance,
		.err = err,
		.attempt =
			{
				.graph = acceptance->graph,
				.stage = acceptance->stage,
				.run = "",
				.command = "",
				.status = RECORD_SUCCESS,
				.exit_code = -1,
				.key = *acceptance->key,
				.has_key = true,
				.version_outputs = acceptance->version_outputs,
				.resources = attempt_nothing_known,
			},
	};
}

static void end(struct rewrite *r)
{
	attempt_free_json(&r->attempt);
	free(r->attempt.files);
	map_free(&r->known);
}

static void put_text(const json *manifest, struct buf *out)
{
	json_format(manifest, out);
	buf_char(out, '\n');
}

int accept_manifest(
	const struct acceptance *acceptance, const char *dir, struct buf *out, struct err *err)
{
	struct rewrite r = begin(acceptance, err);
	json *manifest = manifest_tree(dir, err);
	json *last = NULL, *object = manifest;
	int status = -1;

	if (!manifest)
		return -1;
	if (manifest_judged(manifest) != manifest)
		object = last = json_detach(manifest, "last_success");
	match_nodes(&r, object);
	r.attempt.reported_config = reported_config(object);
	if (add_files(&r) == 0) {
		take_metrics(&r, object);
		exchange(&r, object);
		json_set(object, "accepted", describe(&r, json_get(object, "accepted")));
		status = 0;
	}
	if (last)
		json_set(manifest, "last_success", last);
	if (status == 0)
		put_text(manifest, out);
	end(&r);
	json_free(manifest);
	return status;
}

static void keep_failure(json *manifest, const char *dir)
{
	json *failure = manifest_tree(dir, NULL);

	if (failure)
		json_set(manifest, "last_failure", failure);
}

int adopt_manifest(
	const struct acceptance *acceptance, const char *dir, struct buf *out, struct err *err)
{
	struct rewrite r = begin(acceptance, err);
	struct buf command BUF_LOCAL = {0}, text BUF_LOCAL = {0};
	char run[CLOCK_ID_SIZE];
	int status;

	r.adopts = true;
	r.attempt.started_ns = r.attempt.ended_ns = clock_wall_ns();
	r.attempt.run = run;
	clock_id(r.attempt.started_ns, run);
	command_expand(acceptance->graph, acceptance->stage, NULL, &command);
	r.attempt.command = buf_text(&command);
	r.attempt.reasons = acceptance->verdict->reasons;
	r.attempt.reason_count = acceptance->verdict->reason_count;
	status = add_files(&r);
	if (status == 0) {
		manifest_format(&r.attempt, &text);
		json *manifest JSON_LOCAL = json_parse(buf_text(&text), text.len, NULL);
		json_set(manifest, "accepted", describe(&r, NULL));
		if (record_is_failed(acceptance->record))
			keep_failure(manifest, dir);
		put_text(manifest, out);
	}
	end(&r);
	return status;
}
