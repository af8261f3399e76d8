#include "base_test.h"

#include <errno.h>

#include "base/dir.h"

static void entries_are_sorted_by_bytes_with_their_kinds(void **state)
{
	(void)state;
	test_write("b", "");
	test_write("B", "");
	test_write("\xff", "");
	test_write(" ", "");
	test_write(".hidden", "");
	test_write("a\nb", "");
	assert_int_equal(mkdir("dir", 0777), 0);
	assert_int_equal(symlink("nowhere", "link"), 0);
	assert_int_equal(mkfifo("pipe", 0666), 0);
	int fd = dir_open(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
	struct dir dir;
	assert_int_equal(dir_read(fd, &dir), 0);
	const struct dir_entry want[] = {{" ", 'f'}, {".hidden", 'f'}, {"B", 'f'}, {"a\nb", 'f'},
		{"b", 'f'}, {"dir", 'd'}, {"link", 'l'}, {"pipe", 'o'}, {"\xff", 'f'}};
	assert_int_equal(dir.count, sizeof want / sizeof *want);
	for (size_t i = 0; i < dir.count; i++) {
		assert_string_equal(dir.items[i].name, want[i].name);
		assert_int_equal(dir.items[i].type, want[i].type);
	}
	dir_free(&dir);
	close(fd);
}

static void an_empty_directory_has_no_entries(void **state)
{
	(void)state;
	int fd = dir_open(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
	struct dir dir;

	assert_int_equal(dir_read(fd, &dir), 0);
	assert_int_equal(dir.count, 0);
	dir_free(&dir);
	close(fd);
}

static void many_entries_are_all_read(void **state)
{
	(void)state;
	const size_t count = 3000;
	char name[256];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof name, "%0*zu", (int)(4 + i % 250), i);
		test_write(name, "");
	}
	int fd = dir_open(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
	struct dir dir;
	assert_int_equal(dir_read(fd, &dir), 0);
	assert_int_equal(dir.count, count);
	for (size_t i = 1; i < count; i++)
		assert_true(strcmp(dir.items[i - 1].name, dir.items[i].name) < 0);
	dir_free(&dir);
	close(fd);
}

static void what_is_no_directory_is_an_error(void **state)
{
	(void)state;
	test_write("f", "");
	int fd = dir_open(AT_FDCWD, "f", O_RDONLY);
	struct dir dir;
	assert_int_equal(dir_read(fd, &dir), -1);
	assert_int_equal(errno, ENOTDIR);
	dir_free(&dir);
	close(fd);
}

static void opening_does_not_wait_for_a_fifo(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("pipe", 0666), 0);
	alarm(10);
	int fd = dir_open(AT_FDCWD, "pipe", O_RDONLY);
	alarm(0);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(entries_are_sorted_by_bytes_with_their_kinds),
		TEST_IN_DIR(an_empty_directory_has_no_entries),
		TEST_IN_DIR(many_entries_are_all_read),
		TEST_IN_DIR(what_is_no_directory_is_an_error),
		TEST_IN_DIR(opening_does_not_wait_for_a_fifo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
