/* Where a pipeline file belongs when it does not say: shared by the loader and by whoever looks for
 * what an earlier run left, before the file is read. */
#ifndef MODEL_DEFINITION_ROOT_H
#define MODEL_DEFINITION_ROOT_H

struct arena;
struct err;

#define DEFINITION_OUT "out" /* below the root: the directory of jobs */

/* Enters the root of `file` (as the user named it): what `root =` says, relative to the file's
 * directory. With NULL or "" it is that directory, or its parent when it is called `pipelines`. -1:
 * it cannot be entered. */
int root_enter(struct arena *arena, const char *file, const char *root, struct err *err);
/* getcwd for paths of any length; NULL with errno. */
const char *root_current(struct arena *arena);
/* The job of a pipeline: its name, with '_' for what a directory should not be called. `name` NULL:
 * the pipeline is called as its file. */
const char *root_default_job(struct arena *arena, const char *file, const char *name);

#endif
