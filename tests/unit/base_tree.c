#include "base_test.h"

#include <dirent.h>
#include <errno.h>

#include "base/buf.h"
#include "base/tree.h"

struct trace {
	struct buf text;
	const char *skip; /* name of a directory not to enter */
	const char *stop; /* name at which to stop with 7 */
	size_t entered, left;
};

static int enter(void *ctx, const struct tree_entry *entry)
{
	struct trace *trace = ctx;

	trace->entered++;
	if (trace->text.len < 2000)
		buf_fmt(&trace->text, "%c %s\n", entry->type, entry->rel);
	if (trace->skip && strcmp(entry->name, trace->skip) == 0)
		return TREE_SKIP;
	return trace->stop && strcmp(entry->name, trace->stop) == 0 ? 7 : 0;
}

static int leave(void *ctx, const struct tree_entry *entry)
{
	struct trace *trace = ctx;
	struct stat st;

	trace->left++;
	/* also after a detour below, the parent is the right one */
	assert_int_equal(fstatat(entry->parent, entry->name, &st, AT_SYMLINK_NOFOLLOW), 0);
	if (trace->text.len < 2000)
		buf_fmt(&trace->text, ". %s\n", entry->rel);
	return 0;
}

static const struct tree_visitor both = {.enter = enter, .leave = leave};

static int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void make_tree(void)
{
	assert_int_equal(mkdir("t", 0777), 0);
	assert_int_equal(mkdir("t/b", 0777), 0);
	assert_int_equal(mkdir("t/b/c", 0777), 0);
	assert_int_equal(mkdir("t/d", 0777), 0);
	test_write("t/a", "");
	test_write("t/b/x", "");
	test_write("t/b/c/y", "");
	test_write("t/e", "");
	assert_int_equal(symlink("../t", "t/b/loop"), 0);
}

static void a_tree_is_walked_in_order_and_links_are_not_entered(void **state)
{
	(void)state;
	struct trace trace = {0};
	struct err err = {0};

	make_tree();
	int before = open_descriptors();
	assert_int_equal(tree_walk("t", &both, &trace, &err), 0);
	assert_string_equal(buf_text(&trace.text),
		"f a\nd b\nd b/c\nf b/c/y\n. b/c\nl b/loop\nf b/x\n. b\nd d\n. d\nf e\n");
	assert_int_equal(open_descriptors(), before);
	buf_free(&trace.text);
}

static void a_directory_can_be_passed_over(void **state)
{
	(void)state;
	struct trace trace = {.skip = "b"};
	struct err err = {0};

	make_tree();
	assert_int_equal(tree_walk("t", &both, &trace, &err), 0);
	assert_string_equal(buf_text(&trace.text), "f a\nd b\nd d\n. d\nf e\n");
	buf_free(&trace.text);
}

static void an_answer_ends_the_walk_and_is_its_result(void **state)
{
	(void)state;
	struct trace trace = {.stop = "y"};
	struct err err = {0};

	make_tree();
	int before = open_descriptors();
	assert_int_equal(tree_walk("t", &both, &trace, &err), 7);
	assert_string_equal(buf_text(&trace.text), "f a\nd b\nd b/c\nf b/c/y\n");
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(err.code, EXIT_OK);
	buf_free(&trace.text);
}

static void a_tree_deeper_than_paths_and_descriptors_is_walked(void **state)
{
	(void)state;
	struct trace trace = {0};
	struct err err = {0};

	test_make_deep("t", 3000);
	assert_int_equal(tree_walk("t", &both, &trace, &err), 0);
	assert_int_equal(trace.entered, 3001);
	assert_int_equal(trace.left, 3000);
	buf_free(&trace.text);
}

static void the_root_may_be_a_link_unless_it_is_to_be_removed(void **state)
{
	(void)state;
	struct trace trace = {0};
	struct err err = {0};
	const struct tree_visitor remover = {.enter = enter, .will_remove = true};

	make_tree();
	assert_int_equal(symlink("t", "l"), 0);
	assert_int_equal(tree_walk("l", &both, &trace, &err), 0);
	assert_true(trace.entered > 0);
	trace.entered = 0;
	assert_int_equal(tree_walk("l", &remover, &trace, &err), -1);
	assert_int_equal(trace.entered, 0);
	buf_free(&trace.text);
}

static void a_missing_root_is_an_error_that_names_it(void **state)
{
	(void)state;
	struct trace trace = {0};
	struct err err = {0};

	assert_int_equal(tree_walk("nope", &both, &trace, &err), -1);
	assert_int_equal(err.sys, ENOENT);
	assert_non_null(strstr(err.text, "'nope'"));
	err_clear(&err);
	test_write("file", "");
	assert_int_equal(tree_walk("file", &both, &trace, &err), -1);
	assert_int_equal(err.sys, ENOTDIR);
	buf_free(&trace.text);
}

/* Replaces directory b by a link to elsewhere when it is announced. */
static int swap_under_us(void *ctx, const struct tree_entry *entry)
{
	if (strcmp(entry->rel, "b") == 0) {
		assert_int_equal(rename("t/b", "moved"), 0);
		assert_int_equal(symlink("../outside", "t/b"), 0);
	}
	return enter(ctx, entry);
}

static void a_link_put_in_the_place_of_a_directory_is_not_entered(void **state)
{
	(void)state;
	struct trace trace = {0};
	struct err err = {0};
	const struct tree_visitor swapper = {.enter = swap_under_us, .leave = leave};

	make_tree();
	assert_int_equal(mkdir("outside", 0777), 0);
	test_write("outside/secret", "");
	assert_int_equal(tree_walk("t", &swapper, &trace, &err), 0);
	/* nothing of b is seen, nor that it was left */
	assert_string_equal(buf_text(&trace.text), "f a\nd b\nd d\n. d\nf e\n");
	buf_free(&trace.text);
}

/* Moves the directory at depth 40 away while the walk is below it. */
static int move_under_us(void *ctx, const struct tree_entry *entry)
{
	struct trace *trace = ctx;

	trace->entered++;
	if (entry->type == 'f' && rename("t/d", "elsewhere") < 0)
		return -2;
	return 0;
}

static void a_directory_moved_away_does_not_lead_the_way_back_astray(void **state)
{
	(void)state;
	struct trace trace = {0};
	struct err err = {0};
	const struct tree_visitor mover = {.enter = move_under_us};

	/* t is 41 levels up from x: its descriptor has been closed */
	test_make_deep("t", 40);
	test_write("t/z", "");
	assert_int_equal(tree_walk("t", &mover, &trace, &err), -1);
	assert_int_equal(err.sys, ESTALE);
	assert_int_equal(trace.entered, 41);
	buf_free(&trace.text);
}

static bool unreadable_is_an_error(void)
{
	struct trace trace = {0};
	struct err err = {0};

	make_tree();
	if (chmod("t/b", 0) < 0 || tree_walk("t", &both, &trace, &err) != -1)
		return false;
	bool is_named = err.sys == EACCES && strstr(err.text, "'t/b'");
	buf_free(&trace.text);
	return chmod("t/b", 0700) == 0 && is_named;
}

static void an_unreadable_directory_is_an_error_that_names_it(void **state)
{
	(void)state;
	assert_true(test_as_nobody(unreadable_is_an_error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(a_tree_is_walked_in_order_and_links_are_not_entered),
		TEST_IN_DIR(a_directory_can_be_passed_over),
		TEST_IN_DIR(an_answer_ends_the_walk_and_is_its_result),
		TEST_IN_DIR(a_tree_deeper_than_paths_and_descriptors_is_walked),
		TEST_IN_DIR(the_root_may_be_a_link_unless_it_is_to_be_removed),
		TEST_IN_DIR(a_missing_root_is_an_error_that_names_it),
		TEST_IN_DIR(a_link_put_in_the_place_of_a_directory_is_not_entered),
		TEST_IN_DIR(a_directory_moved_away_does_not_lead_the_way_back_astray),
		TEST_IN_DIR(an_unreadable_directory_is_an_error_that_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
