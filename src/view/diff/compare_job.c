/* The side of a job: the manifests in its directory. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/job_names.h"
#include "base/mem.h"
#include "base/name.h"
#include "base/path.h"
#include "base/text.h"
#include "view/diff/compare.h"

#define MANIFEST_MAX ((size_t)1 << 30)

struct manifests {
	struct arena *arena;
	struct compare *diff;
	struct compare_side *side;
	const char *dir; /* that is being walked */
	struct err *err;
};

static const char *name_of(struct arena *arena, const char *text)
{
	struct buf name = {0};
	const char *result;

	name_from_json(&name, text);
	result = arena_strdup(arena, buf_text(&name));
	buf_free(&name);
	return result;
}

static struct compare_file *files_of(struct manifests *m, const char *job_dir, const json *list,
	uint32_t *count, uint64_t *bytes)
{
	struct compare_file *files = arena_alloc(m->arena, (json_count(list) + 1) * sizeof *files);

	*count = 0;
	for (const json *node = json_is_array(list) ? json_first(list) : NULL; node;
		node = json_next(node)) {
		struct compare_file *file = &files[*count];
		double size = json_get_num(node, "size_bytes", 0);
		const char *path = json_get_str(node, "path", "");

		if (!*path)
			continue;
		file->path = name_of(m->arena, path);
		file->key = compare_key(m->arena, job_dir, file->path);
		file->size = size > 0 ? (uint64_t)size : 0;
		if (!digest_parse(json_get_str(node, "checksum", ""), &file->sum))
			file->sum = (struct digest){0};
		*bytes += file->size;
		(*count)++;
	}
	return files;
}

static enum compare_state state_of(const char *status)
{
	if (text_eq(status, "success"))
		return COMPARE_RAN;
	if (text_eq(status, "skipped"))
		return COMPARE_SKIPPED;
	return text_eq(status, "running") ? COMPARE_RUNNING : COMPARE_FAILED;
}

/* The job's directory as it was when the manifest was written: in front of the stage's number. A job may
 * have been copied or renamed since. */
static const char *recorded_job_dir(struct manifests *m, const json *manifest)
{
	const char *stage_dir = name_of(m->arena, json_get_str(manifest, "stage_dir", ""));
	const char *job = name_of(m->arena, json_get_str(manifest, "job", ""));
	const char *mark = arena_fmt(m->arena, "/%s/", job);
	const char *at = *job ? strstr(stage_dir, mark) : NULL;

	return at ? arena_strndup(m->arena, stage_dir, (size_t)(at - stage_dir) + strlen(mark) - 1)
		  : m->side->job_dir;
}

static void take_manifest(struct manifests *m, const json *manifest)
{
	const char *name = name_of(m->arena, json_get_str(manifest, "stage", ""));
	const char *job_dir = recorded_job_dir(m, manifest);
	const json *resources = json_get(manifest, "resources");
	double user = json_get_num(resources, "cpu_user_seconds", -1);
	double system = json_get_num(resources, "cpu_system_seconds", -1);
	double code = json_get_num(manifest, "exit_code", -1);
	uint64_t input_bytes = 0;
	struct compare_stage *stage = compare_side_stage(m->arena, m->side, name);

	stage->state = state_of(json_get_str(manifest, "status", ""));
	stage->is_known = true;
	stage->run = arena_strdup(m->arena, json_get_str(manifest, "run", ""));
	stage->seconds = json_get_num(manifest, "duration_seconds", -1);
	stage->memory_mb = json_get_num(resources, "memory_mb", -1);
	stage->cpu_seconds = user < 0 || system < 0 ? -1 : user + system;
	stage->exit_code = code >= 0 && code <= 255 ? (int)code : -1;
	stage->command = name_of(m->arena, json_get_str(manifest, "command", ""));
	stage->command_digest = json_get_str(json_get(manifest, "key"), "command", NULL);
	stage->config = json_get(manifest, "config");
	stage->tools = json_get(manifest, "tools");
	stage->env = json_get(manifest, "env");
	stage->inputs = files_of(
		m, job_dir, json_get(manifest, "inputs"), &stage->input_count, &input_bytes);
	stage->outputs = files_of(m, job_dir, json_get(manifest, "outputs"), &stage->output_count,
		&stage->output_bytes);
}

static int visit(void *ctx, const char *rel, char type)
{
	struct manifests *m = ctx;
	struct buf path = {0}, text = {0};
	struct err why = {0};
	json *manifest = NULL;
	int status = 0;

	if (type != 'f' || strcmp(path_base(rel), MANIFEST_FILE) != 0)
		return 0;
	buf_fmt(&path, "%s/%s", m->dir, rel);
	if (fs_read(buf_text(&path), MANIFEST_MAX, &text, &why) < 0)
		status = err_set(m->err, EXIT_WORLD, "%s", why.text);
	else
		manifest = json_parse(buf_text(&text), text.len, &why);
	if (manifest && text_eq(json_get_str(manifest, "schema", ""), "restage.manifest/1") &&
		*json_get_str(manifest, "stage", "")) {
		take_manifest(m, manifest);
		MEM_ROOM(m->diff->documents, m->diff->document_count, m->diff->document_cap);
		m->diff->documents[m->diff->document_count++] = manifest;
	} else {
		json_free(manifest); /* an output of that name, say */
	}
	buf_free(&path);
	buf_free(&text);
	return status;
}

static int read_job(struct arena *arena, struct compare *diff, struct compare_side *side,
	const char *job_dir, struct err *err)
{
	struct manifests m = {.arena = arena, .diff = diff, .side = side, .err = err};
	char **names;
	size_t count;

	side->job_dir = job_dir;
	side->name = path_base(job_dir);
	if (fs_list(arena, job_dir, &names, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		m.dir = arena_fmt(arena, "%s/%s", job_dir, names[i]);
		if (isdigit((unsigned char)*names[i]) && fs_is_dir(m.dir) &&
			fs_walk(m.dir, visit, &m, err) != 0)
			return -1;
	}
	return 0;
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
