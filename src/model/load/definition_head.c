/* The sections that are no stages: [pipeline], [params], [env], [defaults], [pools]. */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/command/container.h"
#include "model/load/definition.h"
#include "model/load/definition_root.h"
#include "model/load/definition_steps.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_path.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"
#include "model/load/params.h"

/* The version of the form of pipeline files that is read here, for `requires`. */
#define FORMAT_MAJOR 1u
#define FORMAT_MINOR 0u

#define SECTION(id, name) name,
#define NAME(id, name, ...) name,
#define MAY_INCLUDE(id, name, may_include) may_include,

static const char *const sections[] = {DEF_SECTIONS(SECTION)};
static const char *const keys[] = {DEF_HEAD_KEYS(NAME)};
static const bool may_include[] = {DEF_HEAD_KEYS(MAY_INCLUDE)};

static void tell_section(struct loader *loader, const struct def_section *section)
{
	const char *file = loader->text.files[section->file].name;
	size_t head = strcspn(section->name, ":. ");
	const char *word = arena_strndup(loader->arena, section->name, head);
	const char *near = text_nearest(word, sections, SECTION_UNKNOWN);
	const char *rest = section->name + head;

	rest += strspn(rest, ":. ");
	if (near && def_section_kind(arena_fmt(loader->arena, "%s:", near)) != SECTION_UNKNOWN)
		near = arena_fmt(loader->arena, "%s:%s", near, *rest ? rest : "NAME");
	else if (!near)
		near = arena_fmt(loader->arena, "stage:%s", section->name);
	diag_add(loader->text.diags, file, section->number,
		"unknown section [%s]; did you mean [%s]?", section->name, near);
}

static void take_pipeline_keys(struct loader *loader, const struct def_section *section)
{
	for (uint32_t i = section->first; i < section->first + section->count; i++) {
		const struct def_line *line = &loader->text.lines[i];
		if (line->key == DEF_MORE)
			continue;
		const char *key = loader->text.keys[line->key].text;
		enum def_head head = def_head(key);
		if (head == HEAD_UNKNOWN)
			def_mistake(&loader->text, line, "[pipeline]: unknown key '%s'%s", key,
				hint_nearest(loader, key, keys, HEAD_UNKNOWN));
		else if (!section->file)
			loader->head[head] = line;
		else if (!may_include[head])
			def_mistake(&loader->text, line,
				"'%s' belongs to the file that includes this one, '%s'", key,
				loader->text.files[0].name);
	}
}

static void check_include_keys(struct loader *loader, const struct def_section *section)
{
	static const char *const names[] = {DEF_INCLUDE_KEYS(SECTION)};

	for (uint32_t i = section->first; i < section->first + section->count; i++) {
		const struct def_line *line = &loader->text.lines[i];
		const char *key = line->key == DEF_MORE ? NULL : loader->text.keys[line->key].text;
		if (key && def_include_key(key) == INCLUDE_UNKNOWN)
			def_mistake(&loader->text, line, "[%s]: unknown key '%s'%s", section->name,
				key, hint_nearest(loader, key, names, INCLUDE_UNKNOWN));
	}
}

/* False: told, or it is unknown. */
static bool may_be_in_profile(struct loader *loader, const struct def_section *section)
{
	const struct def_text *text = &loader->text;

	if (!text->profile || section->file != text->profile || section->kind == SECTION_SLURM ||
		section->kind == SECTION_DEFAULTS || section->kind == SECTION_UNKNOWN)
		return true;
	diag_add(text->diags, text->files[section->file].name, section->number,
		"a profile has no [%s]: it says in [slurm] and [defaults] where stages run; what they "
		"are is said by the pipeline file",
		section->name);
	return false;
}

void definition_sections(struct loader *loader)
{
	const struct def_text *text = &loader->text;

	for (uint32_t i = 0; i < text->order_count; i++) {
		const struct def_file *file = &text->files[text->order[i]];
		uint32_t end = file->first_section + file->section_count;
		for (uint32_t n = file->first_section; n < end; n++) {
			const struct def_section *section = &text->sections[n];
			if (section->is_duplicate || !may_be_in_profile(loader, section) ||
				section->kind == SECTION_STAGE)
				continue;
			if (section->kind == SECTION_UNKNOWN) {
				tell_section(loader, section);
				continue;
			}
			MEM_PUSH(loader->specials, loader->special_count, loader->special_cap, n);
			if (section->kind == SECTION_PIPELINE)
				take_pipeline_keys(loader, section);
			else if (section->kind == SECTION_INCLUDE)
				check_include_keys(loader, section);
		}
	}
}

void definition_sources(struct loader *loader)
{
	for (uint32_t i = 0; i < loader->text.file_count; i++) {
		const struct def_file *file = &loader->text.files[i];
		struct buf path BUF_LOCAL = {0};
		expand_path(loader, "", file->path, &path);
		build_source(&loader->build, SOURCE_DEFINITION, file->name, buf_text(&path),
			&file->digest);
	}
}

const char *definition_head_value(
	struct loader *loader, enum def_head key, const struct def_line **line)
{
	struct expand x = expand_globals(loader, "[pipeline]");
	struct buf text BUF_LOCAL = {0};

	*line = loader->head[key];
	if (!*line)
		return NULL;
	bool is_good = key == HEAD_DESCRIPTION ? expand_value(&x, *line, &text)
					       : expand_single(&x, *line, &text);
	return is_good ? arena_strdup(loader->arena, buf_text(&text)) : NULL;
}

/* One part of a path that is no surprise to anybody. */
static bool is_component(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/') && strlen(name) <= 255;
}

static void check_requires(struct loader *loader, uint32_t at)
{
	const struct def_line *line = &loader->text.lines[at];
	uint32_t major, minor = 0;

	if (def_head(loader->text.keys[line->key].text) != HEAD_REQUIRES)
		return;
	const char *version = line->value;
	if (text_starts(version, ">="))
		version += 2;
	version += strspn(version, " \t");
	const char *dot = strchr(version, '.');
	const char *head =
		dot ? arena_strndup(loader->arena, version, (size_t)(dot - version)) : version;
	if (!text_to_u32(head, &major) || (dot && !text_to_u32(dot + 1, &minor)))
		def_mistake(&loader->text, line,
			"'requires' is '%s': it takes a version such as %u.%u", line->value,
			FORMAT_MAJOR, FORMAT_MINOR);
	else if (major > FORMAT_MAJOR || (major == FORMAT_MAJOR && minor > FORMAT_MINOR))
		def_mistake(&loader->text, line,
			"the file requires version %u.%u of the format, and restage " RESTAGE_VERSION
			" reads %u.%u: use a newer restage",
			major, minor, FORMAT_MAJOR, FORMAT_MINOR);
}

/* The process enters the root, whatever is wrong with `root =`. */
int definition_root(struct loader *loader, struct err *err)
{
	const char *file = loader->text.files[0].name;
	const struct def_line *line = loader->head[HEAD_ROOT];
	struct err why = {0};
	int status = -1;

	if (loader->request->again_from) {
		status = 0;
	} else if (line && *line->value) {
		status = root_enter(loader->arena, file, line->value, &why);
		if (status < 0)
			def_mistake(&loader->text, line, "'root' is '%s': %s", line->value,
				strerror(why.sys));
	}
	if (status < 0 && root_enter(loader->arena, file, NULL, err) < 0)
		return -1;
	loader->root = root_current(loader->arena);
	return loader->root ? 0
			    : err_sys(err, errno, "find directory", path_dir(loader->arena, file));
}

static void find_names(struct loader *loader)
{
	const struct def_line *line = loader->head[HEAD_NAME];

	loader->pipeline =
		line ? line->value : path_stem(loader->arena, loader->text.files[0].path);
	if (line && !*line->value)
		def_mistake(&loader->text, line, "'name' is empty");
	if (strstr(loader->pipeline, "{{"))
		def_mistake(&loader->text, line, "'name' takes no placeholders");
}

static void find_out(struct loader *loader)
{
	const struct def_line *line;
	const char *out = definition_head_value(loader, HEAD_OUT, &line);
	struct buf path BUF_LOCAL = {0};

	expand_path(loader, "", out && *out ? out : DEFINITION_OUT, &path);
	if (path_is_outside(buf_text(&path))) {
		def_mistake(&loader->text, line, "'out' is '%s', outside the root %s", out,
			loader->root);
		buf_reset(&path);
		buf_str(&path, DEFINITION_OUT);
	}
	loader->out = arena_strdup(loader->arena, buf_text(&path));
}

static void find_job(struct loader *loader)
{
	const struct def_line *line;
	const char *job =
		loader->request->job ? NULL : definition_head_value(loader, HEAD_JOB, &line);

	loader->job = root_default_job(loader->arena, NULL, loader->pipeline);
	if (loader->request->job) {
		if (is_component(loader->request->job))
			loader->job = loader->request->job;
		else
			diag_add(loader->text.diags, "--job", 0,
				"'%s' is no name for a job: one name of a directory, "
				"not beginning with '.'",
				loader->request->job);
	} else if (job && is_component(job)) {
		loader->job = job;
	} else if (job) {
		def_mistake(&loader->text, line,
			"'job' is '%s': it takes one name of a directory, not beginning with '.'",
			job);
	}
}

/* Is it known without them? Then it may choose the files of parameters. */
static bool is_job_of_params(const struct loader *loader)
{
	const struct def_line *line = loader->head[HEAD_JOB];

	return !loader->request->job && line && strstr(line->value, "params.");
}

static bool names_param(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; (at = strstr(at, "params.")); at++) {
		const char *end = at + strlen("params.") + len;
		if (strncmp(end - len, name, len) == 0 &&
			(*end == '}' || *end == '|' || *end == ' ' || *end == '.'))
			return true;
	}
	return false;
}

/* Is the text made of a parameter that -p sets, or of one that is made of such? */
static bool uses_options(const struct loader *loader, const char *text, unsigned depth)
{
	const struct params *params = &loader->params;

	for (uint32_t i = 0; i < params->count && depth < PARAMS_DEPTH_MAX; i++) {
		const struct param *param = &params->items[i];
		if (!names_param(text, param->name))
			continue;
		if (param->is_option ||
			(param->line && uses_options(loader, param->line->value, depth + 1)))
			return true;
	}
	return false;
}

/* A job that was named, while -p makes another name: whose values would they be? */
static void check_job(struct loader *loader)
{
	const struct def_line *line = loader->head[HEAD_JOB];
	const char *job;

	if (!loader->request->job || !loader->request->param_count || !line ||
		!strstr(line->value, "params."))
		return;
	job = definition_head_value(loader, HEAD_JOB, &line);
	if (!job || strcmp(job, loader->request->job) == 0 || !uses_options(loader, line->value, 0))
		return;
	diag_add(loader->text.diags, "--job", 0,
		"the job is called '%s' here, but by -p its parameters make it '%s': leave out "
		"--job, or these -p",
		loader->request->job, job);
}

/* A number of runs ("50"), or an age ("30d"). */
static void find_keep_runs(struct loader *loader)
{
	struct graph *graph = loader->build.graph;
	const struct def_line *line;
	const char *keep = definition_head_value(loader, HEAD_KEEP_RUNS, &line);
	int64_t age_ms;

	if (!keep)
		return;
	if (text_to_u32(keep, &graph->keep_runs) && graph->keep_runs > 0)
		return;
	graph->keep_runs = 0;
	if (keep[strspn(keep, "0123456789.")] && text_to_duration(keep, &age_ms) &&
		age_ms >= 1000 && age_ms / 1000 <= UINT32_MAX)
		graph->keep_runs_s = (uint32_t)(age_ms / 1000);
	else
		def_mistake(&loader->text, line,
			"'keep_runs' is '%s': it takes a number of runs from 1 on, or an age of "
			"at least 1s such as 30d",
			keep);
}

static void find_keep_logs(struct loader *loader)
{
	const struct def_line *line;
	const char *keep = definition_head_value(loader, HEAD_KEEP_LOGS, &line);

	if (keep && !text_to_u32(keep, &loader->build.graph->keep_logs))
		def_mistake(&loader->text, line,
			"'keep_logs' is '%s': it takes the number of logs of earlier runs that each "
			"stage keeps, such as 5",
			keep);
}

static void find_container_engine(struct loader *loader)
{
	const struct def_line *line;
	const char *name = definition_head_value(loader, HEAD_CONTAINER_ENGINE, &line);

	if (name && container_engine_find(name) == CONTAINER_NO_ENGINE)
		def_mistake(&loader->text, line,
			"'container_engine' is '%s': it takes podman, apptainer or docker", name);
	loader->build.graph->container_engine = build_text(&loader->build, name);
}

void definition_head(struct loader *loader)
{
	struct graph *graph = loader->build.graph;
	bool is_late = is_job_of_params(loader);
	const struct def_line *line;

	definition_each_line(loader, SECTION_PIPELINE, check_requires);
	find_names(loader);
	if (!is_late)
		find_job(loader);
	params_load(loader);
	find_out(loader);
	if (is_late)
		find_job(loader);
	loader->job_dir = path_join(loader->arena, loader->out, loader->job);
	params_recall(loader);
	check_job(loader);
	definition_pools(loader);
	graph->pipeline = build_text(&loader->build, loader->pipeline);
	graph->description =
		build_text(&loader->build, definition_head_value(loader, HEAD_DESCRIPTION, &line));
	graph->root = build_text(&loader->build, loader->root);
	graph->out = build_text(&loader->build, loader->out);
	graph->job = build_text(&loader->build, loader->job);
	graph->job_dir = build_text(&loader->build, loader->job_dir);
	find_keep_runs(loader);
	find_keep_logs(loader);
	find_container_engine(loader);
}
