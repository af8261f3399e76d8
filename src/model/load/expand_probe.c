#include "model/load/definition_source.h"
#include "model/load/expand_glob.h"
#include "model/load/loader.h"

char expand_probe(struct loader *loader, const char *path)
{
	uint32_t known = map_get(&loader->probes, path);

	if (known != NONE)
		return (char)known;
	char type = source_probe(path);
	struct digest digest = source_probe_digest(type);
	build_source(&loader->build, SOURCE_PROBE, path, path, &digest);
	map_put(&loader->probes, arena_strdup(loader->arena, path), (uint32_t)type);
	return type;
}
