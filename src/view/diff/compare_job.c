/* The side of a job: the manifests in its directory. */
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/name.h"
#include "base/path.h"
#include "base/text.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/metrics.h"
#include "record/manifest/sum.h"
#include "view/diff/compare.h"

struct manifests {
	struct arena *arena;
	struct compare *diff;
	struct compare_side *side;
	struct err *err;
};

static struct compare_file *files_of(struct manifests *m, const char *job_dir, const json *manifest,
	enum file_role role, uint32_t *count, uint64_t *bytes)
{
	const json *list = json_get(manifest, manifest_file_lists[role]);
	struct compare_file *files = arena_alloc(m->arena, (json_count(list) + 1) * sizeof *files);
	struct record_file file;

	*count = 0;
	for (const json *node = json_is(list, JSON_ARRAY) ? json_first(list) : NULL; node;
		node = json_next(node)) {
		if (!manifest_file(m->arena, node, role, &file))
			continue;
		files[(*count)++] = (struct compare_file){
			.path = file.path,
			.key = compare_key(m->arena, job_dir, file.path),
			.size = file.size,
			.sum = file.sum,
		};
		*bytes += file.size;
	}
	return files;
}

static enum compare_state state_of(enum record_status status)
{
	if (status == RECORD_SUCCESS)
		return COMPARE_RAN;
	if (status == RECORD_SKIPPED)
		return COMPARE_SKIPPED;
	return status == RECORD_RUNNING ? COMPARE_RUNNING : COMPARE_FAILED;
}

/* The job's directory as it was when the manifest was written: in front of the stage's number. A
 * job may have been copied or renamed since. */
static const char *recorded_job_dir(struct manifests *m, const json *manifest)
{
	const char *stage_dir = name_decoded(m->arena, json_get_str(manifest, "stage_dir", ""));
	const char *job = name_decoded(m->arena, json_get_str(manifest, "job", ""));
	const char *mark = arena_fmt(m->arena, "/%s/", job);
	const char *at = *job ? strstr(stage_dir, mark) : NULL;

	return at ? arena_strndup(m->arena, stage_dir, (size_t)(at - stage_dir) + strlen(mark) - 1)
		  : m->side->job_dir;
}

static void take_manifest(struct manifests *m, const json *manifest)
{
	const char *name = name_decoded(m->arena, json_get_str(manifest, "stage", ""));
	const char *job_dir = recorded_job_dir(m, manifest);
	const json *resources = json_get(manifest, "resources");
	double code = json_get_num(manifest, "exit_code", -1);
	uint64_t input_bytes = 0;
	struct compare_stage *stage = compare_side_stage(m->side, name);

	stage->state = state_of(manifest_status(manifest));
	stage->is_known = true;
	stage->run = arena_strdup(m->arena, json_get_str(manifest, "run", ""));
	stage->seconds = json_get_num(manifest, "duration_seconds", -1);
	stage->memory_mb = json_get_num(resources, "memory_mb", -1);
	stage->cpu_seconds = compare_cpu_seconds(resources);
	stage->exit_code = code >= 0 && code <= 255 ? (int)code : -1;
	stage->command = name_decoded(m->arena, json_get_str(manifest, "command", ""));
	stage->command_digest = json_get_str(json_get(manifest, "key"), "command", NULL);
	stage->config = json_get(manifest, "config");
	stage->tools = json_get(manifest, "tools");
	stage->env = json_get(manifest, "env");
	stage->metrics = json_get(manifest, METRICS_MEMBER);
	stage->inputs =
		files_of(m, job_dir, manifest, ROLE_INPUT, &stage->input_count, &input_bytes);
	stage->outputs = files_of(
		m, job_dir, manifest, ROLE_OUTPUT, &stage->output_count, &stage->output_bytes);
}

static int visit(void *ctx, const char *dir)
{
	struct manifests *m = ctx;
	struct err why = {0};
	json *manifest = manifest_tree(dir, &why);

	if (!manifest && why.sys)
		return err_set(m->err, EXIT_WORLD, "%s", why.text);
	if (text_eq(json_get_str(manifest, "schema", ""), MANIFEST_SCHEMA) &&
		*json_get_str(manifest, "stage", "") && !sum_is(manifest)) {
		take_manifest(m, manifest);
		MEM_ROOM(m->diff->documents, m->diff->document_count, m->diff->document_cap);
		m->diff->documents[m->diff->document_count++] = manifest;
	} else {
		json_free(manifest); /* an output of that name, say */
	}
	return 0;
}

static int read_job(struct arena *arena, struct compare *diff, struct compare_side *side,
	const char *job_dir, struct err *err)
{
	struct manifests m = {.arena = arena, .diff = diff, .side = side, .err = err};

	side->job_dir = job_dir;
	side->name = path_base(job_dir);
	return manifest_each(job_dir, visit, &m, err);
}

int compare_jobs(struct arena *arena, const struct graph *graph, const char *a, const char *b,
	struct compare *out, struct err *err)
{
	*out = (struct compare){.is_of_jobs = true};
	if (read_job(arena, out, &out->a, a, err) < 0 || read_job(arena, out, &out->b, b, err) < 0)
		return -1;
	compare_sides(arena, graph, out);
	return 0;
}
