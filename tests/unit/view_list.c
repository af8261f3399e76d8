#include "view/answer/answer.h"
#include "view_plan.h"

/* Two stages with everything that a definition can say. */
static struct graph *rich(void)
{
	struct made made = made_new();
	struct build *build = &made.build;
	struct graph *graph;
	struct stage *stage;
	uint32_t first;

	made_stage(&made, "demux", "video=in/a.mp4", "audio=out/job/01_demux/audio.wav");
	made_stage(&made, "asr/ep1", "audio=out/job/01_demux/audio.wav",
		"text=out/job/02_asr/ep1/segments.json");
	first = build_pair(build, "model", "en-us");
	build_pair(build, "beam", "two\nlines");
	build->graph->stages[1].config = (struct span){first, 2};
	build->graph->stages[1].description = build_text(build, "Speech to text");
	build->graph->stages[1].flags |= STAGE_DISABLED;
	build->graph->stages[1].skip_reason = build_text(build, "no model");
	build->graph->stages[1].command = build_text(build, "set -x\npython3 asr.py");
	graph = made_graph(&made);
	stage = &graph->stages[1];
	graph->settings[stage->settings] = settings_default();
	for (int i = 0; i < ATTEMPT_VALUES; i++)
		graph->settings[stage->settings].timeout_ms[i] = 1800000;
	graph->settings[stage->settings].retries = 2;
	graph->settings[stage->settings].threads = 4;
	return graph;
}

static void a_list_has_numbers_names_and_descriptions(void **state)
{
	struct graph *graph = rich();
	struct buf out = {0};
	const bool wanted[] = {false, true};

	(void)state;
	list_text(&out, graph, NULL, false);
	assert_string_equal(buf_text(&out), "  1  demux\n"
					    "  2  asr/ep1  disabled  Speech to text\n");
	buf_reset(&out);
	list_text(&out, graph, wanted, false);
	assert_string_equal(buf_text(&out), "  2  asr/ep1  disabled  Speech to text\n");
	buf_free(&out);
	graph_free(graph);
}

static void show_has_everything_that_is_set(void **state)
{
	struct graph *graph = rich();
	struct buf out = {0};

	(void)state;
	show_text(&out, graph, 1, NULL, false);
	assert_string_equal(buf_text(&out),
		"stage         asr/ep1\n"
		"description   Speech to text\n"
		"defined       pipeline.ini:2\n"
		"disabled      no model\n"
		"command       set -x\n"
		"              python3 asr.py\n"
		"directory     out/job/02_asr/ep1\n"
		"inputs        audio: out/job/01_demux/audio.wav, made by demux\n"
		"outputs       text: out/job/02_asr/ep1/segments.json\n"
		"config        model = en-us\n"
		"              beam = two\\nlines\n"
		"timeout       30m 00s\n"
		"retries       2\n"
		"threads       4\n"
		"needs         demux\n");
	buf_free(&out);
	graph_free(graph);
}

static void show_has_the_last_run_where_it_is_known(void **state)
{
	struct planned p;
	struct buf out = {0};

	(void)state;
	planned_make(&p);
	show_text(&out, p.plan.graph, 0, &p.stages[0], false);
	assert_has(&out, "state         out of date\n"
			 "last run      20251127_140915, took 4.2s, 312.0 MB\n");
	buf_free(&out);
	planned_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_has_numbers_names_and_descriptions),
		cmocka_unit_test(show_has_everything_that_is_set),
		cmocka_unit_test(show_has_the_last_run_where_it_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
