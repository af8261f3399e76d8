/* Where results are shared: [cache]. */
#include <string.h>

#include "model/graph/cache_settings.h"
#include "model/load/definition_steps.h"
#include "model/load/expand_hint.h"
#include "model/load/loader.h"

#define NAME(name, takes) name,
#define TAKES(name, takes) takes,

static const char *const names[] = {CACHE_KEYS(NAME)};
static const char *const takes[] = {CACHE_KEYS(TAKES)};
#define NAME_COUNT (sizeof names / sizeof *names)

static void add_setting(struct loader *loader, uint32_t at)
{
	const struct def_line *line = &loader->text.lines[at];
	const char *key = loader->text.keys[line->key].text;
	struct cache_settings settings = cache_settings_default();
	size_t name = 0;

	while (name < NAME_COUNT && strcmp(names[name], key) != 0)
		name++;
	if (name == NAME_COUNT) {
		def_mistake(&loader->text, line, "[cache]: unknown key '%s'%s", key,
			hint_nearest(loader, key, names, NAME_COUNT));
		return;
	}
	if (!cache_settings_put(&settings, key, line->value)) {
		/* a url is not told: there may be a password in it */
		if (strcmp(key, "url") == 0)
			def_mistake(&loader->text, line, "'url' takes %s", takes[name]);
		else
			def_mistake(&loader->text, line, "'%s' is '%s': it takes %s", key,
				line->value, takes[name]);
		return;
	}
	build_add_pair(&loader->build, &loader->build.graph->cache, key, line->value);
}

void definition_cache(struct loader *loader)
{
	definition_each_line(loader, SECTION_CACHE, add_setting);
}
