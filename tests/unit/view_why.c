#include "view/answer/answer.h"
#include "view_plan.h"

#define AUDIO "out/job/01_demux/audio.wav"

static void assert_why_past(const struct plan *plan, const struct record *const *known,
	uint32_t stage, const char *expected)
{
	struct arena arena = {0};
	const struct record *past[3] = {known[0], known[1], NULL};
	struct why why = {.plan = plan, .arena = &arena, .past = past};
	struct buf out = {0};

	setenv("TZ", "UTC", 1);
	why_text(&out, &why, stage, false);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
	arena_free(&arena);
}

/* There are no manifests. */
static void assert_why(const struct plan *plan, uint32_t stage, const char *expected)
{
	assert_why_past(plan, (const struct record *[2]){NULL, NULL}, stage, expected);
}

#define PAST(run_id, time, why) \
	&(const struct record) \
	{ \
		.run = (run_id), .timestamp = (time), .reasons = (why), .reason_count = 1 \
	}

static const struct reason input_changed[] = {
	{REASON_INPUT_CHANGED, AUDIO, "input " AUDIO " changed"}};
static const struct reason upstream_ran[] = {
	{REASON_UPSTREAM_RAN, AUDIO, "stage demux ran and " AUDIO " changed"}};
static const struct reason config_changed[] = {
	{REASON_CONFIG_CHANGED, "rate", "config rate changed from '1' to '2'"}};
static const struct reason never_ran[] = {{REASON_NEVER_RAN, NULL, "never ran"}};

static void one_that_may_run_leads_to_what_will(void **state)
{
	struct planned p;

	(void)state;
	planned_make(&p);
	assert_why(&p.plan, 1,
		"asr may run: if demux comes out different\n" AUDIO
		" is made by demux, which will run:\n"
		"  - config rate changed from '16000' to '8000'\n"
		"root cause: demux: config rate changed from '16000' to '8000'\n");
	planned_free(&p);
}

static void one_with_a_reason_of_its_own_is_the_root(void **state)
{
	struct planned p;

	(void)state;
	planned_make(&p);
	assert_why(&p.plan, 0, "demux will run:\n  - config rate changed from '16000' to '8000'\n");
	planned_free(&p);
}

static void a_changed_input_leads_to_the_run_that_made_it(void **state)
{
	struct planned p;
	const struct record *past[] = {
		PAST("20251127_140915", "2025-11-27T14:09:15Z", config_changed), NULL};

	(void)state;
	planned_make(&p);
	p.stages[0].state = PLAN_FRESH;
	p.stages[1].state = PLAN_RUN;
	p.stages[1].verdict = (struct verdict){
		.reasons = (struct reason *)(uintptr_t)input_changed, .reason_count = 1};
	assert_why_past(&p.plan, past, 1,
		"asr will run:\n  - input " AUDIO " changed\n" AUDIO
		" was made by demux, which last ran in run 20251127_140915 "
		"(2025-11-27 14:09:15):\n"
		"  - config rate changed from '1' to '2'\n"
		"root cause: demux: config rate changed from '1' to '2'\n");
	planned_free(&p);
}

static void an_up_to_date_stage_tells_why_it_last_ran(void **state)
{
	struct planned p;
	const struct record *past[] = {
		PAST("20251127_140915", NULL, config_changed),
		PAST("20251127_140915", NULL, upstream_ran),
	};

	(void)state;
	planned_make(&p);
	p.stages[1].state = PLAN_FRESH;
	assert_why_past(&p.plan, past, 1,
		"asr is up to date\n"
		"asr last ran in run 20251127_140915:\n"
		"  - stage demux ran and " AUDIO " changed\n" AUDIO
		" was made by demux, which last ran in run 20251127_140915:\n"
		"  - config rate changed from '1' to '2'\n"
		"root cause: demux: config rate changed from '1' to '2'\n");
	planned_free(&p);
}

static void a_later_run_is_no_cause_of_an_earlier_one(void **state)
{
	struct planned p;
	const struct record *past[] = {
		PAST("20251128_000000", NULL, config_changed),
		PAST("20251127_140915", NULL, upstream_ran),
	};

	(void)state;
	planned_make(&p);
	p.stages[1].state = PLAN_FRESH;
	assert_why_past(&p.plan, past, 1,
		"asr is up to date\n"
		"asr last ran in run 20251127_140915:\n"
		"  - stage demux ran and " AUDIO " changed\n");
	planned_free(&p);
}

static void a_stage_of_which_nothing_is_known_says_its_state(void **state)
{
	struct planned p;

	(void)state;
	planned_make(&p);
	assert_why(&p.plan, 2, "mux is up to date\n");
	p.stages[2].state = PLAN_RUN;
	p.records[2].status = RECORD_NONE;
	p.stages[2].verdict = (struct verdict){
		.reasons = (struct reason *)(uintptr_t)never_ran, .reason_count = 1};
	assert_why(&p.plan, 2, "mux will run:\n  - never ran\n");
	planned_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_may_run_leads_to_what_will),
		cmocka_unit_test(one_with_a_reason_of_its_own_is_the_root),
		cmocka_unit_test(a_changed_input_leads_to_the_run_that_made_it),
		cmocka_unit_test(an_up_to_date_stage_tells_why_it_last_ran),
		cmocka_unit_test(a_later_run_is_no_cause_of_an_earlier_one),
		cmocka_unit_test(a_stage_of_which_nothing_is_known_says_its_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
