/* Putting values into shell scripts so that each stands for itself, wherever it is put.
 *
 * The script is followed as the shell reads it, far enough to know at each placeholder what the
 * shell is in the middle of. A value is then quoted for just that place: as a word of its own, or
 * with the quotes around it closed and opened again; in a here-document with backslashes; not at
 * all if it is plain.
 *
 * Some places cannot be quoted in, or not in the same way for every shell: backquotes, ${...},
 * $((...)), $'...', and what comes after something that was not understood (a `case` in $(...), for
 * one). Plain values may stand there; any other is a mistake, and its special bytes are written as
 * '_': whatever happens, no part of a value is ever run. */
#ifndef MODEL_QUOTE_H
#define MODEL_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define QUOTE_DEPTH 32 /* quotes in substitutions in quotes ... */
#define QUOTE_HERE 4   /* here-documents of one line */

/* What the shell is in the middle of. */
enum quote_kind {
	QUOTE_CODE,      /* commands: the script, ( ... ), $( ... ) */
	QUOTE_SINGLE,    /* ' ... ' */
	QUOTE_DOUBLE,    /* " ... " */
	QUOTE_COMMENT,   /* # ... */
	QUOTE_HERE_WORD, /* << ... */
	QUOTE_HERE_TEXT, /* the lines of a here-document */
	QUOTE_BRACE,     /* ${ ... } */
	QUOTE_ARITH,     /* (( ... )), $(( ... )) */
	QUOTE_TICK,      /* ` ... ` */
	QUOTE_ANSI,      /* $' ... ' */
	QUOTE_LOST,      /* nobody knows; for good */
};

struct quote_frame {
	uint8_t kind;
	bool is_subst;   /* $( ... ), not ( ... ) */
	bool in_double;  /* ${ ... } between double quotes */
	uint32_t parens; /* open ones in $(( ... )) */
};

struct quote_here {
	uint32_t word; /* end of it, as an offset in `words` */
	uint8_t depth;
	bool is_literal; /* <<'EOF' */
	bool drops_tabs; /* <<-EOF */
};

struct quote {
	struct buf *out;
	bool knows_shell;
	/* what is wrong with the first value that cannot stand where it was put; NULL */
	const char *mistake;

	struct quote_frame frames[QUOTE_DEPTH];
	unsigned depth; /* of the innermost frame */
	struct quote_here here[QUOTE_HERE];
	unsigned here_count, here_at;
	struct buf words;  /* that end here-documents, NUL-terminated */
	size_t line_start; /* of the line of the here-document, in out */
	bool line_has_value;
	char word_quote; /* while such a word is read */

	bool at_word_start;
	bool after_backslash;
	bool after_dollar;
	bool after_pid;       /* "$$" */
	bool in_name;         /* of $name */
	bool after_paren;     /* an opening one */
	bool is_number;       /* the word has had nothing but digits so far */
	bool after_value;     /* so that "2" of a value before '>' does not become a descriptor */
	uint8_t less_count;   /* '<' in a row */
	uint8_t case_len;     /* letters of `case` that the word has; 5: it is another */
	unsigned value_count; /* of the placeholder */
};

/* Is it a descendant of the Bourne shell, also behind a wrapper ("env bash -c")? NULL or "" is
 * sh. */
bool quote_knows(const char *shell);

/* `shell` is the stage's setting; NULL or "" is sh. For what is no descendant of the Bourne shell
 * only plain values are possible. What is put in is appended to out. */
void quote_start(struct quote *quote, struct buf *out, const char *shell);
void quote_script(struct quote *quote, const char *text, size_t len); /* as it is, and followed */
void quote_open(struct quote *quote);                                 /* a placeholder begins ... */
void quote_value(struct quote *quote, const char *value); /* ... and this is one of its values */
void quote_end(struct quote *quote);

/* For quote.c, quote_follow.c and quote_here.c only. */

static inline struct quote_frame *quote_top(struct quote *quote)
{
	return &quote->frames[quote->depth];
}

static inline bool quote_is_name_byte(char c, bool is_first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!is_first && c >= '0' && c <= '9');
}

/* quote_follow.c: one byte of the script, or of a value in a here-document; it is in `out`
 * already. */
void quote_follow(struct quote *quote, char c);
void quote_follow_code(struct quote *quote, char c);
void quote_follow_name(struct quote *quote, char c); /* what may be one, behind '$' */
void quote_push(struct quote *quote, enum quote_kind kind);
void quote_pop(struct quote *quote);
void quote_start_word(struct quote *quote); /* what is behind belongs to another word */
void quote_lose(struct quote *quote);
bool quote_in_subst(const struct quote *quote); /* in $( ... ), at any depth */

/* quote_here.c */
void quote_start_here_word(struct quote *quote, bool drops_tabs);
void quote_follow_here_word(struct quote *quote, char c);
void quote_follow_here_text(struct quote *quote, char c);
void quote_end_command_line(struct quote *quote); /* the texts of its here-documents follow */

#endif
