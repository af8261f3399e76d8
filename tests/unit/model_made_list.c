/* foreach over what other stages make: which instances there are, and who waits for whom. What was
 * made is told by the test in the place of records. */
#include "model_definition_test.h"

#include "base/map.h"
#include "model/graph/grow.h"

/* "PATH": the names that were made there, one behind the other. */
struct fact {
	const char *path;
	const char *names[8];
};

static const struct fact *facts;
static size_t fact_count;

static bool tell(struct arena *arena, const struct made_place *place, struct made_names *out)
{
	(void)arena;
	*out = (struct made_names){0};
	for (size_t i = 0; i < fact_count; i++) {
		if (strcmp(facts[i].path, place->path) != 0)
			continue;
		out->at = (const char **)(uintptr_t)facts[i].names;
		while (out->count < 8 && facts[i].names[out->count])
			out->count++;
		return true;
	}
	return false;
}

static void load_made(const char *text, const struct fact *made, size_t count)
{
	struct definition_request request = {.file = "p.ini", .made_names = tell};

	facts = made;
	fact_count = count;
	test_write("p.ini", text);
	load_request(&request);
}

#define LOAD(text, ...) \
	load_made(text, (const struct fact[]){__VA_ARGS__}, \
		sizeof((const struct fact[]){__VA_ARGS__}) / sizeof(struct fact))
#define NOTHING \
	{ \
		.path = "" \
	}

#define SPLIT "[stage:split]\ncommand = true\noutput.d = d/\noutput.l = l.txt\n"
#define WORK \
	"[stage:work]\ncommand = true\nforeach.p = {{split.d}}/*.x\ninput.p = {{each.p}}\noutput.o = o\n"
#define GATHER "[stage:all]\ncommand = true\ninput.o = {{work.o}}\n"
#define D "out/p/01_split/d"

/* The stages' names in order. */
static const char *names(const struct graph *of)
{
	static char text[4096];
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < of->stage_count; i++)
		len += (size_t)snprintf(
			text + len, sizeof text - len, "%s%s", i ? " " : "", stage_name(of, i));
	return text;
}

static void instances_come_when_their_list_is_known(void **state)
{
	(void)state;
	LOAD(SPLIT WORK GATHER, NOTHING);
	assert_string_equal(said, "");
	assert_string_equal(names(graph), "split all");
	assert_string_equal(needs_of("all"), "split");
	assert_int_equal(graph->list_count, 1);
	assert_int_equal(graph->lists[0].flags, 0);
	LOAD(SPLIT WORK GATHER, {.path = D, .names = {"a.x", "b.y", "c.x", "sub/d.x"}});
	assert_string_equal(said, "");
	assert_string_equal(names(graph), "split work/a work/c all");
	assert_string_equal(files_of("work/c"), "p=" D "/c.x o=out/p/02_work/c/o");
	assert_string_equal(needs_of("work/a"), "split");
	assert_string_equal(needs_of("all"), "split work/a work/c");
	assert_int_equal(graph->lists[0].flags, LIST_KNOWN);
}

static void declared_files_are_known_by_name(void **state)
{
	(void)state;
	load_good("[stage:a]\ncommand = true\noutput.o =\n    x.txt\n    y.txt\n"
		  "[stage:b]\ncommand = true\nforeach.f = {{a.o}}\noutput.o = {{each.f | stem}}\n"
		  "[stage:c]\ncommand = true\nforeach.g = {{b.o}}\ninput.g = {{each.g}}\n");
	assert_string_equal(names(graph), "a b/x b/y c/x c/y");
	assert_string_equal(needs_of("b/x"), "");
	assert_string_equal(needs_of("c/y"), "b/y");
	assert_int_equal(graph->list_count, 0);
	mistake("[stage:a]\ncommand = true\noutput.d = d/\n"
		"[stage:b]\ncommand = true\nforeach.f = {{a.d}}\n",
		6, "'{{a.d}}' is a directory: what lies in it is '{{a.d}}/*'");
	mistake("[stage:a]\ncommand = true\noutput.o = o\nenabled = no\n"
		"[stage:b]\ncommand = true\nforeach.f = {{a.o}}\n",
		7, "'{{a.o}}' has no file, since its stage is disabled");
}

static void lines_of_a_file_are_values(void **state)
{
	(void)state;
	LOAD(SPLIT "[stage:b]\ncommand = echo {{each.l}}\nforeach.l = @{{split.l}}\n",
		{.path = "out/p/01_split/l.txt", .names = {"z", "a b"}});
	assert_string_equal(said, "");
	assert_string_equal(names(graph), "split b/z b/a_b");
	assert_string_equal(template_of("b/a_b"), "echo 'a b'");
	assert_string_equal(needs_of("b/z"), "split");
}

#define TITLES "foreach.t = a\n  b\n"
#define CUT "[stage:cut]\ncommand = true\n" TITLES "output.d = d/\n"

static void a_list_is_that_of_the_instance_that_is_meant(void **state)
{
	(void)state;
	LOAD(CUT "[stage:w]\ncommand = true\n" TITLES "foreach.p = {{cut.d}}/*\noutput.o = o\n"
		 "[stage:of]\ncommand = true\n" TITLES "input.o = {{w.o}}\n"
		 "[stage:one]\ncommand = true\ninput.o = {{w[t=b].o}}\n",
		{.path = "out/p/01_cut/a/d", .names = {"1", "2"}},
		{.path = "out/p/01_cut/b/d", .names = {"1"}});
	assert_string_equal(said, "");
	assert_string_equal(names(graph), "cut/a cut/b w/a,1 w/a,2 w/b,1 of/a of/b one");
	assert_string_equal(needs_of("w/b,1"), "cut/b");
	assert_string_equal(needs_of("of/a"), "cut/a w/a,1 w/a,2");
	assert_string_equal(needs_of("one"), "cut/b w/b,1");
	/* Without that key it is all of them: what is of one waits for that alone. */
	LOAD(CUT "[stage:work]\ncommand = true\nforeach.p = {{cut.d}}/*\noutput.o = o\n" GATHER,
		{.path = "out/p/01_cut/a/d", .names = {"1", "2"}});
	assert_string_equal(said, "");
	assert_string_equal(names(graph), "cut/a cut/b work/1 work/2 all");
	assert_string_equal(needs_of("work/2"), "cut/a");
	assert_string_equal(needs_of("all"), "cut/a cut/b work/1 work/2");
}

static void lists_stand_on_lists(void **state)
{
	static const char text[] =
		"[stage:line]\ncommand = true\nforeach.l = @{{work.o}}\noutput.o = o\n" SPLIT WORK
		"[stage:end]\ncommand = true\ninput.o = {{line.o}}\n";

	(void)state;
	LOAD(text, NOTHING);
	assert_string_equal(names(graph), "split end");
	assert_string_equal(needs_of("end"), "split");
	LOAD(text, {.path = "out/p/02_split/d", .names = {"a.x", "b.x"}});
	assert_string_equal(names(graph), "split work/a work/b end");
	assert_string_equal(needs_of("end"), "split work/a work/b");
	LOAD(text, {.path = "out/p/02_split/d", .names = {"a.x", "b.x"}},
		{.path = "out/p/03_work/b/o", .names = {"q"}});
	assert_string_equal(names(graph), "line/q split work/a work/b end");
	assert_string_equal(needs_of("line/q"), "work/b");
	assert_string_equal(needs_of("end"), "line/q split work/a work/b");
}

/* What is wrong whatever is in the list is told before anything is known of it. */
static void keys_beside_a_list_have_to_match_at_once(void **state)
{
	(void)state;
	mistake(CUT "[stage:w]\ncommand = true\n" TITLES "foreach.p = {{cut.d}}/*\noutput.o = o\n"
		    "[stage:r]\ncommand = true\nforeach.t = c\ninput.o = {{w.o}}\n",
		15, "stage 'w' has no instance with t 'c'; its t is 'a', 'b'");
	mistake(CUT "[stage:w]\ncommand = true\n" TITLES "foreach.p = {{cut.d}}/*\noutput.o = o\n"
		    "[stage:r]\ncommand = true\nforeach.t = c\nafter = w\n",
		15, "stage 'w' has no instance with t 'c'; its t is 'a', 'b'");
}

static void lists_do_not_go_round(void **state)
{
	(void)state;
	mistake("[stage:a]\ncommand = true\nforeach.x = {{b.o}}\noutput.o = o\n"
		"[stage:b]\ncommand = true\nforeach.x = {{a.o}}\noutput.o = o\n",
		7, "its values are what stage 'a' makes, whose own come from it");
	mistake("[stage:a]\ncommand = true\nforeach.x = {{a.o}}\noutput.o = o\n", 3,
		"'{{a.o}}' is made by the stage itself");
}

static void an_empty_list_is_lacking_when_it_is_known(void **state)
{
	(void)state;
	LOAD(SPLIT WORK GATHER, NOTHING);
	assert_string_equal(text_of(stage_of("all")->lacks), "");
	LOAD(SPLIT WORK GATHER, {.path = D});
	assert_string_equal(said, "");
	assert_string_equal(text_of(stage_of("all")->lacks), "stage 'work' has no instances");
	LOAD(SPLIT WORK GATHER "input.o.optional = yes\n", {.path = D});
	assert_string_equal(text_of(stage_of("all")->lacks), "");
	LOAD(SPLIT WORK "[stage:all]\ncommand = true\ninput.o = {{work.o | else p.ini}}\n",
		{.path = D});
	assert_string_equal(files_of("all"), "o=p.ini");
}

static void what_was_made_may_be_a_mistake(void **state)
{
	(void)state;
	LOAD(SPLIT "[stage:work]\ncommand = true\nforeach.p = {{split.d}}/**/*\n",
		{.path = D, .names = {"a", "s/a"}});
	assert_non_null(graph);
	assert_string_equal(names(graph), "split");
	assert_non_null(strstr(said, "p.ini:7: warning: stage 'work': "));
	assert_non_null(strstr(said, "would both be instance 'a'"));
	assert_int_equal(graph->lists[0].flags, LIST_REFUSED);
}

static void a_made_path_is_symbolic_and_has_to_be_an_input(void **state)
{
	static const char text[] = "[stage:work]\ncommand = echo {{each.p | stem}}\n"
				   "foreach.p = {{split.d}}/*\nconfig.p = {{each.p}}\n";
	struct digest key;

	(void)state;
	LOAD(SPLIT "[stage:work]\ncommand = echo {{each.p}}\nforeach.p = {{split.d}}/*\n",
		{.path = D, .names = {"a"}});
	assert_non_null(strstr(said, "declare 'input.NAME = {{each.KEY}}'"));
	char first[400];
	snprintf(first, sizeof first, SPLIT "%s", text);
	LOAD(first, {.path = D, .names = {"a"}});
	assert_string_equal(said, "");
	assert_string_equal(template_of("work/a"), "echo a");
	assert_string_equal(pairs_of(stage_of("work/a")->config), "p=" D "/a");
	key = keys_of("work/a").part[KEY_CONFIG];
	snprintf(first, sizeof first, "[stage:zero]\ncommand = true\n" SPLIT "%s", text);
	LOAD(first, {.path = "out/p/02_split/d", .names = {"a"}});
	assert_true(digest_eq(&key, &keys_of("work/a").part[KEY_CONFIG]));
}

/* A graph takes in what another expansion has: numbers stay, what is gone is nothing. */
static void a_graph_grows(void **state)
{
	(void)state;
	LOAD(SPLIT WORK GATHER, {.path = D, .names = {"a.x", "c.x"}});
	struct graph *before = graph;
	graph = NULL;
	struct grow *grow = grow_new(before);
	const struct graph *own = grow_graph(grow);
	bool is_fixed[16] = {false};
	const char *text = own->text;
	grow_add_file(grow, "extra.h", NULL);
	assert_int_equal(own->file_count, before->file_count + 1);

	LOAD(SPLIT WORK GATHER, {.path = D, .names = {"b.x", "c.x"}});
	is_fixed[0] = true;
	grow_take(grow, graph, is_fixed);
	assert_string_equal(names(own), "split work/a work/c all work/b");
	assert_true(own->stages[1].flags & STAGE_GONE);
	assert_int_equal(own->stages[1].needs.count, 0);
	assert_int_equal(own->stages[3].needs.count, 3);
	assert_int_equal(own->edges[own->stages[3].needs.first], 0);
	assert_int_equal(own->edges[own->stages[3].needs.first + 2], 4);
	assert_int_equal(own->stages[3].input_count, 2);
	assert_string_equal(
		file_path(own, own->uses[own->stages[3].first_use].file), "out/p/02_work/b/o");
	assert_int_equal(own->files[graph_find_file(own, "out/p/02_work/b/o")].producer, 4);
	assert_int_equal(own->files[graph_find_file(own, "out/p/02_work/a/o")].producer, NONE);
	assert_true(grow_changed(grow)[1] && grow_changed(grow)[3] && grow_changed(grow)[4]);
	assert_false(grow_changed(grow)[0] || grow_changed(grow)[2]);
	assert_int_equal(grow_numbers(grow)[1], 4);
	assert_string_equal(text + before->stages[0].name, "split"); /* who held it still may */

	LOAD(SPLIT WORK GATHER, {.path = D, .names = {"a.x", "b.x", "c.x"}});
	is_fixed[4] = true;
	grow_take(grow, graph, is_fixed);
	assert_string_equal(names(own), "split work/a work/c all work/b");
	assert_false(own->stages[1].flags & STAGE_GONE);
	assert_int_equal(own->stages[3].input_count, 3);
	grow_free(grow);
	graph_free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_DEFINITION(instances_come_when_their_list_is_known),
		TEST_DEFINITION(declared_files_are_known_by_name),
		TEST_DEFINITION(lines_of_a_file_are_values),
		TEST_DEFINITION(a_list_is_that_of_the_instance_that_is_meant),
		TEST_DEFINITION(lists_stand_on_lists),
		TEST_DEFINITION(keys_beside_a_list_have_to_match_at_once),
		TEST_DEFINITION(lists_do_not_go_round),
		TEST_DEFINITION(an_empty_list_is_lacking_when_it_is_known),
		TEST_DEFINITION(what_was_made_may_be_a_mistake),
		TEST_DEFINITION(a_made_path_is_symbolic_and_has_to_be_an_input),
		TEST_DEFINITION(a_graph_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
