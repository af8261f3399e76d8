/* The viewer: keys in, a screen out. */
#include "view/viewer/logview.h"

#include "view_log_test.h"
#include "view_screen.h"

struct viewed {
	struct memory memory;
	struct logview *view;
	struct screen screen;
};

static struct viewed *view_of(const char *pipeline, const char *a, unsigned columns, unsigned rows)
{
	struct viewed *viewed = calloc(1, sizeof *viewed);
	const struct logview_options options = {
		.read = memory_read, .ctx = &viewed->memory, .title = "run 1"};

	buf_str(&viewed->memory.files[0], pipeline);
	buf_str(&viewed->memory.files[1], a);
	viewed->view = logview_new(&options);
	logview_add(viewed->view, "pipeline", true);
	logview_add(viewed->view, "asr", false);
	viewed->screen.columns = columns;
	viewed->screen.rows = rows;
	logview_size(viewed->view, columns, rows);
	return viewed;
}

static void view_end(struct viewed *viewed)
{
	logview_free(viewed->view);
	memory_free(&viewed->memory);
	buf_free(&viewed->screen.bytes);
	free(viewed);
}

static void draw(struct viewed *viewed, bool anew)
{
	struct buf out = {0};

	while (logview_work(viewed->view))
		;
	logview_draw(viewed->view, anew, &out);
	screen_write(&viewed->screen, buf_text(&out), out.len);
	buf_free(&out);
}

/* Keys as a terminal sends them; then the screen. True: the viewer goes on. */
static bool type(struct viewed *viewed, const char *bytes)
{
	bool goes_on = true;
	struct key key;

	while (*bytes && goes_on) {
		bytes += logkeys_take(bytes, strlen(bytes), true, &key);
		goes_on = logview_key(viewed->view, &key);
		logview_work(viewed->view);
	}
	draw(viewed, false);
	return goes_on;
}

/* One line after the other of the pipeline log. */
static char *many_lines(unsigned count)
{
	struct buf text = {0};

	for (unsigned i = 1; i <= count; i++)
		buf_fmt(&text, "%s%u\n", i % 100 == 50 ? AT_SECOND("01") "[pipeline] [ERROR] " : AT_SECOND("01") "[pipeline] [INFO] ",
			i);
	return buf_steal(&text);
}

#define P AT_SECOND("01") "[pipeline] "
#define A AT_SECOND("01") "[asr] "

/* The rows but for the last one. */
static void assert_rows(const struct viewed *viewed, const char *expected)
{
	struct screen *body = malloc(sizeof *body);

	*body = viewed->screen;
	screen_erase(body, body->rows - 1, 0);
	assert_screen(body, *expected ? expected : "\n");
	free(body);
}

/* The last row has this. */
static void assert_status(const struct viewed *viewed, const char *part)
{
	struct buf row = {0};

	for (unsigned i = 0; i < SCREEN_COLUMNS; i++)
		buf_str(&row, viewed->screen.cells[viewed->screen.rows - 1][i]);
	if (!strstr(buf_text(&row), part))
		fail_msg("'%s' is not in '%s'", part, buf_text(&row));
	buf_free(&row);
}

static void lines_and_a_row_about_them_are_shown(void **state)
{
	struct viewed *viewed = view_of(P "[INFO] one\n", A "[DEBUG] two\n", 60, 4);

	(void)state;
	draw(viewed, true);
	assert_rows(viewed, P "[INFO] one\n" A "[DEBUG] two\n");
	assert_status(viewed, " run 1   ");
	assert_status(viewed, " 1-2 of 2  h: keys ");
	view_end(viewed);
}

static void keys_move(void **state)
{
	char *text = many_lines(1000);
	struct viewed *viewed = view_of(text, "", 60, 4);

	(void)state;
	draw(viewed, true);
	type(viewed, "j\033[B ");
	assert_rows(viewed, P "[INFO] 6\n" P "[INFO] 7\n" P "[INFO] 8\n");
	assert_status(viewed, "6-8 of 1,000");
	type(viewed, "Gj\033[6~");
	assert_rows(viewed, P "[INFO] 998\n" P "[INFO] 999\n" P "[INFO] 1000\n");
	type(viewed, "kb\033[5~\033[A");
	assert_status(viewed, "990-992 of 1,000");
	type(viewed, "\033[Hk");
	assert_rows(viewed, P "[INFO] 1\n" P "[INFO] 2\n" P "[INFO] 3\n");
	assert_false(type(viewed, "q"));
	view_end(viewed);
	free(text);
}

static void only_rows_that_change_are_written(void **state)
{
	struct viewed *viewed = view_of(P "[INFO] one\n", A "[DEBUG] two\n", 60, 4);
	size_t before;

	(void)state;
	draw(viewed, true);
	before = viewed->screen.bytes.len;
	draw(viewed, false);
	assert_int_equal(viewed->screen.bytes.len, before);
	type(viewed, "/");
	assert_null(strstr(viewed->screen.bytes.data + before, "one"));
	view_end(viewed);
}

static void levels_and_stages_are_filtered(void **state)
{
	struct viewed *viewed = view_of(P "[INFO] one\n" P "[ERROR] three\n",
		A "[DEBUG] two\n" A "[WARNING] four\nno head\n", 70, 8);

	(void)state;
	draw(viewed, true);
	type(viewed, "3");
	assert_rows(viewed, P "[ERROR] three\n" A "[WARNING] four\nno head\n");
	assert_status(viewed, "WARNING and above");
	type(viewed, "4");
	assert_rows(viewed, P "[ERROR] three\n");
	type(viewed, "2");
	assert_rows(viewed, P "[INFO] one\n" P "[ERROR] three\n" A "[WARNING] four\nno head\n");
	type(viewed, "1sAs");
	assert_status(viewed, "stage: As   (no such stage)");
	type(viewed, "\177\177as");
	assert_status(viewed, "stage: as   (asr)");
	type(viewed, "\r");
	assert_rows(viewed, A "[DEBUG] two\n" A "[WARNING] four\nno head\n");
	assert_status(viewed, "stages with as");
	type(viewed, "4");
	assert_rows(viewed, "");
	assert_status(viewed, "no lines");
	type(viewed, "1s\r");
	assert_status(viewed, "1-5 of 5");
	type(viewed, "S");
	assert_rows(viewed, P "[INFO] one\n" P "[ERROR] three\n");
	assert_status(viewed, "stage pipeline");
	type(viewed, "S");
	assert_status(viewed, "1-5 of 5");
	view_end(viewed);
}

/* What the user looks at stays where it is. */
static void a_filter_keeps_the_place(void **state)
{
	char *text = many_lines(1000);
	struct viewed *viewed = view_of(text, "", 60, 4);

	(void)state;
	draw(viewed, true);
	type(viewed, "/ 612\r");
	type(viewed, "4");
	assert_rows(viewed, P "[ERROR] 650\n" P "[ERROR] 750\n" P "[ERROR] 850\n");
	type(viewed, "1");
	assert_rows(viewed, P "[ERROR] 650\n" P "[INFO] 651\n" P "[INFO] 652\n");
	type(viewed, "G4");
	assert_rows(viewed, P "[ERROR] 750\n" P "[ERROR] 850\n" P "[ERROR] 950\n");
	view_end(viewed);
	free(text);
}

static void a_search_finds_forwards_and_backwards(void **state)
{
	char *text = many_lines(1000);
	struct viewed *viewed = view_of(text, "", 60, 4);

	(void)state;
	draw(viewed, true);
	type(viewed, "/] 77");
	assert_status(viewed, "/] 77");
	type(viewed, "\r");
	assert_status(viewed, "76-78 of 1,000");
	type(viewed, "n");
	assert_status(viewed, "769-771 of 1,000");
	type(viewed, "n");
	assert_status(viewed, "769-771 of 1,000");
	type(viewed, "NN");
	assert_status(viewed, "76-78 of 1,000");
	type(viewed, "N");
	assert_status(viewed, "not found: ] 77");
	type(viewed, "G?INFO] 5\r");
	assert_status(viewed, "598-600 of 1,000");
	type(viewed, "nn");
	assert_status(viewed, "596-598 of 1,000");
	type(viewed, "/nothing\r");
	assert_status(viewed, "not found: nothing");
	view_end(viewed);
	free(text);
}

static void a_match_far_to_the_right_comes_into_view(void **state)
{
	struct buf text = {0};
	struct viewed *viewed;

	(void)state;
	buf_str(&text, P "[INFO] ");
	for (int i = 0; i < 1 << 20; i++)
		buf_char(&text, 'x');
	buf_str(&text, "needle and more\n" P "[INFO] end\n");
	viewed = view_of(text.data, "", 60, 4);
	draw(viewed, true);
	assert_status(viewed, "1-2 of 2");
	type(viewed, "/NEEDLE\r");
	assert_status(viewed, "not found");
	type(viewed, "/needle\r");
	assert_non_null(strstr(viewed->screen.bytes.data, "\033[0;1;7mneedle\033[0;1m and more"));
	type(viewed, "0");
	assert_status(viewed, "1-2 of 2");
	assert_string_equal(viewed->screen.cells[0][59], ">");
	type(viewed, "\033[C\033[C\033[C\033[D");
	assert_string_equal(viewed->screen.cells[0][0], "x");
	buf_free(&text);
	view_end(viewed);
}

static void errors_are_found_one_after_the_other(void **state)
{
	char *text = many_lines(400);
	struct viewed *viewed = view_of(text, A "[INFO] an error: no\n", 60, 4);

	(void)state;
	draw(viewed, true);
	type(viewed, "e");
	assert_status(viewed, "49-51 of 401");
	type(viewed, "e");
	assert_status(viewed, "149-151 of 401");
	type(viewed, "E");
	assert_status(viewed, "49-51 of 401");
	type(viewed, "E");
	assert_status(viewed, "no earlier error");
	type(viewed, "Ge");
	assert_status(viewed, "no further error");
	view_end(viewed);
	free(text);
}

static void following_shows_what_comes(void **state)
{
	char *text = many_lines(100);
	struct viewed *viewed = view_of(text, "", 60, 4);

	(void)state;
	logview_set_running(viewed->view, true);
	draw(viewed, true);
	assert_status(viewed, "running");
	type(viewed, "F");
	assert_status(viewed, "following");
	assert_status(viewed, "98-100 of 100");
	buf_str(&viewed->memory.files[1], A "[INFO] new\n" A "[INFO] half");
	logview_wake(viewed->view, 1);
	draw(viewed, false);
	assert_rows(viewed, P "[INFO] 99\n" P "[INFO] 100\n" A "[INFO] new\n");
	assert_true(logview_interrupt(viewed->view));
	buf_str(&viewed->memory.files[1], " and more\n");
	logview_wake(viewed->view, 1);
	draw(viewed, false);
	assert_rows(viewed, P "[INFO] 99\n" P "[INFO] 100\n" A "[INFO] new\n");
	assert_status(viewed, "99-101 of 102");
	type(viewed, "F");
	assert_rows(viewed, P "[INFO] 100\n" A "[INFO] new\n" A "[INFO] half and more\n");
	type(viewed, "k");
	assert_status(viewed, "running");
	assert_false(logview_interrupt(viewed->view));
	view_end(viewed);
	free(text);
}

static void a_line_without_its_end_is_shown_when_nothing_runs(void **state)
{
	struct viewed *viewed = view_of(P "[INFO] one\n", A "[INFO] ha", 60, 6);

	(void)state;
	logview_set_running(viewed->view, true);
	draw(viewed, true);
	assert_rows(viewed, P "[INFO] one\n");
	logview_set_running(viewed->view, false);
	draw(viewed, false);
	assert_rows(viewed, P "[INFO] one\n" A "[INFO] ha\n");
	buf_str(&viewed->memory.files[1], "lf\n");
	logview_wake(viewed->view, 1);
	draw(viewed, false);
	assert_rows(viewed, P "[INFO] one\n" A "[INFO] half\n");
	view_end(viewed);
}

static void another_run_keeps_what_is_asked_for(void **state)
{
	struct viewed *viewed = view_of(P "[INFO] one\n", A "[INFO] two\n" A "[ERROR] three\n", 90, 6);

	(void)state;
	draw(viewed, true);
	type(viewed, "4sas\rF");
	assert_rows(viewed, A "[ERROR] three\n");
	logview_restart(viewed->view);
	buf_reset(&viewed->memory.files[0]);
	buf_str(&viewed->memory.files[0], A "[INFO] uno\n" A "[ERROR] due\n");
	buf_str(&viewed->memory.files[1], P "[ERROR] tre\n");
	logview_add(viewed->view, "asr", false);
	draw(viewed, false);
	assert_rows(viewed, A "[ERROR] due\n");
	assert_status(viewed, "following");
	assert_status(viewed, "1-1 of 1");
	view_end(viewed);
}

static void another_size_keeps_the_place(void **state)
{
	char *text = many_lines(100);
	struct viewed *viewed = view_of(text, "", 60, 4);

	(void)state;
	draw(viewed, true);
	type(viewed, "jjjj");
	viewed->screen.columns = 27;
	viewed->screen.rows = 6;
	logview_size(viewed->view, 27, 6);
	draw(viewed, true);
	assert_status(viewed, "5-9 of 100");
	assert_rows(viewed, "[2025-11-27 14:09:01] [pip>\n[2025-11-27 14:09:01] [pip>\n"
			    "[2025-11-27 14:09:01] [pip>\n[2025-11-27 14:09:01] [pip>\n"
			    "[2025-11-27 14:09:01] [pip>\n");
	for (unsigned columns = 2; columns < 80; columns += 7) {
		for (unsigned rows = 2; rows < 9; rows++) {
			viewed->screen.columns = columns;
			viewed->screen.rows = rows;
			logview_size(viewed->view, columns, rows);
			draw(viewed, true);
			type(viewed, "h");
			type(viewed, "jjq/some text that is long");
			type(viewed, "\033");
		}
	}
	view_end(viewed);
	free(text);
}

static void help_names_the_keys(void **state)
{
	struct viewed *viewed = view_of(P "[INFO] one\n", "", 80, 24);

	(void)state;
	draw(viewed, true);
	type(viewed, "h");
	assert_string_equal(viewed->screen.cells[0][2], "j");
	assert_status(viewed, "any other key goes back");
	type(viewed, "q");
	assert_rows(viewed, P "[INFO] one\n");
	view_end(viewed);
}

static void short_logs_fit_on_the_screen(void **state)
{
	struct viewed *viewed = view_of(P "[INFO] one\033[2J\n", A "[INFO] two\n", 60, 4);
	struct buf out = {0};

	(void)state;
	while (logview_work(viewed->view))
		;
	assert_true(logview_fits(viewed->view, 60, 3));
	assert_false(logview_fits(viewed->view, 60, 2));
	assert_false(logview_fits(viewed->view, 40, 3));
	logview_print(viewed->view, &out);
	assert_string_equal(buf_text(&out), P "[INFO] one\\x1b[2J\n" A "[INFO] two\n");
	buf_free(&out);
	view_end(viewed);
}

static void a_million_lines_are_read_in_pieces(void **state)
{
	char *text = many_lines(1000000);
	struct viewed *viewed = view_of(text, "", 60, 4);
	unsigned pieces = 0;
	struct buf out = {0};

	(void)state;
	assert_true(logview_work(viewed->view));
	logview_draw(viewed->view, true, &out); /* there is something to be seen already */
	assert_non_null(strstr(buf_text(&out), "[INFO] 1\033"));
	assert_non_null(strstr(buf_text(&out), "reading"));
	for (; logview_work(viewed->view); pieces++)
		;
	assert_true(pieces > 20);
	buf_free(&out);
	draw(viewed, true);
	type(viewed, "/999123\r");
	assert_status(viewed, "999,122-999,124 of 1,000,000");
	view_end(viewed);
	free(text);
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
	struct viewed *viewed = view_of(P "[INFO] one\n", "", 60, 4);

	(void)state;
	viewed->memory.fails = true;
	draw(viewed, true);
	assert_status(viewed, "cannot read");
	view_end(viewed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_a_row_about_them_are_shown),
		cmocka_unit_test(keys_move),
		cmocka_unit_test(only_rows_that_change_are_written),
		cmocka_unit_test(levels_and_stages_are_filtered),
		cmocka_unit_test(a_filter_keeps_the_place),
		cmocka_unit_test(a_search_finds_forwards_and_backwards),
		cmocka_unit_test(a_match_far_to_the_right_comes_into_view),
		cmocka_unit_test(errors_are_found_one_after_the_other),
		cmocka_unit_test(following_shows_what_comes),
		cmocka_unit_test(a_line_without_its_end_is_shown_when_nothing_runs),
		cmocka_unit_test(another_run_keeps_what_is_asked_for),
		cmocka_unit_test(another_size_keeps_the_place),
		cmocka_unit_test(help_names_the_keys),
		cmocka_unit_test(short_logs_fit_on_the_screen),
		cmocka_unit_test(a_million_lines_are_read_in_pieces),
		cmocka_unit_test(a_file_that_cannot_be_read_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
