/* Versions of tools. */
#ifndef RUN_TOOLS_H
#define RUN_TOOLS_H

struct arena;

/* What a version command (version.X of a stage) puts out now, or why it cannot; in the arena. */
char *tool_version(struct arena *arena, const char *text);

#endif
