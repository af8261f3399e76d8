/* Parameters of a file, in YAML or JSON. */
#ifndef MODEL_PARAMS_FILE_H
#define MODEL_PARAMS_FILE_H

#include <stdint.h>

struct arena;
struct buf;
struct diags;

/* `name` ("train.seed") and `value` live in the arena. */
typedef void params_entry(void *ctx, const char *name, const char *value);

/* Calls entry for each parameter of the file, in its order. What is wrong is told with its line. */
void params_file_read(struct arena *arena, struct diags *diags, const char *file,
	const struct buf *content, params_entry *entry, void *ctx);

#endif
