/* What quote.c and quote_follow.c share. */
#ifndef MODEL_QUOTE_PARTS_H
#define MODEL_QUOTE_PARTS_H

#include "model/command/quote.h"

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
