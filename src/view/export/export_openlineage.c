/* OpenLineage, spec 2-0-2 (openlineage.io): RunEvents, one a line, in the order of time, as the
 * file transport of its clients writes them and as `while read line; do curl ... -d "$line"` sends
 * them.
 *
 * The run is a run of the job <pipeline>; each attempt of a stage is a run of the job
 * <pipeline>.<stage>, with the facet `parent` that leads to the run. Each has a START and, once it
 * has ended, a COMPLETE, a FAIL, or an ABORT (interrupted, or left by a run that was killed).
 * Stages that were up to date did not run: no event. The jobs' namespace is OPENLINEAGE_NAMESPACE,
 * as for other OpenLineage integrations, else "restage".
 *
 * Datasets are files: namespace "file", name the absolute path (as base/name.h has what is no
 * UTF-8). The facet `version` has the checksum, `inputStatistics` and `outputStatistics` the size.
 * Of further files than the record names, the facet `restage_more` counts how many there are.
 * Standard facets name their own schema; those of ours (restage_*) name the base facet of the
 * specification, which is what they conform to.
 *
 * Ids are UUIDs of version 8 (RFC 9562: made as we like), always the same for the same run: the
 * XXH3-128 of the strings "restage", host, root, job, run and, for a stage, name and attempt, each
 * behind its length (hasher_add_str), with version and variant put over it. Producer is
 * urn:restage:<version>. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "base/path.h"
#include "view/export/export.h"

#define SPEC "https://openlineage.io/spec/"
#define CORE SPEC "2-0-2/OpenLineage.json#/$defs/"
#define FACET(version, name) SPEC "facets/" version "/" name ".json#/$defs/" name
#define UUID_SIZE 37

struct lineage {
	const struct export_run *run;
	struct json_writer w;
	struct arena arena;
	const char *namespace;
	char producer[64];
	char run_id[UUID_SIZE];
};

/* A start or an end, of the run or of an attempt. */
struct moment {
	double at;
	uint32_t attempt; /* NONE: the run itself */
	bool is_end;
	uint32_t order; /* as they were listed: keeps the sort stable */
};

static void make_uuid(
	const struct past_run *log, const struct past_attempt *attempt, char text[UUID_SIZE])
{
	const char *const parts[] = {"restage", log->host, log->root, log->job, log->run};
	struct hasher *hasher HASHER_LOCAL = hasher_new();
	struct digest digest;
	uint8_t *b;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		hasher_add_str(hasher, parts[i] ? parts[i] : "");
	if (attempt) {
		hasher_add_str(hasher, attempt->stage);
		hasher_add_u64(hasher, attempt->number);
	}
	digest = hasher_done(hasher);
	b = digest.bytes;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x80);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(text, UUID_SIZE,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
}

/* Opens one. */
static struct json_writer *begin_facet(
	struct lineage *lineage, const char *name, const char *schema)
{
	json_write_object(&lineage->w, name);
	json_write_str(&lineage->w, "_producer", lineage->producer);
	json_write_str(&lineage->w, "_schemaURL", schema);
	return &lineage->w;
}

/* Opens the member "job". */
static void begin_job(struct lineage *lineage, const char *stage)
{
	const char *pipeline = lineage->run->log->pipeline ? lineage->run->log->pipeline : "";
	struct buf name BUF_LOCAL = {0};

	buf_str(&name, pipeline);
	if (stage)
		buf_fmt(&name, ".%s", stage);
	json_write_object(&lineage->w, "job");
	json_write_str(&lineage->w, "namespace", lineage->namespace);
	json_write_name(&lineage->w, "name", buf_text(&name));
}

static void write_job_with_facets(struct lineage *lineage, const char *stage)
{
	struct json_writer *w = &lineage->w;

	begin_job(lineage, stage);
	json_write_object(w, "facets");
	begin_facet(lineage, "jobType", FACET("2-0-3", "JobTypeJobFacet"));
	json_write_str(w, "processingType", "BATCH");
	json_write_str(w, "integration", "RESTAGE");
	json_write_str(w, "jobType", stage ? "TASK" : "DAG");
	json_write_end(w);
	json_write_end(w);
	json_write_end(w);
}

static void write_parent(struct lineage *lineage)
{
	struct json_writer *w = begin_facet(lineage, "parent", FACET("1-0-1", "ParentRunFacet"));

	json_write_object(w, "run");
	json_write_str(w, "runId", lineage->run_id);
	json_write_end(w);
	begin_job(lineage, NULL);
	json_write_end(w);
	json_write_end(w);
}

static void write_engine(struct lineage *lineage)
{
	struct json_writer *w = begin_facet(
		lineage, "processing_engine", FACET("1-1-1", "ProcessingEngineRunFacet"));

	json_write_str(w, "version", lineage->run->log->version ? lineage->run->log->version : "");
	json_write_str(w, "name", "restage");
	json_write_end(w);
}

static void write_error(struct lineage *lineage, const char *message, const json *tail)
{
	struct json_writer *w =
		begin_facet(lineage, "errorMessage", FACET("1-0-1", "ErrorMessageRunFacet"));
	struct buf text BUF_LOCAL = {0};

	for (const json *line = json_first(tail); line; line = json_next(line))
		buf_fmt(&text, "%s\n", json_str(line, ""));
	json_write_str(w, "message", message);
	json_write_str(w, "programmingLanguage", "shell");
	if (text.len)
		json_write_str(w, "stackTrace", buf_text(&text));
	json_write_end(w);
}

static void write_copy(struct json_writer *w, const char *key, const json *node)
{
	if (node)
		json_write_node(w, key, node);
}

/* What restage knows of an attempt and the specification has no place for. */
static void write_attempt_facet(struct lineage *lineage, const struct past_attempt *attempt)
{
	struct json_writer *w = begin_facet(lineage, "restage_attempt", CORE "RunFacet");

	json_write_num(w, "attempt", attempt->number);
	json_write_str(w, "state", export_state(lineage->run, attempt));
	json_write_known(w, "exit_code", attempt->exit_code);
	json_write_str(w, "command", attempt->command);
	if (attempt->dir)
		json_write_str(w, "dir", attempt->dir);
	json_write_known(w, "duration_seconds", export_seconds(lineage->run->log, attempt));
	write_copy(w, "reasons", attempt->reasons);
	write_copy(w, "config", attempt->config);
	write_copy(w, "tools", attempt->tools);
	write_copy(w, "resources", attempt->resources);
	write_copy(w, "restored_from", attempt->restored);
	json_write_end(w);
}

static void write_dataset(struct lineage *lineage, const struct past_file *file, bool is_output)
{
	const char *root = lineage->run->log->root ? lineage->run->log->root : "/";
	struct json_writer *w = &lineage->w;
	char sum[DIGEST_TEXT_SIZE];

	json_write_object(w, NULL);
	json_write_str(w, "namespace", "file");
	json_write_name(w, "name", path_join(&lineage->arena, root, file->path));
	arena_reset(&lineage->arena);
	json_write_object(w, "facets");
	if (!digest_is_zero(&file->sum)) {
		digest_format(&file->sum, sum);
		begin_facet(lineage, "version", FACET("1-0-1", "DatasetVersionDatasetFacet"));
		json_write_str(w, "datasetVersion", sum);
		json_write_end(w);
	}
	json_write_end(w);
	json_write_object(w, is_output ? "outputFacets" : "inputFacets");
	begin_facet(lineage, is_output ? "outputStatistics" : "inputStatistics",
		is_output ? FACET("1-0-2", "OutputStatisticsOutputDatasetFacet")
			  : FACET("1-0-0", "InputStatisticsInputDatasetFacet"));
	json_write_num(w, "size", (double)file->size);
	json_write_end(w);
	json_write_end(w);
	json_write_end(w);
}

static void write_datasets(
	struct lineage *lineage, const struct past_file *files, uint32_t count, bool is_output)
{
	json_write_array(&lineage->w, is_output ? "outputs" : "inputs");
	for (uint32_t i = 0; i < count; i++)
		write_dataset(lineage, &files[i], is_output);
	json_write_end(&lineage->w);
}

static void write_more(struct lineage *lineage, const struct past_attempt *attempt)
{
	struct json_writer *w = begin_facet(lineage, "restage_more", CORE "RunFacet");

	json_write_num(w, "inputs", (double)attempt->inputs_more);
	json_write_num(w, "outputs", (double)attempt->outputs_more);
	json_write_end(w);
}

static const char *type_of_run(const struct export_run *run)
{
	const char *outcome = past_outcome(run->log, run->is_alive);

	if (strcmp(outcome, "success") == 0)
		return "COMPLETE";
	return strcmp(outcome, "interrupted") == 0 || strcmp(outcome, "killed") == 0 ? "ABORT"
										     : "FAIL";
}

static const char *type_of_attempt(const struct export_run *run, const struct past_attempt *attempt)
{
	if (attempt->state == PAST_DONE)
		return "COMPLETE";
	return strcmp(export_state(run, attempt), "interrupted") == 0 ? "ABORT" : "FAIL";
}

static void write_run_facets(struct lineage *lineage, bool is_end)
{
	const struct past_run *log = lineage->run->log;
	struct json_writer *w = &lineage->w;

	write_engine(lineage);
	begin_facet(lineage, "restage_run", CORE "RunFacet");
	json_write_str(w, "run", log->run);
	json_write_name(w, "job", log->job);
	json_write_str(w, "host", log->host);
	json_write_str(w, "outcome",
		is_end ? past_outcome(lineage->run->log, lineage->run->is_alive) : NULL);
	json_write_end(w);
	if (is_end && log->error)
		write_error(lineage, log->error, NULL);
}

static void write_attempt_facets(
	struct lineage *lineage, const struct past_attempt *attempt, bool is_end)
{
	struct buf message = {0};

	write_parent(lineage);
	write_engine(lineage);
	if (!is_end)
		return;
	write_attempt_facet(lineage, attempt);
	if (attempt->inputs_more || attempt->outputs_more)
		write_more(lineage, attempt);
	if (attempt->state != PAST_DONE) {
		export_outcome(&message, lineage->run, attempt);
		write_error(lineage, buf_text(&message), attempt->tail);
		buf_free(&message);
	}
}

static void write_run(struct lineage *lineage, const struct past_attempt *attempt, bool is_end)
{
	struct json_writer *w = &lineage->w;
	char id[UUID_SIZE];

	make_uuid(lineage->run->log, attempt, id);
	json_write_object(w, "run");
	json_write_str(w, "runId", id);
	json_write_object(w, "facets");
	if (attempt)
		write_attempt_facets(lineage, attempt, is_end);
	else
		write_run_facets(lineage, is_end);
	json_write_end(w);
	json_write_end(w);
}

static void put_event(struct lineage *lineage, const struct moment *moment)
{
	const struct past_run *log = lineage->run->log;
	const struct past_attempt *attempt =
		moment->attempt == NONE ? NULL : &log->attempts[moment->attempt];
	/* what a failed attempt made is gone: its stage's outputs are those of before */
	bool has_outputs = attempt && moment->is_end && attempt->state == PAST_DONE;
	struct json_writer *w = &lineage->w;
	const char *type = "START";
	char time[CLOCK_ISO_SIZE];

	if (moment->is_end)
		type = attempt ? type_of_attempt(lineage->run, attempt) : type_of_run(lineage->run);
	export_time(log, moment->at, time);
	json_write_object(w, NULL);
	json_write_str(w, "eventType", type);
	json_write_str(w, "eventTime", time);
	write_run(lineage, attempt, moment->is_end);
	write_job_with_facets(lineage, attempt ? attempt->stage : NULL);
	write_datasets(lineage, attempt ? attempt->inputs : NULL,
		attempt ? attempt->input_count : 0, false);
	write_datasets(lineage, has_outputs ? attempt->outputs : NULL,
		has_outputs ? attempt->output_count : 0, true);
	json_write_str(w, "producer", lineage->producer);
	json_write_str(w, "schemaURL", CORE "RunEvent");
	json_write_finish(w);
}

static int compare_moments(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static struct moment *list_moments(const struct export_run *run, uint32_t *count)
{
	const struct past_run *log = run->log;
	struct moment *moments = mem_alloc((2 * (size_t)log->attempt_count + 2) * sizeof *moments);
	double end = log->seconds > log->last_at ? log->seconds : log->last_at;
	uint32_t n = 0;

	moments[n++] = (struct moment){.attempt = NONE};
	for (uint32_t i = 0; i < log->attempt_count; i++) {
		const struct past_attempt *attempt = &log->attempts[i];

		moments[n] = (struct moment){attempt->start, i, false, n};
		n++;
		if (attempt->state == PAST_RUNNING && run->is_alive)
			continue;
		moments[n] = (struct moment){export_end(log, attempt), i, true, n};
		n++;
	}
	if (log->has_ended || !run->is_alive) {
		moments[n] = (struct moment){end, NONE, true, n};
		n++;
	}
	qsort(moments, n, sizeof *moments, compare_moments);
	*count = n;
	return moments;
}

void export_openlineage(struct buf *out, const struct export_run *run)
{
	const char *namespace = getenv("OPENLINEAGE_NAMESPACE");
	struct lineage lineage = {
		.run = run,
		.w = {.out = out},
		.namespace = namespace && *namespace ? namespace : "restage",
	};
	struct moment *moments;
	uint32_t count;

	snprintf(lineage.producer, sizeof lineage.producer, "urn:restage:%s", RESTAGE_VERSION);
	make_uuid(run->log, NULL, lineage.run_id);
	moments = list_moments(run, &count);
	for (uint32_t i = 0; i < count; i++)
		put_event(&lineage, &moments[i]);
	free(moments);
	arena_free(&lineage.arena);
}
