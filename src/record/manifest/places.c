#include "record/manifest/places.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/name.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/manifest/manifest_read.h"

/* The directory that the stages called decl have in the job now: "out/job/05_asr". Neighbours
 * first: nearly every file of another stage was made by one that this stage needs. */
static const char *dir_of_decl(const struct places *p, const char *decl)
{
	const struct graph *graph = p->graph;
	const struct stage *self = &graph->stages[p->stage];
	uint32_t found = NONE;

	for (uint32_t i = 0; i < self->needs.count && found == NONE; i++) {
		uint32_t other = graph->edges[self->needs.first + i];
		if (strcmp(graph_text(graph, graph->stages[other].decl), decl) == 0)
			found = other;
	}
	for (uint32_t i = 0; i < graph->stage_count && found == NONE; i++) {
		if (strcmp(graph_text(graph, graph->stages[i].decl), decl) == 0)
			found = i;
	}
	if (found == NONE)
		return NULL;
	const char *dir = graph_text(graph, graph->stages[found].dir);
	if (graph->stages[found].instance == 0)
		return dir;
	return path_dir(p->arena, dir);
}

/* The job's old and new directory "04_asr" of one of its stages; NULL if it has none now. */
static const char *component_now(const struct places *p, const char *component)
{
	const char *decl = job_without_number(component);

	if (p->was && strcmp(decl, p->was) == 0 && decl != component)
		return dir_of_decl(p, p->is);
	return decl != component ? dir_of_decl(p, decl) : NULL;
}

static const char *find_now(const struct places *p, const char *path)
{
	const char *rest = p->old_dir ? path_below(p->old_dir, path) : NULL;

	if (rest)
		return path_join(p->arena, p->dir, *rest ? rest : ".");
	rest = p->old_job ? path_below(p->old_job, path) : NULL;
	if (!rest || !*rest)
		return path_norm(p->arena, path);
	size_t len = strcspn(rest, "/");
	const char *component = arena_strndup(p->arena, rest, len);
	const char *dir = component_now(p, component);
	if (!dir)
		dir = path_join(p->arena, graph_text(p->graph, p->graph->job_dir), component);
	return rest[len] ? path_join(p->arena, dir, rest + len + 1) : dir;
}

const char *places_now(struct places *places, const char *path)
{
	const char *now = find_now(places, path);

	places->has_moved = places->has_moved || strcmp(now, path) != 0;
	return now;
}

/* Do the two lie in directories of one stage's instances, at the same place there? */
static bool are_sisters(const struct places *p, const char *was, const char *now)
{
	const char *job = graph_text(p->graph, p->graph->job_dir);
	const char *a = path_below(job, was), *b = path_below(job, now);

	for (int i = 0; i < 2 && a && b; i++) {
		size_t len = strcspn(a, "/"), other = strcspn(b, "/");
		if (!a[len] || !b[other] || (!i && (len != other || memcmp(a, b, len) != 0)))
			return false;
		a += len + 1;
		b += other + 1;
	}
	return a && b && strcmp(a, b) == 0;
}

static bool is_declared_input(const json *file)
{
	const char *origin = json_get_str(file, "origin", manifest_origins[ORIGIN_DECLARED]);

	return text_eq(origin, manifest_origins[ORIGIN_DECLARED]) ||
	       text_eq(origin, manifest_origins[ORIGIN_COMMAND]);
}

static bool has_same_inputs(const struct places *places, const json *object)
{
	const struct stage *stage = &places->graph->stages[places->stage];
	const json *list = json_get(object, manifest_file_lists[ROLE_INPUT]);
	struct digest was;
	uint32_t count = 0;

	if (!digest_parse(json_get_str(json_get(object, "key"), manifest_key_parts[KEY_INPUTS], ""),
		    &was) ||
		!digest_eq(&was, stage_key(places->graph, stage, KEY_INPUTS)) ||
		!json_is(list, JSON_ARRAY))
		return false;
	for (const json *file = json_first(list); file; file = json_next(file))
		count += is_declared_input(file);
	return count == stage->input_count;
}

const char *places_input(struct places *places, const char *path)
{
	const struct stage *stage = &places->graph->stages[places->stage];
	uint32_t nth = places->next_input++;
	const char *now = places_now(places, path);

	if (nth >= stage->input_count)
		return now;
	const char *own =
		file_path(places->graph, places->graph->uses[stage->first_use + nth].file);
	if (strcmp(now, own) == 0 || !are_sisters(places, now, own))
		return now;
	if (places->has_same_inputs < 0)
		places->has_same_inputs = has_same_inputs(places, places->object);
	if (!places->has_same_inputs)
		return now;
	places->has_moved = true;
	return own;
}

/* Where the stage and the job were: from stage_dir, by taking off as many components as the stage's
 * directory has below the job's. */
void places_read(struct places *places, const json *object)
{
	const char *old = json_get_str(object, "stage_dir", NULL);

	places->old_dir = NULL;
	places->old_job = NULL;
	places->object = object;
	places->next_input = 0;
	places->has_same_inputs = -1;
	if (!old || !*old)
		return;
	places->old_dir = path_norm(places->arena, name_decoded(places->arena, old));
	places->has_moved = places->has_moved || strcmp(places->old_dir, places->dir) != 0;
	const char *job = path_dir(places->arena, places->old_dir);
	if (places->graph->stages[places->stage].instance != 0)
		job = path_dir(places->arena, job);
	if (strcmp(job, ".") != 0 && strcmp(job, "/") != 0)
		places->old_job = job;
}

static bool is_of_name(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || memchr("_-.", c, 3);
}

/* Does a path begin there: in the middle of a text, or below the root? */
static bool begins_path(const struct places *p, const char *text, size_t at)
{
	const char *root = graph_text(p->graph, p->graph->root);
	size_t len = strlen(root);

	if (at == 0 || (text[at - 1] != '/' && !is_of_name(text[at - 1])))
		return true;
	return text[at - 1] == '/' && at > len && memcmp(text + at - 1 - len, root, len) == 0;
}

/* A command or a message, with the directories of stages that it names. */
static const char *text_now(const struct places *p, const char *text)
{
	size_t job_len = p->old_job ? strlen(p->old_job) : 0, done = 0;
	struct buf out BUF_LOCAL = {0};
	const char *at = text;

	while (job_len && (at = strstr(at, p->old_job))) {
		const char *rest = at + job_len + 1;
		size_t len = 0;

		while (rest[-1] == '/' && is_of_name(rest[len]))
			len++;
		const char *dir = len && begins_path(p, text, (size_t)(at - text))
					  ? component_now(p, arena_strndup(p->arena, rest, len))
					  : NULL;
		if (dir) {
			buf_add(&out, text + done, (size_t)(at - text) - done);
			buf_str(&out, dir);
			done = (size_t)(rest + len - text);
		}
		at = dir ? text + done : at + 1;
	}
	buf_str(&out, text + done);
	text = arena_strdup(p->arena, buf_text(&out));
	return text;
}

static void put_files(struct json_writer *w, struct places *p, const json *list)
{
	bool is_input = text_eq(json_key(list), manifest_file_lists[ROLE_INPUT]);

	json_write_array(w, json_key(list));
	for (const json *file = json_first(list); file; file = json_next(file)) {
		json_write_object(w, NULL);
		for (const json *own = json_first(file); own; own = json_next(own)) {
			const char *path = text_eq(json_key(own), "path") ? json_str(own, "") : "";

			if (*path && is_input && is_declared_input(file))
				json_write_name(
					w, "path", places_input(p, name_decoded(p->arena, path)));
			else if (*path)
				json_write_name(
					w, "path", places_now(p, name_decoded(p->arena, path)));
			else
				json_write_node(w, json_key(own), own);
		}
		json_write_end(w);
	}
	json_write_end(w);
}

static void put_reasons(struct json_writer *w, struct places *p, const json *list)
{
	json_write_array(w, json_key(list));
	for (const json *reason = json_first(list); reason; reason = json_next(reason)) {
		json_write_object(w, NULL);
		for (const json *own = json_first(reason); own; own = json_next(own)) {
			if (json_is(own, JSON_STRING))
				json_write_name(w, json_key(own),
					text_now(p, name_decoded(p->arena, json_str(own, ""))));
			else
				json_write_node(w, json_key(own), own);
		}
		json_write_end(w);
	}
	json_write_end(w);
}

static bool is_list_of_objects(const json *node)
{
	const json *own = json_is(node, JSON_ARRAY) ? json_first(node) : NULL;

	while (own && json_is(own, JSON_OBJECT))
		own = json_next(own);
	return json_is(node, JSON_ARRAY) && !own;
}

static bool is_file_list(const char *name)
{
	for (size_t i = 0; i <= ROLE_INTERMEDIATE; i++) {
		if (text_eq(name, manifest_file_lists[i]))
			return true;
	}
	return false;
}

static void put_members(
	struct json_writer *w, struct places *p, const json *object, bool is_attempt);

static void put_object(
	struct json_writer *w, const struct places *places, const json *object, bool is_attempt)
{
	struct places own = *places;

	if (is_attempt)
		places_read(&own, object);
	json_write_object(w, json_key(object));
	put_members(w, &own, object, is_attempt);
	json_write_end(w);
}

/* False: it names no place. */
static bool put_of_attempt(struct json_writer *w, struct places *p, const json *own)
{
	const char *name = json_key(own);

	if (text_eq(name, "stage"))
		json_write_str(w, name, stage_name(p->graph, p->stage));
	else if (text_eq(name, "stage_number"))
		json_write_num(w, name, p->graph->stages[p->stage].number);
	else if (text_eq(name, "job"))
		json_write_str(w, name, graph_text(p->graph, p->graph->job));
	else if (text_eq(name, "stage_dir"))
		json_write_name(w, name, p->dir);
	else if (is_file_list(name) && is_list_of_objects(own))
		put_files(w, p, own);
	else if (text_eq(name, "accepted") && json_is(own, JSON_OBJECT))
		put_object(w, p, own, false);
	else if ((text_eq(name, "last_success") || text_eq(name, "last_failure")) &&
		 json_is(own, JSON_OBJECT))
		put_object(w, p, own, true);
	else
		return false;
	return true;
}

/* Of an attempt; or of an acceptance, and those before it. */
static void put_members(
	struct json_writer *w, struct places *p, const json *object, bool is_attempt)
{
	for (const json *own = json_first(object); own; own = json_next(own)) {
		const char *name = json_key(own);

		if (is_attempt && put_of_attempt(w, p, own))
			continue;
		if (text_eq(name, "command") && json_is(own, JSON_STRING))
			json_write_name(
				w, name, text_now(p, name_decoded(p->arena, json_str(own, ""))));
		else if (text_eq(name, "reasons") && is_list_of_objects(own))
			put_reasons(w, p, own);
		else if (!is_attempt && text_eq(name, "before") && json_is(own, JSON_OBJECT))
			put_object(w, p, own, false);
		else
			json_write_node(w, name, own);
	}
}

void places_rewrite(struct places *places, const json *manifest, struct buf *out)
{
	struct json_writer w = {.out = out, .is_pretty = true};

	places_read(places, manifest);
	json_write_object(&w, NULL);
	put_members(&w, places, manifest, true);
	json_write_finish(&w);
}
