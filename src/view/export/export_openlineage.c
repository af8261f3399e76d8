/* OpenLineage, spec 2-0-2 (openlineage.io): RunEvents, one a line, in the order of time, as the file
 * transport of its clients writes them and as `while read line; do curl ... -d "$line"` sends them.
 *
 * The run is a run of the job <pipeline>; each attempt of a stage is a run of the job <pipeline>.<stage>, with
 * the facet `parent` that leads to the run. Each has a START and, once it has ended, a COMPLETE, a FAIL, or an
 * ABORT (interrupted, or left by a run that was killed). Stages that were up to date did not run: no event.
 * The jobs' namespace is OPENLINEAGE_NAMESPACE, as for other OpenLineage integrations, else "restage".
 *
 * Datasets are files: namespace "file", name the absolute path (as base/name.h has what is no UTF-8). The
 * facet `version` has the checksum, `inputStatistics` and `outputStatistics` the size. Of further files than
 * the record names, the facet `restage_more` counts how many there are. Standard facets name their own schema;
 * those of ours (restage_*) name the base facet of the specification, which is what they conform to.
 *
 * Ids are UUIDs of version 8 (RFC 9562: made as we like), always the same for the same run: the XXH3-128 of
 * the strings "restage", host, root, job, run and, for a stage, name and attempt, each behind its length
 * (hasher_add_str), with version and variant put over it. Producer is urn:restage:<version>. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "view/export/export_part.h"

#define SPEC "https://openlineage.io/spec/"
#define CORE SPEC "2-0-2/OpenLineage.json#/$defs/"
#define FACET(version, name) SPEC "facets/" version "/" name ".json#/$defs/" name
#define UUID_SIZE 37

struct lineage {
	const struct export_run *run;
	struct buf *out;
	struct arena arena;
	const char *namespace;
	char producer[64];
	char run_id[UUID_SIZE];
};

/* A start or an end, of the run or of an attempt. */
struct moment {
	double at;
	uint32_t attempt; /* RUNLOG_NONE: the run itself */
	bool is_end;
	uint32_t order; /* as they were listed: keeps the sort stable */
};

static void make_uuid(const struct runlog *log, const struct runlog_attempt *attempt, char text[UUID_SIZE])
{
	const char *const parts[] = {"restage", log->host, log->root, log->job, log->run};
	struct hasher *hasher = hasher_new();
	struct digest digest;
	uint8_t *b;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		hasher_add_str(hasher, parts[i] ? parts[i] : "");
	if (attempt) {
		hasher_add_str(hasher, attempt->stage);
		hasher_add_u64(hasher, attempt->number);
	}
	digest = hasher_done(hasher);
	hasher_free(hasher);
	b = digest.bytes;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x80);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(text, UUID_SIZE,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
}

static json *make_facet(const struct lineage *lineage, const char *schema)
{
	json *facet = json_object();

	json_put_str(facet, "_producer", lineage->producer);
	json_put_str(facet, "_schemaURL", schema);
	return facet;
}

static json *make_job(const struct lineage *lineage, const char *stage)
{
	const char *pipeline = lineage->run->log->pipeline ? lineage->run->log->pipeline : "";
	json *job = json_object();
	struct buf name = {0};

	buf_str(&name, pipeline);
	if (stage)
		buf_fmt(&name, ".%s", stage);
	json_put_str(job, "namespace", lineage->namespace);
	json_put_name(job, "name", buf_text(&name));
	buf_free(&name);
	return job;
}

static json *make_job_with_facets(const struct lineage *lineage, const char *stage)
{
	json *job = make_job(lineage, stage), *facets = json_object();
	json *type = make_facet(lineage, FACET("2-0-3", "JobTypeJobFacet"));

	json_put_str(type, "processingType", "BATCH");
	json_put_str(type, "integration", "RESTAGE");
	json_put_str(type, "jobType", stage ? "TASK" : "DAG");
	json_put(facets, "jobType", type);
	json_put(job, "facets", facets);
	return job;
}

static json *make_parent(const struct lineage *lineage)
{
	json *parent = make_facet(lineage, FACET("1-0-1", "ParentRunFacet"));
	json *run = json_object();

	json_put_str(run, "runId", lineage->run_id);
	json_put(parent, "run", run);
	json_put(parent, "job", make_job(lineage, NULL));
	return parent;
}

static json *make_engine(const struct lineage *lineage)
{
	json *engine = make_facet(lineage, FACET("1-1-1", "ProcessingEngineRunFacet"));

	json_put_str(engine, "version", lineage->run->log->version ? lineage->run->log->version : "");
	json_put_str(engine, "name", "restage");
	return engine;
}

static json *make_error(const struct lineage *lineage, const char *message, const json *tail)
{
	json *error = make_facet(lineage, FACET("1-0-1", "ErrorMessageRunFacet"));
	struct buf text = {0};

	for (const json *line = json_first(tail); line; line = json_next(line))
		buf_fmt(&text, "%s\n", json_str(line, ""));
	json_put_str(error, "message", message);
	json_put_str(error, "programmingLanguage", "shell");
	if (text.len)
		json_put_str(error, "stackTrace", buf_text(&text));
	buf_free(&text);
	return error;
}

static void put_copy(json *object, const char *key, const json *node)
{
	if (node)
		json_put(object, key, json_copy(node));
}

/* What restage knows of an attempt and the specification has no place for. */
static json *make_attempt_facet(const struct lineage *lineage, const struct runlog_attempt *attempt)
{
	json *facet = make_facet(lineage, CORE "RunFacet");

	json_put_num(facet, "attempt", attempt->number);
	json_put_str(facet, "state", export_state(lineage->run, attempt));
	json_put(facet, "exit_code", export_known(attempt->exit_code));
	json_put_str(facet, "command", attempt->command);
	json_put(facet, "duration_seconds", export_known(export_seconds(lineage->run->log, attempt)));
	put_copy(facet, "reasons", attempt->reasons);
	put_copy(facet, "config", attempt->config);
	put_copy(facet, "tools", attempt->tools);
	put_copy(facet, "resources", attempt->resources);
	return facet;
}

static json *make_dataset(struct lineage *lineage, const struct runlog_file *file, bool is_output)
{
	const char *root = lineage->run->log->root ? lineage->run->log->root : "/";
	json *dataset = json_object(), *facets = json_object(), *statistics = json_object();
	char sum[DIGEST_TEXT_SIZE];
	json *facet;

	json_put_str(dataset, "namespace", "file");
	json_put_name(dataset, "name", path_join(&lineage->arena, root, file->path));
	arena_reset(&lineage->arena);
	if (!digest_is_zero(&file->sum)) {
		digest_format(&file->sum, sum);
		facet = make_facet(lineage, FACET("1-0-1", "DatasetVersionDatasetFacet"));
		json_put_str(facet, "datasetVersion", sum);
		json_put(facets, "version", facet);
	}
	json_put(dataset, "facets", facets);
	facet = make_facet(lineage, is_output ? FACET("1-0-2", "OutputStatisticsOutputDatasetFacet")
					      : FACET("1-0-0", "InputStatisticsInputDatasetFacet"));
	json_put_num(facet, "size", (double)file->size);
	json_put(statistics, is_output ? "outputStatistics" : "inputStatistics", facet);
	json_put(dataset, is_output ? "outputFacets" : "inputFacets", statistics);
	return dataset;
}

static json *make_datasets(
	struct lineage *lineage, const struct runlog_file *files, uint32_t count, bool is_output)
{
	json *list = json_array();

	for (uint32_t i = 0; i < count; i++)
		json_push(list, make_dataset(lineage, &files[i], is_output));
	return list;
}

static json *make_more(const struct lineage *lineage, const struct runlog_attempt *attempt)
{
	json *facet = make_facet(lineage, CORE "RunFacet");

	json_put_num(facet, "inputs", (double)attempt->inputs_more);
	json_put_num(facet, "outputs", (double)attempt->outputs_more);
	return facet;
}

static const char *type_of_run(const struct export_run *run)
{
	const char *outcome = export_run_outcome(run);

	if (strcmp(outcome, "success") == 0)
		return "COMPLETE";
	return strcmp(outcome, "interrupted") == 0 || strcmp(outcome, "killed") == 0 ? "ABORT" : "FAIL";
}

static const char *type_of_attempt(const struct export_run *run, const struct runlog_attempt *attempt)
{
	if (attempt->state == RUNLOG_DONE)
		return "COMPLETE";
	return strcmp(export_state(run, attempt), "interrupted") == 0 ? "ABORT" : "FAIL";
}

static json *make_run_facets(const struct lineage *lineage, bool is_end)
{
	const struct runlog *log = lineage->run->log;
	json *facets = json_object(), *facet = make_facet(lineage, CORE "RunFacet");

	json_put(facets, "processing_engine", make_engine(lineage));
	json_put_str(facet, "run", log->run);
	json_put_name(facet, "job", log->job);
	json_put_str(facet, "host", log->host);
	json_put_str(facet, "outcome", is_end ? export_run_outcome(lineage->run) : NULL);
	json_put(facets, "restage_run", facet);
	if (is_end && log->error)
		json_put(facets, "errorMessage", make_error(lineage, log->error, NULL));
	return facets;
}

static json *make_attempt_facets(
	const struct lineage *lineage, const struct runlog_attempt *attempt, bool is_end)
{
	json *facets = json_object();
	struct buf message = {0};

	json_put(facets, "parent", make_parent(lineage));
	json_put(facets, "processing_engine", make_engine(lineage));
	if (!is_end)
		return facets;
	json_put(facets, "restage_attempt", make_attempt_facet(lineage, attempt));
	if (attempt->inputs_more || attempt->outputs_more)
		json_put(facets, "restage_more", make_more(lineage, attempt));
	if (attempt->state != RUNLOG_DONE) {
		export_outcome(&message, lineage->run, attempt);
		json_put(facets, "errorMessage",
			make_error(lineage, buf_text(&message), attempt->tail));
		buf_free(&message);
	}
	return facets;
}

static void put_event(struct lineage *lineage, const struct moment *moment)
{
	const struct runlog *log = lineage->run->log;
	const struct runlog_attempt *attempt =
		moment->attempt == RUNLOG_NONE ? NULL : &log->attempts[moment->attempt];
	json *event = json_object(), *run = json_object();
	const char *type = "START";
	char id[UUID_SIZE], time[CLOCK_ISO_SIZE];

	if (moment->is_end)
		type = attempt ? type_of_attempt(lineage->run, attempt) : type_of_run(lineage->run);
	make_uuid(log, attempt, id);
	export_time(log, moment->at, time);
	json_put_str(event, "eventType", type);
	json_put_str(event, "eventTime", time);
	json_put_str(run, "runId", id);
	json_put(run, "facets", attempt ? make_attempt_facets(lineage, attempt, moment->is_end) : make_run_facets(lineage, moment->is_end));
	json_put(event, "run", run);
	json_put(event, "job", make_job_with_facets(lineage, attempt ? attempt->stage : NULL));
	json_put(event, "inputs",
		attempt ? make_datasets(lineage, attempt->inputs, attempt->input_count, false)
			: json_array());
	/* what a failed attempt made is gone: its stage's outputs are those of before */
	json_put(event, "outputs",
		attempt && moment->is_end && attempt->state == RUNLOG_DONE
			? make_datasets(lineage, attempt->outputs, attempt->output_count, true)
			: json_array());
	json_put_str(event, "producer", lineage->producer);
	json_put_str(event, "schemaURL", CORE "RunEvent");
	json_format_line(event, lineage->out);
	buf_char(lineage->out, '\n');
	json_free(event);
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
	const struct runlog *log = run->log;
	struct moment *moments = mem_alloc((2 * (size_t)log->attempt_count + 2) * sizeof *moments);
	uint32_t n = 0;

	moments[n++] = (struct moment){.at = 0, .attempt = RUNLOG_NONE};
	for (uint32_t i = 0; i < log->attempt_count; i++) {
		const struct runlog_attempt *attempt = &log->attempts[i];

		moments[n] = (struct moment){.at = attempt->start, .attempt = i, .order = n};
		n++;
		if (attempt->state == RUNLOG_RUNNING && run->is_alive)
			continue;
		moments[n] = (struct moment){
			.at = export_end(log, attempt), .attempt = i, .is_end = true, .order = n};
		n++;
	}
	if (log->has_ended || !run->is_alive) {
		double end = log->seconds > log->last_at ? log->seconds : log->last_at;

		moments[n] = (struct moment){
			.at = end, .attempt = RUNLOG_NONE, .is_end = true, .order = n};
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
		.out = out,
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
