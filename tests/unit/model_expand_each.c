#include "model_definition_test.h"

static void write_episodes(void)
{
	assert_int_equal(mkdir("in", 0777), 0);
	test_write("in/ep1.mp4", "");
	test_write("in/ep2.mp4", "");
	test_write("in/.hidden.mp4", "");
}

static void a_pattern_makes_an_instance_of_each_match(void **state)
{
	(void)state;
	write_episodes();
	load_good("[stage:a]\ncommand = x {{each.e}}\nforeach.e = in/*.mp4\noutput.o = o\n");
	assert_int_equal(graph->stage_count, 2);
	assert_string_equal(text_of(stage_of("a/ep1")->dir), "out/p/01_a/ep1");
	assert_string_equal(text_of(stage_of("a/ep2")->instance), "ep2");
	assert_string_equal(text_of(stage_of("a/ep2")->decl), "a");
	assert_string_equal(template_of("a/ep1"), "x in/ep1.mp4");
	assert_string_equal(files_of("a/ep2"), "video=in/ep2.mp4 o=out/p/01_a/ep2/o");
}

static void lines_make_an_instance_each(void **state)
{
	(void)state;
	load_good(
		"[stage:a]\ncommand = x {{each.v}}\nforeach.v = 1.5\n  a b\n  dir/x.y.txt\n  \xc3\xa4\n"
		"  -rf\n  .dot\n");
	assert_string_equal(template_of("a/1.5"), "x 1.5");
	assert_string_equal(template_of("a/a_b"), "x 'a b'");
	assert_string_equal(template_of("a/x.y"), "x dir/x.y.txt");
	assert_string_equal(pairs_of(stage_of("a/\xc3\xa4")->each), "v=\xc3\xa4");
	stage_id("a/_rf");
	stage_id("a/_dot");
}

static void several_keys_make_a_matrix(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = x {{each.m}} {{each.l}}\nforeach.m = big\n  small\n"
		  "foreach.l = de\n  en\n  fr\noutput.o = o\n");
	assert_int_equal(graph->stage_count, 6);
	assert_string_equal(stage_name(graph, 0), "a/big,de");
	assert_string_equal(stage_name(graph, 1), "a/big,en");
	assert_string_equal(stage_name(graph, 3), "a/small,de");
	assert_string_equal(template_of("a/small,fr"), "x small fr");
	assert_string_equal(pairs_of(stage_of("a/small,fr")->each), "m=small l=fr");
}

static void the_same_key_means_the_matching_instance(void **state)
{
	(void)state;
	write_episodes();
	load_good(
		"[stage:a]\ncommand = true\nforeach.e = in/*.mp4\noutput.o = o\n"
		"[stage:b]\ncommand = true\nforeach.e = in/*.mp4\ninput.i = {{a.o}}\noutput.o = o\n"
		"[stage:c]\ncommand = true\nforeach.e = ep2\n  ep1\ninput.i = {{b.o}}\n"
		"[stage:all]\ncommand = true\ninput.i = {{b.o}}\n");
	assert_string_equal(files_of("b/ep2"), "i=out/p/01_a/ep2/o o=out/p/02_b/ep2/o");
	assert_string_equal(files_of("c/ep1"), "i=out/p/02_b/ep1/o");
	assert_string_equal(files_of("all"), "i=out/p/02_b/ep1/o i=out/p/02_b/ep2/o");
	assert_string_equal(needs_of("b/ep1"), "a/ep1");
	assert_string_equal(needs_of("all"), "b/ep1 b/ep2");
}

static void a_matrix_matches_on_the_keys_that_both_have(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\nforeach.e = 1\n  2\noutput.o = o\n"
		  "[stage:b]\ncommand = true\nforeach.m = x\n  y\nforeach.e = 1\n  2\n"
		  "input.i = {{a.o}}\noutput.o = o\n"
		  "[stage:c]\ncommand = true\nforeach.m = x\n  y\ninput.i = {{b.o}}\n"
		  "[stage:d]\ncommand = true\nforeach.z = 9\ninput.i = {{a.o}}\n");
	assert_string_equal(files_of("b/y,1"), "i=out/p/01_a/1/o o=out/p/02_b/y,1/o");
	assert_string_equal(files_of("c/y"), "i=out/p/02_b/y,1/o i=out/p/02_b/y,2/o");
	assert_string_equal(files_of("d/9"), "i=out/p/01_a/1/o i=out/p/01_a/2/o");
}

static void a_value_that_the_other_stage_does_not_have_is_a_mistake(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = true\nforeach.e = 1\noutput.o = o\n"
		"[stage:b]\ncommand = true\nforeach.e = 1\n  2\ninput.i = {{a.o}}\n",
		9, "stage 'a' has no instance with e '2'");
}

static void after_means_the_matching_instance_too(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\nforeach.e = 1\n  2\n"
		  "[stage:b]\ncommand = true\nforeach.e = 1\n  2\nafter = a\n"
		  "[stage:c]\ncommand = true\nafter = a\n");
	assert_string_equal(needs_of("b/2"), "a/2");
	assert_string_equal(needs_of("c"), "a/1 a/2");
}

static void two_values_of_one_name_are_a_mistake(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = true\nforeach.e = x/1.wav\n  y/1.wav\n", 4,
		"'x/1.wav' and 'y/1.wav' would both be instance '1': rename one");
	mistake("[stage:a]\ncommand = true\nforeach.e = a b\n  a_b\n", 4,
		"'a b' and 'a_b' would both be instance 'a_b'");
	mistake("[stage:a]\ncommand = true\nforeach.e = x\n  x\n", 4,
		"'x' stands twice in the list");
}

static void lists_without_values_are_mistakes(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = x {{each.e}}\nforeach.e = in/*.mp4\n", 3,
		"nothing matches 'in/*.mp4'");
	mistake("[stage:a]\ncommand = true\nforeach.e =\n", 3, "'foreach.e' is empty");
}

static void values_may_name_parameters(void **state)
{
	(void)state;
	write_episodes();
	load_good(
		"[params]\ndir = in\n[stage:a]\ncommand = true\nforeach.e = {{params.dir}}/*.mp4\n");
	assert_int_equal(graph->stage_count, 2);
}

static void a_list_of_a_parameter_makes_an_instance_of_each_item(void **state)
{
	(void)state;
	load_good(
		"[params]\ns =\n  s1\n  s2\n  s 3\none = x\n[stage:a]\ncommand = echo {{each.s}}\n"
		"foreach.s = {{params.s}}\n  s4\n[stage:b]\ncommand = true\n"
		"foreach.s = in_{{params.s}}.txt\n[stage:c]\ncommand = true\n"
		"foreach.s = {{params.one}}\n");
	assert_int_equal(graph->stage_count, 8);
	assert_string_equal(command_of("a/s_3"), "echo 's 3'");
	stage_of("a/s4");
	stage_of("b/in_s2.txt");
	stage_of("c/x");
}

static void a_range_makes_an_instance_of_each_number(void **state)
{
	(void)state;
	load_good("[params]\nn = 2\n[stage:a]\ncommand = true\nforeach.i = 0..{{params.n}}\n"
		  "[stage:b]\ncommand = echo {{each.i}}\nforeach.i = 08..10\n  x\n"
		  "[stage:c]\ncommand = true\nforeach.i = 3..3\n"
		  "[stage:d]\ncommand = true\nforeach.i = 1..x\n");
	assert_int_equal(graph->stage_count, 9);
	stage_of("a/0");
	stage_of("a/2");
	assert_string_equal(command_of("b/08"), "echo 08");
	stage_of("b/10");
	stage_of("d/1..x");
	mistake("[stage:a]\ncommand = true\nforeach.i = 3..1\n", 3,
		"'3..1' holds no number: write the smaller one first");
	mistake("[stage:a]\ncommand = true\nforeach.i = 1..2000000\n", 3,
		"'1..2000000' is more than 1000000 instances");
}

static void separators_in_a_list_are_warned_of(void **state)
{
	(void)state;
	load("[params]\ns = one, two\n[stage:a]\ncommand = true\nforeach.s = {{params.s}}\n"
	     "[stage:b]\ncommand = true\nforeach.s = one two\n"
	     "[stage:c]\ncommand = true\nforeach.s =\n  one,\n  two\n"
	     "[stage:d]\ncommand = true\nforeach.s =\n  one, 1\n  two, 2\n");
	assert_said("p.ini:5: warning: 'foreach.s' has one value, 'one, two': several values stand "
		    "one a line, without commas\n"
		    "p.ini:8: warning: 'foreach.s' has one value, 'one two': several values stand "
		    "one a line, without commas\n"
		    "p.ini:12: warning: 'foreach.s' has the value 'one,': several values stand "
		    "one a line, without commas");
}

static void a_pattern_below_the_job_takes_what_is_declared(void **state)
{
	(void)state;
	load_good(
		"[stage:a]\ncommand = true\noutput.o = x.wav\n"
		"[stage:b]\ncommand = true\nforeach.e = out/p/01_a/*.wav\ninput.e = {{each.e}}\n");
	assert_string_equal(needs_of("b/x"), "a");
}

#define FIRST \
	"[stage:first]\ncommand = true\nforeach.e = in/*.mp4\n" \
	"output.o = {{root}}/wav/{{each.e | stem}}.wav\n"

static void a_pattern_matches_what_other_stages_declare(void **state)
{
	(void)state;
	write_episodes();
	assert_int_equal(mkdir("wav", 0777), 0);
	test_write("wav/mine.wav", "");
	test_write("wav/ep1.wav", "");
	load_good("[stage:zero]\ncommand = true\nforeach.i = 1..2\n" FIRST
		  "[stage:b]\ncommand = cat {{input.w}}\nforeach.w = wav/*.wav\n"
		  "input.w = {{each.w}}\noutput.o = {{root}}/txt/{{each.w | stem}}.txt\n"
		  "[stage:c]\ncommand = true\nforeach.t = txt/*\ninput.t = {{each.t}}\n"
		  "[stage:last]\ncommand = true\nafter = zero\n");
	assert_int_equal(graph->stage_count, 11);
	assert_string_equal(stage_name(graph, 2), "first/ep1");
	assert_string_equal(stage_name(graph, 10), "last");
	assert_string_equal(files_of("b/ep2"), "w=wav/ep2.wav o=txt/ep2.txt");
	assert_string_equal(needs_of("b/ep2"), "first/ep2");
	assert_string_equal(needs_of("b/mine"), "");
	assert_string_equal(needs_of("c/ep1"), "b/ep1");
	assert_string_equal(needs_of("last"), "zero/1 zero/2");
	load_good(FIRST "enabled = {{each.e}} != in/ep1.mp4\n"
			"[stage:b]\ncommand = true\nforeach.w = wav/*.wav\n");
	assert_int_equal(graph->stage_count, 4);
	stage_of("b/mine");
	stage_of("b/ep2");
	mistake("[stage:b]\ncommand = true\nforeach.w = wav/*.wav\n" FIRST, 3,
		"'wav/*.wav' matches 'wav/ep1.wav' of stage 'first': declare that above");
	mistake("[stage:b]\ncommand = true\nforeach.w = wav/*.wav\n"
		"output.o = {{root}}/wav/{{each.w | stem}}.2.wav\n",
		3, "'wav/*.wav' matches 'wav/ep1.2.wav', which the stage makes itself");
}

static void a_pattern_does_not_reach_into_what_is_made(void **state)
{
	static const char *const patterns[] = {
		"parts/*", "pa*/*", "**/x_*", "parts/sub/**", "{{root}}/parts/*", "./parts/?"};
	(void)state;

	assert_int_equal(mkdir("parts", 0777), 0);
	test_write("parts/x_1", "");
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		char text[400];
		snprintf(text, sizeof text,
			"[stage:a]\ncommand = true\noutput.d = {{root}}/parts\n"
			"[stage:b]\ncommand = true\n%s = %s\n",
			i % 2 ? "input.p" : "foreach.p", patterns[i]);
		mistake(text, 6, "looks into 'parts', which stage 'a' makes");
		assert_non_null(strstr(said, "'input.d = {{a.d}}'"));
		assert_non_null(strstr(said, "'foreach.p = {{a.d}}/*'"));
	}
	mistake("[stage:a]\ncommand = true\noutput.d = {{root}}/new/\n"
		"[stage:b]\ncommand = true\nforeach.p = ne?/*\n",
		6, "looks into 'new', which stage 'a' makes");
	/* A file is no directory. */
	test_write("one", "");
	load_good("[stage:a]\ncommand = true\noutput.o = {{root}}/one\n"
		  "[stage:b]\ncommand = true\ninput.p = **/x_*\n");
	assert_string_equal(files_of("b"), "p=parts/x_1");
}

static void a_matrix_has_a_limit(void **state)
{
	struct buf text = {0};
	(void)state;

	buf_str(&text, "[stage:a]\ncommand = true\n");
	for (int k = 0; k < 6; k++) {
		buf_fmt(&text, "foreach.k%d =\n", k);
		for (int i = 0; i < 40; i++)
			buf_fmt(&text, "  v%d\n", i);
	}
	load(buf_text(&text));
	assert_non_null(strstr(said, "more than 1000000 instances"));
	buf_free(&text);
}

static void attributes_of_instances_may_differ(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\nforeach.t = 1\n  4\nthreads = {{each.t}}\n"
		  "output.o = x\noutput.o.size = {{each.t}}\n");
	assert_int_equal(settings_of("a/4")->threads, 4);
	assert_int_equal(settings_of("a/1")->threads, 1);
	assert_string_equal(pairs_of(label_of("a/4", 0)->meta), "size=4");
	assert_string_equal(pairs_of(label_of("a/1", 0)->meta), "size=1");
}

static void instances_share_labels_and_settings_where_they_agree(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\nforeach.t = 1\n  2\n  3\ntags = x\n"
		  "output.o = o\noutput.o.rate = 16\n");
	assert_int_equal(graph->label_count, 1);
	assert_int_equal(graph->settings_count, 1);
	assert_int_equal(graph->word_count, 1);
}

static void patterns_are_in_the_order_that_people_count_in(void **state)
{
	(void)state;
	assert_int_equal(mkdir("in", 0777), 0);
	test_write("in/part10.txt", "");
	test_write("in/part2.txt", "");
	test_write("in/part02.txt", "");
	load_good("[stage:a]\ncommand = true\nforeach.p = in/*\n");
	assert_string_equal(stage_name(graph, 0), "a/part02");
	assert_string_equal(stage_name(graph, 1), "a/part2");
	assert_string_equal(stage_name(graph, 2), "a/part10");
}

static void the_lines_of_a_file_are_values(void **state)
{
	(void)state;
	test_write("list.txt", "one\r\n\n  \n dir/two.txt \n*.x\n1..3\n");
	load_good("[params]\nf = list.txt\n[stage:a]\ncommand = echo {{each.v}}\n"
		  "foreach.v = @{{params.f}}\n  @@x\n");
	assert_int_equal(graph->stage_count, 5);
	assert_string_equal(command_of("a/two"), "echo dir/two.txt");
	assert_string_equal(command_of("a/_.x"), "echo '*.x'");
	assert_string_equal(command_of("a/1..3"), "echo 1..3");
	assert_string_equal(command_of("a/@x"), "echo @x");
	mistake("[stage:a]\ncommand = true\nforeach.v = @none.txt\n", 3, "none.txt");
	mistake("[stage:a]\ncommand = true\nforeach.v = @out/p/01_b/o\n", 3,
		"lies in the job's directory");
}

static void a_list_may_name_keys_above_it(void **state)
{
	(void)state;
	assert_int_equal(mkdir("in", 0777), 0);
	test_write("in/A_1.fq", "");
	test_write("in/A_2.fq", "");
	test_write("in/B_1.fq", "");
	load_good("[stage:a]\ncommand = echo {{each.s}} {{each.r}}\nforeach.s = A\n  B\n"
		  "foreach.r = in/{{each.s}}_*\noutput.o = o\n"
		  "[stage:b]\ncommand = true\nforeach.s = A\n  B\ninput.i = {{a.o}}\n"
		  "[stage:c]\ncommand = true\nforeach.s = B\n  A\nforeach.r = in/{{each.s}}_*\n"
		  "input.i = {{a.o}}\n");
	assert_int_equal(graph->stage_count, 8);
	assert_string_equal(stage_name(graph, 0), "a/A,A_1");
	assert_string_equal(command_of("a/B,B_1"), "echo B in/B_1.fq");
	assert_string_equal(files_of("b/A"), "i=out/p/01_a/A,A_1/o i=out/p/01_a/A,A_2/o");
	assert_string_equal(files_of("c/A,A_2"), "i=out/p/01_a/A,A_2/o");
	mistake("[stage:a]\ncommand = true\nforeach.r = {{each.s}}_1\nforeach.s = A\n", 3,
		"'{{each.s}}': a list names keys that stand above it");
	mistake("[stage:a]\ncommand = true\nforeach.s = A\n  C\nforeach.r = in/{{each.s}}_*\n", 5,
		"nothing matches 'in/C_*'");
}

static void combinations_can_be_left_out(void **state)
{
	static const char *const lines[] = {"m=big l=de", "m=big l=d*", "l=\"de\" m=b?g"};
	char text[300];
	(void)state;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		snprintf(text, sizeof text,
			"[stage:a]\ncommand = true\nforeach.m = big\n  small\nforeach.l = de\n  "
			"en\nexclude = %s\noutput.o = o\n[stage:b]\ncommand = true\nforeach.l = "
			"de\n  en\ninput.i = {{a.o}}\n",
			lines[i]);
		load_good(text);
		assert_int_equal(graph->stage_count, 5);
		assert_string_equal(stage_name(graph, 0), "a/big,en");
		assert_string_equal(files_of("b/de"), "i=out/p/01_a/small,de/o");
		assert_string_equal(
			files_of("b/en"), "i=out/p/01_a/big,en/o i=out/p/01_a/small,en/o");
	}
	load("[stage:a]\ncommand = true\nforeach.m = big\n  small\nexclude = m=other\n");
	assert_said("p.ini:5: warning: 'exclude = m=other' leaves nothing out");
	mistake("[stage:a]\ncommand = true\nforeach.m = big\nexclude = n=big\n", 4,
		"'exclude' names 'n', and the stage has no foreach.n");
	mistake("[stage:a]\ncommand = true\nforeach.m = big\nexclude = m\n", 4,
		"'m' is not KEY=VALUE");
	mistake("[stage:a]\ncommand = true\nforeach.m = big\nexclude = m=*\n", 4,
		"'exclude' leaves out every instance");
	mistake("[stage:a]\ncommand = true\nexclude = m=big\n", 3, "there is no foreach");
	mistake("[defaults]\nexclude = m=big\n[stage:a]\ncommand = true\nforeach.m = 1\n", 2,
		"'exclude' cannot be the same for all stages");
	mistake("[stage:a]\ncommand = true\nforeach.m = 1\nforeach.n.name = x\n", 4,
		"'foreach.n.name' is of 'foreach.n', which is not declared");
}

static void a_list_may_be_empty_if_it_says_so(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\nforeach.e = in/*.mp4\nforeach.e.empty = ok\n"
		  "output.o = o\n[stage:b]\ncommand = true\ninput.i = {{a.o}}\n"
		  "input.i.optional = yes\n[stage:c]\ncommand = true\n"
		  "input.i = {{a.o | else x.txt}}\n");
	assert_int_equal(graph->stage_count, 2);
	assert_int_equal(graph->empty.count, 1);
	assert_string_equal(text_of(graph->words[graph->empty.first]), "a");
	assert_string_equal(files_of("b"), "");
	assert_string_equal(files_of("c"), "i=x.txt");
	mistake("[stage:a]\ncommand = true\nforeach.e = in/*.mp4\nforeach.e.empty = ok\n"
		"output.o = o\n[stage:b]\ncommand = true\ninput.i = {{a.o}}\n",
		8, "stage 'a' has no instances");
	mistake("[stage:a]\ncommand = true\nforeach.e = 1\nforeach.e.empty = yes\n", 4,
		"'foreach.e.empty' is 'yes': it takes ok");
	mistake("[stage:a]\ncommand = true\nforeach.e = 1\nforeach.e.size = 1\n", 4,
		"behind a key of foreach stands 'name' or 'empty'");
}

static void values_can_be_named(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = echo {{each.e}}\nforeach.e = x/1.wav\n  y/1.wav\n"
		  "foreach.e.name = {{each.e | strip .wav}}\noutput.o = o\n"
		  "[stage:b]\ncommand = true\nforeach.e = x_1\ninput.i = {{a.o}}\n");
	assert_string_equal(command_of("a/x_1"), "echo x/1.wav");
	assert_string_equal(command_of("a/y_1"), "echo y/1.wav");
	assert_string_equal(files_of("b/x_1"), "i=out/p/01_a/x_1/o");
	mistake("[stage:a]\ncommand = true\nforeach.e = 1\n  2\nforeach.e.name = same\n", 4,
		"'1' and '2' would both be instance 'same': rename one, or name them by another, "
		"such as 'foreach.e.name = {{each.e | strip _R1.fastq.gz}}'");
	mistake("[stage:a]\ncommand = true\nforeach.f = 1\nforeach.e = 1\n"
		"foreach.e.name = {{each.f}}\n",
		5, "'{{each.f}}': the name of a value is made of it alone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(a_pattern_makes_an_instance_of_each_match),
		TEST_DEFINITION(lines_make_an_instance_each),
		TEST_DEFINITION(several_keys_make_a_matrix),
		TEST_DEFINITION(the_same_key_means_the_matching_instance),
		TEST_DEFINITION(a_matrix_matches_on_the_keys_that_both_have),
		TEST_DEFINITION(a_value_that_the_other_stage_does_not_have_is_a_mistake),
		TEST_DEFINITION(after_means_the_matching_instance_too),
		TEST_DEFINITION(two_values_of_one_name_are_a_mistake),
		TEST_DEFINITION(lists_without_values_are_mistakes),
		TEST_DEFINITION(values_may_name_parameters),
		TEST_DEFINITION(a_list_of_a_parameter_makes_an_instance_of_each_item),
		TEST_DEFINITION(a_range_makes_an_instance_of_each_number),
		TEST_DEFINITION(separators_in_a_list_are_warned_of),
		TEST_DEFINITION(a_pattern_below_the_job_takes_what_is_declared),
		TEST_DEFINITION(a_pattern_matches_what_other_stages_declare),
		TEST_DEFINITION(a_pattern_does_not_reach_into_what_is_made),
		TEST_DEFINITION(patterns_are_in_the_order_that_people_count_in),
		TEST_DEFINITION(the_lines_of_a_file_are_values),
		TEST_DEFINITION(a_list_may_name_keys_above_it),
		TEST_DEFINITION(combinations_can_be_left_out),
		TEST_DEFINITION(a_list_may_be_empty_if_it_says_so),
		TEST_DEFINITION(values_can_be_named),
		TEST_DEFINITION(a_matrix_has_a_limit),
		TEST_DEFINITION(attributes_of_instances_may_differ),
		TEST_DEFINITION(instances_share_labels_and_settings_where_they_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
