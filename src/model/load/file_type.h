/* What kind of file that is, by its ending: for files that a command names and nothing declares. */
#ifndef MODEL_FILE_TYPE_H
#define MODEL_FILE_TYPE_H

struct arena;

/* "program" for programs and scripts, and for what has no ending; "video", "audio" and the like for
 * what has a common word; else the ending itself, in lower case. Static, or in the arena. */
const char *file_type(struct arena *arena, const char *path);

#endif
