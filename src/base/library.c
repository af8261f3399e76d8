#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static int load(struct library *library, struct err *err)
{
	void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
	char *to = library->functions;

	if (!handle)
		return err_set(err, EXIT_WORLD, "cannot load %s, by which %s", library->file,
			library->purpose);
	for (const char *name = library->names; *name; name += strlen(name) + 1) {
		void *function = dlsym(handle, name);
		if (!function)
			return err_set(err, EXIT_WORLD, "%s has no %s: it is too old",
				library->file, name);
		memcpy(to, &function, sizeof function);
		to += sizeof function;
	}
	return library->begin ? library->begin(err) : 0;
}

int library_load(struct library *library, struct err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	if (!library->is_tried)
		load(library, &library->err);
	library->is_tried = true;
	pthread_mutex_unlock(&lock);
	if (library->err.code == EXIT_OK)
		return 0;
	if (err && err->code == EXIT_OK)
		*err = library->err;
	return -1;
}
