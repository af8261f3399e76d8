/* Libraries that are loaded when they are first needed: a program starts slower with each that it
 * is linked with, and most calls need none of them. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>

#include "base/err.h"

struct library {
	const char *file;    /* "libcurl.so.4" */
	const char *purpose; /* "a cache is asked: install ...", told where there is none */
	const char *names;   /* of its functions, one behind the other, each with its NUL */
	void *functions;     /* pointers to them, in that order */
	int (*begin)(struct err *err); /* once it is there; NULL: nothing is to be done */
	bool is_tried;
	struct err err; /* why it could not be loaded */
};

/* Loads it, if no thread has. -1 with err, also later, if that failed. */
int library_load(struct library *library, struct err *err);

#endif
