/* Which stages a name means, and which of them a run is about. */
#include "model_sample.h"

#include "base/err.h"
#include "model/graph/select.h"

/* demux -> asr/ep1, asr/ep2 (slow) -> merge -> report; side (slow) */
static void pipeline(struct sample *s)
{
	sample_start(s);
	sample_stage(s, "demux", "x");
	sample_out(s, "audio", "audio.wav");
	s->settings.tags.first = build_word(&s->build, "slow");
	s->settings.tags.count = 1;
	sample_stage(s, "asr/ep1", "x");
	sample_in(s, "i", "out/j/01_demux/audio.wav");
	sample_out(s, "o", "text");
	sample_stage(s, "asr/ep2", "x");
	sample_in(s, "i", "out/j/01_demux/audio.wav");
	sample_out(s, "o", "text");
	s->settings.tags.count = 0;
	sample_stage(s, "merge", "x");
	sample_in(s, "i", "out/j/02_asr/ep1/text");
	sample_in(s, "i", "out/j/03_asr/ep2/text");
	sample_in(s, "i", "names.txt");
	sample_out_at(s, "o", "dist/all");
	sample_stage(s, "report", "x");
	sample_in(s, "i", "dist/all");
	s->settings.tags.count = 1;
	sample_stage(s, "side", "x");
	sample_finish(s);
	assert_non_null(s->graph);
}

static const char *chosen(const struct graph *graph, const bool *wanted)
{
	uint32_t stages[16], count = 0;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (wanted[i])
			stages[count++] = i;
	}
	return sample_names(graph, stages, count);
}

static const char *named(const struct graph *graph, const char *name)
{
	bool hit[16] = {0};
	struct err err = {0};

	if (select_stages(graph,
		    &(struct select_request){.targets = &name, .target_count = 1, .only = true},
		    hit, &err) == 0)
		return chosen(graph, hit);
	assert_int_equal(err.code, EXIT_USAGE);
	static struct err last;
	last = err;
	return last.text;
}

static const char *selected(
	const struct graph *graph, const char *const *targets, struct select_request request)
{
	bool wanted[16];
	struct err err = {0};

	memset(wanted, 1, sizeof wanted);
	request.targets = targets;
	while (targets && targets[request.target_count])
		request.target_count++;
	assert_int_equal(select_stages(graph, &request, wanted, &err), 0);
	return chosen(graph, wanted);
}

#define TARGETS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define REQUEST(...) ((struct select_request){__VA_ARGS__})

static void a_name_means_stages_instances_tags_and_files(void **state)
{
	struct sample s;
	(void)state;

	pipeline(&s);
	assert_string_equal(named(s.graph, "demux"), "demux");
	assert_string_equal(named(s.graph, "asr"), "asr/ep1 asr/ep2");
	assert_string_equal(named(s.graph, "asr/ep2"), "asr/ep2");
	assert_string_equal(named(s.graph, "slow"), "asr/ep1 asr/ep2 side");
	assert_string_equal(named(s.graph, "dist/all"), "merge");
	assert_string_equal(named(s.graph, "./dist//all/"), "merge");
	assert_string_equal(named(s.graph, "/r/dist/all"), "merge");
	assert_string_equal(named(s.graph, "dist/all/part"), "merge");
	assert_string_equal(named(s.graph, "out/j/02_asr/ep1"), "asr/ep1");
	assert_string_equal(named(s.graph, "out/j/02_asr/ep1/stage.log"), "asr/ep1");
	sample_end(&s);
}

static void an_unknown_name_gets_a_suggestion(void **state)
{
	struct sample s;
	(void)state;

	pipeline(&s);
	assert_string_equal(named(s.graph, "demxu"),
		"no stage, tag or output is called 'demxu'; did you mean 'demux'?");
	assert_string_equal(named(s.graph, "slwo"),
		"no stage, tag or output is called 'slwo'; did you mean 'slow'?");
	assert_string_equal(
		named(s.graph, "names.txt"), "'names.txt' is a source: no stage makes it");
	assert_string_equal(named(s.graph, "elsewhere"),
		"no stage, tag or output is called 'elsewhere'; restage list shows what there is");
	assert_string_equal(named(s.graph, ""),
		"no stage, tag or output is called ''; restage list shows what there is");
	sample_end(&s);
}

static void no_target_is_everything(void **state)
{
	struct sample s;
	(void)state;

	pipeline(&s);
	assert_string_equal(
		selected(s.graph, NULL, REQUEST(0)), "demux asr/ep1 asr/ep2 merge report side");
	sample_end(&s);
}

static void a_target_brings_what_it_needs(void **state)
{
	struct sample s;
	(void)state;

	pipeline(&s);
	assert_string_equal(selected(s.graph, TARGETS("asr/ep2"), REQUEST(0)), "demux asr/ep2");
	assert_string_equal(selected(s.graph, TARGETS("merge", "side"), REQUEST(0)),
		"demux asr/ep1 asr/ep2 merge side");
	assert_string_equal(
		selected(s.graph, TARGETS("asr/ep2"), REQUEST(.only = true)), "asr/ep2");
	sample_end(&s);
}

static void patterns_and_numbers_mean_stages_and_instances(void **state)
{
	struct sample s;
	(void)state;

	pipeline(&s);
	assert_string_equal(named(s.graph, "asr/*"), "asr/ep1 asr/ep2");
	assert_string_equal(named(s.graph, "*/ep[2-9]"), "asr/ep2");
	assert_string_equal(named(s.graph, "a*"), "asr/ep1 asr/ep2");
	assert_string_equal(named(s.graph, "?e*"), "demux merge report");
	assert_string_equal(named(s.graph, "02_asr/ep2"), "asr/ep2");
	assert_string_equal(named(s.graph, "02_asr/*"), "asr/ep1 asr/ep2");
	assert_string_equal(named(s.graph, "2_asr"), "asr/ep1 asr/ep2");
	assert_string_equal(named(s.graph, "07_asr"),
		"no stage, tag or output is called '07_asr'; did you mean 'asr'?");
	assert_string_equal(named(s.graph, "asr/x*"),
		"no stage, tag or output is called 'asr/x*'; restage list shows what there is");
	sample_end(&s);
}

static void from_and_until_take_away(void **state)
{
	struct sample s;
	(void)state;

	pipeline(&s);
	assert_string_equal(
		selected(s.graph, NULL, REQUEST(.from = "asr/ep1")), "asr/ep1 merge report");
	assert_string_equal(
		selected(s.graph, NULL, REQUEST(.until = "asr")), "demux asr/ep1 asr/ep2");
	assert_string_equal(selected(s.graph, NULL, REQUEST(.from = "asr", .until = "merge")),
		"asr/ep1 asr/ep2 merge");
	assert_string_equal(
		selected(s.graph, TARGETS("merge"), REQUEST(.from = "asr/ep2")), "asr/ep2 merge");
	assert_string_equal(selected(s.graph, TARGETS("side"), REQUEST(.from = "asr")), "");
	sample_end(&s);
}

static void mistakes_in_any_place_are_told(void **state)
{
	struct select_request requests[] = {
		{.targets = TARGETS("demux", "x!"), .target_count = 2},
		{.from = "x!"},
		{.until = "x!"},
	};
	struct sample s;
	(void)state;

	pipeline(&s);
	for (size_t i = 0; i < 3; i++) {
		struct err err = {0};
		bool wanted[16];
		assert_int_equal(select_stages(s.graph, &requests[i], wanted, &err), -1);
		assert_int_equal(err.code, EXIT_USAGE);
	}
	sample_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_means_stages_instances_tags_and_files),
		cmocka_unit_test(an_unknown_name_gets_a_suggestion),
		cmocka_unit_test(no_target_is_everything),
		cmocka_unit_test(a_target_brings_what_it_needs),
		cmocka_unit_test(patterns_and_numbers_mean_stages_and_instances),
		cmocka_unit_test(from_and_until_take_away),
		cmocka_unit_test(mistakes_in_any_place_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
