#include "view/graph/graph_view.h"
#include "view_test.h"

static struct buf draw(const struct graph_view *view)
{
	struct buf out = {0};

	graph_dot(&out, view);
	return out;
}

static void nodes_and_edges_stand_in_order_of_definition(void **state)
{
	struct graph *graph = made_three();
	struct graph_view view = {.graph = graph};
	struct buf out = draw(&view);
	const char *demux = strstr(buf_text(&out), "\t\"demux\" [");
	const char *asr = strstr(buf_text(&out), "\t\"asr\" [");
	const char *mux = strstr(buf_text(&out), "\t\"mux\" [");

	(void)state;
	assert_true(demux && asr && mux && demux < asr && asr < mux);
	assert_has(&out, "digraph \"subtitles\" {");
	assert_has(&out, "\t\"demux\" -> \"asr\";\n"
			 "\t\"demux\" -> \"mux\";\n"
			 "\t\"asr\" -> \"mux\";\n}\n");
	buf_free(&out);
	graph_free(graph);
}

static void the_same_graph_gives_the_same_bytes(void **state)
{
	struct graph *one = made_three(), *two = made_three();
	struct graph_view first = {.graph = one, .with_files = true};
	struct graph_view second = {.graph = two, .with_files = true};
	struct buf a = draw(&first), b = draw(&second);

	(void)state;
	assert_string_equal(buf_text(&a), buf_text(&b));
	buf_free(&a);
	buf_free(&b);
	graph_free(one);
	graph_free(two);
}

static void state_and_duration_are_on_the_node(void **state)
{
	struct graph *graph = made_three();
	const uint8_t states[] = {STATE_FRESH, STATE_FAILED, STATE_BLOCKED};
	const double seconds[] = {4.2, 65, -1};
	struct graph_view view = {.graph = graph, .state = states, .seconds = seconds};
	struct buf out = draw(&view);

	(void)state;
	assert_has(&out, "[label=\"demux\\nup to date, 4.2s\"");
	assert_has(&out, "[label=\"asr\\nfailed, 1m 05s\"");
	assert_has(&out, "[label=\"mux\\nnot run\"");
	buf_free(&out);
	graph_free(graph);
}

static void only_the_critical_path_is_bold(void **state)
{
	struct graph *graph = made_three();
	const double seconds[] = {1, 5, 1};
	bool critical[3];
	struct graph_view view = {.graph = graph, .seconds = seconds, .on_critical_path = critical};
	struct buf out;

	(void)state;
	graph_view_critical(graph, seconds, critical);
	out = draw(&view);
	assert_has(&out, "\"demux\" -> \"asr\" [penwidth=2.5");
	assert_has(&out, "\"asr\" -> \"mux\" [penwidth=2.5");
	assert_has(&out, "\"demux\" -> \"mux\";"); /* past the path */
	buf_free(&out);
	graph_free(graph);
}

static void without_durations_nothing_is_critical(void **state)
{
	struct graph *graph = made_three();
	const double seconds[] = {-1, -1, -1};
	bool critical[3] = {true, true, true};

	(void)state;
	graph_view_critical(graph, seconds, critical);
	assert_false(critical[0] || critical[1] || critical[2]);
	graph_free(graph);
}

static void hostile_names_stay_inside_their_quotes(void **state)
{
	struct made made = made_new();
	struct graph *graph;
	struct graph_view view = {0};
	struct buf out;

	(void)state;
	made_stage(&made, "a/\"];x->y;", "in=i", "o=out/job/1");
	made_stage(&made, "b/back\\", "in=i", "o=out/job/2");
	made_stage(&made, "c/n\nl\xff", "in=i", "o=out/job/3");
	made_stage(&made, "d/<b>&amp;\\N", "in=i", "o=out/job/4");
	graph = made_graph(&made);
	view.graph = graph;
	out = draw(&view);
	assert_has(&out, "\"a/\\\"];x->y;\" [label=\"a/\\\"];x->y;\"");
	assert_has(&out, "\"b/back\\\\\" [label=\"b/back\\\\\"");
	assert_has(&out, "\"c/n\\x0al\\xff\" [label=\"c/n\\\\nl\\\\xff\"");
	assert_has(&out, "\"d/<b>&amp;\\\\N\" [label=\"d/<b>&amp;amp;\\\\N\"");
	buf_free(&out);
	graph_free(graph);
}

static struct graph *fan(uint32_t count)
{
	struct made made = made_new();
	struct arena arena = {0};
	struct buf all = {0};
	struct graph *graph;

	for (uint32_t i = 0; i < count; i++) {
		made_stage(&made, arena_fmt(&arena, "asr/ep%u", i),
			arena_fmt(&arena, "audio=in/%u.wav", i),
			arena_fmt(&arena, "text=out/job/01_asr/%u.json", i));
		buf_fmt(&all, "%stext=out/job/01_asr/%u.json", i ? "|" : "", i);
	}
	made_stage(&made, "merge", buf_text(&all), "text=out/job/02_merge/all.json");
	graph = made_graph(&made);
	buf_free(&all);
	arena_free(&arena);
	return graph;
}

static void few_instances_are_framed(void **state)
{
	struct graph *graph = fan(3);
	struct graph_view view = {.graph = graph};
	struct buf out = draw(&view);

	(void)state;
	assert_has(&out, "\tsubgraph \"cluster_asr\" {\n\t\tlabel=\"asr × 3\";\n\t\t\"asr/ep0\" [");
	assert_has(&out, "\t\"asr/ep2\" -> \"merge\";\n");
	buf_free(&out);
	graph_free(graph);
}

static void many_instances_become_one_node(void **state)
{
	struct graph *graph = fan(100);
	uint8_t states[101] = {0};
	double seconds[101];
	struct graph_view view = {.graph = graph, .state = states, .seconds = seconds};
	struct buf out;

	(void)state;
	for (int i = 0; i < 101; i++) {
		states[i] = i < 2 ? STATE_FAILED : STATE_FRESH;
		seconds[i] = 1;
	}
	out = draw(&view);
	assert_has(&out, "\"asr\" [label=\"asr × 100\\n98 up to date, 2 failed, 1m 40s\"");
	assert_has(&out, "\t\"asr\" -> \"merge\";\n}\n");
	assert_lacks(&out, "ep1");
	buf_reset(&out);
	view.with_instances = true;
	graph_dot(&out, &view);
	assert_has(&out, "\t\"asr/ep99\" -> \"merge\";\n");
	assert_lacks(&out, "cluster");
	buf_free(&out);
	graph_free(graph);
}

static void files_are_nodes_when_asked_for(void **state)
{
	struct graph *graph = made_three();
	struct graph_view view = {.graph = graph, .with_files = true};
	struct buf out = draw(&view);

	(void)state;
	assert_has(&out, "\t\"file:in/a.mp4\" [shape=note, label=\"in/a.mp4\"");
	assert_has(&out, "\t\"file:in/a.mp4\" -> \"demux\";\n");
	assert_has(&out, "\t\"demux\" -> \"file:out/job/01_demux/audio.wav\";\n");
	assert_has(&out, "\t\"file:out/job/01_demux/audio.wav\" -> \"mux\";\n");
	assert_lacks(&out, "\"demux\" -> \"asr\"");
	buf_free(&out);
	graph_free(graph);
}

static void files_of_many_instances_are_put_together(void **state)
{
	struct graph *graph = fan(50);
	struct graph_view view = {.graph = graph, .with_files = true};
	struct buf out = draw(&view);

	(void)state;
	assert_has(&out, "\t\"files:asr:input.audio\" [shape=note, label=\"audio × 50\"");
	assert_has(&out, "\t\"files:asr:input.audio\" -> \"asr\";\n");
	assert_has(&out, "\t\"asr\" -> \"files:asr:output.text\";\n");
	assert_has(&out, "\t\"files:asr:output.text\" -> \"merge\";\n");
	buf_free(&out);
	graph_free(graph);
}

static void an_order_without_files_is_dashed(void **state)
{
	struct made made = made_new();
	uint32_t a = made_stage(&made, "a", "in=i", "o=out/job/1");
	uint32_t b = made_stage(&made, "b", "in=i", "o=out/job/2");
	struct graph *graph;
	struct graph_view view = {.with_files = true};
	struct buf out;

	(void)state;
	build_edge(&made.build, a, b);
	graph = made_graph(&made);
	view.graph = graph;
	out = draw(&view);
	assert_has(&out, "\t\"a\" -> \"b\" [style=dashed];\n");
	buf_free(&out);
	graph_free(graph);
}

static void what_is_not_included_is_not_drawn(void **state)
{
	struct graph *graph = made_three();
	const bool include[] = {true, true, false};
	struct graph_view view = {.graph = graph, .include = include};
	struct buf out = draw(&view);

	(void)state;
	assert_lacks(&out, "\"mux\"");
	assert_has(&out, "\"demux\" -> \"asr\"");
	buf_reset(&out);
	view.with_files = true;
	graph_dot(&out, &view);
	assert_lacks(&out, "b.mp4");
	buf_free(&out);
	graph_free(graph);
}

static void an_empty_graph_is_a_graph(void **state)
{
	struct made made = made_new();
	struct graph *graph = made_graph(&made);
	struct graph_view view = {.graph = graph, .with_files = true};
	struct buf out = draw(&view);

	(void)state;
	assert_has(&out, "digraph \"subtitles\" {");
	assert_has(&out, "}\n");
	buf_free(&out);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_and_edges_stand_in_order_of_definition),
		cmocka_unit_test(the_same_graph_gives_the_same_bytes),
		cmocka_unit_test(state_and_duration_are_on_the_node),
		cmocka_unit_test(only_the_critical_path_is_bold),
		cmocka_unit_test(without_durations_nothing_is_critical),
		cmocka_unit_test(hostile_names_stay_inside_their_quotes),
		cmocka_unit_test(few_instances_are_framed),
		cmocka_unit_test(many_instances_become_one_node),
		cmocka_unit_test(files_are_nodes_when_asked_for),
		cmocka_unit_test(files_of_many_instances_are_put_together),
		cmocka_unit_test(an_order_without_files_is_dashed),
		cmocka_unit_test(what_is_not_included_is_not_drawn),
		cmocka_unit_test(an_empty_graph_is_a_graph),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
