#include "base_test.h"

#include "run/exec/pack.h"

#define COUNT 1000

static struct pack packs[COUNT];

static uint32_t pack_alike(uint32_t count, double seconds, double limit)
{
	for (uint32_t i = 0; i < count; i++)
		packs[i] = (struct pack){.seconds = seconds};
	return pack_jobs(packs, count, limit);
}

/* Jobs come in order, each has something, and none is fuller than it may be. */
static void assert_good(uint32_t count, uint32_t jobs, double limit)
{
	double filled = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t before = i ? packs[i - 1].job : 0;
		assert_in_range(packs[i].job, before, i ? before + 1 : 0);
		filled = i && packs[i].job == before ? filled + packs[i].seconds : packs[i].seconds;
		assert_true(i == 0 || packs[i].job != before || filled <= limit);
	}
	assert_int_equal(jobs, count ? packs[count - 1].job + 1 : 0);
}

static void without_a_limit_each_has_its_own(void **state)
{
	(void)state;
	assert_int_equal(pack_alike(5, 0.1, 0), 5);
	assert_good(5, 5, 0);
	assert_int_equal(pack_alike(0, 0.1, 600), 0);
}

static void what_is_not_known_has_its_own(void **state)
{
	(void)state;
	assert_int_equal(pack_alike(5, -1, 600), 5);
	pack_alike(6, 1, 600);
	packs[2].seconds = -1;
	assert_int_equal(pack_jobs(packs, 6, 600), 3);
	assert_int_equal(packs[1].job, 0);
	assert_int_equal(packs[2].job, 1);
	assert_int_equal(packs[3].job, 2);
}

static void what_takes_long_has_its_own(void **state)
{
	(void)state;
	assert_int_equal(pack_alike(7, 3600, 600), 7);
	assert_int_equal(pack_alike(7, 600, 600), 7);
}

static void nothings_are_a_few_jobs(void **state)
{
	uint32_t jobs = pack_alike(COUNT, 0.003, 600);

	(void)state;
	assert_in_range(jobs, 8, 16);
	assert_good(COUNT, jobs, 600);
}

static void there_is_enough_to_run_side_by_side(void **state)
{
	uint32_t jobs = pack_alike(400, 60, 600);

	(void)state;
	assert_in_range(jobs, 64, 100);
	assert_good(400, jobs, 600);
	jobs = pack_alike(COUNT, 300, 600);
	assert_int_equal(jobs, COUNT);
	jobs = pack_alike(COUNT, 60, 600);
	assert_in_range(jobs, 64, 120);
	assert_good(COUNT, jobs, 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_limit_each_has_its_own),
		cmocka_unit_test(what_is_not_known_has_its_own),
		cmocka_unit_test(what_takes_long_has_its_own),
		cmocka_unit_test(nothings_are_a_few_jobs),
		cmocka_unit_test(there_is_enough_to_run_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
