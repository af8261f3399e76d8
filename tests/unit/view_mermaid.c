#include "view/graph/graph_view.h"
#include "view_test.h"

static struct buf draw(const struct graph_view *view)
{
	struct buf out = {0};

	graph_mermaid(&out, view);
	return out;
}

static void a_graph_is_a_flowchart(void **state)
{
	struct graph *graph = made_three();
	const uint8_t states[] = {STATE_FRESH, STATE_STALE, STATE_MAY};
	const double seconds[] = {4.2, 30, -1};
	struct graph_view view = {.graph = graph, .state = states, .seconds = seconds};
	struct buf out = draw(&view);

	(void)state;
	assert_has(&out, "flowchart LR\n"
			 "\ts0[\"demux<br/>up to date, 4.2s\"]:::up_to_date\n"
			 "\ts1[\"asr<br/>out of date, 30.0s\"]:::out_of_date\n"
			 "\ts2[\"mux<br/>may run\"]:::may_run\n"
			 "\ts0 --> s1\n"
			 "\ts0 --> s2\n"
			 "\ts1 --> s2\n"
			 "\tclassDef up_to_date fill:");
	assert_lacks(&out, "classDef failed");
	buf_free(&out);
	graph_free(graph);
}

static void hostile_names_are_entities(void **state)
{
	struct made made = made_new();
	struct graph *graph;
	struct graph_view view = {0};
	struct buf out;

	(void)state;
	made_stage(&made, "a/\"];click s0;<script>`**b**`#1", "in=i", "o=out/job/1");
	made_stage(&made, "end", "in=i", "o=out/job/2");
	made_stage(&made, "c/n\nl%%{init}", "in=i", "o=out/job/3");
	made_stage(&made, "1. d", "in=i", "o=out/job/4");
	graph = made_graph(&made);
	view.graph = graph;
	out = draw(&view);
	assert_has(&out, "\ts3[\"1#46; d\"]");
	assert_has(&out, "\ts0[\"a/#34;#93;#59;click s0#59;#60;script#62;#96;#42;#42;b#42;#42;#96;"
			 "#35;1\"]:::unknown\n");
	assert_has(&out, "\ts1[\"end\"]:::unknown\n");
	assert_has(&out, "\ts2[\"c/n#92;nl#37;#37;#123;init#125;\"]");
	buf_free(&out);
	graph_free(graph);
}

static void the_critical_path_is_bold(void **state)
{
	struct graph *graph = made_three();
	const double seconds[] = {1, 5, 1};
	bool critical[3];
	struct graph_view view = {.graph = graph, .seconds = seconds, .on_critical_path = critical};
	struct buf out;

	(void)state;
	graph_view_critical(graph, seconds, critical);
	out = draw(&view);
	assert_has(&out, "\tlinkStyle 0,2 stroke-width:3px\n");
	assert_has(&out, "\tstyle s1 stroke-width:3px\n");
	buf_free(&out);
	graph_free(graph);
}

static void files_are_nodes_when_asked_for(void **state)
{
	struct graph *graph = made_three();
	struct graph_view view = {.graph = graph, .with_files = true};
	struct buf out = draw(&view);

	(void)state;
	assert_has(&out, "\tf0(\"in/a.mp4\"):::file\n");
	assert_has(&out, "\tf0 --> s0\n");
	assert_has(&out, "\ts0 --> f1\n");
	assert_has(&out, "\tf1 --> s2\n");
	buf_free(&out);
	graph_free(graph);
}

static void instances_stand_in_a_subgraph(void **state)
{
	struct made made = made_new();
	struct graph *graph;
	struct graph_view view = {0};
	struct buf out;

	(void)state;
	made_stage(&made, "asr/a", "in=1", "o=out/job/1");
	made_stage(&made, "asr/b", "in=2", "o=out/job/2");
	graph = made_graph(&made);
	view.graph = graph;
	out = draw(&view);
	assert_has(&out, "\tsubgraph c0[\"asr × 2\"]\n"
			 "\t\ts0[\"asr/a\"]:::unknown\n"
			 "\t\ts1[\"asr/b\"]:::unknown\n"
			 "\tend\n");
	buf_free(&out);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_graph_is_a_flowchart),
		cmocka_unit_test(hostile_names_are_entities),
		cmocka_unit_test(the_critical_path_is_bold),
		cmocka_unit_test(files_are_nodes_when_asked_for),
		cmocka_unit_test(instances_stand_in_a_subgraph),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
