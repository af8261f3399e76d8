/* What the tests of the lowest floor share: a directory of their own, and another user to be. */
#ifndef BASE_TEST_H
#define BASE_TEST_H

/* cmocka wants these four first */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"

/* Setup and teardown of a test: it runs in a fresh directory. */
static inline int test_enter(void **state)
{
	const char *temp = getenv("TMPDIR");
	char *dir;

	if (asprintf(&dir, "%s/restage-test-XXXXXX", temp ? temp : "/tmp") < 0 || !mkdtemp(dir) ||
		chdir(dir) < 0)
		return -1;
	*state = dir;
	return 0;
}

static inline int test_leave(void **state)
{
	struct err err = {0};

	if (chdir("/") < 0 || fs_remove_tree(*state, &err) < 0) {
		print_error("%s\n", err.text);
		return -1;
	}
	free(*state);
	return 0;
}

#define TEST_IN_DIR(name) cmocka_unit_test_setup_teardown(name, test_enter, test_leave)

static inline void test_write_bytes(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(close(fd), 0);
}

static inline void test_write(const char *path, const char *text)
{
	test_write_bytes(path, text, strlen(text));
}

/* The file's text, to be freed; NULL if it cannot be opened. */
static inline char *test_read(const char *path)
{
	char *text = calloc(1, 4096);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_non_null(text);
	if (fd < 0) {
		free(text);
		return NULL;
	}
	assert_true(read(fd, text, 4095) >= 0);
	close(fd);
	return text;
}

static inline void test_assert_file(const char *path, const char *want)
{
	char *text = test_read(path);

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

static inline bool test_is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* A tree of `depth` directories called d, from the current one, with a file x at its end. Longer
 * than PATH_MAX when deep. */
static inline void test_make_deep(const char *top, int depth)
{
	int fd, next;

	assert_int_equal(mkdir(top, 0777), 0);
	fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (int i = 0; i < depth; i++) {
		assert_int_equal(mkdirat(fd, "d", 0777), 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	next = openat(fd, "x", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	assert_true(next >= 0);
	close(next);
	close(fd);
}

/* Runs fn in a child that is no superuser, to whom permissions mean something. The current
 * directory becomes the child's. True if fn says so. */
static inline bool test_as_nobody(bool (*fn)(void))
{
	int status;
	bool is_root = geteuid() == 0;

	if (is_root)
		assert_int_equal(chown(".", 65534, 65534), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (is_root && (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0))
			_exit(9);
		_exit(fn() ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
