#include "base_test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/engine/workdir.h"
#include "run/job/beneath.h"

static ino_t inode(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_ino;
}

/* The directory, made if it is missing. */
static int opened(const char *path)
{
	int fd = beneath_make(AT_FDCWD, path);

	assert_true(fd >= 0);
	return fd;
}

static void an_empty_one_serves_the_next_stage(void **state)
{
	(void)state;
	struct work_dirs dirs = {0};
	struct err err = {0};

	int state_fd = opened("state");
	assert_int_equal(workdir_make(&dirs, state_fd, opened("a"), "a/.work", &err), 0);
	ino_t first = inode("a/.work");
	assert_int_equal(workdir_remove(&dirs, state_fd, opened("a"), "a/.work", true, &err), 0);
	assert_int_equal(access("a/.work", F_OK), -1);
	assert_int_equal(workdir_make(&dirs, state_fd, opened("b"), "b/.work", &err), 0);
	assert_int_equal(inode("b/.work"), first);
	assert_int_equal(workdir_remove(&dirs, state_fd, opened("b"), "b/.work", true, &err), 0);
	assert_int_equal(workdir_end(&dirs, state_fd, "state", NULL), 0);
	assert_int_equal(rmdir("state"), 0);
}

static void one_with_something_in_it_is_removed_whole(void **state)
{
	(void)state;
	struct work_dirs dirs = {0};
	struct err err = {0};

	int state_fd = opened("state");
	assert_int_equal(workdir_make(&dirs, state_fd, opened("a"), "a/.work", &err), 0);
	test_write("a/.work/rest", "x");
	assert_int_equal(workdir_remove(&dirs, state_fd, opened("a"), "a/.work", false, &err), 0);
	assert_int_equal(access("a/.work", F_OK), -1);
	assert_int_equal(dirs.count, 0);
}

static void one_whose_mode_a_stage_has_changed_is_not_used_again(void **state)
{
	(void)state;
	struct work_dirs dirs = {0};
	struct err err = {0};

	int state_fd = opened("state");
	assert_int_equal(workdir_make(&dirs, state_fd, opened("a"), "a/.work", &err), 0);
	assert_int_equal(chmod("a/.work", 0500), 0);
	assert_int_equal(workdir_remove(&dirs, state_fd, opened("a"), "a/.work", true, &err), 0);
	assert_int_equal(dirs.count, 0);
	assert_int_equal(access("a/.work", F_OK), -1);
}

static void what_an_interrupted_attempt_left_is_replaced(void **state)
{
	(void)state;
	struct work_dirs dirs = {0};
	struct err err = {0};

	int state_fd = opened("state");
	assert_int_equal(workdir_make(&dirs, state_fd, opened("a"), "a/.work", &err), 0);
	assert_int_equal(workdir_remove(&dirs, state_fd, opened("a"), "a/.work", true, &err), 0);
	opened("b");
	assert_int_equal(mkdir("b/.work", 0777), 0);
	test_write("b/.work/half", "x");
	assert_int_equal(workdir_make(&dirs, state_fd, opened("b"), "b/.work", &err), 0);
	assert_int_equal(access("b/.work/half", F_OK), -1);
	assert_int_equal(dirs.count, 0);
}

static void that_somebody_removes_the_state_directory_does_no_harm(void **state)
{
	(void)state;
	struct work_dirs dirs = {0};
	struct err err = {0};

	int state_fd = opened("state");
	assert_int_equal(workdir_make(&dirs, state_fd, opened("a"), "a/.work", &err), 0);
	assert_int_equal(workdir_remove(&dirs, state_fd, opened("a"), "a/.work", true, &err), 0);
	assert_int_equal(rmdir("state/spare-0"), 0);
	assert_int_equal(rmdir("state"), 0);
	assert_int_equal(workdir_make(&dirs, state_fd, opened("b"), "b/.work", &err), 0);
	assert_int_equal(access("b/.work", F_OK), 0);
	assert_int_equal(workdir_remove(&dirs, state_fd, opened("b"), "b/.work", true, &err), 0);
	assert_int_equal(access("b/.work", F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(an_empty_one_serves_the_next_stage),
		TEST_IN_DIR(one_with_something_in_it_is_removed_whole),
		TEST_IN_DIR(one_whose_mode_a_stage_has_changed_is_not_used_again),
		TEST_IN_DIR(what_an_interrupted_attempt_left_is_replaced),
		TEST_IN_DIR(that_somebody_removes_the_state_directory_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
