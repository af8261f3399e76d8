/* Questions to a finished graph. */
#include "model_sample.h"

static void assert_identity(const struct graph *graph, const char *path, const char *expected)
{
	uint32_t file = graph_find_file(graph, path);
	struct buf out = {0};

	assert_int_not_equal(file, NONE);
	graph_file_identity(graph, file, &out);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void a_file_has_a_name_free_of_places(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "demux", "x");
	sample_out(&s, "o", "audio.wav");
	sample_out_at(&s, "p", "dist/video");
	sample_stage(&s, "asr/ep1", "x");
	sample_out(&s, "o", "deep/text");
	sample_stage(&s, "end", "x");
	sample_in(&s, "i", "media/talk.mp4");
	sample_in(&s, "i", "/abs/file");
	sample_in(&s, "i", "@demux/audio.wav");
	sample_in(&s, "i", "out/j/01_demux/undeclared");
	sample_in(&s, "i", "out/j/17_2_old/x");
	sample_in(&s, "i", "out/j/notes.txt");
	sample_in(&s, "i", "out/j/01_");
	sample_in(&s, "i", "out/other/01_demux/audio.wav");
	sample_finish(&s);
	assert_non_null(s.graph);
	assert_identity(s.graph, "out/j/01_demux/audio.wav", "@demux/audio.wav");
	assert_identity(s.graph, "dist/video", "dist/video");
	assert_identity(s.graph, "out/j/02_asr/ep1/deep/text", "@asr/ep1/deep/text");
	assert_identity(s.graph, "media/talk.mp4", "media/talk.mp4");
	assert_identity(s.graph, "/abs/file", "/abs/file");
	assert_identity(s.graph, "@demux/audio.wav", "./@demux/audio.wav");
	assert_identity(s.graph, "out/j/01_demux/undeclared", "@demux/undeclared");
	assert_identity(s.graph, "out/j/17_2_old/x", "@2_old/x");
	assert_identity(s.graph, "out/j/notes.txt", "out/j/notes.txt");
	assert_identity(s.graph, "out/j/01_", "out/j/01_");
	assert_identity(s.graph, "out/other/01_demux/audio.wav", "out/other/01_demux/audio.wav");
	sample_end(&s);
}

static void names_are_found(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_stage(&s, "b/1", "x");
	sample_finish(&s);
	assert_int_equal(graph_find_stage(s.graph, "b/1"), 1);
	assert_int_equal(graph_find_stage(s.graph, "b"), NONE);
	assert_int_equal(graph_find_file(s.graph, "none"), NONE);
	sample_end(&s);
}

/* a -> b -> d, a -> c -> d, e alone */
static void diamond(struct sample *s)
{
	sample_start(s);
	sample_stage(s, "a", "x");
	sample_stage(s, "b", "x");
	sample_stage(s, "c", "x");
	sample_stage(s, "d", "x");
	sample_stage(s, "e", "x");
	build_edge(&s->build, 0, 1);
	build_edge(&s->build, 0, 2);
	build_edge(&s->build, 1, 3);
	build_edge(&s->build, 2, 3);
	sample_finish(s);
	assert_non_null(s->graph);
}

static void the_critical_path_is_the_longest(void **state)
{
	const double seconds[] = {1, 2, 5, 1, 6};
	double remaining[5];
	uint32_t path[5], count;
	struct sample s;
	(void)state;

	diamond(&s);
	graph_remaining(s.graph, seconds, remaining);
	assert_float_equal(remaining[0], 7, 0);
	assert_float_equal(remaining[1], 3, 0);
	assert_float_equal(remaining[2], 6, 0);
	assert_float_equal(remaining[3], 1, 0);
	assert_float_equal(remaining[4], 6, 0);
	count = graph_critical_path(s.graph, seconds, path);
	assert_string_equal(sample_names(s.graph, path, count), "a c d");
	sample_end(&s);
}

static void of_equal_paths_the_first_is_the_critical_one(void **state)
{
	const double seconds[] = {0, 0, 0, 0, 0};
	uint32_t path[5], count;
	struct sample s;
	(void)state;

	diamond(&s);
	count = graph_critical_path(s.graph, seconds, path);
	assert_string_equal(sample_names(s.graph, path, count), "a b d");
	sample_end(&s);
}

static void an_empty_graph_has_no_path(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_finish(&s);
	assert_int_equal(graph_critical_path(s.graph, NULL, NULL), 0);
	sample_end(&s);
	graph_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_a_name_free_of_places),
		cmocka_unit_test(names_are_found),
		cmocka_unit_test(the_critical_path_is_the_longest),
		cmocka_unit_test(of_equal_paths_the_first_is_the_critical_one),
		cmocka_unit_test(an_empty_graph_has_no_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
