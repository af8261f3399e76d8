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
 *	#origin/<stage>/<number>       of an attempt whose results were restored: CreateAction of the
 *	                               tool that made them, in another run
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
#include "view/export/export_rocrate_part.h"

#define PROFILE "https://w3id.org/ro/wfrun/"
#define WORKFLOW_PROFILE "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
#define LANGUAGE "#language"

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
const char *crate_id(
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

const char *crate_number(struct crate *crate, uint32_t number)
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

void crate_write_ref(struct crate *crate, const char *key, const char *id)
{
	json_write_object(&crate->w, key);
	json_write_str(&crate->w, "@id", id);
	json_write_end(&crate->w);
}

void crate_refs_add(struct refs *refs, const char *id)
{
	MEM_PUSH(refs->ids, refs->count, refs->cap, id);
}

/* Takes them. A list that is empty is left out: it says nothing. */
void crate_write_refs(struct crate *crate, const char *key, struct refs refs)
{
	if (refs.count)
		json_write_array(&crate->w, key);
	for (uint32_t i = 0; i < refs.count; i++)
		crate_write_ref(crate, NULL, refs.ids[i]);
	if (refs.count)
		json_write_end(&crate->w);
	free(refs.ids);
}

/* Opens one. */
struct json_writer *crate_begin(struct crate *crate, const char *id, const char *type)
{
	json_write_object(&crate->w, NULL);
	json_write_str(&crate->w, "@id", id);
	json_write_str(&crate->w, "@type", type);
	return &crate->w;
}

static void put_named(struct crate *crate, const char *id, const char *type, const char *name,
	const char *version)
{
	struct json_writer *w = crate_begin(crate, id, type);

	json_write_str(w, "name", name);
	if (version)
		json_write_str(w, "version", version);
	json_write_end(w);
}

void crate_write_time(struct crate *crate, const char *key, double at)
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
uint32_t crate_made_count(const struct past_attempt *attempt)
{
	return attempt->state == PAST_DONE ? attempt->output_count : 0;
}

static void collect_files(struct crate *crate)
{
	const struct past_run *log = crate->run->log;

	for (uint32_t i = 0; i < log->attempt_count; i++) {
		const struct past_attempt *attempt = &log->attempts[i];

		take_files(crate, attempt->inputs, attempt->input_count, false);
		take_files(crate, attempt->outputs, crate_made_count(attempt), true);
	}
}

void crate_add_files(
	const struct crate *crate, struct refs *refs, const struct past_file *files, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		crate_refs_add(refs, crate->files[map_get(&crate->by_path, files[i].path)].id);
}

static void put_file(struct crate *crate, const struct crate_file *file)
{
	struct json_writer *w = crate_begin(crate, file->id, file->is_dir ? "Dataset" : "File");
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
			crate_refs_add(
				&refs, crate_id(crate, kind, log->attempts[i].stage, NULL, NULL));
	}
	return refs;
}

static struct refs list_controls(struct crate *crate)
{
	const struct past_run *log = crate->run->log;
	struct refs refs = {0};

	for (uint32_t i = 0; i < log->attempt_count; i++)
		crate_refs_add(&refs, crate_id(crate, "control", log->attempts[i].stage,
					      crate_number(crate, log->attempts[i].number), NULL));
	return refs;
}

static void put_descriptor(struct crate *crate)
{
	struct json_writer *w = crate_begin(crate, "ro-crate-metadata.json", "CreativeWork");

	crate_write_ref(crate, "about", "./");
	json_write_array(w, "conformsTo");
	crate_write_ref(crate, NULL, "https://w3id.org/ro/crate/1.1");
	crate_write_ref(crate, NULL, WORKFLOW_PROFILE);
	json_write_end(w);
	json_write_end(w);
}

static void put_root(struct crate *crate)
{
	const struct past_run *log = crate->run->log;
	const char *pipeline = log->pipeline ? log->pipeline : "", *run = log->run;
	const char *job = log->job ? log->job : "";
	struct json_writer *w = crate_begin(crate, "./", "Dataset");

	json_write_array(w, "conformsTo");
	crate_write_ref(crate, NULL, PROFILE "process/0.5");
	crate_write_ref(crate, NULL, PROFILE "workflow/0.5");
	crate_write_ref(crate, NULL, PROFILE "provenance/0.5");
	crate_write_ref(crate, NULL, WORKFLOW_PROFILE);
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
	crate_write_time(crate, "datePublished", log->seconds > 0 ? log->seconds : 0);
	crate_write_ref(crate, "license", "#license");
	crate_write_ref(crate, "mainEntity", crate->workflow);
	json_write_array(w, "hasPart");
	crate_write_ref(crate, NULL, crate->workflow);
	for (uint32_t i = 0; i < crate->file_count; i++) {
		if (strcmp(crate->files[i].id, crate->workflow) != 0)
			crate_write_ref(crate, NULL, crate->files[i].id);
	}
	json_write_end(w);
	json_write_array(w, "mentions");
	crate_write_ref(crate, NULL, "#run");
	crate_write_ref(crate, NULL, "#run-engine");
	crate_mention_origins(crate);
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
	crate_begin(crate, "#license", "CreativeWork");
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
	crate_write_ref(crate, "programmingLanguage", LANGUAGE);
	crate_write_refs(crate, "hasPart", list_once(crate, "tool"));
	crate_write_refs(crate, "step", list_once(crate, "step"));
	json_write_end(w);
}

const char *crate_status(const char *outcome)
{
	if (strcmp(outcome, "success") == 0 || strcmp(outcome, "done") == 0 ||
		strcmp(outcome, "restored") == 0)
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
	struct json_writer *w = crate_begin(crate, "#run", "CreateAction");
	struct refs read = {0}, made = {0};

	for (uint32_t i = 0; i < crate->file_count; i++)
		crate_refs_add(crate->files[i].is_made ? &made : &read, crate->files[i].id);
	json_write_name(w, "name",
		log->run
			? arena_fmt(&crate->arena, "Run %s of %s", log->run, pipeline)
			: arena_fmt(&crate->arena, "Last successes of the stages of %s", pipeline));
	crate_write_ref(crate, "instrument", crate->workflow);
	crate_write_time(crate, "startTime", 0);
	if (log->has_ended)
		crate_write_time(crate, "endTime", log->seconds);
	crate_write_ref(crate, "actionStatus",
		crate_status(past_outcome(crate->run->log, crate->run->is_alive)));
	if (log->error)
		json_write_str(w, "error", log->error);
	crate_write_refs(crate, "object", read);
	crate_write_refs(crate, "result", made);
	json_write_end(w);
	crate_begin(crate, "#run-engine", "OrganizeAction");
	json_write_name(w, "name", arena_fmt(&crate->arena, "restage %s", version));
	crate_write_ref(crate, "instrument", "#restage");
	crate_write_refs(crate, "object", list_controls(crate));
	crate_write_ref(crate, "result", "#run");
	json_write_end(w);
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
	crate_put_attempts(&crate);
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
