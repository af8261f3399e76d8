/* Building graphs: strings and labels once, edges from files, order, and every mistake. */
#include "model_sample.h"

static void assert_mistakes(struct sample *s, const char *text)
{
	sample_finish(s);
	assert_string_equal(buf_text(&s->text), text);
	assert_null(s->graph);
	sample_end(s);
}

static void equal_strings_are_stored_once(void **state)
{
	struct build build;
	(void)state;

	build_init(&build);
	assert_int_equal(build_text(&build, NULL), 0);
	assert_int_equal(build_text(&build, ""), 0);
	uint32_t a = build_text(&build, "audio");
	assert_int_equal(build_text(&build, "audio"), a);
	assert_int_equal(build_textn(&build, "audio.wav", 5), a);
	assert_int_not_equal(build_text(&build, "audi"), a);
	for (int i = 0; i < 5000; i++) {
		char text[16];
		snprintf(text, sizeof text, "t%d", i);
		build_text(&build, text);
	}
	assert_int_equal(build_text(&build, "audio"), a);
	assert_string_equal(graph_text(build.graph, a), "audio");
	build_drop(&build);
}

static void a_part_of_our_own_text_may_be_added(void **state)
{
	struct build build;
	char *long_text = malloc(3000);
	(void)state;

	memset(long_text, 'x', 2999);
	long_text[2999] = '\0';
	build_init(&build);
	uint32_t whole = build_text(&build, long_text);
	/* there is no room for this: what it is a part of moves */
	uint32_t part = build_text(&build, graph_text(build.graph, whole) + 500);
	assert_int_equal(strlen(graph_text(build.graph, part)), 2499);
	build_drop(&build);
	free(long_text);
}

static void equal_labels_and_settings_are_stored_once(void **state)
{
	struct build build;
	(void)state;

	build_init(&build);
	struct label label = {.name = build_text(&build, "audio")};
	label.meta.first = build_pair(&build, "rate", "16000");
	label.meta.count = 1;
	uint32_t first = build_label(&build, &label);
	label.meta.first = build_pair(&build, "rate", "16000");
	assert_int_equal(build_label(&build, &label), first);
	label.meta.first = build_pair(&build, "rate", "44100");
	assert_int_not_equal(build_label(&build, &label), first);
	label.meta.count = 0;
	label.flags = LABEL_OPTIONAL;
	assert_int_not_equal(build_label(&build, &label), first);

	struct settings settings = {.threads = 1};
	settings.tags.first = build_word(&build, "slow");
	settings.tags.count = 1;
	first = build_settings(&build, &settings);
	settings.tags.first = build_word(&build, "slow");
	assert_int_equal(build_settings(&build, &settings), first);
	settings.grace_ms = 1;
	assert_int_not_equal(build_settings(&build, &settings), first);
	build_drop(&build);
}

static void an_input_needs_the_stage_that_makes_it(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_out(&s, "x", "x");
	sample_stage(&s, "b", "x");
	sample_in(&s, "i", "out/j/01_a/x");
	sample_in(&s, "k", "source");
	sample_finish(&s);
	assert_non_null(s.graph);
	assert_string_equal(sample_needs(s.graph, "b"), "a");
	assert_string_equal(sample_needed_by(s.graph, "a"), "b");
	assert_string_equal(sample_needs(s.graph, "a"), "");
	assert_int_equal(s.graph->files[graph_find_file(s.graph, "out/j/01_a/x")].producer, 0);
	assert_int_equal(s.graph->files[graph_find_file(s.graph, "source")].producer, NONE);
	sample_end(&s);
}

static void an_input_inside_an_output_directory_needs_its_stage(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "b", "x");
	sample_in(&s, "i", "dist/model/deep/weights");
	sample_stage(&s, "a", "x");
	sample_out_at(&s, "model", "dist/model");
	sample_finish(&s);
	assert_string_equal(sample_needs(s.graph, "b"), "a");
	assert_string_equal(sample_order(s.graph), "a b");
	sample_end(&s);
}

static void an_input_directory_needs_all_who_make_something_in_it(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "all", "x");
	sample_in(&s, "i", "dist");
	sample_stage(&s, "a", "x");
	sample_out_at(&s, "o", "dist/a");
	sample_stage(&s, "b", "x");
	sample_out_at(&s, "o", "dist/deep/b");
	sample_stage(&s, "c", "x");
	sample_out_at(&s, "o", "distant/c");
	sample_finish(&s);
	assert_string_equal(sample_needs(s.graph, "all"), "a b");
	sample_end(&s);
}

static void the_root_as_an_input_needs_all(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "all", "x");
	sample_in(&s, "i", ".");
	sample_stage(&s, "a", "x");
	sample_out(&s, "o", "a");
	sample_finish(&s);
	assert_string_equal(sample_needs(s.graph, "all"), "a");
	sample_end(&s);
}

static void an_input_in_a_stage_directory_needs_that_stage(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_in(&s, "old", "out/j/01_a/from-last-time");
	sample_stage(&s, "b", "x");
	sample_in(&s, "i", "out/j/01_a/undeclared");
	sample_finish(&s);
	assert_string_equal(sample_needs(s.graph, "b"), "a");
	assert_string_equal(sample_needs(s.graph, "a"), "");
	sample_end(&s);
}

static void edges_are_sorted_and_there_once(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_out(&s, "x", "x");
	sample_out(&s, "y", "y");
	sample_stage(&s, "b", "x");
	sample_out(&s, "x", "x");
	sample_stage(&s, "c", "x");
	sample_in(&s, "i", "out/j/02_b/x");
	sample_in(&s, "i", "out/j/01_a/y");
	sample_in(&s, "i", "out/j/01_a/x");
	build_edge(&s.build, 0, 2);
	build_edge(&s.build, 0, 2);
	build_edge(&s.build, 0, 1);
	sample_finish(&s);
	assert_string_equal(sample_needs(s.graph, "c"), "a b");
	assert_string_equal(sample_needed_by(s.graph, "a"), "b c");
	assert_int_equal(s.graph->edge_count, 6);
	sample_end(&s);
}

static void the_order_is_that_of_the_definition_where_it_can_be(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "c", "x");
	sample_in(&s, "i", "b");
	sample_stage(&s, "d", "x");
	sample_stage(&s, "b", "x");
	sample_in(&s, "i", "a");
	sample_out_at(&s, "o", "b");
	sample_stage(&s, "a", "x");
	sample_out_at(&s, "o", "a");
	sample_stage(&s, "e", "x");
	sample_finish(&s);
	assert_string_equal(sample_order(s.graph), "a b c d e");
	sample_end(&s);
}

static void nothing_at_all_is_a_graph(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_finish(&s);
	assert_non_null(s.graph);
	assert_int_equal(s.graph->stage_count, 0);
	sample_end(&s);
}

static void two_stages_make_one_file(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_out_at(&s, "o", "dist/x");
	sample_stage(&s, "b", "x");
	sample_out_at(&s, "o", "dist/x");
	assert_mistakes(
		&s, "a.ini:20: stage 'b': output 'dist/x' is also made by stage 'a' (a.ini:10)\n");
}

static void one_stage_makes_a_file_twice(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_out_at(&s, "o", "dist/x");
	sample_out_at(&s, "p", "dist/x");
	assert_mistakes(&s, "a.ini:10: stage 'a': 'dist/x' is declared twice\n");
}

static void instances_make_one_file_and_are_told_once(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	for (int i = 0; i < 5; i++) {
		char name[16];
		snprintf(name, sizeof name, "a/%d", i);
		sample_stage(&s, name, "x");
		sample_out_at(&s, "o", "dist/x");
	}
	assert_mistakes(&s, "a.ini:20: stage 'a/1': output 'dist/x' is also made by instance "
			    "'a/0'; use {{each...}} in its name\n");
}

static void an_output_lies_inside_another(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_out_at(&s, "o", "dist/x/y/z");
	sample_stage(&s, "b", "x");
	sample_out_at(&s, "o", "dist");
	sample_stage(&s, "c", "x");
	sample_out_at(&s, "o", "site");
	sample_out_at(&s, "p", "site/index.html");
	assert_mistakes(&s, "a.ini:10: stage 'a': output 'dist/x/y/z' lies inside output 'dist' "
			    "of stage 'b'\n"
			    "a.ini:30: stage 'c': output 'site/index.html' lies inside output "
			    "'site' of the same stage 'c'\n");
}

static void an_output_lies_in_the_directory_of_another_stage(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_stage(&s, "b", "x");
	sample_out_at(&s, "o", "out/j/01_a/x");
	assert_mistakes(&s, "a.ini:20: stage 'b': output 'out/j/01_a/x' lies in the directory of "
			    "stage 'a'\n");
}

static void an_output_is_or_holds_a_directory_of_a_stage(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_out_at(&s, "o", "out/j/01_a");
	sample_stage(&s, "b", "x");
	sample_out_at(&s, "o", "out");
	sample_finish(&s);
	assert_null(s.graph);
	assert_non_null(strstr(buf_text(&s.text),
		"a.ini:10: stage 'a': output 'out/j/01_a' is the directory of stage 'a'\n"));
	assert_non_null(strstr(buf_text(&s.text),
		"a.ini:20: stage 'b': output 'out' holds the directory of stage 'a'\n"));
	sample_end(&s);
}

static void an_input_directory_holds_the_stages_own_output(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_in(&s, "i", "data");
	sample_out_at(&s, "o", "data/list");
	assert_mistakes(&s, "a.ini:10: stage 'a': input directory 'data' holds the stage's own "
			    "output 'data/list'\n");
}

static void a_cycle_of_one(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_in(&s, "i", "x");
	sample_out_at(&s, "o", "x");
	assert_mistakes(&s, "a.ini:10: cycle: a -> a (its input 'x' is its output)\n");

	sample_start(&s);
	sample_stage(&s, "a", "x");
	sample_in(&s, "i", "d/x");
	sample_out_at(&s, "o", "d");
	assert_mistakes(&s, "a.ini:10: cycle: a -> a (its input 'd/x' lies in its output)\n");

	sample_start(&s);
	sample_stage(&s, "a", "x");
	build_edge(&s.build, 0, 0);
	assert_mistakes(&s, "a.ini:10: cycle: a -> a\n");
}

/* Stage i reads what stage i - 1 makes, and the first what the last makes. */
static void add_ring(struct sample *s, const char *prefix, int count)
{
	for (int i = 0; i < count; i++) {
		char name[32], in[40], out[40];
		snprintf(name, sizeof name, "%s%d", prefix, i + 1);
		snprintf(in, sizeof in, "files/%s%d", prefix, i ? i : count);
		snprintf(out, sizeof out, "files/%s", name);
		sample_stage(s, name, "x");
		sample_in(s, "i", in);
		sample_out_at(s, "o", out);
	}
}

static void a_cycle_of_two(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	add_ring(&s, "s", 2);
	assert_mistakes(&s, "a.ini:10: cycle: s1 -> s2 -> s1\n");
}

static void cycles_follow_the_files(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	add_ring(&s, "s", 3);
	assert_mistakes(&s, "a.ini:10: cycle: s1 -> s2 -> s3 -> s1\n");
}

static void a_cycle_of_a_thousand_is_told_short(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	add_ring(&s, "s", 1000);
	assert_mistakes(&s, "a.ini:10: cycle: s1 -> s2 -> s3 -> s4 -> … (992 more) -> s997 -> "
			    "s998 -> s999 -> s1000 -> s1\n");
}

static void each_knot_of_cycles_is_told_once_by_its_shortest(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	add_ring(&s, "s", 9);
	add_ring(&s, "t", 2);
	build_edge(&s.build, 3, 0); /* s4 -> s1: a shorter one in the same knot */
	sample_stage(&s, "after", "x");
	sample_in(&s, "i", "files/t1");
	assert_mistakes(&s, "a.ini:10: cycle: s1 -> s2 -> s3 -> s4 -> s1\n"
			    "a.ini:100: cycle: t1 -> t2 -> t1\n");
}

static void earlier_mistakes_leave_no_graph(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	diag_add(&s.diags, "a.ini", 3, "unknown key");
	sample_finish(&s);
	assert_null(s.graph);
	sample_end(&s);

	sample_start(&s);
	sample_stage(&s, "a", "x");
	diag_warn(&s.diags, "a.ini", 3, "strange key");
	sample_finish(&s);
	assert_non_null(s.graph);
	sample_end(&s);
}

/* Two stages in a job, the second reads what the first makes. */
static void two_stages(struct sample *s, const char *job_dir, uint32_t number)
{
	char path[256];

	sample_start(s);
	s->job_dir = job_dir;
	s->number = number;
	sample_stage(s, "a", "x");
	sample_in(s, "video", "media/talk.mp4");
	sample_out(s, "audio", "audio.wav");
	snprintf(path, sizeof path, "%s/audio.wav", s->dir);
	sample_stage(s, "b", "x");
	sample_in(s, "audio", path);
	sample_out(s, "text", "text");
	sample_finish(s);
	assert_non_null(s->graph);
}

static const struct digest *key_of(const struct graph *graph, uint32_t stage, enum key_part part)
{
	return stage_key(graph, &graph->stages[stage], part);
}

static void keys_do_not_know_job_and_number(void **state)
{
	struct sample s, t;
	(void)state;

	two_stages(&s, "out/j", 0);
	two_stages(&t, "results/other", 6);
	for (uint32_t i = 0; i < 2; i++) {
		for (enum key_part part = KEY_INPUTS; part <= KEY_DEFINITION; part++)
			assert_memory_equal(key_of(s.graph, i, part), key_of(t.graph, i, part),
				sizeof(struct digest));
	}
	assert_memory_not_equal(key_of(s.graph, 0, KEY_INPUTS), key_of(s.graph, 1, KEY_INPUTS),
		sizeof(struct digest));
	sample_end(&s);
	sample_end(&t);
}

/* The keys of one stage with one input and one output. */
static void keys_of(const struct label *in, const struct label *out, const char *out_path,
	struct digest keys[2])
{
	struct sample s;
	struct label label;

	sample_start(&s);
	sample_stage(&s, "a", "x");
	label = *in;
	label.name = build_text(&s.build, "i");
	sample_use(&s, &label, "source");
	label = *out;
	label.name = build_text(&s.build, "o");
	sample_use(&s, &label, out_path);
	sample_finish(&s);
	assert_non_null(s.graph);
	keys[0] = *key_of(s.graph, 0, KEY_INPUTS);
	keys[1] = *key_of(s.graph, 0, KEY_DEFINITION);
	sample_end(&s);
}

static void keys_know_how_files_are_tracked(void **state)
{
	const struct label plain_in = {.role = ROLE_INPUT}, plain_out = {.role = ROLE_OUTPUT};
	struct label other;
	struct digest base[2], keys[2];
	(void)state;

	keys_of(&plain_in, &plain_out, "out/j/01_a/x", base);
	other = plain_in;
	other.track = TRACK_TIME;
	keys_of(&other, &plain_out, "out/j/01_a/x", keys);
	assert_memory_equal(&base[0], &keys[0], sizeof *keys);
	assert_memory_not_equal(&base[1], &keys[1], sizeof *keys);
	other = plain_out;
	other.flags = LABEL_UPDATE;
	keys_of(&plain_in, &other, "out/j/01_a/x", keys);
	assert_memory_not_equal(&base[1], &keys[1], sizeof *keys);
	other = plain_out;
	other.role = ROLE_INTERMEDIATE;
	keys_of(&plain_in, &other, "out/j/01_a/x", keys);
	assert_memory_not_equal(&base[1], &keys[1], sizeof *keys);
	/* "x" of the root is not the stage's "x" */
	keys_of(&plain_in, &plain_out, "x", keys);
	assert_memory_not_equal(&base[1], &keys[1], sizeof *keys);
	/* descriptions do not count */
	other = plain_out;
	other.type = 1;
	keys_of(&plain_in, &other, "out/j/01_a/x", keys);
	assert_memory_equal(&base[1], &keys[1], sizeof *keys);
}

static void one_more_match_of_a_glob_is_no_change_of_the_definition(void **state)
{
	struct digest keys[2];
	(void)state;

	for (int i = 0; i < 2; i++) {
		struct sample s;
		struct label label;
		sample_start(&s);
		sample_stage(&s, "a", "x");
		label = sample_label(&s, "all", ROLE_INPUT);
		label.track = TRACK_TIME;
		sample_use(&s, &label, "in/1");
		if (i)
			sample_use(&s, &label, "in/2");
		sample_finish(&s);
		keys[i] = *key_of(s.graph, 0, KEY_DEFINITION);
		sample_end(&s);
	}
	assert_memory_equal(&keys[0], &keys[1], sizeof *keys);
}

static void a_value_that_cannot_stand_in_a_command_is_a_mistake(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	sample_stage(&s, "a", "echo `wc -l {{input.i}}`");
	sample_in(&s, "i", "plain.txt");
	sample_stage(&s, "b", "echo `wc -l {{input.i}}`");
	sample_in(&s, "i", "not plain.txt");
	assert_mistakes(&s, "a.ini:20: stage 'b': command: 'not plain.txt' of {{input.i}} cannot "
			    "be quoted between backquotes; write $(...) instead\n");
}

#define MANY 100000

/* Stage i needs i - 1 (or i + 1, when the definition runs backwards). */
static void chain(struct sample *s, bool is_backwards)
{
	sample_start(s);
	for (int i = 0; i < MANY; i++) {
		char name[32], path[64];
		int before = is_backwards ? i + 1 : i - 1;
		snprintf(name, sizeof name, "stage%d", i);
		sample_stage(s, name, "cp {{input.i}} {{output.o}}");
		snprintf(path, sizeof path, "out/j/%02d_stage%d/o", before + 1, before);
		sample_in(s, "i", before < 0 || before == MANY ? "source" : path);
		sample_out(s, "o", "o");
	}
	sample_finish(s);
}

static void a_chain_of_100000_is_ordered(void **state)
{
	struct sample s;
	(void)state;

	for (int is_backwards = 0; is_backwards < 2; is_backwards++) {
		chain(&s, is_backwards);
		assert_non_null(s.graph);
		for (uint32_t i = 0; i < MANY; i++)
			assert_int_equal(s.graph->order[i], is_backwards ? MANY - 1 - i : i);
		assert_int_equal(s.graph->edge_count, 2 * (MANY - 1));
		sample_end(&s);
	}
}

static void a_cycle_of_100000_is_found(void **state)
{
	struct sample s;
	(void)state;

	sample_start(&s);
	add_ring(&s, "s", MANY);
	sample_finish(&s);
	assert_null(s.graph);
	assert_non_null(strstr(buf_text(&s.text), "… (99992 more)"));
	sample_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_strings_are_stored_once),
		cmocka_unit_test(a_part_of_our_own_text_may_be_added),
		cmocka_unit_test(equal_labels_and_settings_are_stored_once),
		cmocka_unit_test(an_input_needs_the_stage_that_makes_it),
		cmocka_unit_test(an_input_inside_an_output_directory_needs_its_stage),
		cmocka_unit_test(an_input_directory_needs_all_who_make_something_in_it),
		cmocka_unit_test(the_root_as_an_input_needs_all),
		cmocka_unit_test(an_input_in_a_stage_directory_needs_that_stage),
		cmocka_unit_test(edges_are_sorted_and_there_once),
		cmocka_unit_test(the_order_is_that_of_the_definition_where_it_can_be),
		cmocka_unit_test(nothing_at_all_is_a_graph),
		cmocka_unit_test(two_stages_make_one_file),
		cmocka_unit_test(one_stage_makes_a_file_twice),
		cmocka_unit_test(instances_make_one_file_and_are_told_once),
		cmocka_unit_test(an_output_lies_inside_another),
		cmocka_unit_test(an_output_lies_in_the_directory_of_another_stage),
		cmocka_unit_test(an_output_is_or_holds_a_directory_of_a_stage),
		cmocka_unit_test(an_input_directory_holds_the_stages_own_output),
		cmocka_unit_test(a_cycle_of_one),
		cmocka_unit_test(a_cycle_of_two),
		cmocka_unit_test(cycles_follow_the_files),
		cmocka_unit_test(a_cycle_of_a_thousand_is_told_short),
		cmocka_unit_test(each_knot_of_cycles_is_told_once_by_its_shortest),
		cmocka_unit_test(earlier_mistakes_leave_no_graph),
		cmocka_unit_test(keys_do_not_know_job_and_number),
		cmocka_unit_test(keys_know_how_files_are_tracked),
		cmocka_unit_test(one_more_match_of_a_glob_is_no_change_of_the_definition),
		cmocka_unit_test(a_value_that_cannot_stand_in_a_command_is_a_mistake),
		cmocka_unit_test(a_chain_of_100000_is_ordered),
		cmocka_unit_test(a_cycle_of_100000_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
