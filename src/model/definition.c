/* Loading a pipeline file: the steps, in order. Each goes on after mistakes as far as it can, so that all
 * are told in one go. */
#include "model/definition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/err.h"
#include "model/expand.h"

#define HINT_BUDGET 5000000u /* comparisons of names: well under a second */

static void loader_free(struct loader *loader)
{
	free(loader->specials);
	free(loader->shared.at);
	free(loader->decls);
	free(loader->instances);
	free(loader->made);
	free(loader->glob_lists);
	free(loader->made_paths.at);
	free(loader->marks);
	map_free(&loader->pools);
	map_free(&loader->decl_ids);
	map_free(&loader->globs);
	map_free(&loader->probes);
	map_free(&loader->each_ids);
	each_free(loader);
	scope_free(&loader->scope);
	params_free(&loader->params);
	hasher_free(loader->hasher);
	definition_text_free(&loader->text);
}

static void load(struct loader *loader)
{
	definition_sources(loader);
	definition_head(loader);
	scope_shared(loader);
	definition_stages(loader);
	for (uint32_t i = 0; i < loader->decl_count; i++) {
		scope_enter(loader, &loader->decls[i], true);
		expand_outputs(loader, &loader->decls[i]);
	}
	expand_stages(loader);
}

struct graph *definition_load(
	const struct definition_request *request, struct diags *diags, struct err *err)
{
	struct loader loader = {
		.request = request,
		.hint_budget = HINT_BUDGET,
		.plain_settings = NONE,
		.program_label = NONE,
	};
	struct build build = {0};
	char *cwd = getcwd(NULL, 0);

	loader.arena = &loader.text.arena;
	loader.hasher = hasher_new();
	if (!cwd) {
		err_sys(err, errno, "find directory", ".");
	} else if (definition_read(&loader.text, request->file, cwd, diags, err) == 0) {
		definition_sections(&loader);
		if (definition_root(&loader, err) == 0) {
			build_init(&loader.build);
			load(&loader);
			build = loader.build;
		}
	}
	free(cwd);
	/* first what the text took, then what finishing the graph takes */
	loader_free(&loader);
	return build.graph ? build_finish(&build, diags) : NULL;
}
