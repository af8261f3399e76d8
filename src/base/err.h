/* An error of the world (disk, permissions, limits): filled once, at the lowest place that knows
 * the path, and passed up untouched. The user's mistakes in a definition are diagnostics
 * (diag.h). */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* Exit codes of the program; an error carries the one that it ends in. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_STAGE = 1,  /* a stage failed, or status -q found something out of date */
	EXIT_USAGE = 2,  /* the command line or the definition is wrong */
	EXIT_WORLD = 3,  /* the environment failed: lock, disk, permissions */
	EXIT_DIFFER = 4, /* verify, audit or replay --check found a difference */
};

struct err {
	enum exit_code code; /* EXIT_OK while there is no error */
	int sys;             /* errno of the failed call, 0 if there was none */
	char text[1024];     /* one line, no full stop: place, thing, cause, remedy if known */
};

/* Fills err and returns -1, so that a caller can `return err_set(...)`. Keeps the first error if
 * err is filled already. err may be NULL. */
int err_set(struct err *err, enum exit_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "cannot <what> '<path>': <text of errnum>", code EXIT_WORLD; adds a remedy where one is known
 * (ENOSPC, EMFILE, EACCES, EROFS). Returns -1. */
int err_sys(struct err *err, int errnum, const char *what, const char *path);

void err_clear(struct err *err);

#endif
