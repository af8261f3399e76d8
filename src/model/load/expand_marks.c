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
	uint32_t before = loader->mark_cap;

	MEM_ROOM(loader->marks, file, loader->mark_cap);
	if (loader->mark_cap > before)
		memset(loader->marks + before, 0,
			(loader->mark_cap - before) * sizeof *loader->marks);
	loader->marks[file] = (struct use_mark){instance + 1, slot};
}
