#include "view/graph/graph_view.h"

#include "base_test.h"
#include "view_test.h"

#define DOT "out/job/graph.dot"

static struct buf read_dot(void)
{
	struct err err = {0};
	struct buf text = {0};

	if (fs_read(DOT, 1 << 30, &text, &err) < 0)
		fail_msg("%s", err.text);
	return text;
}

static void a_run_that_ran_something_draws_what_came_of_it(void **state)
{
	struct graph *graph = made_three();
	struct listener *picture = graph_file_new();
	struct told told = told_new(graph, picture);
	struct err err = {0};
	struct buf dot;

	(void)state;
	assert_int_equal(fs_mkdirs("out/job", &err), 0);
	tell_run(&told, RUN_BEGIN);
	tell(&told, (struct run_event){.kind = STAGE_FRESH, .stage = 0, .before_seconds = 65});
	tell_stage(&told, STAGE_START, 1);
	tell_done(&told, 1);
	tell_stage(&told, STAGE_START, 2);
	tell_failed(&told, 2, NULL, 0);
	tell_run(&told, RUN_END);
	assert_int_equal(listener_error(picture, &err), 0);
	dot = read_dot();
	assert_has(&dot, "label=\"demux\\nup to date, 1m 05s\"");
	assert_has(&dot, "label=\"asr\\nran, 4.2s\"");
	assert_has(&dot, "label=\"mux\\nfailed\"");
	buf_free(&dot);
	listener_free(picture);
	graph_free(graph);
}

static void a_run_with_nothing_to_do_leaves_the_picture_alone(void **state)
{
	struct graph *graph = made_three();
	struct listener *picture = graph_file_new();
	struct told told = told_new(graph, picture);
	struct err err = {0};

	(void)state;
	assert_int_equal(fs_mkdirs("out/job", &err), 0);
	tell_run(&told, RUN_BEGIN);
	for (uint32_t i = 0; i < 3; i++)
		tell_stage(&told, STAGE_FRESH, i);
	tell_run(&told, RUN_END);
	assert_false(fs_exists(DOT));
	listener_free(picture);
	graph_free(graph);
}

static void a_picture_that_cannot_be_written_is_told(void **state)
{
	struct graph *graph = made_three();
	struct listener *picture = graph_file_new();
	struct told told = told_new(graph, picture);
	struct err err = {0};

	(void)state;
	tell_run(&told, RUN_BEGIN);
	tell_stage(&told, STAGE_START, 0);
	tell_run(&told, RUN_END);
	assert_int_equal(listener_error(picture, &err), -1);
	assert_int_equal(err.code, EXIT_WORLD);
	assert_non_null(strstr(err.text, "out/job"));
	listener_free(picture);
	graph_free(graph);
}

static void a_run_that_never_began_draws_nothing(void **state)
{
	struct graph *graph = made_three();
	struct listener *picture = graph_file_new();
	struct told told = told_new(graph, picture);

	(void)state;
	tell_run(&told, RUN_WAIT);
	tell_run(&told, RUN_END);
	assert_int_equal(listener_error(picture, NULL), 0);
	listener_free(picture);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(a_run_that_ran_something_draws_what_came_of_it),
		TEST_IN_DIR(a_run_with_nothing_to_do_leaves_the_picture_alone),
		TEST_IN_DIR(a_picture_that_cannot_be_written_is_told),
		TEST_IN_DIR(a_run_that_never_began_draws_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
