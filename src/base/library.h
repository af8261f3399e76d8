/* Libraries that are loaded when they are first needed: a program starts slower with each that it
 * is linked with, and most calls need none of them. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>

struct err;

struct library {
	const char *file;    /* "libcurl.so.4" */
	const char *purpose; /* "a cache is asked: install ...", told where there is none */
	const char *names;   /* of its functions, one behind the other, each with its NUL */
	void *functions;     /* pointers to them, in that order */
	/* Once it is there; gives what is wrong with it, or NULL. NULL: nothing is to be done. */
	const char *(*begin)(void);
	bool is_tried, is_there;
	const char *lacks; /* the function that it has not */
	const char *wrong; /* what begin said */
};

/* Loads it, if no thread has. -1 with err, also later, if that failed. */
int library_load(struct library *library, struct err *err);

#endif
