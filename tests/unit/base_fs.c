#include "base_test.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/buf.h"

static void stat_tells_the_kind_and_a_missing_file_is_no_error(void **state)
{
	(void)state;
	struct fs_stat st;
	struct err err = {0};

	test_write("f", "hello");
	assert_int_equal(mkdir("d", 0777), 0);
	assert_int_equal(mkfifo("p", 0666), 0);
	assert_int_equal(symlink("f", "to_f"), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(fs_stat("f", &st, &err), 0);
	assert_true(st.type == 'f' && st.size == 5 && st.ino != 0);
	assert_true(st.mtime_ns > 0 && st.ctime_ns >= st.mtime_ns);
	uint64_t ino = st.ino;
	assert_int_equal(fs_stat("to_f", &st, &err), 0);
	assert_true(st.type == 'f' && st.ino == ino);
	assert_true(fs_stat("d", &st, &err) == 0 && st.type == 'd');
	assert_true(fs_stat("p", &st, &err) == 0 && st.type == 'o');
	assert_true(fs_stat("/dev/zero", &st, &err) == 0 && st.type == 'o');
	assert_true(fs_stat("dangling", &st, &err) == 0 && st.type == 'l');
	assert_true(fs_stat("missing", &st, &err) == 0 && st.type == 0 && st.size == 0);
	assert_true(fs_stat("f/below", &st, &err) == 0 && st.type == 0);
	assert_true(fs_stat("", &st, &err) == 0 && st.type == 0);
	assert_int_equal(err.code, EXIT_OK);
}

static void times_are_in_nanoseconds(void **state)
{
	(void)state;
	struct fs_stat st;

	test_write("f", "");
	const struct timespec times[2] = {{1, 5}, {-3, 999999999}};
	assert_int_equal(utimensat(AT_FDCWD, "f", times, 0), 0);
	assert_int_equal(fs_stat("f", &st, NULL), 0);
	assert_true(st.mtime_ns == -3 * INT64_C(1000000000) + 999999999);
}

static void a_question_that_fails_is_an_error(void **state)
{
	(void)state;
	struct fs_stat st;
	struct err err = {0};

	assert_int_equal(symlink("loop", "loop"), 0);
	assert_int_equal(fs_stat("loop", &st, &err), -1);
	assert_int_equal(err.sys, ELOOP);
	err_clear(&err);
	char name[300];
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(fs_stat(name, &st, &err), -1);
	assert_int_equal(err.sys, ENAMETOOLONG);
	assert_int_equal(err.code, EXIT_WORLD);
}

static void existence_follows_links(void **state)
{
	(void)state;
	test_write("f", "");
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(symlink(".", "here"), 0);
	assert_true(fs_exists("f"));
	assert_false(fs_exists("dangling"));
	assert_false(fs_exists("missing"));
	assert_true(fs_is_dir("."));
	assert_true(fs_is_dir("here"));
	assert_false(fs_is_dir("f"));
	assert_false(fs_is_dir("missing"));
}

static void a_file_is_read_whole_and_appended(void **state)
{
	(void)state;
	struct buf buf = {0};
	struct err err = {0};

	test_write_bytes("f", "a\0b", 3);
	buf_str(&buf, ">");
	assert_int_equal(fs_read("f", 100, &buf, &err), 0);
	assert_int_equal(buf.len, 4);
	assert_memory_equal(buf.data, ">a\0b", 5);
	test_write("empty", "");
	buf_free(&buf);
	assert_int_equal(fs_read("empty", 0, &buf, &err), 0);
	assert_string_equal(buf_text(&buf), "");
	buf_free(&buf);
	/* says that it has no size */
	assert_int_equal(fs_read("/proc/self/status", 1 << 20, &buf, &err), 0);
	assert_memory_equal(buf_text(&buf), "Name:", 5);
	buf_free(&buf);
}

static void a_file_over_the_limit_is_refused(void **state)
{
	(void)state;
	struct buf buf = {0};
	struct err err = {0};

	test_write("f", "12345");
	assert_int_equal(fs_read("f", 5, &buf, &err), 0);
	assert_int_equal(fs_read("f", 4, &buf, &err), -1);
	assert_int_equal(err.sys, EFBIG);
	assert_non_null(strstr(err.text, "'f'"));
	err_clear(&err);
	assert_int_equal(fs_read("/proc/self/status", 10, &buf, &err), -1);
	assert_int_equal(err.sys, EFBIG);
	buf_free(&buf);
}

static void what_is_no_regular_file_is_not_read(void **state)
{
	(void)state;
	struct buf buf = {0};
	const char *const paths[] = {"p", "/dev/zero", ".", "missing"};

	assert_int_equal(mkfifo("p", 0666), 0);
	alarm(10);
	for (size_t i = 0; i < 4; i++) {
		struct err err = {0};
		assert_int_equal(fs_read(paths[i], 100, &buf, &err), -1);
		assert_int_equal(err.code, EXIT_WORLD);
		assert_non_null(strstr(err.text, paths[i]));
		assert_int_equal(err.sys, i == 3 ? ENOENT : i == 2 ? EISDIR : EINVAL);
	}
	alarm(0);
	buf_free(&buf);
}

static void a_pipe_is_read_to_its_end(void **state)
{
	(void)state;
	struct buf buf = {0};
	struct err err = {0};
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 100; i++)
			dprintf(fds[1], "%0999d\n", i);
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(fs_read_fd(fds[0], "pipe", 1 << 20, &buf, &err), 0);
	assert_int_equal(buf.len, 100000);
	close(fds[0]);
	waitpid(pid, NULL, 0);
	buf_free(&buf);
}

static void replacing_makes_a_new_file_and_leaves_nothing_aside(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct err err = {0};
	struct stat old, new;
	char **names;
	size_t count;

	test_write("f", "old");
	assert_int_equal(link("f", "second"), 0);
	assert_int_equal(stat("f", &old), 0);
	assert_int_equal(fs_replace("f", "new", 3, &err), 0);
	assert_int_equal(stat("f", &new), 0);
	assert_true(old.st_ino != new.st_ino);
	test_assert_file("f", "new");
	test_assert_file("second", "old");
	assert_int_equal(fs_replace("g", "", 0, &err), 0);
	test_assert_file("g", "");
	assert_int_equal(fs_list(&arena, ".", &names, &count, &err), 0);
	assert_int_equal(count, 3);
	arena_free(&arena);
}

static void parts_stand_in_order(void **state)
{
	(void)state;
	struct err err = {0};
	char one[] = "one ", three[] = "three";
	const struct iovec parts[] = {{.iov_base = one, .iov_len = 4}, {.iov_base = NULL},
		{.iov_base = three, .iov_len = 5}};

	assert_int_equal(fs_replace_parts("f", parts, 3, 0600, &err), 0);
	test_assert_file("f", "one three");
	assert_int_equal(fs_replace_parts("f", NULL, 0, 0666, &err), 0);
	test_assert_file("f", "");
}

static void a_name_of_255_bytes_can_be_replaced(void **state)
{
	(void)state;
	struct err err = {0};
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	assert_int_equal(fs_replace(name, "x", 1, &err), 0);
	test_assert_file(name, "x");
}

static void a_file_aside_is_known_by_its_name(void **state)
{
	(void)state;
	assert_true(fs_is_aside(".a.json.12.tmp", "a.json"));
	assert_true(fs_is_aside(".a.json.12.tmp", NULL));
	assert_true(fs_is_aside(".a.1.tmp", NULL));
	const char *const others[] = {"", ".", ".tmp", "..tmp", "a.json.12.tmp", ".a.json.tmp",
		".a.json..tmp", ".a.json.12", ".a.json.12.tmpx", ".a.json.1x2.tmp", ".12.tmp",
		"..12.tmp"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		assert_false(fs_is_aside(others[i], NULL));
		assert_false(fs_is_aside(others[i], "a.json"));
	}
	assert_false(fs_is_aside(".a.json.12.tmp", "a"));
	assert_false(fs_is_aside(".a.json.12.tmp", "a.json.1"));
	assert_false(fs_is_aside(".b.json.12.tmp", "a.json"));
}

static void a_link_is_replaced_not_followed(void **state)
{
	(void)state;
	struct err err = {0};
	struct stat st;

	test_write("target", "keep");
	assert_int_equal(symlink("target", "l"), 0);
	assert_int_equal(fs_replace("l", "new", 3, &err), 0);
	test_assert_file("target", "keep");
	assert_true(lstat("l", &st) == 0 && S_ISREG(st.st_mode));
}

static void whatever_lies_at_the_name_aside_is_not_written_through(void **state)
{
	(void)state;
	struct err err = {0};
	char tmp[64];

	test_write("precious", "keep");
	snprintf(tmp, sizeof tmp, ".f.%ld.tmp", (long)getpid());
	assert_int_equal(symlink("precious", tmp), 0);
	assert_int_equal(fs_replace("f", "1", 1, &err), 0);
	test_assert_file("precious", "keep");
	assert_int_equal(link("precious", tmp), 0);
	assert_int_equal(fs_replace("f", "2", 1, &err), 0);
	test_assert_file("precious", "keep");
	test_assert_file("f", "2");
	assert_false(test_is_there(tmp));
}

static void a_directory_is_not_replaced_by_a_file(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct err err = {0};
	char **names;
	size_t count;

	assert_int_equal(mkdir("d", 0777), 0);
	assert_int_equal(fs_replace("d", "x", 1, &err), -1);
	assert_non_null(strstr(err.text, "'d'"));
	err_clear(&err);
	assert_int_equal(fs_replace("missing/f", "x", 1, &err), -1);
	assert_int_equal(err.sys, ENOENT);
	assert_int_equal(fs_list(&arena, ".", &names, &count, NULL), 0);
	assert_int_equal(count, 1);
	arena_free(&arena);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
	(void)state;
	struct err err = {0};
	struct rlimit old, limit;
	static char data[8192];

	test_write("f", "old");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int result = fs_replace("f", data, sizeof data, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(result, -1);
	assert_int_equal(err.sys, EFBIG);
	test_assert_file("f", "old");
	struct arena arena = {0};
	char **names;
	size_t count;
	assert_int_equal(fs_list(&arena, ".", &names, &count, NULL), 0);
	assert_int_equal(count, 1);
	arena_free(&arena);
}

static void directories_are_made_with_their_parents(void **state)
{
	(void)state;
	struct err err = {0};

	assert_int_equal(fs_mkdirs("a/b/c", &err), 0);
	assert_int_equal(fs_mkdirs("a/b/c", &err), 0);
	assert_int_equal(fs_mkdirs("a/b/c/", &err), 0);
	assert_int_equal(fs_mkdirs("./x//y/", &err), 0);
	assert_int_equal(fs_mkdirs(".", &err), 0);
	assert_int_equal(fs_mkdirs("/", &err), 0);
	assert_int_equal(fs_mkdirs("a/../z", &err), 0);
	assert_true(fs_is_dir("a/b/c") && fs_is_dir("x/y") && fs_is_dir("z"));
	assert_int_equal(symlink("a", "l"), 0);
	assert_int_equal(fs_mkdirs("l/q/r", &err), 0);
	assert_true(fs_is_dir("a/q/r"));
	char path[4096], cwd[1024];
	assert_non_null(getcwd(cwd, sizeof cwd));
	snprintf(path, sizeof path, "%s/abs/olute", cwd);
	assert_int_equal(fs_mkdirs(path, &err), 0);
	assert_true(fs_is_dir("abs/olute"));
}

static void a_file_in_the_way_of_directories_is_an_error_that_names_it(void **state)
{
	(void)state;
	struct err err = {0};

	test_write("f", "");
	assert_int_equal(fs_mkdirs("f", &err), -1);
	assert_int_equal(err.sys, ENOTDIR);
	err_clear(&err);
	assert_int_equal(fs_mkdirs("f/a/b", &err), -1);
	assert_non_null(strstr(err.text, "'f"));
	err_clear(&err);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(fs_mkdirs("dangling/x", &err), -1);
	err_clear(&err);
	assert_int_equal(fs_mkdirs("", &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(stat_tells_the_kind_and_a_missing_file_is_no_error),
		TEST_IN_DIR(times_are_in_nanoseconds),
		TEST_IN_DIR(a_question_that_fails_is_an_error),
		TEST_IN_DIR(existence_follows_links),
		TEST_IN_DIR(a_file_is_read_whole_and_appended),
		TEST_IN_DIR(a_file_over_the_limit_is_refused),
		TEST_IN_DIR(what_is_no_regular_file_is_not_read),
		TEST_IN_DIR(a_pipe_is_read_to_its_end),
		TEST_IN_DIR(replacing_makes_a_new_file_and_leaves_nothing_aside),
		TEST_IN_DIR(parts_stand_in_order),
		TEST_IN_DIR(a_name_of_255_bytes_can_be_replaced),
		TEST_IN_DIR(a_file_aside_is_known_by_its_name),
		TEST_IN_DIR(a_link_is_replaced_not_followed),
		TEST_IN_DIR(whatever_lies_at_the_name_aside_is_not_written_through),
		TEST_IN_DIR(a_directory_is_not_replaced_by_a_file),
		TEST_IN_DIR(a_full_disk_leaves_the_old_file),
		TEST_IN_DIR(directories_are_made_with_their_parents),
		TEST_IN_DIR(a_file_in_the_way_of_directories_is_an_error_that_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
