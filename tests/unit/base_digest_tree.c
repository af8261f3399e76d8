#include "base_test.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/listing.h"

/* In front of libc's: notes of whom the server of a network file system would be asked. */
static int asked_a, asked_b, asked_link;

int statx(int dir, const char *restrict path, int flags, unsigned mask, struct statx *restrict out)
{
	int forced = (flags & AT_STATX_FORCE_SYNC) != 0;

	asked_a += forced && strcmp(path, "a") == 0;
	asked_b += forced && strcmp(path, "b") == 0;
	asked_link += forced && strcmp(path, "l") == 0;
	return (int)syscall(SYS_statx, dir, path, flags, mask, out);
}

static struct digest of(const char *path, uint64_t *size)
{
	struct digest digest;
	struct err err = {0};
	uint64_t ignored;

	if (digest_tree(path, &digest, size ? size : &ignored, &err) < 0)
		fail_msg("%s", err.text);
	return digest;
}

static struct digest stat_of(const char *path, int64_t *newest)
{
	struct digest digest;
	struct err err = {0};
	int64_t ignored;

	if (digest_tree_stat(path, NULL, NULL, NULL, &digest, newest ? newest : &ignored, &err) < 0)
		fail_msg("%s", err.text);
	return digest;
}

static void assert_same(const char *a, const char *b)
{
	struct digest x = of(a, NULL), y = of(b, NULL);

	assert_true(digest_eq(&x, &y));
}

static void assert_differ(const char *a, const char *b)
{
	struct digest x = of(a, NULL), y = of(b, NULL);

	assert_false(digest_eq(&x, &y));
}

static void make(const char *dir)
{
	char path[64];

	snprintf(path, sizeof path, "%s/sub", dir);
	assert_int_equal(fs_mkdirs(path, NULL), 0);
	snprintf(path, sizeof path, "%s/a", dir);
	test_write(path, "hello");
	snprintf(path, sizeof path, "%s/sub/b", dir);
	test_write(path, "world!");
	snprintf(path, sizeof path, "%s/l", dir);
	assert_int_equal(symlink("a", path), 0);
}

static void equal_trees_have_equal_digests_wherever_they_are(void **state)
{
	(void)state;
	uint64_t size;

	make("x");
	make("y");
	assert_same("x", "y");
	assert_same("x", "./y/");
	of("x", &size);
	assert_int_equal(size, 11); /* the link's content is not its own */
	/* owners, modes and times do not count */
	const struct timespec times[2] = {{5, 6}, {7, 8}};
	assert_int_equal(utimensat(AT_FDCWD, "x/a", times, 0), 0);
	assert_int_equal(chmod("x/a", 0600), 0);
	assert_same("x", "y");
	assert_int_equal(symlink("y", "to_y"), 0);
	assert_same("x", "to_y");
}

static void every_change_is_seen(void **state)
{
	(void)state;
	make("x");
	make("y");
	test_write("y/a", "Hello"); /* content */
	assert_differ("x", "y");
	test_write("y/a", "hello");
	assert_same("x", "y");
	assert_int_equal(rename("y/a", "y/c"), 0); /* name */
	assert_differ("x", "y");
	assert_int_equal(rename("y/c", "y/a"), 0);
	assert_int_equal(rename("y/sub/b", "y/b"), 0); /* place */
	assert_differ("x", "y");
	assert_int_equal(rename("y/b", "y/sub/b"), 0);
	assert_int_equal(mkdir("y/empty", 0777), 0); /* an empty directory */
	assert_differ("x", "y");
	assert_int_equal(rmdir("y/empty"), 0);
	test_write("y/.hidden", ""); /* a hidden file */
	assert_differ("x", "y");
	assert_int_equal(unlink("y/.hidden"), 0);
	assert_int_equal(unlink("y/l"), 0); /* a link's text, with the same content behind it */
	assert_int_equal(symlink("./a", "y/l"), 0);
	assert_differ("x", "y");
	assert_int_equal(unlink("y/l"), 0);
	test_write("y/l", "hello"); /* a file instead of a link to the same */
	assert_differ("x", "y");
	assert_int_equal(unlink("y/l"), 0);
	assert_int_equal(symlink("a", "y/l"), 0);
	assert_same("x", "y");
}

static void the_number_of_a_stage_in_a_link_does_not_count(void **state)
{
	static const char *const same[] = {"../04_asr/o", "../../5_a/17_b/", "/x/04_asr", "04_"};
	static const char *const now[] = {"../105_asr/o", "../../06_a/b/", "/x/asr", "05_"};
	static const char *const differ[] = {
		"../04-asr/o", "../x04_asr/o", "../04_05_asr/o", "../_asr/o"};
	static const char *const from[] = {
		"../05-asr/o", "../x05_asr/o", "../04_06_asr/o", "../asr/o"};

	(void)state;
	assert_int_equal(fs_mkdirs("x", NULL) + fs_mkdirs("y", NULL), 0);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(symlink(i < 4 ? same[i] : differ[i - 4], "x/l"), 0);
		assert_int_equal(symlink(i < 4 ? now[i] : from[i - 4], "y/l"), 0);
		if (i < 4)
			assert_same("x", "y");
		else
			assert_differ("x", "y");
		assert_int_equal(unlink("x/l") + unlink("y/l"), 0);
	}
}

static void names_and_contents_do_not_run_together(void **state)
{
	(void)state;
	assert_int_equal(fs_mkdirs("x", NULL) + fs_mkdirs("y", NULL), 0);
	test_write("x/ab", "c");
	test_write("y/a", "bc");
	assert_differ("x", "y");
	assert_int_equal(fs_mkdirs("p/d", NULL) + fs_mkdirs("q/d", NULL), 0);
	test_write("p/d/f", "");
	test_write("q/f", "");
	assert_differ("p", "q");
}

static void the_content_behind_a_link_counts(void **state)
{
	(void)state;
	assert_int_equal(fs_mkdirs("x", NULL) + fs_mkdirs("elsewhere", NULL), 0);
	test_write("elsewhere/f", "one");
	assert_int_equal(symlink("../elsewhere/f", "x/l"), 0);
	struct digest before = of("x", NULL);
	test_write("elsewhere/f", "two");
	struct digest after = of("x", NULL);
	assert_false(digest_eq(&before, &after));
	assert_int_equal(unlink("elsewhere/f"), 0);
	before = after;
	after = of("x", NULL); /* a dangling link is its text */
	assert_false(digest_eq(&before, &after));
	test_write("elsewhere/f", "");
	before = after;
	after = of("x", NULL); /* and not an empty file */
	assert_false(digest_eq(&before, &after));
}

static void links_that_lead_nowhere_or_to_devices_are_their_text(void **state)
{
	(void)state;
	make("x");
	assert_int_equal(symlink("loop", "x/loop"), 0);
	assert_int_equal(symlink("/dev/zero", "x/endless"), 0);
	struct digest before = of("x", NULL);
	struct digest after = of("x", NULL);
	assert_true(digest_eq(&before, &after));
}

static void links_to_directories_are_followed(void **state)
{
	(void)state;
	struct stat st;

	make("x");
	make("store");
	assert_int_equal(symlink("../store", "x/one"), 0);
	assert_int_equal(symlink("../store", "x/two"), 0); /* no circle */
	struct digest before = of("x", NULL), seen = stat_of("x", NULL);
	test_write("store/sub/b", "another");
	struct digest after = of("x", NULL), seen_after = stat_of("x", NULL);
	assert_false(digest_eq(&before, &after));
	assert_false(digest_eq(&seen, &seen_after));
	/* not the same as a directory in its place */
	assert_int_equal(unlink("x/two"), 0);
	before = of("x", NULL);
	assert_int_equal(unlink("x/one"), 0);
	assert_int_equal(rename("store", "x/one"), 0);
	after = of("x", NULL);
	assert_false(digest_eq(&before, &after));
	/* also through more levels than keep their descriptor */
	for (int i = 0; i < 100; i++) {
		char name[32], target[32];
		snprintf(name, sizeof name, "chain%d", i);
		assert_int_equal(mkdir(name, 0777), 0);
		snprintf(name, sizeof name, "chain%d/next", i);
		snprintf(target, sizeof target, "../chain%d", i + 1);
		if (i < 99)
			assert_int_equal(symlink(target, name), 0);
	}
	test_make_deep("chain99/deep", 100);
	before = of("chain0", NULL);
	test_write("chain99/new", "1");
	after = of("chain0", NULL);
	assert_false(digest_eq(&before, &after));
	assert_int_equal(stat("chain99/new", &st), 0);
}

static void a_circle_of_links_is_an_error_that_names_it(void **state)
{
	(void)state;
	static const char *const targets[] = {".", "..", "../../x", "../sub"};
	struct digest digest;
	uint64_t size;
	int64_t newest;

	make("x");
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		struct err err = {0};
		assert_int_equal(symlink(targets[i], "x/sub/self"), 0);
		assert_int_equal(digest_tree("x", &digest, &size, &err), -1);
		assert_non_null(strstr(err.text, "'x/sub/self'"));
		assert_int_equal(err.sys, ELOOP);
		err_clear(&err);
		assert_int_equal(
			digest_tree_stat("x", NULL, NULL, NULL, &digest, &newest, &err), -1);
		assert_int_equal(unlink("x/sub/self"), 0);
	}
}

static void the_executable_bit_of_a_file_counts(void **state)
{
	(void)state;
	make("x");
	struct digest before = of("x", NULL);
	assert_int_equal(chmod("x/a", 0755), 0); /* the link x/l leads to it, too */
	struct digest after = of("x", NULL);
	assert_false(digest_eq(&before, &after));
	assert_int_equal(chmod("x/a", 0655), 0); /* not by its owner */
	after = of("x", NULL);
	assert_true(digest_eq(&before, &after));
	test_write("elsewhere", "");
	assert_int_equal(symlink("../elsewhere", "x/out"), 0);
	before = of("x", NULL);
	assert_int_equal(chmod("elsewhere", 0755), 0);
	after = of("x", NULL);
	assert_false(digest_eq(&before, &after));
}

static void where_other_hosts_write_each_member_is_looked_at_anew(void **state)
{
	(void)state;
	struct listing first, again;
	struct listing_how how = {.now_ns = INT64_MAX};

	make("x");
	asked_a = asked_b = asked_link = 0;
	assert_int_equal(listing_read(&first, "x", &how, NULL), 0);
	stat_of("x", NULL);
	assert_int_equal(asked_a + asked_b + asked_link, 0); /* the others need not pay for it */
	fs_look_anew(true);
	how.known = &first;
	assert_int_equal(listing_read(&again, "x", &how, NULL), 0);
	assert_false(again.has_read);
	assert_in_range(asked_a, 1, 2);
	assert_int_equal(asked_b, 1);
	assert_in_range(asked_link, 1, 2);
	asked_a = asked_b = asked_link = 0;
	stat_of("x", NULL);
	assert_int_equal(asked_a, 1);
	assert_int_equal(asked_b, 1);
	assert_int_equal(asked_link, 2); /* itself, and what it leads to */
	fs_look_anew(false);
	listing_free(&again);
	listing_free(&first);
}

static void a_listing_is_packed_and_unpacked(void **state)
{
	(void)state;
	struct listing first, again;
	struct digest a, b;
	struct buf bytes = {0};

	make("x");
	test_write("x/\xff\n", "odd");
	assert_int_equal(symlink("sub", "x/to-dir"), 0);
	assert_int_equal(symlink("nowhere", "x/to-nothing"), 0);
	assert_int_equal(symlink("a", "x/to-file"), 0);
	assert_int_equal(symlink("../x/sub", "x/sub2"), 0);
	test_write("x/sub2.txt", "");
	assert_int_equal(chmod("x/a", 0700), 0);
	assert_int_equal(listing_read(&first, "x", &(struct listing_how){0}, NULL), 0);
	assert_int_equal(listing_digest(&first, false, &a), 0);
	listing_pack(&first, &bytes);
	assert_true(listing_unpack(&again, bytes.data, bytes.len));
	assert_int_equal(listing_digest(&again, false, &b), 0);
	assert_true(digest_eq(&a, &b));
	assert_int_equal(again.count, first.count);
	for (size_t i = 0; i < first.count; i++)
		assert_int_equal(again.items[i].is_linked,
			first.items[i].is_linked && first.items[i].type != '.');
	listing_free(&again);
	/* A part of it is no listing, or another one; it is never read beyond its end. */
	for (size_t len = 0; len < bytes.len; len++) {
		char *part = malloc(len + 1);
		assert_non_null(part);
		memcpy(part, bytes.data, len);
		part = realloc(part, len ? len : 1);
		assert_non_null(part);
		if (listing_unpack(&again, part, len)) {
			assert_int_equal(listing_digest(&again, false, &b), 0);
			assert_false(digest_eq(&a, &b));
			listing_free(&again);
		}
		free(part);
	}
	listing_free(&first);
	buf_free(&bytes);
}

static void only_what_changed_is_read_again(void **state)
{
	(void)state;
	struct listing first, again, packed;
	struct listing_how how = {.now_ns = 1};
	struct digest a, b;
	struct buf bytes = {0};

	make("x");
	assert_int_equal(symlink("sub", "x/to-dir"), 0);
	/* Of what is younger than the clock a change need not show. */
	assert_int_equal(listing_read(&first, "x", &how, NULL), 0);
	how.known = &first;
	assert_int_equal(listing_read(&again, "x", &how, NULL), 0);
	assert_true(again.has_read);
	listing_free(&again);
	listing_free(&first);

	how = (struct listing_how){.now_ns = INT64_MAX};
	assert_int_equal(listing_read(&first, "x", &how, NULL), 0);
	assert_int_equal(listing_digest(&first, false, &a), 0);
	listing_pack(&first, &bytes);
	assert_true(listing_unpack(&packed, bytes.data, bytes.len));
	how.known = &packed;
	assert_int_equal(listing_read(&again, "x", &how, NULL), 0);
	assert_int_equal(listing_digest(&again, false, &b), 0);
	assert_true(digest_eq(&a, &b));
	assert_false(again.has_read);
	assert_int_equal(again.bytes, first.bytes);
	assert_int_equal(again.files, first.files);
	listing_free(&again);

	test_write("x/a", "other");
	test_write("x/0", "new");
	assert_int_equal(unlink("x/sub/b"), 0);
	assert_int_equal(listing_read(&again, "x", &how, NULL), 0);
	assert_int_equal(listing_digest(&again, false, &b), 0);
	assert_true(again.has_read);
	struct digest whole = of("x", NULL);
	assert_true(digest_eq(&whole, &b));
	assert_false(digest_eq(&a, &b));
	listing_free(&again);
	how.exclude = "sub 0";
	assert_int_equal(listing_read(&again, "x", &how, NULL), 0);
	assert_int_equal(again.files, 1);
	listing_free(&again);
	listing_free(&packed);
	listing_free(&first);
	buf_free(&bytes);
}

static void fifos_and_sockets_are_their_names_and_do_not_block(void **state)
{
	(void)state;
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "x/socket"};

	assert_int_equal(fs_mkdirs("x", NULL), 0);
	assert_int_equal(mkfifo("x/pipe", 0666), 0);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	alarm(10);
	struct digest with = of("x", NULL);
	stat_of("x", NULL);
	alarm(0);
	close(fd);
	assert_int_equal(unlink("x/socket"), 0);
	struct digest without = of("x", NULL);
	assert_false(digest_eq(&with, &without));
}

static void an_empty_and_a_very_deep_tree_have_digests(void **state)
{
	(void)state;
	uint64_t size = 1;

	assert_int_equal(fs_mkdirs("empty", NULL), 0);
	of("empty", &size);
	assert_int_equal(size, 0);
	test_make_deep("deep", 2500);
	struct digest a = of("deep", NULL), b = of("deep", NULL);
	assert_true(digest_eq(&a, &b));
	a = stat_of("deep", NULL);
	b = stat_of("deep", NULL);
	assert_true(digest_eq(&a, &b));
	test_make_deep("deeper", 2501);
	assert_differ("deep", "deeper");
}

static void a_missing_or_other_root_is_an_error_that_names_it(void **state)
{
	(void)state;
	struct digest digest;
	uint64_t size;
	int64_t newest;

	test_write("file", "");
	const char *const paths[] = {"missing", "file"};
	for (int i = 0; i < 2; i++) {
		struct err err = {0};
		assert_int_equal(digest_tree(paths[i], &digest, &size, &err), -1);
		assert_non_null(strstr(err.text, paths[i]));
		err_clear(&err);
		assert_int_equal(
			digest_tree_stat(paths[i], NULL, NULL, NULL, &digest, &newest, &err), -1);
		assert_non_null(strstr(err.text, paths[i]));
	}
}

static bool unreadable_is_an_error(void)
{
	struct err err = {0};
	struct digest digest;
	uint64_t size;

	make("x");
	if (chmod("x/sub/b", 0) < 0)
		return false;
	return digest_tree("x", &digest, &size, &err) == -1 && err.sys == EACCES &&
	       strstr(err.text, "'x/sub/b'");
}

static void an_unreadable_file_in_it_is_an_error_that_names_it(void **state)
{
	(void)state;
	assert_true(test_as_nobody(unreadable_is_an_error));
}

static void what_stat_says_changes_with_every_change(void **state)
{
	(void)state;
	int64_t newest, later;

	make("x");
	struct digest a = stat_of("x", &newest), b = stat_of("x", &later);
	assert_true(digest_eq(&a, &b));
	assert_true(newest == later && newest > INT64_C(1700000000000000000));

	const struct timespec times[2] = {{5, 6}, {7, 8}};
	assert_int_equal(utimensat(AT_FDCWD, "x/sub/b", times, 0), 0);
	b = stat_of("x", &later);
	assert_false(digest_eq(&a, &b));
	assert_true(later >= newest);

	a = b;
	int fd = open(
		"x/sub/b", O_WRONLY | O_CLOEXEC); /* same size, old time put back: ctime and all */
	assert_int_equal(write(fd, "WORLD!", 6), 6);
	close(fd);
	struct timespec pause = {0, 20000000};
	nanosleep(&pause, NULL);
	assert_int_equal(utimensat(AT_FDCWD, "x/sub/b", times, 0), 0);
	b = stat_of("x", NULL);
	assert_false(digest_eq(&a, &b));

	a = b;
	test_write("x/new", "");
	b = stat_of("x", NULL);
	assert_false(digest_eq(&a, &b));

	/* a file that a link leads to, outside */
	test_write("outside", "1");
	assert_int_equal(symlink("../outside", "x/out"), 0);
	a = stat_of("x", NULL);
	test_write("outside", "22");
	b = stat_of("x", NULL);
	assert_false(digest_eq(&a, &b));
}

static void the_newest_time_may_lie_in_the_future(void **state)
{
	(void)state;
	int64_t newest;

	make("x");
	const struct timespec times[2] = {{5, 6}, {4000000000, 7}};
	assert_int_equal(utimensat(AT_FDCWD, "x/a", times, 0), 0);
	stat_of("x", &newest);
	assert_true(newest == INT64_C(4000000000000000007));
}

static void a_directory_that_vanishes_meanwhile_is_not_taken_for_an_empty_one(void **state)
{
	(void)state;
	assert_int_equal(fs_mkdirs("x/sub", NULL) + fs_mkdirs("empty/sub", NULL), 0);
	test_write("x/sub/f", "never without");
	assert_int_equal(symlink("nowhere", "link"), 0);
	struct digest empty = of("empty", NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* x/sub is now the full directory, now a link */
		while (syscall(SYS_renameat2, AT_FDCWD, "link", AT_FDCWD, "x/sub", 2) == 0)
			;
		_exit(1);
	}
	for (int i = 0; i < 20000; i++) {
		struct digest digest;
		struct err err = {0};
		uint64_t size;
		if (digest_tree("x", &digest, &size, &err) == 0)
			assert_false(digest_eq(&digest, &empty));
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(equal_trees_have_equal_digests_wherever_they_are),
		TEST_IN_DIR(every_change_is_seen),
		TEST_IN_DIR(the_number_of_a_stage_in_a_link_does_not_count),
		TEST_IN_DIR(names_and_contents_do_not_run_together),
		TEST_IN_DIR(the_content_behind_a_link_counts),
		TEST_IN_DIR(links_that_lead_nowhere_or_to_devices_are_their_text),
		TEST_IN_DIR(links_to_directories_are_followed),
		TEST_IN_DIR(a_circle_of_links_is_an_error_that_names_it),
		TEST_IN_DIR(the_executable_bit_of_a_file_counts),
		TEST_IN_DIR(only_what_changed_is_read_again),
		TEST_IN_DIR(where_other_hosts_write_each_member_is_looked_at_anew),
		TEST_IN_DIR(a_listing_is_packed_and_unpacked),
		TEST_IN_DIR(fifos_and_sockets_are_their_names_and_do_not_block),
		TEST_IN_DIR(an_empty_and_a_very_deep_tree_have_digests),
		TEST_IN_DIR(a_missing_or_other_root_is_an_error_that_names_it),
		TEST_IN_DIR(an_unreadable_file_in_it_is_an_error_that_names_it),
		TEST_IN_DIR(what_stat_says_changes_with_every_change),
		TEST_IN_DIR(a_directory_that_vanishes_meanwhile_is_not_taken_for_an_empty_one),
		TEST_IN_DIR(the_newest_time_may_lie_in_the_future),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
