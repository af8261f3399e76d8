/* Files of variables, as [pipeline] env_file names them.
 *
 * A line is NAME=VALUE; `export` may stand in front, blanks around the '='. Lines that begin with
 * '#' and empty ones say nothing. A value without quotes goes to the end of the line, or to a '#'
 * behind a blank. In '...' it is as it stands, in "..." \n \r \t \" \\ and \$ are the characters
 * that they mean; both may go on over several lines. A '$' is a dollar sign: nothing is filled in.
 *
 * The variables become those of this process, as if they had been exported before it was called,
 * so whatever it starts has them. One that was there already stays as it is. Values are secrets:
 * no message shows what a line says, and nothing but a digest of the whole file is ever written. */
#ifndef MODEL_ENV_FILE_H
#define MODEL_ENV_FILE_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/map.h"

struct buf;
struct diags;

#define ENV_FILE_MAX ((size_t)16 << 20) /* bytes */

struct env_var {
	const char *name, *value;
};

struct env_vars {
	struct arena arena;
	struct map ids;        /* name -> place in items */
	struct env_var *items; /* owned */
	uint32_t count, cap;
};

/* Adds what a file says; of a name that is there already it replaces the value. `file` is its name
 * for messages. */
void env_file_read(
	struct env_vars *vars, struct diags *diags, const char *file, const struct buf *content);
/* The same of a file that was read before; false if it says something else by now, or is gone. */
bool env_file_reread(struct env_vars *vars, const char *path, const struct digest *before);
/* Makes them the process's own, in the place of those of an earlier call. */
void env_vars_set(const struct env_vars *vars);
void env_vars_free(struct env_vars *vars);

#endif
