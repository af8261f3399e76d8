/* INI files: inih with its switches set at run time, and what it does not tell by itself.
 *
 * As Debian ships it, inih tears lines over 200 bytes, drops " ; rest" from values, cuts section
 * and key names at 49 bytes and gives no line numbers. ini_read feeds it through a reader function
 * that counts lines and checks the names, with a growing heap buffer and without inline comments.
 * The only file that includes ini.h of inih is ini.c, where the rules of the format are written
 * down. */
#ifndef BASE_INI_H
#define BASE_INI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INI_NAME_MAX 49 /* bytes: longest section or key name that the library keeps whole */

struct ini_line {
	uint32_t number; /* in the file, from 1 */
	const char *section, *key;
	/* A key's own line has no blanks at its ends; one that continues it (`is_more`) stands as
	 * it is in the file, comment signs and indentation included, less the blanks at its end. */
	const char *value;
	bool is_more;
	uint32_t empty; /* is_more: empty lines between it and the line of the value before */
};

/* Called for each line of a value. Comments at column 0 are none, nor are empty lines that no
 * indented line follows. Strings are borrowed. */
typedef void ini_entry(void *ctx, const struct ini_line *line);
/* Called for each section header, also for one without keys, before its keys. */
typedef void ini_section(void *ctx, uint32_t line, const char *section);
/* Called for each mistake: bad line, over-long name, NUL byte, key outside a section, missing
 * ']'. */
typedef void ini_mistake(void *ctx, uint32_t line, const char *text);

struct ini_handlers {
	ini_section *section;
	ini_entry *entry;
	ini_mistake *mistake;
	void *ctx;
};

/* Parses len bytes of text; all mistakes are told, parsing goes on after each. What continues a
 * mistaken key is passed over, and so are the keys below a section header without a usable name.
 * CRLF, lone CR and a BOM are accepted as line ends and a start. In one thread at a time: the
 * library's switches are global variables. */
void ini_read(const char *text, size_t len, const struct ini_handlers *handlers);

#endif
