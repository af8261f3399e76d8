/* RO-Crate 1.1 (researchobject.org/ro-crate) with the profiles Workflow Run Crate 0.5 and Provenance Run
 * Crate 0.5: the text of ro-crate-metadata.json, to be put into the pipeline's root, which is the crate.
 *
 *	restage export --format ro-crate -o ro-crate-metadata.json
 *
 * A flat JSON-LD graph, entities that refer to each other by @id:
 *
 *	ro-crate-metadata.json, ./     the descriptor, and the crate with its parts
 *	<pipeline file>                File, SoftwareSourceCode, ComputationalWorkflow, HowTo
 *	#restage, #run-engine          the engine and its OrganizeAction
 *	#run                           CreateAction of the workflow: what the run read and made altogether
 *	#tool/<stage>                  the command of a stage, as SoftwareApplication
 *	#step/<stage>                  HowToStep
 *	#attempt/<stage>/<number>      CreateAction of the tool: its files, its config, how it ended
 *	#control/<stage>/<number>      ControlAction: that attempt as a step of the workflow
 *	#parameter/<stage>/<name>      FormalParameter of the tool: a key of its config
 *	#value/<stage>/<number>/<name> PropertyValue: what it was in an attempt
 *	<path>                         File or Dataset, with size, checksum and time
 *
 * Paths and names in an @id are percent-encoded, as the bytes that they are; a file outside of the root is a
 * file: URI. The checksum is in `identifier` ("xxh3-128:..."). A file that several attempts saw is as the last
 * one saw it. The licence of the data is not known to restage, and the crate says so. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/graph/graph.h"
#include "view/export/export_part.h"

#define PROFILE "https://w3id.org/ro/wfrun/"
#define WORKFLOW_PROFILE "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
#define LANGUAGE "#language"

struct crate_file {
	const struct runlog_file *file;
	const char *id;
	bool is_made, is_dir; /* made by an attempt of this run */
};

struct crate {
	const struct export_run *run;
	struct buf *out;
	struct arena arena;
	struct map by_path; /* index in files */
	struct crate_file *files;
	uint32_t file_count, file_cap;
	const char *workflow; /* @id */
	uint32_t *previous;   /* by attempt: that of the same stage before it */
	bool has_entities;
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
static const char *make_id(struct crate *crate, const char *kind, const char *a, const char *b, const char *c)
{
	const char *const parts[] = {a, b, c};
	struct buf text = {0};
	const char *id;

	buf_fmt(&text, "#%s", kind);
	for (size_t i = 0; i < 3 && parts[i]; i++) {
		buf_char(&text, '/');
		add_encoded(&text, parts[i], "");
	}
	id = arena_strdup(&crate->arena, buf_text(&text));
	buf_free(&text);
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
	struct buf text = {0};
	const char *id;

	if (*path == '/')
		buf_str(&text, "file://");
	else if (strncmp(path, "../", 3) == 0)
		return path_id(crate, path_join(&crate->arena, root_of(crate), path), is_dir);
	add_encoded(&text, path, "/");
	if (is_dir)
		buf_char(&text, '/');
	id = arena_strdup(&crate->arena, buf_text(&text));
	buf_free(&text);
	return id;
}

static json *make_ref(const char *id)
{
	json *ref = json_object();

	json_put_str(ref, "@id", id);
	return ref;
}

static json *make_entity(const char *id, const char *type)
{
	json *entity = make_ref(id);

	json_put_str(entity, "@type", type);
	return entity;
}

/* `@type` in several words, with blanks between them. */
static json *make_types(struct crate *crate, const char *words)
{
	char *copy = arena_strdup(&crate->arena, words), *save = NULL;
	json *list = json_array();

	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		json_push(list, json_string(word));
	return list;
}

static void put(struct crate *crate, json *entity)
{
	buf_str(crate->out, crate->has_entities ? ",\n" : "\n");
	crate->has_entities = true;
	json_format_line(entity, crate->out);
	json_free(entity);
}

static void put_named(struct crate *crate, const char *id, const char *type, const char *name, const char *version)
{
	json *entity = make_entity(id, type);

	json_put_str(entity, "name", name);
	if (version)
		json_put_str(entity, "version", version);
	put(crate, entity);
}

/* A list that is not empty: an empty one says nothing. */
static void put_list(json *entity, const char *key, json *list)
{
	if (json_count(list))
		json_put(entity, key, list);
	else
		json_free(list);
}

static void put_time(struct crate *crate, json *entity, const char *key, double at)
{
	char text[CLOCK_ISO_SIZE];

	export_time(crate->run->log, at, text);
	json_put_str(entity, key, text);
}

static void take_files(struct crate *crate, const struct runlog_file *files, uint32_t count, bool is_made)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = map_put(&crate->by_path, files[i].path, crate->file_count);

		if (at == crate->file_count) {
			struct crate_file file = {.file = &files[i]};

			file.is_dir = fs_is_dir(files[i].path); /* we stand in the root */
			file.id = path_id(crate, files[i].path, file.is_dir);
			MEM_ROOM(crate->files, crate->file_count, crate->file_cap);
			crate->files[crate->file_count++] = file;
		}
		crate->files[at].file = &files[i];
		crate->files[at].is_made |= is_made;
	}
}

/* Failed attempts made nothing that is still there. */
static uint32_t made_count(const struct runlog_attempt *attempt)
{
	return attempt->state == RUNLOG_DONE ? attempt->output_count : 0;
}

static void collect_files(struct crate *crate)
{
	const struct runlog *log = crate->run->log;

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		const struct runlog_attempt *attempt = &log->attempts[i];

		take_files(crate, attempt->inputs, attempt->input_count, false);
		take_files(crate, attempt->outputs, made_count(attempt), true);
	}
}

static void push_files(struct crate *crate, json *list, const struct runlog_file *files, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		json_push(list, make_ref(crate->files[map_get(&crate->by_path, files[i].path)].id));
}

static void put_file(struct crate *crate, const struct crate_file *file)
{
	json *entity = make_entity(file->id, file->is_dir ? "Dataset" : "File");
	char text[CLOCK_ISO_SIZE > DIGEST_TEXT_SIZE ? CLOCK_ISO_SIZE : DIGEST_TEXT_SIZE];

	json_put_name(entity, "name", path_base(file->file->path));
	json_put(entity, "contentSize",
		json_string(arena_fmt(
			&crate->arena, "%llu", (unsigned long long)file->file->size)));
	if (!digest_is_zero(&file->file->sum)) {
		digest_format(&file->file->sum, text);
		json_put_str(entity, "identifier", text);
	}
	if (file->file->mtime_ns) {
		clock_iso(file->file->mtime_ns, text);
		json_put_str(entity, "dateModified", text);
	}
	put(crate, entity);
}

/* The first attempt of each stage tells its tool and its step. */
static bool is_first(const struct crate *crate, uint32_t attempt, bool *seen)
{
	uint32_t stage = crate->run->log->attempts[attempt].stage_index;
	bool first = !seen[stage];

	seen[stage] = true;
	return first;
}

static json *list_once(struct crate *crate, const char *kind)
{
	const struct runlog *log = crate->run->log;
	bool *seen = mem_alloc(log->stage_count + 1);
	json *list = json_array();

	for (uint32_t i = 0; i < log->attempt_count; i++)
		if (is_first(crate, i, seen))
			json_push(list, make_ref(make_id(crate, kind, log->attempts[i].stage, NULL, NULL)));
	free(seen);
	return list;
}

static json *list_attempts(struct crate *crate, const char *kind)
{
	const struct runlog *log = crate->run->log;
	json *list = json_array();

	for (uint32_t i = 0; i < log->attempt_count; i++)
		json_push(list, make_ref(make_id(crate, kind, log->attempts[i].stage,
					number_text(crate, log->attempts[i].number), NULL)));
	return list;
}

static void put_descriptor(struct crate *crate)
{
	json *entity = make_entity("ro-crate-metadata.json", "CreativeWork"), *conforms = json_array();

	json_put(entity, "about", make_ref("./"));
	json_push(conforms, make_ref("https://w3id.org/ro/crate/1.1"));
	json_push(conforms, make_ref(WORKFLOW_PROFILE));
	json_put(entity, "conformsTo", conforms);
	put(crate, entity);
}

static void put_root(struct crate *crate)
{
	const struct runlog *log = crate->run->log;
	json *entity = make_entity("./", "Dataset"), *conforms = json_array(), *parts = json_array();
	json *mentions = json_array();
	struct buf text = {0};

	json_push(conforms, make_ref(PROFILE "process/0.5"));
	json_push(conforms, make_ref(PROFILE "workflow/0.5"));
	json_push(conforms, make_ref(PROFILE "provenance/0.5"));
	json_push(conforms, make_ref(WORKFLOW_PROFILE));
	json_put(entity, "conformsTo", conforms);
	buf_fmt(&text, "%s, run %s", log->pipeline ? log->pipeline : "", log->run ? log->run : "");
	json_put_name(entity, "name", buf_text(&text));
	buf_reset(&text);
	buf_fmt(&text, "Files of the pipeline %s in the job %s, and how its run %s made them",
		log->pipeline ? log->pipeline : "", log->job ? log->job : "",
		log->run ? log->run : "");
	json_put_name(entity, "description", buf_text(&text));
	put_time(crate, entity, "datePublished", log->seconds > 0 ? log->seconds : 0);
	json_put(entity, "license", make_ref("#license"));
	json_put(entity, "mainEntity", make_ref(crate->workflow));
	json_push(parts, make_ref(crate->workflow));
	for (uint32_t i = 0; i < crate->file_count; i++)
		if (strcmp(crate->files[i].id, crate->workflow) != 0)
			json_push(parts, make_ref(crate->files[i].id));
	json_put(entity, "hasPart", parts);
	json_push(mentions, make_ref("#run"));
	json_push(mentions, make_ref("#run-engine"));
	json_put(entity, "mentions", mentions);
	put(crate, entity);
	buf_free(&text);
}

static void put_frame(struct crate *crate)
{
	json *license = make_entity("#license", "CreativeWork");

	put_named(crate, PROFILE "process/0.5", "CreativeWork", "Process Run Crate", "0.5");
	put_named(crate, PROFILE "workflow/0.5", "CreativeWork", "Workflow Run Crate", "0.5");
	put_named(crate, PROFILE "provenance/0.5", "CreativeWork", "Provenance Run Crate", "0.5");
	put_named(crate, WORKFLOW_PROFILE, "CreativeWork", "Workflow RO-Crate", "1.0");
	json_put_str(license, "name", "not stated");
	json_put_str(license, "description",
		"The pipeline states no licence for its data: ask its owner before you use it");
	put(crate, license);
	put_named(crate, LANGUAGE, "ComputerLanguage", "restage pipeline file", NULL);
	put_named(crate, "#restage", "SoftwareApplication", "restage", crate->run->log->version);
}

static void put_workflow(struct crate *crate)
{
	const struct runlog *log = crate->run->log;
	json *entity = make_ref(crate->workflow);

	json_put(entity, "@type",
		make_types(crate, "File SoftwareSourceCode ComputationalWorkflow HowTo"));
	json_put_name(entity, "name", log->pipeline ? log->pipeline : "");
	json_put(entity, "programmingLanguage", make_ref(LANGUAGE));
	put_list(entity, "hasPart", list_once(crate, "tool"));
	put_list(entity, "step", list_once(crate, "step"));
	put(crate, entity);
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
	const struct runlog *log = crate->run->log;
	const char *outcome = export_run_outcome(crate->run);
	json *entity = make_entity("#run", "CreateAction"), *read = json_array(), *made = json_array();
	json *engine = make_entity("#run-engine", "OrganizeAction");

	for (uint32_t i = 0; i < crate->file_count; i++)
		json_push(crate->files[i].is_made ? made : read, make_ref(crate->files[i].id));
	json_put_name(entity, "name",
		arena_fmt(&crate->arena, "Run %s of %s", log->run ? log->run : "",
			log->pipeline ? log->pipeline : ""));
	json_put(entity, "instrument", make_ref(crate->workflow));
	put_time(crate, entity, "startTime", 0);
	if (log->has_ended)
		put_time(crate, entity, "endTime", log->seconds);
	json_put(entity, "actionStatus", make_ref(status_of(outcome)));
	if (log->error)
		json_put_str(entity, "error", log->error);
	put_list(entity, "object", read);
	put_list(entity, "result", made);
	put(crate, entity);
	json_put_name(engine, "name", arena_fmt(&crate->arena, "restage %s", log->version ? log->version : ""));
	json_put(engine, "instrument", make_ref("#restage"));
	put_list(engine, "object", list_attempts(crate, "control"));
	json_put(engine, "result", make_ref("#run"));
	put(crate, engine);
}

/* A member of config: its value as text, a string's without quotes. */
static json *make_value(const json *node)
{
	struct buf text = {0};
	json *value;

	if (json_is_string(node) || json_is_number(node) || json_is_bool(node))
		return json_copy(node);
	json_format_line(node, &text);
	value = json_string(buf_text(&text));
	buf_free(&text);
	return value;
}

static void put_values(struct crate *crate, const struct runlog_attempt *attempt, json *objects)
{
	for (const json *node = json_first(attempt->config); node; node = json_next(node)) {
		const char *id = make_id(crate, "value", attempt->stage,
			number_text(crate, attempt->number), json_key(node));
		json *entity = make_entity(id, "PropertyValue");

		json_put_str(entity, "name", json_key(node));
		json_put(entity, "value", make_value(node));
		json_put(entity, "exampleOfWork",
			make_ref(make_id(crate, "parameter", attempt->stage, json_key(node), NULL)));
		put(crate, entity);
		json_push(objects, make_ref(id));
	}
}

/* Of all attempts of the stage: what one of them reported counts too. */
static json *put_parameters(struct crate *crate, const struct runlog_stage *stage)
{
	const struct runlog *log = crate->run->log;
	struct map seen = {0};
	json *list = json_array();

	for (uint32_t i = stage->last_attempt; i != RUNLOG_NONE; i = crate->previous[i]) {
		const json *node = json_first(log->attempts[i].config);

		for (; node; node = json_next(node)) {
			const char *id;
			json *entity;

			if (map_get(&seen, json_key(node)) != MAP_NONE)
				continue;
			map_put(&seen, json_key(node), 0);
			id = make_id(crate, "parameter", stage->name, json_key(node), NULL);
			entity = make_entity(id, "FormalParameter");
			json_put(entity, "conformsTo",
				make_ref("https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"));
			json_put_str(entity, "additionalType", "Text");
			json_put_str(entity, "name", json_key(node));
			put(crate, entity);
			json_push(list, make_ref(id));
		}
	}
	map_free(&seen);
	return list;
}

static void put_tool(struct crate *crate, const struct runlog_attempt *attempt, uint32_t position)
{
	const struct runlog *log = crate->run->log;
	const char *id = make_id(crate, "tool", attempt->stage, NULL, NULL);
	json *tool = make_entity(id, "SoftwareApplication"), *versions = json_array();
	json *step = make_entity(make_id(crate, "step", attempt->stage, NULL, NULL), "HowToStep");

	json_put_name(tool, "name", attempt->stage);
	json_put_str(tool, "description", attempt->command ? attempt->command : "not started");
	for (const json *node = json_first(attempt->tools); node; node = json_next(node))
		json_push(versions, json_string(arena_fmt(&crate->arena, "%s: %s", json_key(node),
					    json_str(node, ""))));
	put_list(tool, "softwareRequirements", versions);
	put_list(tool, "input", put_parameters(crate, &log->stages[attempt->stage_index]));
	put(crate, tool);
	json_put_name(step, "name", attempt->stage);
	json_put(step, "position", json_string(number_text(crate, position)));
	json_put(step, "workExample", make_ref(id));
	put(crate, step);
}

static void put_attempt(struct crate *crate, const struct runlog_attempt *attempt)
{
	const char *number = number_text(crate, attempt->number);
	const char *id = make_id(crate, "attempt", attempt->stage, number, NULL);
	json *action = make_entity(id, "CreateAction"), *objects = json_array(), *results = json_array();
	json *control = make_entity(make_id(crate, "control", attempt->stage, number, NULL), "ControlAction");
	struct buf text = {0};

	buf_fmt(&text, "%s, attempt %u", attempt->stage, attempt->number);
	json_put_name(action, "name", buf_text(&text));
	json_put(action, "instrument", make_ref(make_id(crate, "tool", attempt->stage, NULL, NULL)));
	if (attempt->command)
		json_put_str(action, "description", attempt->command);
	put_time(crate, action, "startTime", attempt->start);
	if (attempt->end >= 0)
		put_time(crate, action, "endTime", attempt->end);
	json_put(action, "actionStatus", make_ref(status_of(export_state(crate->run, attempt))));
	if (attempt->state != RUNLOG_DONE && strcmp(export_state(crate->run, attempt), "running") != 0) {
		buf_reset(&text);
		export_outcome(&text, crate->run, attempt);
		json_put_str(action, "error", buf_text(&text));
	}
	push_files(crate, objects, attempt->inputs, attempt->input_count);
	push_files(crate, results, attempt->outputs, made_count(attempt));
	put_values(crate, attempt, objects);
	put_list(action, "object", objects);
	put_list(action, "result", results);
	put(crate, action);
	json_put_name(control, "name", attempt->stage);
	json_put(control, "instrument", make_ref(make_id(crate, "step", attempt->stage, NULL, NULL)));
	json_put(control, "object", make_ref(id));
	put(crate, control);
	buf_free(&text);
}

static void put_attempts(struct crate *crate)
{
	const struct runlog *log = crate->run->log;
	bool *seen = mem_alloc(log->stage_count + 1);
	uint32_t position = 0;

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		if (is_first(crate, i, seen))
			put_tool(crate, &log->attempts[i], ++position);
		put_attempt(crate, &log->attempts[i]);
	}
	free(seen);
}

/* The file that -f names; an included one is a part of it. */
static const char *workflow_path(const struct graph *graph)
{
	for (uint32_t i = 0; i < graph->source_count; i++)
		if (graph->sources[i].kind == SOURCE_DEFINITION)
			return graph_text(graph, graph->sources[i].path);
	return "pipeline.ini";
}

void export_rocrate(struct buf *out, const struct export_run *run)
{
	struct crate crate = {.run = run, .out = out};

	crate.workflow = path_id(&crate, workflow_path(run->graph), false);
	crate.previous = export_previous(run->log);
	collect_files(&crate);
	buf_str(out, "{\"@context\": [\"https://w3id.org/ro/crate/1.1/context\", "
		     "\"https://w3id.org/ro/terms/workflow-run/context\"],\n\"@graph\": [");
	put_descriptor(&crate);
	put_root(&crate);
	put_frame(&crate);
	put_workflow(&crate);
	put_run(&crate);
	put_attempts(&crate);
	for (uint32_t i = 0; i < crate.file_count; i++)
		if (strcmp(crate.files[i].id, crate.workflow) != 0)
			put_file(&crate, &crate.files[i]);
	buf_str(out, "\n]}\n");
	free(crate.files);
	free(crate.previous);
	map_free(&crate.by_path);
	arena_free(&crate.arena);
}
