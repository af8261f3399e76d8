/* The pipeline file.
 *
 * An INI file as ini.h reads it, in sections:
 *
 *   [pipeline]    name, description, root, out, job, include, params_file, env_file, requires,
 *                 keep_runs, keep_logs, budget, executor
 *   [params]      NAME = VALUE: parameters, {{params.NAME}} (params.c)
 *   [env]         NAME = VALUE: env.NAME of every stage
 *   [defaults]    keys of a stage, for those that do not have them (definition_scope.c)
 *   [pools]       NAME = CAPACITY
 *   [slurm]       slurm.X of all stages, and what Slurm is asked by (definition_slurm.c)
 *   [prices]      NAME = PRICE or STAGE.NAME = PRICE, as written; currency
 *   [cache]       where results are shared, and how (graph/cache_settings.h)
 *   [table:NAME]  a table, of a file or in place (sheet.c)
 *   [template:NAME]
 *                 keys of a stage, for those that use it (definition_template.c)
 *   [include:NAME]
 *                 file, prefix, params.NAME: the sections of another file (part_params.c)
 *   [stage:NAME]  one stage
 *
 * and a stage has
 *
 *   command       one line, or several that are one script (expand_command.c)
 *   input.LABEL   paths, patterns, or {{STAGE.LABEL}}, one a line (expand_input.c)
 *   output.LABEL, intermediate.LABEL
 *                 paths in the stage's directory, one a line (expand_output.c)
 *   input.LABEL.ATTRIBUTE ...
 *                 type, optional, track, update, retained, reason; any other is metadata of the file
 *                 (expand_label.c)
 *   config.NAME, env.NAME, version.TOOL
 *   foreach.KEY   values or patterns, one a line: an instance for each (each_list.c, expand_each.c,
 *                 made_list.c)
 *   use           templates whose keys it has, its own on top
 *   foreach.KEY.name, foreach.KEY.empty, exclude
 *   after, enabled, skip_reason, description, number, depfile, track_command
 *   shell, pass_env, timeout, grace, retries, retry_delay, allow_failure, threads, memory, gpu, pool,
 *   console, tags, executor, slurm.X (expand_settings.c)
 *
 * A profile holds what a site says of executors: [slurm], and in [defaults] executor. It counts as
 * if its text stood above all others.
 *
 * Nearly every value may hold placeholders (template.h for their form, expand_value.c for what they
 * mean). Order means nothing but for the numbers of stages and the order of their files and values.
 *
 * Here are the steps of loading, in order. Each goes on after mistakes as far as it can, so that
 * all are told in one go. */
#include "model/load/definition.h"
#include "model/graph/alias.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/mem.h"
#include "model/command/command.h"
#include "model/load/definition_places.h"
#include "model/load/definition_scope.h"
#include "model/load/definition_steps.h"
#include "model/load/definition_template.h"
#include "model/load/expand_each.h"
#include "model/load/expand_marks.h"
#include "model/load/lint.h"
#include "model/load/loader.h"
#include "model/load/match_cache.h"
#include "model/load/params.h"
#include "model/load/sheet.h"

#define HINT_BUDGET 5000000u /* comparisons of names: well under a second */

static void loader_free(struct loader *loader)
{
	free(loader->specials);
	free(loader->shared.at);
	free(loader->instances);
	free(loader->made);
	free(loader->glob_lists);
	free(loader->made_paths.at);
	free(loader->each_patterns);
	free(loader->marks);
	free(loader->absent);
	free(loader->made_known);
	map_free(&loader->made_known_ids);
	map_free(&loader->pools);
	map_free(&loader->mappings);
	map_free(&loader->decl_ids);
	map_free(&loader->globs);
	map_free(&loader->probes);
	map_free(&loader->each_ids);
	match_caches_free(loader);
	each_free(loader);
	free(loader->decls);
	sheets_free(loader);
	scope_free(&loader->scope);
	templates_free(loader);
	params_free(&loader->params);
	env_vars_free(&loader->env);
	hasher_free(loader->hasher);
	if (loader->request->places)
		loader->request->places->text = loader->text;
	else
		definition_text_free(&loader->text);
}

/* A file that is not there is the user's slip, not the world's. */
static int read_text(struct loader *loader, const char *cwd, struct diags *diags, struct err *err)
{
	struct err found = {0};

	loader->text.from = loader->request->again_from;
	if (definition_read(&loader->text, loader->request->file, cwd, diags, &found) == 0)
		return loader->request->profile ? definition_read_profile(&loader->text,
							  loader->request->profile, err)
						: 0;
	if (found.sys == ENOENT || found.sys == ENOTDIR)
		return err_set(err, EXIT_USAGE,
			"there is no pipeline file '%s': name one with -f, or begin with "
			"'restage init'",
			loader->request->file);
	if (err && err->code == EXIT_OK)
		*err = found; /* with its cause: who named a file by mistake is told otherwise */
	return -1;
}

static void load(struct loader *loader)
{
	definition_sources(loader);
	definition_head(loader);
	definition_env(loader);
	sheets_load(loader);
	definition_slurm(loader);
	scope_shared(loader);
	definition_stages(loader);
	definition_prices(loader);
	definition_cache(loader);
	expand_all_outputs(loader);
	mark_absent(loader);
	expand_stages(loader);
	definition_executors(loader);
	if (loader->request->lints && !loader->text.diags->error_count)
		lint(loader);
}

/* *has_records: what was made is a part of it. */
static struct graph *load_once(const struct definition_request *request, struct diags *diags,
	bool *has_records, struct err *err)
{
	struct loader loader = {
		.request = request,
		.hint_budget = HINT_BUDGET,
		.plain_settings = NONE,
		.program_label = NONE,
	};
	struct build build = {0};
	char *cwd MEM_LOCAL =
		request->again_from ? mem_strdup(request->again_from) : getcwd(NULL, 0);

	loader.arena = &loader.text.arena;
	loader.hasher = hasher_new();
	if (!cwd) {
		err_sys(err, errno, "find directory", ".");
	} else if (read_text(&loader, cwd, diags, err) == 0) {
		definition_sections(&loader);
		if (definition_root(&loader, err) == 0) {
			build_init(&loader.build);
			load(&loader);
			build = loader.build;
		}
	}
	*has_records = loader.has_records;
	/* first what the text took, then what finishing the graph takes */
	loader_free(&loader);
	if (!build.graph)
		return NULL;
	build_edges(&build, diags);
	command_mistakes(build.graph, diags);
	struct graph *graph = build_finish(&build, diags);
	if (graph && !alias_check(graph, diags)) {
		graph_free(graph);
		return NULL;
	}
	if (graph && request->lints)
		lint_edges(graph, diags);
	return graph;
}

/* What stages made is at fault, not the definition: a run says so when it comes to them. */
static struct graph *load_without_records(
	const struct definition_request *request, struct diags *diags, struct err *err)
{
	struct definition_request plain = *request;
	struct diags mistakes DIAGS_LOCAL = *diags;
	bool has_records;

	plain.made_names = NULL;
	plain.refuses_made = true;
	*diags = (struct diags){0};
	if (request->places)
		places_free(request->places);
	struct graph *graph = load_once(&plain, diags, &has_records, err);
	for (size_t i = 0; graph && i < mistakes.count; i++) {
		const struct diag *diag = &mistakes.items[i];
		if (!diag->is_warning)
			diag_warn(diags, diag->file, diag->line,
				"%s (by what was made last: its instances are left out until a run "
				"comes to them)",
				diag->text);
	}
	return graph;
}

struct graph *definition_load(
	const struct definition_request *request, struct diags *diags, struct err *err)
{
	bool has_records, is_first = diags->count == 0 && !request->again_from;
	int here FD_LOCAL = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct graph *graph = load_once(request, diags, &has_records, err);

	if (!graph && is_first && has_records && diags->error_count && here >= 0 &&
		fchdir(here) == 0)
		graph = load_without_records(request, diags, err);
	return graph;
}
