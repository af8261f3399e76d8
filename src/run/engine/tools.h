/* Versions of tools. */
#ifndef RUN_TOOLS_H
#define RUN_TOOLS_H

#include <stdbool.h>

struct arena;

/* What a version command (version.X of a stage) puts out now, or why it cannot; in the arena. is_refused (may
 * be NULL): it could not be started. */
char *tool_version(struct arena *arena, const char *text, bool *is_refused);

#endif
