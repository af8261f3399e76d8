/* The words that all rooms use for stages, reasons and outcomes, and how they look: colour, width.
 * What these functions append is printable, whatever names and messages hold. */
#ifndef VIEW_WORDS_H
#define VIEW_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "record/manifest/reason.h"

struct attempt;
struct attempt_origin;
struct graph;
struct plan;
struct plan_stage;
struct record;
struct run_event;
struct run_totals;

/* style.c: colour, whether to use it, and how. */

enum style_choice { /* --color */
	STYLE_AUTO,
	STYLE_ALWAYS,
	STYLE_NEVER,
};

enum style_tone {
	TONE_PLAIN,
	TONE_GOOD,   /* green: done, up to date */
	TONE_BAD,    /* red: failed */
	TONE_WARN,   /* yellow: out of date, warnings */
	TONE_MAYBE,  /* cyan: may run, running */
	TONE_FAINT,  /* dim: beside the point */
	TONE_STRONG, /* bold: names, headings */
};

/* What a variable of the environment says, NULL if that is nothing. */
const char *style_variable(const char *name);
/* Is output to a file that is a terminal (or not) coloured? An explicit choice wins; then NO_COLOR
 * (set and not empty), CLICOLOR_FORCE (set and not 0), TERM=dumb and CLICOLOR=0 of the environment;
 * then whether it is a terminal. */
bool style_decide(enum style_choice choice, bool is_terminal);
/* The same for a descriptor. */
bool style_for_fd(enum style_choice choice, int fd);
/* Is it a terminal that understands cursor movement? */
bool style_is_screen(int fd);

/* Start and end of a tone; nothing without colour or for TONE_PLAIN. */
void style_begin(struct buf *out, bool color, enum style_tone tone);
void style_end(struct buf *out, bool color, enum style_tone tone);
/* Text, printable (text_add_printable), plain and in a tone. */
void style_text(struct buf *out, const char *text);
void style_add(struct buf *out, bool color, enum style_tone tone, const char *text);

/* width.c: how many columns of a terminal a text takes. Independent of the user's locale: UTF-8,
 * with the wide characters of East Asia and emoji as two columns, combining marks as none, as the C
 * library's C.UTF-8 has it; where that is not installed each character takes one. */

/* Columns of a printable text (no control bytes); an invalid byte counts one. */
size_t width_of(const char *text, size_t len);
/* The columns of the name, or `widest` if that is more: to find out how wide a list is. */
size_t width_widest(size_t widest, const char *name);
/* Appends as much of the text as fits into `columns`; what does not fit is cut, with "…" in its
 * last column. Returns the columns that were used. */
size_t width_cut(struct buf *out, const char *text, size_t len, size_t columns);
/* Appends blanks until `used` columns have become `columns`. */
void width_pad(struct buf *out, size_t used, size_t columns);

/* logsafe.c: a log as a terminal may have it, whatever a command has printed: colours (SGR
 * sequences) stay, and any other escape, control byte, invalid byte, and what turns the writing
 * direction, is shown as text ("\x1b"). */
struct logsafe {
	struct buf rest; /* has come, and may go on with what comes next */
	bool color;      /* or else colours are left out */
};

/* Appends what the next piece of the log adds to it: pieces may end anywhere. */
void logsafe_add(struct logsafe *safe, struct buf *out, const char *data, size_t len);
/* The log ends here; frees what was held. */
void logsafe_end(struct logsafe *safe, struct buf *out);

/* row.c: a line of a terminal, cut to its columns. */

struct row {
	struct buf *out;
	size_t columns; /* SIZE_MAX: no end */
	size_t used;
	bool color;
};

void row_add(struct row *row, enum style_tone tone, const char *text);
/* A name, in no more than so many columns. */
void row_add_name(struct row *row, const char *name, size_t columns);
/* Appends blanks until so many columns are used. */
void row_pad(struct row *row, size_t columns);
/* Whole seconds: a figure that changes ten times a second cannot be read. */
void row_seconds(struct buf *out, double seconds);

struct row_counts {
	uint32_t done, selected, running, failed;
	uint32_t queued; /* wait for their turn elsewhere */
	uint64_t hashed, to_hash;
	double eta_seconds; /* negative: not known */
};

/* "[12/40] 2 running, 1 failed, ETA 1m 05s" */
void row_counts(struct row *row, const struct row_counts *counts);

/* queued.c: stages that wait for their turn elsewhere, by what they wait for. All zero: none. */
struct queued_for {
	char *why;        /* NULL: not known */
	const char *name; /* of the last one; NULL: not known. Borrowed */
	uint32_t count;
};

struct queued {
	struct queued_for *items;
	uint32_t count, cap;
	uint32_t total;
};

/* Gives its place, for queued_remove. */
uint32_t queued_add(struct queued *queued, const char *why, const char *name);
void queued_remove(struct queued *queued, uint32_t place);
/* Appends "asr (PartitionConfig), 30 (Priority)". */
void queued_text(const struct queued *queued, struct buf *out);
void queued_free(struct queued *queued);

/* states.c: the states of a stage as they are shown. One table, with a column for each surface:
 * name for JSON; text for people; tone on a terminal; fill, line and letters of its node in a
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
	/* its results were there already, and were restored */ \
	X(RESTORED, "restored", "restored", TONE_GOOD, "#d7f0ee", "#00796b", "#0b4a43", 0) \
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

enum view_state plan_view_state(const struct plan_stage *stage);
const struct state_look *plan_look(const struct plan_stage *stage);
/* What stands behind the state, on one line: why it is out of date, what a stage that may run waits
 * for, why it is disabled. Nothing for one that is up to date. */
/* Of one that may run: on what that depends. Its cause is there. */
void plan_reason_cause(struct buf *out, const struct plan *plan, const struct plan_stage *stage);
void plan_reason(struct buf *out, const struct plan *plan, uint32_t stage);

/* reasons.c: why a stage runs. */

/* One reason as a sentence on one line: its message, or one made from code and subject if it has
 * none. */
void reason_sentence(struct buf *out, const struct reason *reason);
/* How many of them are told with each stage. That another version of restage made the results is
 * told once for all; verdicts list it last. */
uint32_t reasons_told(const struct reason *reasons, uint32_t count);
/* For one line: the most telling reason and how many more there are, "input in/a.mp4 changed (+2
 * more)". Long values are cut. Nothing for no reason. */
void reasons_short(struct buf *out, const struct reason *reasons, uint32_t count);
/* All of them, each on a line that begins with `indent`; of one kind at most 20, then "… and N
 * more". */
void reasons_long(
	struct buf *out, const struct reason *reasons, uint32_t count, const char *indent);

/* outcome.c: what came of an attempt and of a run, in few words. */

/* What is in the parentheses behind FAILED: "exit code 1, 0.3s", "killed by SIGKILL, 0.3s", or the
 * duration alone. */
void outcome_failure(struct buf *out, const struct attempt *attempt);
/* Whose results were restored, and what that saved: "run 20251127_140915 of job a on host b, saved
 * 12s". */
void outcome_origin(struct buf *out, const struct attempt_origin *origin);
/* Does the one line of what went wrong say more than those parentheses? */
bool outcome_says_more(const char *text);
/* "3 ran, 8 up to date, 1 failed", or "no stages": parts that are 0 are left out. */
void outcome_counts(struct buf *out, const struct run_totals *totals);
/* Did something fail that must not, or was the run ended early? */
bool outcome_is_bad(const struct run_totals *totals);
/* "1 stage", "2 stages": with the plural's s for all but 1. */
void outcome_plural(struct buf *out, uint64_t count, const char *noun);
/* A stage that ran, for a list of the slowest. */
struct slow {
	uint32_t stage;
	double seconds, memory_mb, cpu_percent; /* negative: not known */
	bool has_failed;
};

/* Puts it into the falling list of `count`, of which `most` are kept; returns how many they are. */
uint32_t slowest_add(struct slow *list, uint32_t count, uint32_t most, const struct slow *slow);

/* warned.c: the warnings of a run, by stage. */

#define WARNED_KEPT 20

struct warned {
	uint64_t count;
	uint32_t stages;
	struct warned_stage {
		uint32_t stage;
		uint64_t count;
	} most[WARNED_KEPT]; /* falling */
};

/* Takes the end of a stage's last attempt; passes over everything else. */
void warned_hear(struct warned *warned, const struct run_event *event);
/* "12 warnings (asr 10, demux 2)", of `most` stages, "and 3 more stages". */
void warned_add(
	struct buf *out, const struct graph *graph, const struct warned *warned, uint32_t most);
/* Which line of <dir>/stage.log, from 1, each of these warnings is; 0: none (any more). Reads the
 * log. In the arena. */
const uint32_t *warned_lines(struct arena *arena, const char *dir, const struct record *record);

/* The failures of a run, kept until its end: what is told of each. */

#define FAILURES_KEPT 10

struct failure {
	uint32_t stage;
	const char *what;    /* "exit code 1, 0.3s" */
	const char *text;    /* one line of what went wrong, NULL */
	const char *command; /* NULL if there was none */
	const char *dir;     /* where it ran; NULL: in the root */
	const char *log;     /* path; NULL if it was never started */
	const char *const *tail;
	uint32_t tail_count, attempts;
};

struct failures {
	struct arena arena; /* what they hold */
	struct failure items[FAILURES_KEPT];
	uint32_t count; /* also of those that are not kept */
};

/* Takes a STAGE_FAIL that counts: no interrupted one, none that is allowed; passes over everything
 * else. */
void failures_hear(struct failures *failures, const struct run_event *event);
/* How many are kept. */
uint32_t failures_kept(const struct failures *failures);
void failures_free(struct failures *failures);

/* "<name> failed: <text>", then indented the last lines, the command, how it ended, and the log. */
void failure_add(struct buf *out, bool color, const char *name, const struct failure *failure);
/* The line that says how many more there are, if there are; an empty line before it. */
void failures_add_rest(struct buf *out, const struct failures *failures);

#endif
