/* Options of a command line. One table of a command yields its parser, its help, its completions,
 * and what the man page is checked against.
 *
 * "-j4", "-j 4", "--jobs=4", "--jobs 4"; single letters may stand together ("-kn", "-kj4"); "--"
 * ends the options. Options may stand anywhere, also behind other arguments. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char *; the last one counts */
	OPTION_LIST,   /* struct option_list: each one counts */
	OPTION_NUMBER, /* uint32_t, 1 to 1,000,000; 0 when not given */
	OPTION_SIZE,   /* uint64_t, bytes; 0 when not given */
	OPTION_CHOICE, /* int: place in choices; 0, the first, when not given */
};

#define OPTION_NUMBER_MAX 1000000u

struct option_spec {
	char letter;      /* 0: there is none */
	const char *name; /* the long name; NULL ends a table */
	const char *arg;  /* what its value is called in the help: "FILE"; NULL: it has none */
	const char *help; /* one line */
	enum option_kind kind;
	size_t offset;       /* where its value goes in the table's struct */
	const char *choices; /* OPTION_CHOICE: "dot|mermaid|json" */
};

#define OPTIONS_END \
	{ \
		0, NULL, NULL, NULL, OPTION_FLAG, 0, NULL \
	}

struct option_list {
	const char **items; /* owned; the strings are borrowed from the command line */
	size_t count, cap;
};

/* Where the values of a table go; values NULL: they are only passed over. */
struct option_table {
	const struct option_spec *specs;
	void *values;
};

/* Takes the option at argv[*at] (a whole cluster of letters) and moves *at behind it and its
 * value. The tables are asked in order. A mistake is appended to `mistakes` as a line without its
 * newline; then false, and *at stands where reading can go on. */
bool options_take(const struct option_table *tables, size_t table_count, const char *const *argv,
	size_t *at, struct buf *mistakes);
/* Is this argument an option? "-" alone is none. */
bool options_is_option(const char *arg);

void options_push(struct option_list *list, const char *item);
void options_free(const struct option_spec *specs, void *values); /* the lists in values */

/* "-j, --jobs N", for a help text. */
void options_add_form(struct buf *out, const struct option_spec *spec);

#endif
