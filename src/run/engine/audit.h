/* Watching what a stage really opens: its command runs under strace (Debian's package of that
 * name), and what was opened is compared with what was declared and reported. */
#ifndef RUN_AUDIT_H
#define RUN_AUDIT_H

#include <stdbool.h>

struct running;
struct arena;
struct command;
struct err;
struct run;

/* Puts strace in front of the command; its traces go to the work directory. -1 with err if it is
 * not installed. */
int audit_wrap(struct run *run, struct running *running, struct command *command, struct err *err);

/* Reads the traces when the command has ended and the attempt's files are collected: a warning for
 * each undeclared input and each write outside of the stage's outputs, with the line that would
 * declare it. Counted in run->totals.audit_findings. */
int audit_report(struct run *run, struct running *running, struct err *err);

#endif
