#include "base/csv.h"

#include <csv.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

struct reading {
	const struct csv_handlers *handlers;
	uint32_t row; /* line in which the row began */
	bool is_open; /* the row goes on in the next line */
};

static void on_cell(void *cell, size_t len, void *ctx)
{
	const struct reading *reading = ctx;

	reading->handlers->cell(reading->handlers->ctx, len ? cell : "", len);
}

static void on_row(int end, void *ctx)
{
	struct reading *reading = ctx;
	(void)end;

	reading->is_open = false;
	reading->handlers->row(reading->handlers->ctx, reading->row);
}

static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!strchr(" \t\r\n", line[i]))
			return false;
	}
	return true;
}

/* Line by line: the library counts none. */
static uint32_t read_lines(struct reading *reading, struct csv_parser *parser, const char *text,
	size_t len, const char **mistake)
{
	uint32_t number = 0;

	for (size_t at = 0, end; at < len; at = end) {
		const char *feed = memchr(text + at, '\n', len - at);
		end = feed ? (size_t)(feed + 1 - text) : len;
		number++;
		if (!reading->is_open && is_blank(text + at, end - at))
			continue;
		if (!reading->is_open)
			reading->row = number;
		reading->is_open = true;
		if (csv_parse(parser, text + at, end - at, on_cell, on_row, reading) != end - at) {
			if (csv_error(parser) == CSV_ENOMEM)
				mem_fail(end - at);
			*mistake = "a quote stands within a cell: quote the whole cell, and double "
				   "the quotes in it";
			return number;
		}
	}
	return 0;
}

uint32_t csv_read(const char *text, size_t len, char separator, const struct csv_handlers *handlers,
	const char **mistake)
{
	struct reading reading = {.handlers = handlers};
	struct csv_parser parser;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
	csv_set_delim(&parser, (unsigned char)separator);
	uint32_t line = read_lines(&reading, &parser, text, len, mistake);
	if (!line && csv_fini(&parser, on_cell, on_row, &reading) != 0) {
		*mistake = "a quote that opens here is not closed";
		line = reading.row;
	}
	csv_free(&parser);
	return line;
}

void csv_add(struct buf *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n") && *text != ' ' &&
		(!*text || text[strlen(text) - 1] != ' ')) {
		buf_str(out, text);
		return;
	}
	buf_char(out, '"');
	text_add_replaced(out, text, "\"", (const char *const[]){"\"\""});
	buf_char(out, '"');
}
