/* What lies at the place of an output and is not ours.
 *
 * A user may have put a file where an output shall come, or files into a directory that is one.
 * What no manifest of the job records with just this content is kept in out/<job>/replaced/<run>/
 * before the new output takes its place, and told in a warning. Content that comes again, or was
 * kept before, is not kept. */
#ifndef RUN_REPLACED_H
#define RUN_REPLACED_H

#include <stdbool.h>

struct running;
struct attempt_file;
struct err;
struct run;

/* Keeps what lies at `place`, which is the final place of `file`, if it has to be: moves it away,
 * or leaves it and keeps a copy (is_copied). `place` may be another name of file->path, below an
 * open directory. -1 with err. */
int replaced_keep(struct run *run, struct running *running, const struct attempt_file *file,
	const char *place, bool is_copied, struct err *err);

#endif
