/* The states of a stage as they are shown: one table, with a column for each surface. */
#ifndef VIEW_STATES_H
#define VIEW_STATES_H

#include "view/words/style.h"

/* Name for JSON; text for people; tone on a terminal; fill, line and letters of its node in a
 * drawing; length of the dashes of its line there, 0: whole. */
#define VIEW_STATES(X) \
	X(UNKNOWN, "unknown", "", TONE_FAINT, "#f1f3f4", "#80868b", "#202124", 0) \
	X(FRESH, "up_to_date", "up to date", TONE_GOOD, "#e6f4ea", "#2e7d32", "#174a1c", 0) \
	X(STALE, "out_of_date", "out of date", TONE_WARN, "#fff3d6", "#b26a00", "#5c3700", 0) \
	/* up to date now, but something before it will run */ \
	X(MAY, "may_run", "may run", TONE_MAYBE, "#fffaf0", "#b26a00", "#5c3700", 4) \
	X(FAILED, "failed", "failed", TONE_BAD, "#fde2e0", "#c62828", "#7f1414", 0) \
	/* not run because of a failure before it */ \
	X(BLOCKED, "not_run", "not run", TONE_WARN, "#f3e8f2", "#8e4585", "#5a1f52", 4) \
	X(DISABLED, "disabled", "disabled", TONE_FAINT, "#fafafa", "#9aa0a6", "#5f6368", 2) \
	X(RUNNING, "running", "running", TONE_MAYBE, "#e1edfd", "#1565c0", "#0b3c78", 0) \
	/* ran in the run that the picture is of */ \
	X(DONE, "done", "ran", TONE_GOOD, "#cdeed5", "#1b8a2f", "#12451b", 0) \
	/* will run, never ran before */ \
	X(NEW, "never_ran", "never ran", TONE_WARN, "#fff8e6", "#b26a00", "#5c3700", 0) \
	X(INTERRUPTED, "interrupted", "interrupted", TONE_BAD, "#fde2e0", "#c62828", "#7f1414", 4) \
	X(NOT_SELECTED, "not_selected", "not selected", TONE_FAINT, "#f1f3f4", "#80868b", \
		"#202124", 0)

#define VIEW_STATE_ENUM(state, ...) STATE_##state,
enum view_state {
	VIEW_STATES(VIEW_STATE_ENUM) STATE_COUNT
};

struct state_look {
	const char *name, *text;
	enum style_tone tone;
};

extern const struct state_look state_looks[STATE_COUNT];

#endif
