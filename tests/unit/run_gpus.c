/* Which GPUs there are, and that no two hold the same one. */
#include "base_test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "run/engine/gpus.h"

static struct arena arena;

static int leave(void **state)
{
	arena_free(&arena);
	return test_leave(state);
}

#define TEST_GPUS(name) cmocka_unit_test_setup_teardown(name, test_enter, leave)

/* The ids of all, by taking them. */
static void expect_all(struct gpus *gpus, const char *ids)
{
	const char *all = gpus_lease(gpus, gpus_count(gpus), 1, &arena);

	assert_string_equal(all, ids);
	gpus_free(gpus);
}

static void ids_that_are_said_are_those(void **state)
{
	(void)state;
	expect_all(gpus_of("2,GPU-ab,0", 0, "7,8", 4), "2,GPU-ab,0");
}

static void the_variable_names_those_that_may_be_used(void **state)
{
	(void)state;
	expect_all(gpus_of("", 0, "3,5", 8), "3,5");
	expect_all(gpus_of("", 0, " GPU-ab , MIG-cd,GPU-ab", 8), "GPU-ab,MIG-cd");
	expect_all(gpus_of("", 0, "0,1,-1,2", 8), "0,1");
	expect_all(gpus_of("", 0, "", 8), "");
	expect_all(gpus_of("", 0, "-1", 8), "");
	expect_all(gpus_of("", 0, "NoDevFiles", 8), "");
}

static void a_number_is_the_most_that_is_taken_of_what_is_there(void **state)
{
	(void)state;
	expect_all(gpus_of("", 0, NULL, 3), "0,1,2");
	expect_all(gpus_of("", 2, NULL, 3), "0,1");
	expect_all(gpus_of("", 2, NULL, 1), "0");
	expect_all(gpus_of("", 2, "4,5,6", 8), "4,5");
	expect_all(gpus_of("", 2, "4", 8), "4");
}

static void a_number_is_believed_where_none_is_seen(void **state)
{
	(void)state;
	expect_all(gpus_of("", 2, NULL, 0), "0,1");
	expect_all(gpus_of("", 0, NULL, 0), "");
}

static void no_two_hold_the_same_one(void **state)
{
	struct gpus *gpus = gpus_of("0,1,2", 0, NULL, 0);
	(void)state;

	assert_string_equal(gpus_lease(gpus, 1, 7, &arena), "0");
	assert_string_equal(gpus_lease(gpus, 2, 8, &arena), "1,2");
	assert_null(gpus_lease(gpus, 1, 9, &arena));
	gpus_give_back(gpus, 7);
	assert_null(gpus_lease(gpus, 2, 9, &arena));
	gpus_give_back(gpus, 8);
	gpus_give_back(gpus, 8);
	assert_string_equal(gpus_lease(gpus, 1, 9, &arena), "0");
	assert_string_equal(gpus_lease(gpus, 2, 10, &arena), "1,2");
	gpus_free(gpus);
}

static void without_any_there_is_nothing_to_hold(void **state)
{
	(void)state;
	assert_int_equal(gpus_count(NULL), 0);
	assert_null(gpus_lease(NULL, 1, 1, &arena));
	gpus_give_back(NULL, 1);
	gpus_free(NULL);
}

static void touch(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fclose(file);
}

static void render_node(const char *name, const char *driver)
{
	const char *dir = arena_fmt(&arena, "sys/class/drm/%s", name);

	mkdir(dir, 0777);
	mkdir(arena_fmt(&arena, "%s/device", dir), 0777);
	assert_int_equal(symlink(arena_fmt(&arena, "../../bus/pci/drivers/%s", driver),
				 arena_fmt(&arena, "%s/device/driver", dir)),
		0);
	touch(arena_fmt(&arena, "dev/dri/%s", name));
}

static void gpus_of_a_machine_are_counted_by_their_devices(void **state)
{
	static const char *const dirs[] = {"dev", "dev/dri", "sys", "sys/class", "sys/class/drm"};
	(void)state;

	assert_int_equal(gpus_find("."), 0);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		assert_int_equal(mkdir(dirs[i], 0777), 0);
	render_node("renderD128", "ast");
	assert_int_equal(gpus_find("."), 0);
	render_node("renderD129", "amdgpu");
	render_node("renderD130", "xe");
	touch("dev/dri/card0");
	assert_int_equal(gpus_find("."), 2);
	touch("dev/nvidia0");
	touch("dev/nvidiactl");
	touch("dev/nvidia-uvm");
	assert_int_equal(gpus_find("."), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_GPUS(ids_that_are_said_are_those),
		TEST_GPUS(the_variable_names_those_that_may_be_used),
		TEST_GPUS(a_number_is_the_most_that_is_taken_of_what_is_there),
		TEST_GPUS(a_number_is_believed_where_none_is_seen),
		TEST_GPUS(no_two_hold_the_same_one),
		TEST_GPUS(without_any_there_is_nothing_to_hold),
		TEST_GPUS(gpus_of_a_machine_are_counted_by_their_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
