/* What expand_stage.c puts a stage together from, a file each. */
#ifndef MODEL_EXPAND_STAGE_H
#define MODEL_EXPAND_STAGE_H

#include "model/load/loader.h"

/* expand_label.c: the graph's label for a label of the scope. */
uint32_t expand_label(struct expand *x, uint32_t slot, bool is_dir);
/* yes or no of an attribute of a label. */
bool label_is(struct expand *x, uint32_t slot, enum def_attr attr, bool otherwise);
/* What a label's directories are to be read without, as a text of the graph; 0: it does not say. */
uint32_t label_exclude(struct expand *x, uint32_t slot);
const struct def_line *label_exclude_line(const struct loader *loader, uint32_t slot);

/* expand_input.c: builds the uses of the declared inputs; returns their number. */
uint32_t expand_inputs(struct expand *x);

/* expand_command.c: fills the command and its key, and builds the uses of the inputs that are found
 * in it; returns their number. */
uint32_t expand_command(struct expand *x, struct stage *stage);
/* The view of an output, as a text of the graph; 0: a mistake was told. */
uint32_t expand_view(struct expand *x, const struct def_line *line);
/* A command of a stage that names no files (a version command), quoted. */
bool expand_command_line(struct expand *x, const struct def_line *line, struct buf *out);

/* expand_found.c: builds the uses of files that words of the command at `line` name; returns their
 * number. */
uint32_t expand_found(
	struct expand *x, const struct stage *stage, const struct def_line *line, const char *text);

/* expand_settings.c */
uint32_t expand_settings(struct expand *x);
/* One of them, the others as by default. */
bool expand_setting(struct expand *x, enum setting_id id, struct settings *out);
bool expand_bool(struct expand *x, enum def_kind kind, bool otherwise);
/* `enabled`: yes, no, "A == B" or "A != B"; an empty text is no. */
bool expand_enabled(struct expand *x);
/* Words split at commas and blanks; calls word for each. */
void expand_words(struct expand *x, const struct def_line *line,
	void (*word)(struct expand *x, const struct def_line *line, const char *text));

/* expand_container.c: the image in which the stage runs is one of its inputs, if it is a path,
 * whose use is built: returns how many there are; else it is one of its versions. */
uint32_t expand_container(struct expand *x, const struct stage *stage);
void expand_container_version(struct expand *x, struct stage *stage);

/* expand_dir.c: tells what is wrong with the directory in which the stage runs, when its files are
 * built. */
void expand_dir(struct expand *x, const struct stage *stage);

/* expand_metrics.c: tells of what `metrics` names and the stage, of that number, does not make. */
void expand_metrics(struct expand *x, const struct stage *stage, uint32_t id);

/* expand_output.c */
void expand_depfile(struct expand *x, struct stage *stage);

#endif
