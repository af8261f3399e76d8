/* The program that runs attempts on nodes (node.h): restage-attempt. */
#ifndef RUN_ATTEMPT_PROGRAM_H
#define RUN_ATTEMPT_PROGRAM_H

struct arena;
struct err;

#define ATTEMPT_ARGUMENT "--attempt" /* argv[1] of restage that does what it does */

/* Its absolute path: it lies beside us, or where it is installed. NULL with err. */
const char *attempt_program(struct arena *arena, struct err *err);
/* For `restage --attempt ...`: becomes that program, with the same arguments behind it. Returns the
 * exit code if it cannot. */
int attempt_become(char **argv);

#endif
