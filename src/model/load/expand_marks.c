#include "model/load/expand_marks.h"

#include <string.h>

#include "base/mem.h"
#include "model/load/loader.h"

bool is_used(const struct loader *loader, uint32_t file, uint32_t instance)
{
	return file < loader->mark_cap && loader->marks[file].instance == instance + 1;
}

bool is_used_as(const struct loader *loader, uint32_t file, uint32_t instance, uint32_t slot)
{
	return is_used(loader, file, instance) && loader->marks[file].slot == slot;
}

void mark_used(struct loader *loader, uint32_t file, uint32_t instance, uint32_t slot)
{
	MEM_ROOM_ZEROED(loader->marks, file, loader->mark_cap);
	loader->marks[file] = (struct use_mark){instance + 1, slot};
}

void mark_absent(struct loader *loader)
{
	for (uint32_t i = 0; i < loader->instance_count; i++) {
		const struct instance *instance = &loader->instances[i];
		if (!instance->is_disabled || !instance->made_count)
			continue;
		if (!loader->absent)
			loader->absent =
				mem_alloc(loader->build.graph->file_count * sizeof *loader->absent);
		for (uint32_t k = 0; k < instance->made_count; k++)
			loader->absent[loader->made[instance->first_made + k].file] = i + 1;
	}
}

uint32_t absent_of(const struct loader *loader, uint32_t file)
{
	const struct graph *graph = loader->build.graph;
	const char *path = file_path(graph, file);
	uint32_t found = 0;

	if (!loader->absent)
		return 0;
	for (size_t len = strlen(path); len && !found;) {
		uint32_t above =
			build_find_file(&loader->build, build_find_text(&loader->build, path, len));
		if (above < loader->made_files)
			found = loader->absent[above];
		while (len && path[--len] != '/') {
		}
	}
	return found;
}
