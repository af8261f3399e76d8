/* Small questions about strings. Nothing here depends on the locale. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

bool text_eq(const char *a, const char *b); /* NULL equals only NULL */
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
/* <0, 0, >0 in the order that people count in: "part2" before "part10". 0 only for equal texts. */
int text_natural(const char *a, const char *b);

/* The name among names[count] that is nearest to `word` (optimal string alignment distance, at most
 * a third of its length and at least 1), or NULL: for "did you mean". */
const char *text_nearest(const char *word, const char *const *names, size_t count);

/* Whole-string parsers: false if anything is left over, out of range, or empty. */
bool text_to_u32(const char *text, uint32_t *out);
bool text_to_i64(const char *text, int64_t *out);
bool text_to_double(const char *text, double *out);
bool text_to_bool(const char *text, bool *out); /* yes no true false on off 1 0, any case */
/* "90", "1.5s", "30m", "2h", "1d", "250ms", "1h30m", "1m 05s"; a bare number is seconds. */
bool text_to_duration(const char *text, int64_t *out_ms);
/* "512M", "2G", "1.5GiB", "4096"; powers of 1024, any case; a bare number is bytes. */
bool text_to_size(const char *text, uint64_t *out_bytes);

/* Appends a duration as people read it: "0.3s", "4.2s", "1m 05s", "2h 03m", "3d 04h". */
void text_add_duration(struct buf *buf, double seconds);
void text_add_count(struct buf *buf, unsigned n); /* its digits */
/* "312 B", "45.3 MB", "1.2 GB": 1 MB = 1048576 B, as in the manifest's size_mb. */
void text_add_size(struct buf *buf, double bytes);
/* "SIGTERM" for 15, "signal 99" for one without a name. */
void text_add_signal(struct buf *buf, int number);

/* Appends `text` as one word for a POSIX shell, wherever it stands: as it is when it is plain, else
 * in single quotes. */
void text_add_shell_word(struct buf *buf, const char *text);

/* Appends for a terminal or a one-line message: control characters (also U+0080 to U+009F), DEL,
 * those that turn the direction of writing, and invalid UTF-8 as \xNN, tab and newline as \t and
 * \n. Nothing that was printed so can move a cursor or trade places. */
void text_add_printable(struct buf *buf, const char *text, size_t len);

/* UTF-8: length in bytes of the valid sequence at text (1 to 4), or 0 if it is invalid there. */
size_t text_utf8_len(const unsigned char *text, size_t left);
bool text_is_utf8(const char *text, size_t len);
/* Appends the text, U+FFFD for each byte that is not part of a valid sequence. */
void text_add_utf8(struct buf *buf, const char *text, size_t len);
/* Appends text with the bytes of `bytes` replaced, each by the string in its place of `by`. */
void text_add_replaced(struct buf *buf, const char *text, const char *bytes, const char *const *by);
/* Bytes at the beginning that are printable ASCII (0x20 to 0x7E): nearly all, and they need no
 * care. */
size_t text_plain_len(const char *text, size_t len);

/* The next line of a file that is a list: without blanks at its ends, and not empty. Begins with
 * *rest at the text, which is cut up; NULL: there is none. */
char *text_list_line(char **rest);

/* Bytes as two lower-case digits each, and a NUL; parsing takes nothing else. */
void text_put_hex(char *text, const uint8_t *bytes, size_t count);
bool text_take_hex(const char *text, uint8_t *bytes, size_t count);

#endif
