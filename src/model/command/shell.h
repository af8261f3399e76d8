/* The shell of commands that choose none: bash with pipefail, so that a program that fails in front
 * of a pipe fails its stage. Where PATH has no bash it is sh, which cannot do that. */
#ifndef MODEL_SHELL_H
#define MODEL_SHELL_H

#include <stdbool.h>

/* Its words, up to the one in front of the script; NULL-terminated, for as long as the program
 * runs. Looked for once. */
const char *const *shell_usual(void);
bool shell_sees_pipes(void); /* it is bash */
/* The same in a container, of which nobody knows what is there before it runs: bash, or else sh
 * with pipefail if that knows it, or else sh, which refuses a script with a pipe. */
const char *const *shell_inside(bool has_pipe);

#endif
