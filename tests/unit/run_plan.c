/* What a run would do: the state of each stage, for which cause, and how many of each. */
#include "run/ask/plan.h"

#include "base/mem.h"
#include "record/index/index.h"
#include "record/judge/recorded.h"
#include "record_past.h"
#include "run/job/lock.h"

/* --- what asks for a plan, and what a run leaves for it: all that knows their calls */

static struct plan plan;

#define STATE_DIR "out/p/.restage"
#define STAGES_MAX 16

/* How a plan may be asked for; they must say the same. */
enum way {
	BY_MANIFESTS,  /* without an index */
	WITH_INDEX,    /* manifests are read, digests of files are known */
	BY_INDEX_ONLY, /* manifests of what is up to date need not be read */
	WAYS,
};

struct wish {
	const char *wanted; /* names with ' ' between them; NULL: all */
	const char *forced; /* the same; NULL: none */
};

static void mark(bool *flags, const char *names)
{
	char *copy = arena_strdup(&arena, names), *save = NULL;

	for (char *name = strtok_r(copy, " ", &save); name; name = strtok_r(NULL, " ", &save))
		flags[stage_id(name)] = true;
}

static void note_stage(struct recorded *recorded, struct stamps *stamps, uint32_t stage)
{
	struct err err = {0};
	struct record record;

	assert_int_equal(
		record_load(&arena, graph, stage, text_of(graph->stages[stage].dir), &record, &err),
		0);
	const struct recorded_success success = {
		.files = record.success.files,
		.file_count = record.success.file_count,
		.key = key_all(&record.success.key),
		.manifest = record.manifest,
		.seconds = record.success.duration_seconds,
		.has_warnings = record.warning_count != 0,
	};
	if (record.status == RECORD_SUCCESS)
		recorded_set(recorded, stamps, stage, &success);
}

/* A run ended here: it leaves its index. */
static void remember(void)
{
	struct err err = {0};
	struct workers *workers = workers_new(1, &err);
	struct stamps *stamps = stamps_new(graph, workers);
	struct recorded recorded = {0};
	struct buf paths = {0};

	recorded_begin(&recorded, graph, NULL);
	for (uint32_t i = 0; i < graph->stage_count; i++)
		note_stage(&recorded, stamps, i);
	struct index index = {
		.graph = graph,
		.stages = recorded.stages,
		.versions = recorded.versions,
		.version_count = recorded.version_count,
		.uses = recorded.uses,
		.use_count = recorded.use_count,
		.file_count = stamps_count(stamps),
	};
	index.files = mem_alloc((index.file_count + 1) * sizeof *index.files);
	index.sources = mem_alloc((graph->source_count + 1) * sizeof *index.sources);
	buf_char(&paths, 0);
	for (uint32_t i = 0; i < index.file_count; i++) {
		stamps_look(stamps, &i, 1, true);
		stamps_export(stamps, i, &index.files[i]);
		if (i < graph->file_count)
			continue;
		index.files[i].path = (uint32_t)paths.len;
		buf_add(&paths, stamps_path(stamps, i), strlen(stamps_path(stamps, i)) + 1);
	}
	index.extra_text = paths.data;
	index.extra_size = (uint32_t)paths.len;
	assert_int_equal(fs_mkdirs(STATE_DIR, &err), 0);
	assert_int_equal(index_write(&index, STATE_DIR "/index", &err), 0);
	free(index.files);
	free(index.sources);
	buf_free(&paths);
	recorded_free(&recorded);
	stamps_free(stamps);
	workers_free(workers);
}

static struct index *index_of(enum way way)
{
	const char *notice;

	return way == BY_MANIFESTS || !test_is_there(STATE_DIR "/index")
		       ? NULL
		       : index_read(STATE_DIR "/index", &notice);
}

/* "a fresh; b run never_ran; c may <- b": each stage, its state, its reasons, what it waits for. */
static const char *describe(bool has_reasons)
{
	static const char *const states[] = {"-", "fresh", "run", "may", "disabled", "running"};
	struct buf out = {0};
	const char *text;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct plan_stage *stage = &plan.stages[i];

		buf_fmt(&out, "%s%s %s", i ? "; " : "", stage_name(graph, i), states[stage->state]);
		for (uint32_t k = 0; has_reasons && k < stage->verdict.reason_count; k++)
			buf_fmt(&out, " %s", reason_name(stage->verdict.reasons[k].code));
		if (stage->state != PLAN_NOT_SELECTED && stage->cause != NONE)
			buf_fmt(&out, " <- %s", stage_name(graph, stage->cause));
	}
	text = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static const char *plan_once(struct wish wish, enum way way)
{
	static bool wanted[STAGES_MAX], forced[STAGES_MAX];
	struct err err = {0};
	struct index *index = index_of(way);
	struct plan_request request = {
		.graph = graph,
		.index = index,
		.wanted = wanted,
		.forced = forced,
		.with_records = way != BY_INDEX_ONLY,
	};
	const char *text;

	assert_true(graph->stage_count <= STAGES_MAX);
	memset(wanted, !wish.wanted, sizeof wanted);
	memset(forced, 0, sizeof forced);
	mark(wanted, wish.wanted ? wish.wanted : "");
	mark(forced, wish.forced ? wish.forced : "");
	if (plan_make(&request, &plan, &err) < 0)
		fail_msg("%s", err.text);
	text = describe(true);
	plan_free(&plan);
	index_free(index);
	return text;
}

/* The plan, whichever way it is asked for. */
static const char *plan_with(struct wish wish)
{
	const char *want = plan_once(wish, BY_MANIFESTS);

	for (int way = WITH_INDEX; way < WAYS; way++)
		assert_string_equal(plan_once(wish, (enum way)way), want);
	return want;
}

static const char *plan_all(void)
{
	return plan_with((struct wish){0});
}

/* Leaves the plan in `plan`, for its other members; free it. */
static void make_plan(void)
{
	static bool wanted[STAGES_MAX];
	struct err err = {0};
	struct plan_request request = {.graph = graph, .wanted = wanted};

	memset(wanted, true, sizeof wanted);
	assert_int_equal(plan_make(&request, &plan, &err), 0);
}

/* --- the tests' own words */

#define CHAIN \
	"[stage:m]\ncommand = cp {{input.i}} {{output.o}}\ninput.i = in\noutput.o = o\n" \
	"[stage:a]\ncommand = cp {{input.i}} {{output.o}}\ninput.i = {{m.o}}\noutput.o = o\n" \
	"[stage:z]\ncommand = cp {{input.i}} {{output.o}}\ninput.i = {{a.o}}\noutput.o = o\n" \
	"[stage:free]\ncommand = true\ninput.i = other\n"

static void write_chain(const char *text)
{
	write_file("in", "one");
	write_file("other", "one");
	load_good(text);
}

/* All ran, and a run left its index. */
static void chain_ran(const char *text)
{
	write_chain(text);
	for (uint32_t i = 0; i < graph->use_count; i++) {
		const char *path = file_path(graph, graph->uses[i].file);

		if (!test_is_there(path))
			write_file(path, "one");
	}
	for (uint32_t i = 0; i < graph->stage_count; i++)
		succeeded(stage_name(graph, i));
	remember();
}

static void assert_counts(uint32_t run, uint32_t may, uint32_t fresh, uint32_t disabled)
{
	assert_int_equal(plan.run_count, run);
	assert_int_equal(plan.may_count, may);
	assert_int_equal(plan.fresh_count, fresh);
	assert_int_equal(plan.disabled_count, disabled);
}

/* --- states */

static void what_never_ran_runs(void **state)
{
	(void)state;
	write_chain(CHAIN);
	assert_string_equal(plan_all(),
		"m run never_ran; a run never_ran <- m; z run never_ran <- a; free run never_ran");
}

static void what_is_as_it_was_is_up_to_date(void **state)
{
	(void)state;
	chain_ran(CHAIN);
	assert_string_equal(plan_all(), "m fresh; a fresh; z fresh; free fresh");
	set_time("in", 1700000000);
	assert_string_equal(plan_all(), "m fresh; a fresh; z fresh; free fresh");
}

static void what_follows_a_stage_that_runs_may_run(void **state)
{
	(void)state;
	chain_ran(CHAIN);
	write_file("in", "two");
	assert_string_equal(plan_all(), "m run input_changed; a may <- m; z may <- a; free fresh");
}

static void what_has_a_reason_of_its_own_runs(void **state)
{
	(void)state;
	chain_ran(CHAIN);
	write_file("in", "two");
	write_file("out/p/03_z/o", "two");
	assert_string_equal(plan_all(),
		"m run input_changed; a may <- m; z run output_changed <- a; free fresh");
}

/* The makers' runs may well put their files right. */
static void a_file_that_its_maker_will_make_again_is_no_reason_of_its_own(void **state)
{
	(void)state;
	chain_ran(CHAIN);
	write_file("out/p/01_m/o", "two");
	assert_string_equal(plan_all(),
		"m run output_changed; a may input_changed <- m; z may <- a; free fresh");
	assert_int_equal(unlink("out/p/01_m/o"), 0);
	assert_string_equal(plan_all(),
		"m run output_missing; a may input_changed <- m; z may <- a; free fresh");
	/* An input that nobody makes is. */
	chain_ran("[stage:m]\ncommand = true\noutput.o = o\n"
		  "[stage:a]\ncommand = work\ninput.i = {{m.o}}\ninput.j = in\n");
	write_file("out/p/01_m/o", "two");
	write_file("in", "two");
	assert_string_equal(
		plan_all(), "m run output_changed; a run input_changed input_changed <- m");
}

static void an_order_without_data_is_no_cause(void **state)
{
	(void)state;
	chain_ran("[stage:m]\ncommand = work\ninput.i = in\noutput.o = o\n"
		  "[stage:a]\ncommand = true\nafter = m\noutput.o = o\n");
	write_file("in", "two");
	assert_string_equal(plan_all(), "m run input_changed; a fresh");
}

static void a_file_inside_an_output_directory_has_its_maker_as_cause(void **state)
{
	(void)state;
	write_file("out/p/01_m/d/x", "one");
	chain_ran("[stage:m]\ncommand = work\ninput.i = in\noutput.d = d/\n"
		  "[stage:a]\ncommand = work\ninput.i = out/p/01_m/d/x\n"
		  "[stage:b]\ncommand = work\ninput.i = out/p/01_m\n");
	write_file("in", "two");
	assert_string_equal(plan_all(), "m run input_changed; a may <- m; b may <- m");
}

static void what_is_disabled_is_so_whatever_changed(void **state)
{
	(void)state;
	chain_ran(CHAIN);
	load_good(replaced(CHAIN, "[stage:z]", "[stage:z]\nenabled = no"));
	remember();
	assert_string_equal(plan_all(), "m fresh; a fresh; z disabled; free fresh");
	write_file("in", "two");
	assert_string_equal(plan_all(), "m run input_changed; a may <- m; z disabled; free fresh");
	assert_string_equal(plan_with((struct wish){.forced = "z"}),
		"m run input_changed; a may <- m; z disabled; free fresh");
}

static void what_is_not_asked_for_is_not_judged(void **state)
{
	(void)state;
	chain_ran(CHAIN);
	write_file("in", "two");
	assert_string_equal(
		plan_with((struct wish){.wanted = "z free"}), "m -; a -; z fresh; free fresh");
	assert_string_equal(plan_with((struct wish){.wanted = "m z"}),
		"m run input_changed; a -; z fresh; free -");
	write_file("out/p/01_m/o", "two");
	assert_string_equal(
		plan_with((struct wish){.wanted = "a"}), "m -; a run input_changed; z -; free -");
}

static void what_is_forced_runs(void **state)
{
	(void)state;
	chain_ran(CHAIN);
	assert_string_equal(plan_with((struct wish){.forced = "a"}),
		"m fresh; a run forced; z may <- a; free fresh");
	write_file("in", "two");
	assert_string_equal(plan_with((struct wish){.forced = "a"}),
		"m run input_changed; a run forced <- m; z may <- a; free fresh");
}

static void what_failed_runs_again(void **state)
{
	(void)state;
	chain_ran(CHAIN);
	assert_int_equal(unlink(manifest_path("m")), 0);
	became("m", "failed", ", \"exit_code\": 1");
	remember();
	assert_string_equal(plan_all(), "m run failed_before; a may <- m; z may <- a; free fresh");
}

static void a_stage_that_another_process_runs_is_running(void **state)
{
	struct err err = {0};
	int lock;

	(void)state;
	chain_ran(CHAIN);
	write_file(STATE_DIR "/open", "");
	assert_int_equal(fs_mkdirs("out/p/02_a/.work", &err), 0);
	lock = job_lock(graph, false, NULL, NULL, -1, &err);
	assert_true(lock >= 0);
	assert_string_equal(plan_all(), "m fresh; a running; z may <- a; free fresh");
	make_plan();
	assert_true(plan.is_job_running);
	assert_memory_equal(plan.run_holder, "pid ", 4);
	assert_counts(1, 1, 2, 0);
	plan_free(&plan);
	close(lock);
	/* Nobody runs it: it was interrupted, and is as it was. */
	assert_string_equal(plan_all(), "m fresh; a fresh; z fresh; free fresh");
	make_plan();
	assert_false(plan.is_job_running);
	assert_true(plan.stages[stage_id("a")].is_interrupted);
	assert_false(plan.stages[stage_id("m")].is_interrupted);
	assert_string_equal(plan.run_holder, "");
	plan_free(&plan);
	write_file("out/p/01_m/o", "two");
	assert_string_equal(plan_all(),
		"m run output_changed; a may interrupted input_changed <- m; z may <- a; free "
		"fresh");
}

/* Work directories are looked for where a run may have left one: without an index too. */
static void an_interrupted_stage_is_seen_without_an_index(void **state)
{
	struct err err = {0};

	(void)state;
	chain_ran(CHAIN);
	assert_int_equal(unlink(manifest_path("m")), 0);
	assert_int_equal(fs_mkdirs("out/p/01_m/.work", &err), 0);
	assert_int_equal(unlink(STATE_DIR "/index"), 0);
	assert_string_equal(plan_all(), "m run interrupted; a may <- m; z may <- a; free fresh");
}

/* --- the index */

/* Each of these was done after the run that left the index. */
static void whatever_changed_the_index_hides_nothing(void **state)
{
	static const struct {
		const char *path, *text; /* NULL: it is removed */
		const char *want;
	} changes[] = {
		{"in", "new", "m run input_changed; a may <- m; z may <- a; free fresh"},
		{"in", NULL, "m run input_changed; a may <- m; z may <- a; free fresh"},
		{"other", "new", "m fresh; a fresh; z fresh; free run input_changed"},
		{"out/p/02_a/o", "new",
			"m fresh; a run output_changed; z may input_changed <- a; free fresh"},
		{"out/p/03_z/o", NULL, "m fresh; a fresh; z run output_missing; free fresh"},
		{"out/p/02_a/manifest.json", NULL,
			"m fresh; a run never_ran; z may <- a; free fresh"},
		{"out/p/02_a/manifest.json", "{",
			"m fresh; a run manifest_unreadable; z may <- a; free fresh"},
		{"out/p/.restage/index", "damaged", "m fresh; a fresh; z fresh; free fresh"},
		{"out/p/.restage/index", NULL, "m fresh; a fresh; z fresh; free fresh"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		write_file("in", "one");
		chain_ran(CHAIN);
		if (changes[i].text)
			write_file(changes[i].path, changes[i].text);
		else
			assert_int_equal(unlink(changes[i].path), 0);
		assert_string_equal(plan_all(), changes[i].want);
		for (uint32_t k = 0; k < graph->stage_count; k++)
			unlink(manifest_path(stage_name(graph, k)));
		write_file("out/p/02_a/o", "one");
		write_file("other", "one");
	}
}

/* Nothing in the definition names them: the index knows them from the manifest. */
static void files_that_only_the_stage_named_are_seen_with_the_index(void **state)
{
	struct past past = {0};

	(void)state;
	load_good("[stage:a]\ncommand = work\n[stage:b]\ncommand = work\n");
	write_file("in.h", "one");
	write_file("reported", "one");
	write_file("out/p/01_a/made", "one");
	past.inputs = entry_of("in.h", TRACK_CONTENT, ", \"origin\": \"depfile\"");
	past.outputs = entry_of("out/p/01_a/made", TRACK_CONTENT, ", \"origin\": \"reported\"");
	write_past("a", past);
	past.inputs = arena_fmt(&arena, "%s, %s", past.inputs,
		entry_of("reported", TRACK_CONTENT, ", \"origin\": \"reported\""));
	past.outputs = NULL;
	write_past("b", past);
	remember();
	assert_string_equal(plan_all(), "a fresh; b fresh");
	set_time("in.h", 1700000000);
	assert_string_equal(plan_all(), "a fresh; b fresh");
	write_file("in.h", "two");
	assert_string_equal(plan_all(), "a run input_changed; b run input_changed");
	write_file("in.h", "one");
	write_file("reported", "two");
	assert_string_equal(plan_all(), "a fresh; b run input_changed");
	assert_int_equal(unlink("reported"), 0);
	assert_int_equal(unlink("out/p/01_a/made"), 0);
	assert_string_equal(plan_all(), "a run output_missing; b run input_changed");
}

static void a_changed_variable_is_seen_with_the_index(void **state)
{
	(void)state;
	setenv("RESTAGE_TEST_A", "1", 1);
	chain_ran("[stage:a]\ncommand = true\npass_env = RESTAGE_TEST_A\n");
	assert_string_equal(plan_all(), "a fresh");
	setenv("RESTAGE_TEST_A", "2", 1);
	assert_string_equal(plan_all(), "a run env_changed");
	unsetenv("RESTAGE_TEST_A");
}

/* Its warnings are shown, so its manifest is read although it is up to date. */
static void warnings_are_there_with_the_index_too(void **state)
{
	struct err err = {0};
	bool wanted[] = {true};

	(void)state;
	load_good("[stage:a]\ncommand = true\n");
	write_past("a", (struct past){.members = ", \"warnings\": [{\"message\": \"slow\"}]"});
	remember();
	for (int way = BY_MANIFESTS; way < WAYS; way++) {
		struct index *index = index_of((enum way)way);
		struct plan_request request = {
			.graph = graph,
			.index = index,
			.wanted = wanted,
			.with_records = way != BY_INDEX_ONLY,
		};

		assert_int_equal(plan_make(&request, &plan, &err), 0);
		assert_int_equal(plan.stages[0].state, PLAN_FRESH);
		assert_int_equal(plan.stages[0].record->warning_count, 1);
		plan_free(&plan);
		index_free(index);
	}
}

static void a_damaged_index_is_told(void **state)
{
	(void)state;
	chain_ran(CHAIN);
	make_plan();
	assert_null(plan.notice);
	plan_free(&plan);
	write_file(STATE_DIR "/index", "damaged");
	make_plan();
	assert_non_null(plan.notice);
	assert_counts(0, 0, 4, 0);
	plan_free(&plan);
}

/* --- numbers */

static void stages_and_their_times_are_counted(void **state)
{
	(void)state;
	chain_ran(CHAIN "[stage:off]\ncommand = true\nenabled = no\n");
	make_plan();
	assert_counts(0, 0, 4, 1);
	assert_true(plan.run_seconds == 0 && plan.may_seconds == 0);
	assert_int_equal(plan.unknown_count, 0);
	plan_free(&plan);
	write_file("in", "two");
	make_plan();
	assert_counts(1, 2, 1, 1);
	assert_true(plan.run_seconds == 2.5 && plan.may_seconds == 5);
	assert_int_equal(plan.unknown_count, 0);
	plan_free(&plan);
	assert_int_equal(unlink(manifest_path("a")), 0);
	make_plan();
	assert_counts(2, 1, 1, 1);
	assert_true(plan.run_seconds == 2.5 && plan.may_seconds == 2.5);
	assert_int_equal(plan.unknown_count, 1);
	plan_free(&plan);
}

/* --- places */

static void the_directory_of_a_renumbered_stage_is_found_by_its_name(void **state)
{
	const char *text = "[stage:new]\ncommand = true\n" CHAIN;

	(void)state;
	chain_ran(CHAIN);
	load_good(text);
	make_plan();
	assert_string_equal(plan.stages[stage_id("m")].dir, "out/p/01_m");
	assert_string_equal(plan.stages[stage_id("free")].dir, "out/p/04_free");
	assert_string_equal(plan.stages[stage_id("new")].dir, "out/p/01_new");
	assert_int_equal(plan.stages[stage_id("m")].record->status, RECORD_SUCCESS);
	assert_int_equal(plan.stages[stage_id("new")].record->status, RECORD_NONE);
	plan_free(&plan);
}

static int add_path(void *ctx, const char *rel, char type)
{
	buf_fmt(ctx, "%c %s\n", type, rel);
	return 0;
}

static void making_a_plan_writes_nothing(void **state)
{
	struct buf before = {0}, after = {0};
	struct err err = {0};

	(void)state;
	chain_ran(CHAIN);
	assert_int_equal(unlink("out/p/01_m/o"), 0);
	assert_int_equal(fs_walk(".", add_path, &before, &err), 0);
	plan_all();
	assert_int_equal(fs_walk(".", add_path, &after, &err), 0);
	assert_string_equal(buf_text(&after), buf_text(&before));
	buf_free(&before);
	buf_free(&after);
	/* Nor where the job does not exist yet. */
	load_good("[pipeline]\njob = unborn\n[stage:a]\ncommand = true\n");
	make_plan();
	assert_counts(1, 0, 0, 0);
	plan_free(&plan);
	assert_false(test_is_there("out/unborn"));
}

/* --- inputs that have to be there */

static void note_missing(void *ctx, uint32_t stage, uint32_t use)
{
	buf_fmt(ctx, "%s %s\n", stage_name(graph, stage), file_path(graph, graph->uses[use].file));
}

static const char *missing_inputs(const char *names)
{
	bool wanted[STAGES_MAX] = {false};
	struct buf out = {0};
	const char *text;

	mark(wanted, names);
	make_plan();
	plan_missing_inputs(graph, plan.stamps, wanted, note_missing, &out);
	plan_free(&plan);
	text = arena_strdup(&arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static void inputs_that_nobody_makes_must_be_there(void **state)
{
	(void)state;
	write_file("there", "x");
	load_good("[stage:m]\ncommand = true\noutput.o = o\noutput.d = d/\n"
		  "[stage:a]\ncommand = work\ninput.g = gone\ninput.t = there\ninput.m = {{m.o}}\n"
		  "input.d = out/p/01_m/d/x\ninput.o = maybe\ninput.o.optional = yes\n"
		  "[stage:b]\ncommand = work\ninput.g = gone\n"
		  "[stage:c]\ncommand = work\ninput.g = gone\nenabled = no\n");
	assert_string_equal(missing_inputs("m a b c"), "a gone\nb gone\n");
	assert_string_equal(missing_inputs("b"), "b gone\n");
	assert_string_equal(missing_inputs("m c"), "");
	write_file("gone", "x");
	assert_string_equal(missing_inputs("m a b c"), "");
}

static void a_stage_makes_what_lies_in_its_directories_and_around_its_files(void **state)
{
	(void)state;
	load_good("[stage:m]\ncommand = true\noutput.d = d/\nintermediate.t = t/\n"
		  "[stage:a]\ncommand = work\nafter = m\ninput.i = out/p/01_m/d/x\n"
		  "input.j = out/p/01_m\n"
		  "input.k = elsewhere\ninput.l = out/p/01_m/t/x\n"
		  "[stage:b]\ncommand = work\ninput.i = elsewhere\n");
	assert_true(
		graph_makes_around(graph, stage_id("a"), graph_find_file(graph, "out/p/01_m/d/x")));
	assert_true(graph_makes_around(graph, stage_id("a"), graph_find_file(graph, "out/p/01_m")));
	assert_true(
		graph_makes_around(graph, stage_id("a"), graph_find_file(graph, "out/p/01_m/t/x")));
	assert_false(graph_makes_around(graph, stage_id("a"), graph_find_file(graph, "elsewhere")));
	assert_false(
		graph_makes_around(graph, stage_id("b"), graph_find_file(graph, "out/p/01_m/d/x")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_PAST(what_never_ran_runs),
		TEST_PAST(what_is_as_it_was_is_up_to_date),
		TEST_PAST(what_follows_a_stage_that_runs_may_run),
		TEST_PAST(what_has_a_reason_of_its_own_runs),
		TEST_PAST(a_file_that_its_maker_will_make_again_is_no_reason_of_its_own),
		TEST_PAST(an_order_without_data_is_no_cause),
		TEST_PAST(a_file_inside_an_output_directory_has_its_maker_as_cause),
		TEST_PAST(what_is_disabled_is_so_whatever_changed),
		TEST_PAST(what_is_not_asked_for_is_not_judged),
		TEST_PAST(what_is_forced_runs),
		TEST_PAST(what_failed_runs_again),
		TEST_PAST(a_stage_that_another_process_runs_is_running),
		TEST_PAST(an_interrupted_stage_is_seen_without_an_index),
		TEST_PAST(whatever_changed_the_index_hides_nothing),
		TEST_PAST(files_that_only_the_stage_named_are_seen_with_the_index),
		TEST_PAST(a_changed_variable_is_seen_with_the_index),
		TEST_PAST(warnings_are_there_with_the_index_too),
		TEST_PAST(a_damaged_index_is_told),
		TEST_PAST(stages_and_their_times_are_counted),
		TEST_PAST(the_directory_of_a_renumbered_stage_is_found_by_its_name),
		TEST_PAST(making_a_plan_writes_nothing),
		TEST_PAST(inputs_that_nobody_makes_must_be_there),
		TEST_PAST(a_stage_makes_what_lies_in_its_directories_and_around_its_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
