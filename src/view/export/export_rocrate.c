/* RO-Crate 1.1 (researchobject.org/ro-crate) with the profiles Workflow Run Crate 0.5 and
 * Provenance Run Crate 0.5: the text of ro-crate-metadata.json, to be put into the pipeline's root,
 * which is the crate.
 *
 *	restage export --format ro-crate -o ro-crate-metadata.json
 *
 * A flat JSON-LD graph, entities that refer to each other by @id:
 *
 *	ro-crate-metadata.json, ./     the descriptor, and the crate with its parts
 *	<pipeline file>                File, SoftwareSourceCode, ComputationalWorkflow, HowTo
 *	#restage, #run-engine          the engine and its OrganizeAction
 *	#run                           CreateAction of the workflow: what the run read and made altogether;
 *	                               of a job as it was made, its stages' last successes as one
 *	#tool/<stage>                  the command of a stage, as SoftwareApplication
 *	#step/<stage>                  HowToStep
 *	#attempt/<stage>/<number>      CreateAction of the tool: its files, its config, how it ended
 *	#control/<stage>/<number>      ControlAction: that attempt as a step of the workflow
 *	#parameter/<stage>/<name>      FormalParameter of the tool: a key of its config
 *	#value/<stage>/<number>/<name> PropertyValue: what it was in an attempt
 *	<path>                         File or Dataset, with size, checksum and time
 *
 * Paths and names in an @id are percent-encoded, as the bytes that they are; a file outside of the
 * root is a file: URI. The checksum is in `identifier` ("xxh3-128:..."). A file that several
 * attempts saw is as the last one saw it. The licence of the data is not known to restage, and the
 * crate says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/json_write.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/graph/graph.h"
#include "view/export/export.h"

#define PROFILE "https://w3id.org/ro/wfrun/"
#define WORKFLOW_PROFILE "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
#define LANGUAGE "#language"

struct crate_file {
	const struct past_file *file;
	const char *id;
	bool is_made, is_dir; /* made by an attempt of this run */
};

struct crate {
	const struct export_run *run;
	struct json_writer w;
	struct arena arena;
	struct map by_path; /* index in files */
	struct crate_file *files;
	uint32_t file_count, file_cap;
	const char *workflow; /* @id */
	uint32_t *previous;   /* by attempt: that of the same stage before it */
};

/* Entities to refer to. */
struct refs {
	const char **ids;
	uint32_t count, cap;
};

/* Unreserved characters and `also` stay as they are. */
static void add_encoded(struct buf *out, const char *text, const char *also)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			strchr("-._~", c) || strchr(also, c))
			buf_char(out, (char)c);
		else
			buf_fmt(out, "%%%02X", c);
	}
}

/* "#kind/a/b", parts that are NULL left out. */
static const char *make_id(
	struct crate *crate, const char *kind, const char *a, const char *b, const char *c)
{
	const char *const parts[] = {a, b, c};
	struct buf text BUF_LOCAL = {0};
	const char *id;

	buf_fmt(&text, "#%s", kind);
	for (size_t i = 0; i < 3 && parts[i]; i++) {
		buf_char(&text, '/');
		add_encoded(&text, parts[i], "");
	}
	id = arena_strdup(&crate->arena, buf_text(&text));
	return id;
}

static const char *number_text(struct crate *crate, uint32_t number)
{
	return arena_fmt(&crate->arena, "%u", number);
}

/* Where the run found its root; the crate may have moved since. */
static const char *root_of(const struct crate *crate)
{
	const struct graph *graph = crate->run->graph;

	return crate->run->log->root ? crate->run->log->root : graph_text(graph, graph->root);
}

static const char *path_id(struct crate *crate, const char *path, bool is_dir)
{
	struct buf text BUF_LOCAL = {0};
	const char *id;

	if (*path == '/')
		buf_str(&text, "file://");
	else if (strncmp(path, "../", 3) == 0)
		return path_id(crate, path_join(&crate->arena, root_of(crate), path), is_dir);
	add_encoded(&text, path, "/");
	if (is_dir)
		buf_char(&text, '/');
	id = arena_strdup(&crate->arena, buf_text(&text));
	return id;
}

static void write_ref(struct crate *crate, const char *key, const char *id)
{
	json_write_object(&crate->w, key);
	json_write_str(&crate->w, "@id", id);
	json_write_end(&crate->w);
}

static void refs_add(struct refs *refs, const char *id)
{
	MEM_PUSH(refs->ids, refs->count, refs->cap, id);
}

/* Takes them. A list that is empty is left out: it says nothing. */
static void write_refs(struct crate *crate, const char *key, struct refs refs)
{
	if (refs.count)
		json_write_array(&crate->w, key);
	for (uint32_t i = 0; i < refs.count; i++)
		write_ref(crate, NULL, refs.ids[i]);
	if (refs.count)
		json_write_end(&crate->w);
	free(refs.ids);
}

/* Opens one. */
static struct json_writer *begin_entity(struct crate *crate, const char *id, const char *type)
{
	json_write_object(&crate->w, NULL);
	json_write_str(&crate->w, "@id", id);
	json_write_str(&crate->w, "@type", type);
	return &crate->w;
}

static void put_named(struct crate *crate, const char *id, const char *type, const char *name,
	const char *version)
{
	struct json_writer *w = begin_entity(crate, id, type);

	json_write_str(w, "name", name);
	if (version)
		json_write_str(w, "version", version);
	json_write_end(w);
}

static void write_time(struct crate *crate, const char *key, double at)
{
	char text[CLOCK_ISO_SIZE];

	export_time(crate->run->log, at, text);
	json_write_str(&crate->w, key, text);
}

static void take_files(
	struct crate *crate, const struct past_file *files, uint32_t count, bool is_made)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = map_put(&crate->by_path, files[i].path, crate->file_count);

		if (at == crate->file_count) {
			struct crate_file file = {.file = &files[i]};

			file.is_dir = fs_is_dir(files[i].path); /* we stand in the root */
			file.id = path_id(crate, files[i].path, file.is_dir);
			MEM_PUSH(crate->files, crate->file_count, crate->file_cap, file);
		}
		crate->files[at].file = &files[i];
		crate->files[at].is_made |= is_made;
	}
}

/* Failed attempts made nothing that is still there. */
static uint32_t made_count(const struct past_attempt *attempt)
{
	return attempt->state == PAST_DONE ? attempt->output_count : 0;
}

static void collect_files(struct crate *crate)
{
	const struct past_run *log = crate->run->log;

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		const struct past_attempt *attempt = &log->attempts[i];

		take_files(crate, attempt->inputs, attempt->input_count, false);
		take_files(crate, attempt->outputs, made_count(attempt), true);
	}
}

static void add_files(
	const struct crate *crate, struct refs *refs, const struct past_file *files, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		refs_add(refs, crate->files[map_get(&crate->by_path, files[i].path)].id);
}

static void put_file(struct crate *crate, const struct crate_file *file)
{
	struct json_writer *w = begin_entity(crate, file->id, file->is_dir ? "Dataset" : "File");
	char text[CLOCK_ISO_SIZE > DIGEST_TEXT_SIZE ? CLOCK_ISO_SIZE : DIGEST_TEXT_SIZE];

	json_write_name(w, "name", path_base(file->file->path));
	snprintf(text, sizeof text, "%llu", (unsigned long long)file->file->size);
	json_write_str(w, "contentSize", text);
	if (!digest_is_zero(&file->file->sum)) {
		digest_format(&file->file->sum, text);
		json_write_str(w, "identifier", text);
	}
	if (file->file->mtime_ns) {
		clock_iso(file->file->mtime_ns, text);
		json_write_str(w, "dateModified", text);
	}
	json_write_end(w);
}

/* The first attempt of each stage tells its tool and its step. */
static struct refs list_once(struct crate *crate, const char *kind)
{
	const struct past_run *log = crate->run->log;
	struct refs refs = {0};

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		if (crate->previous[i] == NONE)
			refs_add(&refs, make_id(crate, kind, log->attempts[i].stage, NULL, NULL));
	}
	return refs;
}

static struct refs list_controls(struct crate *crate)
{
	const struct past_run *log = crate->run->log;
	struct refs refs = {0};

	for (uint32_t i = 0; i < log->attempt_count; i++)
		refs_add(&refs, make_id(crate, "control", log->attempts[i].stage,
					number_text(crate, log->attempts[i].number), NULL));
	return refs;
}

static void put_descriptor(struct crate *crate)
{
	struct json_writer *w = begin_entity(crate, "ro-crate-metadata.json", "CreativeWork");

	write_ref(crate, "about", "./");
	json_write_array(w, "conformsTo");
	write_ref(crate, NULL, "https://w3id.org/ro/crate/1.1");
	write_ref(crate, NULL, WORKFLOW_PROFILE);
	json_write_end(w);
	json_write_end(w);
}

static void put_root(struct crate *crate)
{
	const struct past_run *log = crate->run->log;
	const char *pipeline = log->pipeline ? log->pipeline : "", *run = log->run;
	const char *job = log->job ? log->job : "";
	struct json_writer *w = begin_entity(crate, "./", "Dataset");

	json_write_array(w, "conformsTo");
	write_ref(crate, NULL, PROFILE "process/0.5");
	write_ref(crate, NULL, PROFILE "workflow/0.5");
	write_ref(crate, NULL, PROFILE "provenance/0.5");
	write_ref(crate, NULL, WORKFLOW_PROFILE);
	json_write_end(w);
	json_write_name(w, "name",
		run ? arena_fmt(&crate->arena, "%s, run %s", pipeline, run)
		    : arena_fmt(&crate->arena, "%s, job %s", pipeline, job));
	json_write_name(w, "description",
		run ? arena_fmt(&crate->arena,
			      "Files of the pipeline %s in the job %s, and how its run %s made them",
			      pipeline, job, run)
		    : arena_fmt(&crate->arena,
			      "Files of the pipeline %s in the job %s, and how the last successes of "
			      "its stages made them",
			      pipeline, job));
	write_time(crate, "datePublished", log->seconds > 0 ? log->seconds : 0);
	write_ref(crate, "license", "#license");
	write_ref(crate, "mainEntity", crate->workflow);
	json_write_array(w, "hasPart");
	write_ref(crate, NULL, crate->workflow);
	for (uint32_t i = 0; i < crate->file_count; i++) {
		if (strcmp(crate->files[i].id, crate->workflow) != 0)
			write_ref(crate, NULL, crate->files[i].id);
	}
	json_write_end(w);
	json_write_array(w, "mentions");
	write_ref(crate, NULL, "#run");
	write_ref(crate, NULL, "#run-engine");
	json_write_end(w);
	json_write_end(w);
}

static void put_frame(struct crate *crate)
{
	struct json_writer *w = &crate->w;

	put_named(crate, PROFILE "process/0.5", "CreativeWork", "Process Run Crate", "0.5");
	put_named(crate, PROFILE "workflow/0.5", "CreativeWork", "Workflow Run Crate", "0.5");
	put_named(crate, PROFILE "provenance/0.5", "CreativeWork", "Provenance Run Crate", "0.5");
	put_named(crate, WORKFLOW_PROFILE, "CreativeWork", "Workflow RO-Crate", "1.0");
	begin_entity(crate, "#license", "CreativeWork");
	json_write_str(w, "name", "not stated");
	json_write_str(w, "description",
		"The pipeline states no licence for its data: ask its owner before you use it");
	json_write_end(w);
	put_named(crate, LANGUAGE, "ComputerLanguage", "restage pipeline file", NULL);
	put_named(crate, "#restage", "SoftwareApplication", "restage", crate->run->log->version);
}

static void put_workflow(struct crate *crate)
{
	static const char *const types[] = {
		"File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"};
	const struct past_run *log = crate->run->log;
	struct json_writer *w = &crate->w;

	json_write_object(w, NULL);
	json_write_str(w, "@id", crate->workflow);
	json_write_array(w, "@type");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		json_write_str(w, NULL, types[i]);
	json_write_end(w);
	json_write_name(w, "name", log->pipeline ? log->pipeline : "");
	write_ref(crate, "programmingLanguage", LANGUAGE);
	write_refs(crate, "hasPart", list_once(crate, "tool"));
	write_refs(crate, "step", list_once(crate, "step"));
	json_write_end(w);
}

static const char *status_of(const char *outcome)
{
	if (strcmp(outcome, "success") == 0 || strcmp(outcome, "done") == 0)
		return "http://schema.org/CompletedActionStatus";
	if (strcmp(outcome, "running") == 0)
		return "http://schema.org/ActiveActionStatus";
	return "http://schema.org/FailedActionStatus";
}

static void put_run(struct crate *crate)
{
	const struct past_run *log = crate->run->log;
	const char *pipeline = log->pipeline ? log->pipeline : "",
		   *version = log->version ? log->version : "";
	struct json_writer *w = begin_entity(crate, "#run", "CreateAction");
	struct refs read = {0}, made = {0};

	for (uint32_t i = 0; i < crate->file_count; i++)
		refs_add(crate->files[i].is_made ? &made : &read, crate->files[i].id);
	json_write_name(w, "name",
		log->run
			? arena_fmt(&crate->arena, "Run %s of %s", log->run, pipeline)
			: arena_fmt(&crate->arena, "Last successes of the stages of %s", pipeline));
	write_ref(crate, "instrument", crate->workflow);
	write_time(crate, "startTime", 0);
	if (log->has_ended)
		write_time(crate, "endTime", log->seconds);
	write_ref(crate, "actionStatus",
		status_of(past_outcome(crate->run->log, crate->run->is_alive)));
	if (log->error)
		json_write_str(w, "error", log->error);
	write_refs(crate, "object", read);
	write_refs(crate, "result", made);
	json_write_end(w);
	begin_entity(crate, "#run-engine", "OrganizeAction");
	json_write_name(w, "name", arena_fmt(&crate->arena, "restage %s", version));
	write_ref(crate, "instrument", "#restage");
	write_refs(crate, "object", list_controls(crate));
	write_ref(crate, "result", "#run");
	json_write_end(w);
}

/* A member of config: what is no plain value is its text. */
static void write_value(struct json_writer *w, const json *node)
{
	enum json_kind kind = json_kind(node);
	struct buf text BUF_LOCAL = {0};

	if (kind != JSON_NULL && kind != JSON_ARRAY && kind != JSON_OBJECT) {
		json_write_node(w, "value", node);
		return;
	}
	json_format_line(node, &text);
	json_write_str(w, "value", buf_text(&text));
}

static void put_values(
	struct crate *crate, const struct past_attempt *attempt, struct refs *objects)
{
	for (const json *node = json_first(attempt->config); node; node = json_next(node)) {
		const char *id = make_id(crate, "value", attempt->stage,
			number_text(crate, attempt->number), json_key(node));
		struct json_writer *w = begin_entity(crate, id, "PropertyValue");

		json_write_str(w, "name", json_key(node));
		write_value(w, node);
		write_ref(crate, "exampleOfWork",
			make_id(crate, "parameter", attempt->stage, json_key(node), NULL));
		json_write_end(w);
		refs_add(objects, id);
	}
}

/* Of all attempts of the stage: what one of them reported counts too. */
static struct refs put_parameters(struct crate *crate, const struct past_stage *stage)
{
	const struct past_run *log = crate->run->log;
	struct map seen MAP_LOCAL = {0};
	struct refs refs = {0};

	for (uint32_t i = stage->last_attempt; i != NONE; i = crate->previous[i]) {
		const json *node = json_first(log->attempts[i].config);

		for (; node; node = json_next(node)) {
			struct json_writer *w;
			const char *id;

			if (map_get(&seen, json_key(node)) != NONE)
				continue;
			map_put(&seen, json_key(node), 0);
			id = make_id(crate, "parameter", stage->name, json_key(node), NULL);
			w = begin_entity(crate, id, "FormalParameter");
			write_ref(crate, "conformsTo",
				"https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE");
			json_write_str(w, "additionalType", "Text");
			json_write_str(w, "name", json_key(node));
			json_write_end(w);
			refs_add(&refs, id);
		}
	}
	return refs;
}

static void write_versions(struct crate *crate, const json *tools)
{
	if (!json_first(tools))
		return;
	json_write_array(&crate->w, "softwareRequirements");
	for (const json *node = json_first(tools); node; node = json_next(node))
		json_write_str(&crate->w, NULL,
			arena_fmt(&crate->arena, "%s: %s", json_key(node), json_str(node, "")));
	json_write_end(&crate->w);
}

static void put_tool(struct crate *crate, const struct past_attempt *attempt, uint32_t position)
{
	struct refs parameters =
		put_parameters(crate, &crate->run->log->stages[attempt->stage_index]);
	const char *id = make_id(crate, "tool", attempt->stage, NULL, NULL);
	struct json_writer *w = begin_entity(crate, id, "SoftwareApplication");

	json_write_name(w, "name", attempt->stage);
	json_write_str(w, "description", attempt->command ? attempt->command : "not started");
	write_versions(crate, attempt->tools);
	write_refs(crate, "input", parameters);
	json_write_end(w);
	begin_entity(crate, make_id(crate, "step", attempt->stage, NULL, NULL), "HowToStep");
	json_write_name(w, "name", attempt->stage);
	json_write_str(w, "position", number_text(crate, position));
	write_ref(crate, "workExample", id);
	json_write_end(w);
}

static void write_outcome(struct crate *crate, const struct past_attempt *attempt)
{
	const char *state = export_state(crate->run, attempt);
	struct buf text BUF_LOCAL = {0};

	write_ref(crate, "actionStatus", status_of(state));
	if (attempt->state == PAST_DONE || strcmp(state, "running") == 0)
		return;
	export_outcome(&text, crate->run, attempt);
	json_write_str(&crate->w, "error", buf_text(&text));
}

static void put_attempt(struct crate *crate, const struct past_attempt *attempt)
{
	const char *number = number_text(crate, attempt->number);
	const char *id = make_id(crate, "attempt", attempt->stage, number, NULL);
	struct refs objects = {0}, results = {0};
	struct json_writer *w;

	add_files(crate, &objects, attempt->inputs, attempt->input_count);
	add_files(crate, &results, attempt->outputs, made_count(attempt));
	put_values(crate, attempt, &objects);
	w = begin_entity(crate, id, "CreateAction");
	json_write_name(w, "name",
		arena_fmt(&crate->arena, "%s, attempt %u", attempt->stage, attempt->number));
	write_ref(crate, "instrument", make_id(crate, "tool", attempt->stage, NULL, NULL));
	if (attempt->command)
		json_write_str(w, "description",
			attempt->dir ? arena_fmt(&crate->arena, "%s\n(run in %s)", attempt->command,
					       attempt->dir)
				     : attempt->command);
	write_time(crate, "startTime", attempt->start);
	if (attempt->end >= 0)
		write_time(crate, "endTime", attempt->end);
	write_outcome(crate, attempt);
	write_refs(crate, "object", objects);
	write_refs(crate, "result", results);
	json_write_end(w);
	begin_entity(
		crate, make_id(crate, "control", attempt->stage, number, NULL), "ControlAction");
	json_write_name(w, "name", attempt->stage);
	write_ref(crate, "instrument", make_id(crate, "step", attempt->stage, NULL, NULL));
	write_ref(crate, "object", id);
	json_write_end(w);
}

static void put_attempts(struct crate *crate)
{
	const struct past_run *log = crate->run->log;
	uint32_t position = 0;

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		if (crate->previous[i] == NONE)
			put_tool(crate, &log->attempts[i], ++position);
		put_attempt(crate, &log->attempts[i]);
	}
}

/* The file that -f names; an included one is a part of it. */
static const char *workflow_path(const struct graph *graph)
{
	for (uint32_t i = 0; i < graph->source_count; i++) {
		if (graph->sources[i].kind == SOURCE_DEFINITION)
			return graph_text(graph, graph->sources[i].path);
	}
	return "pipeline.ini";
}

void export_rocrate(struct buf *out, const struct export_run *run)
{
	struct crate crate = {.run = run, .w = {.out = out, .is_flush = true}};

	crate.workflow = path_id(&crate, workflow_path(run->graph), false);
	crate.previous = export_previous(run->log);
	collect_files(&crate);
	buf_str(out, "{\"@context\": [\"https://w3id.org/ro/crate/1.1/context\", "
		     "\"https://w3id.org/ro/terms/workflow-run/context\"],\n\"@graph\": ");
	json_write_rows(&crate.w, NULL);
	put_descriptor(&crate);
	put_root(&crate);
	put_frame(&crate);
	put_workflow(&crate);
	put_run(&crate);
	put_attempts(&crate);
	for (uint32_t i = 0; i < crate.file_count; i++) {
		if (strcmp(crate.files[i].id, crate.workflow) != 0)
			put_file(&crate, &crate.files[i]);
	}
	json_write_end(&crate.w);
	buf_str(out, "}\n");
	free(crate.files);
	free(crate.previous);
	map_free(&crate.by_path);
	arena_free(&crate.arena);
}
