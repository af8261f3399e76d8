/* A console that writes into memory, and a small terminal that shows what a user would see: it
 * knows newline, carriage return, cursor up (A) and to a place (H), erase below or all (J) and to
 * the end of the line (K), colours (m), modes (?h, ?l), and wraps. */
#ifndef VIEW_SCREEN_H
#define VIEW_SCREEN_H

#include "view/console/console.h"
#include "view/words/words.h"
#include "view_test.h"

#define SCREEN_ROWS 200
#define SCREEN_COLUMNS 200

struct screen {
	struct buf bytes; /* all that was written */
	unsigned columns, rows;
	bool is_front;
	uint32_t writes;
	char cells[SCREEN_ROWS][SCREEN_COLUMNS][5];
	unsigned row, column;
};

static inline void screen_erase(struct screen *screen, unsigned row, unsigned column)
{
	for (unsigned i = column; i < SCREEN_COLUMNS; i++)
		strcpy(screen->cells[row][i], "");
}

static inline void screen_newline(struct screen *screen)
{
	screen->column = 0;
	screen->row++;
	assert_true(screen->row < SCREEN_ROWS);
}

static inline size_t screen_escape(struct screen *screen, const char *at)
{
	bool is_mode = at[2] == '?';
	char *end;
	unsigned count = (unsigned)strtoul(at + 2 + is_mode, &end, 10), other = 1;

	assert_int_equal(at[1], '[');
	while (*end == ';')
		other = (unsigned)strtoul(end + 1, &end, 10);
	if (is_mode) {
		assert_true(*end == 'h' || *end == 'l');
		return (size_t)(end - at) + 1;
	}
	switch (*end) {
	case 'A':
		assert_true(count <= screen->row);
		screen->row -= count;
		break;
	case 'H':
		assert_true(count >= 1 && other >= 1 && count <= screen->rows);
		screen->row = count - 1;
		screen->column = other - 1;
		break;
	case 'J':
		screen_erase(screen, screen->row, count == 2 ? 0 : screen->column);
		for (unsigned i = count == 2 ? 0 : screen->row + 1; i < SCREEN_ROWS; i++)
			screen_erase(screen, i, 0);
		break;
	case 'K':
		screen_erase(screen, screen->row, screen->column);
		break;
	case 'm':
		break;
	default:
		fail_msg("unknown escape sequence %c", *end);
	}
	return (size_t)(end - at) + 1;
}

static inline void screen_write(void *ctx, const char *data, size_t len)
{
	struct screen *screen = ctx;

	screen->writes++;
	buf_add(&screen->bytes, data, len);
	for (size_t i = 0; i < len;) {
		size_t step = 1, wide;

		if (data[i] == '\033') {
			i += screen_escape(screen, data + i);
			continue;
		}
		if (data[i] == '\n') {
			screen_newline(screen);
			i++;
			continue;
		}
		if (data[i] == '\r') {
			screen->column = 0;
			i++;
			continue;
		}
		assert_true((unsigned char)data[i] >= 0x20);
		while (i + step < len && ((unsigned char)data[i + step] & 0xc0) == 0x80)
			step++;
		wide = width_of(data + i, step);
		if (screen->column + wide > screen->columns)
			screen_newline(screen);
		assert_true(step < 5);
		memcpy(screen->cells[screen->row][screen->column], data + i, step);
		screen->cells[screen->row][screen->column][step] = '\0';
		screen->column += (unsigned)wide;
		i += step;
	}
}

static inline bool screen_size(void *ctx, unsigned *columns, unsigned *rows)
{
	struct screen *screen = ctx;

	*columns = screen->columns;
	*rows = screen->rows;
	return screen->is_front;
}

/* What stands on the screen, blanks at line ends and empty lines at the end taken off. */
static inline struct buf screen_text(const struct screen *screen)
{
	struct buf text = {0};

	for (unsigned row = 0; row < SCREEN_ROWS; row++) {
		for (unsigned i = 0; i < SCREEN_COLUMNS; i++)
			buf_str(&text, screen->cells[row][i]);
		while (text.len && text.data[text.len - 1] == ' ')
			text.len--;
		buf_char(&text, '\n');
	}
	while (text.len > 1 && text.data[text.len - 1] == '\n' && text.data[text.len - 2] == '\n')
		text.len--;
	text.data[text.len] = '\0';
	return text;
}

static inline void assert_screen(const struct screen *screen, const char *expected)
{
	struct buf text = screen_text(screen);

	assert_string_equal(buf_text(&text), expected);
	buf_free(&text);
}

/* A console on a screen that watches a run. */
struct watched {
	struct graph *graph;
	struct screen screen;
	struct listener *console;
	struct told told;
};

static inline struct watched *watch_with(struct graph *graph, struct console_options options)
{
	struct watched *watched = calloc(1, sizeof *watched);

	watched->graph = graph;
	watched->screen.columns = 80;
	watched->screen.rows = 24;
	watched->screen.is_front = true;
	options.write = screen_write;
	options.size = screen_size;
	options.ctx = &watched->screen;
	watched->console = console_new(&options);
	watched->told = told_new(graph, watched->console);
	return watched;
}

static inline void watch_end(struct watched *watched)
{
	listener_free(watched->console);
	graph_free(watched->graph);
	buf_free(&watched->screen.bytes);
	free(watched);
}

/* Time goes on; the run is idle. Returns what the console wishes. */
static inline int watch_wait(struct watched *watched, int ms)
{
	struct listener *listener = watched->told.listener;

	watched->told.mono_ns += ms * INT64_C(1000000);
	return listener->tick(listener->ctx, watched->told.mono_ns, &watched->told.totals);
}

#endif
