/* Makefile rules as compilers write them (gcc -MD, ffmpeg, rustc): "target: input input \". */
#ifndef RECORD_DEPFILE_H
#define RECORD_DEPFILE_H

#include <stddef.h>

struct err;

/* Calls input(ctx, path) for each prerequisite of each rule, in order, also twice if it stands
 * twice. "\ " is a blank in a name, "\#" a '#', "$$" a '$', "\<newline>" a blank. EXIT_STAGE on
 * text that is no rule, with its line. */
int depfile_read(const char *text, size_t len, const char *name,
	void (*input)(void *ctx, const char *path), void *ctx, struct err *err);

#endif
