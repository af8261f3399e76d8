/* Why a call failed: its code for the caller, and a sentence for people that the thread keeps.
 * Functions of this library that give no code but a pointer or a bool leave it here. */
#ifndef STAGEIO_ERROR_H
#define STAGEIO_ERROR_H

#include <stdbool.h>

struct err;

void error_clear(void); /* at the beginning of each public call */
/* Keeps code and sentence, and returns the code. */
int error_set(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int error_code(void);   /* what was kept last */
int error_memory(void); /* STAGEIO_ENOMEM */
/* STAGEIO_ESYSTEM, or STAGEIO_ENOMEM if that was the cause */
int error_world(const struct err *err);
bool error_is_memory(const struct err *err); /* did memory run out? */
/* "cannot <what> '<path>': ..." */
int error_sys(int errnum, const char *what, const char *path);

#endif
