#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "base/err.h"

static void load(struct library *library)
{
	void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
	char *to = library->functions;

	for (const char *name = library->names; handle && *name; name += strlen(name) + 1) {
		void *function = dlsym(handle, name);
		if (!function) {
			library->lacks = name;
			return;
		}
		memcpy(to, &function, sizeof function);
		to += sizeof function;
	}
	if (handle && library->begin)
		library->wrong = library->begin();
	library->is_there = handle && !library->wrong;
}

int library_load(struct library *library, struct err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	if (!library->is_tried)
		load(library);
	library->is_tried = true;
	pthread_mutex_unlock(&lock);
	if (library->is_there)
		return 0;
	if (library->lacks)
		return err_set(err, EXIT_WORLD, "%s has no %s: it is too old", library->file,
			library->lacks);
	if (library->wrong)
		return err_set(err, EXIT_WORLD, "%s %s", library->file, library->wrong);
	return err_set(
		err, EXIT_WORLD, "cannot load %s, by which %s", library->file, library->purpose);
}
