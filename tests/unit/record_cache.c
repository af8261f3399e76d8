/* A cache in a directory. */
#include "base_test.h"

#include <errno.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/listing_content.h"
#include "base/workers.h"
#include "model/graph/cache_settings.h"
#include "record/cache/cache.h"
#include "record/cache/cache_listing.h"
#include "record/cache/dir_store.h"

static struct cache *open_cache(struct cache_settings *settings)
{
	struct err err = {0};
	struct cache *cache;

	settings->timeout_ms = CACHE_TIMEOUT_MS;
	cache = cache_open(settings, &err);
	if (!cache)
		fail_msg("%s", err.text);
	return cache;
}

static struct cache *open_dir(void)
{
	return open_cache(&(struct cache_settings){.dir = "cache"});
}

/* The object's path, valid until the next call. */
static const char *place(const struct content *content)
{
	static char path[128];
	char hex[SHA256_TEXT_SIZE];

	sha256_format(&content->sum, hex);
	snprintf(path, sizeof path, "cache/cas/%.2s/%s", hex, hex);
	return path;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void a_file_that_was_put_is_taken(void **state)
{
	struct cache *cache = open_dir();
	struct err err = {0};
	struct content content;

	(void)state;
	test_write("a", "abc");
	assert_true(cache_put_file(cache, "a", &content));
	assert_int_equal(mode_of(place(&content)), 0444);
	assert_int_equal(cache_take_file(cache, &content, "b", false, 0, &err), CACHE_TAKEN);
	test_assert_file("b", "abc");
	assert_true(mode_of("b") & 0200);
	assert_int_equal(cache_take_file(cache, &content, "c", true, 0, &err), CACHE_TAKEN);
	assert_true(mode_of("c") & 0100);
	assert_null(cache_complaint(cache));
	cache_close(cache);
}

static void what_is_there_is_not_overwritten(void **state)
{
	struct cache *cache = open_dir();
	struct err err = {0};
	struct content content;

	(void)state;
	test_write("a", "abc");
	test_write("b", "other");
	assert_true(cache_put_file(cache, "a", &content));
	assert_int_equal(cache_take_file(cache, &content, "b", false, 0, &err), CACHE_FAILED);
	test_assert_file("b", "other");
	cache_close(cache);
}

/* What stands at the place of an object; each is a miss that leaves nothing. */
static void assert_miss(void (*spoil)(const char *path), bool is_removed)
{
	struct cache *cache = open_dir();
	struct err err = {0};
	struct content content;
	struct buf bytes = {0};

	test_write("a", "abc");
	assert_true(cache_put_file(cache, "a", &content));
	spoil(place(&content));
	assert_int_equal(cache_take_file(cache, &content, "b", false, 0, &err), CACHE_MISS);
	assert_false(test_is_there("b"));
	assert_int_equal(test_is_there(place(&content)), !is_removed);
	assert_int_equal(cache_take_bytes(cache, &content, 100, 0, &bytes), CACHE_MISS);
	/* and is put anew */
	assert_true(cache_put_file(cache, "a", &content));
	assert_int_equal(cache_take_bytes(cache, &content, 100, 0, &bytes), CACHE_TAKEN);
	assert_string_equal(buf_text(&bytes), "abc");
	buf_free(&bytes);
	assert_null(cache_complaint(cache));
	cache_close(cache);
}

static void replace(const char *path, const char *text)
{
	assert_int_equal(unlink(path), 0);
	test_write(path, text);
}

static void poison(const char *path)
{
	replace(path, "abd");
}

static void truncate_it(const char *path)
{
	replace(path, "ab");
}

static void enlarge(const char *path)
{
	replace(path, "abcabcabc");
}

static void empty(const char *path)
{
	replace(path, "");
}

static void remove_it(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

static void link_it(const char *path)
{
	remove_it(path);
	assert_int_equal(symlink("../../../a", path), 0);
}

static void pipe_it(const char *path)
{
	remove_it(path);
	assert_int_equal(mkfifo(path, 0666), 0);
}

static void what_is_not_what_its_name_says_is_a_miss(void **state)
{
	(void)state;
	assert_miss(poison, true);
	assert_miss(truncate_it, true);
	assert_miss(enlarge, true);
	assert_miss(empty, true);
	assert_miss(remove_it, true);
	assert_miss(link_it, true);
	assert_miss(pipe_it, true);
}

static void all_kinds_of_outputs_come_back(void **state)
{
	struct arena arena = {0};
	struct cache *cache = open_dir();
	struct err err = {0};
	struct entry_output outputs[3];
	struct entry_variant variant = {.outputs = outputs, .output_count = 3};
	struct entry entry;
	struct sha256 key = sha256_bytes("key", 3);

	(void)state;
	assert_int_equal(fs_mkdirs("work/deep/empty", NULL), 0);
	test_write("work/deep/f", "f");
	test_write("work/x", "x");
	assert_int_equal(chmod("work/x", 0755), 0);
	assert_int_equal(symlink("../x", "work/deep/up"), 0);
	/* not beneath the directory: such a directory is not put */
	assert_false(cache_put_output(cache, &arena, "work", "deep", NULL, &outputs[0]));
	assert_int_equal(unlink("work/deep/up"), 0);
	assert_int_equal(symlink("f", "work/deep/l"), 0);
	assert_true(cache_put_output(cache, &arena, "work", "deep", NULL, &outputs[0]));
	assert_true(cache_put_output(cache, &arena, "work", "x", NULL, &outputs[1]));
	assert_int_equal(symlink("deep/f", "work/l"), 0);
	assert_true(cache_put_output(cache, &arena, "work", "l", NULL, &outputs[2]));
	assert_true(cache_put_bytes(cache, "log", 3, &variant.log));
	assert_true(cache_put_bytes(cache, "", 0, &variant.manifest));
	assert_false(cache_find(cache, &arena, &key, &entry));
	/* not where it is told that not all of it is */
	assert_false(cache_put_variant(cache, &key, &variant, CACHE_AT_URL));
	assert_false(cache_find(cache, &arena, &key, &entry));
	assert_true(cache_put_variant(cache, &key, &variant, CACHE_AT_DIR));
	cache_close(cache);

	cache = open_dir();
	assert_true(cache_find(cache, &arena, &key, &entry));
	assert_int_equal(entry.count, 1);
	assert_true(cache_has(cache, &entry.variants[0]));
	assert_int_equal(mkdir("again", 0777), 0);
	assert_int_equal(
		cache_take_outputs(cache, &entry.variants[0], "again", 0, &err), CACHE_TAKEN);
	test_assert_file("again/deep/l", "f");
	test_assert_file("again/l", "f");
	assert_true(fs_is_dir("again/deep/empty"));
	assert_true(mode_of("again/x") & 0100);
	assert_false(mode_of("again/deep/f") & 0100);
	cache_close(cache);
	arena_free(&arena);
}

/* So much together that several threads take them. */
static void many_large_outputs_come_back_or_none_is_good(void **state)
{
	enum {
		COUNT = 9,
		SIZE = 8 << 20
	};
	struct arena arena = {0};
	struct cache *cache = open_dir();
	struct err err = {0};
	struct entry_output outputs[COUNT];
	struct entry_variant variant = {.outputs = outputs, .output_count = COUNT};
	char *text = arena_alloc(&arena, SIZE + 1);

	(void)state;
	assert_int_equal(mkdir("work", 0777), 0);
	for (int i = 0; i < COUNT; i++) {
		const char *name = arena_fmt(&arena, "o%d", i);
		memset(text, 'a' + i, SIZE);
		test_write(arena_fmt(&arena, "work/%s", name), text);
		assert_true(cache_put_output(cache, &arena, "work", name, NULL, &outputs[i]));
	}
	assert_int_equal(mkdir("again", 0777), 0);
	assert_int_equal(cache_take_outputs(cache, &variant, "again", 0, &err), CACHE_TAKEN);
	for (int i = 0; i < COUNT; i++) {
		struct content now;
		int fd = open(arena_fmt(&arena, "again/o%d", i), O_RDONLY | O_CLOEXEC);
		assert_int_equal(content_fd(fd, NULL, &now), CONTENT_READ);
		assert_true(content_eq(&now, &outputs[i].content));
		close(fd);
	}
	/* what cannot be written is told, wherever it was noticed */
	assert_int_equal(cache_take_outputs(cache, &variant, "again", 0, &err), CACHE_FAILED);
	assert_int_equal(err.sys, EEXIST);
	assert_int_equal(mkdir("third", 0777), 0);
	remove_it(place(&outputs[COUNT - 1].content));
	assert_int_equal(cache_take_outputs(cache, &variant, "third", 0, &err), CACHE_MISS);
	cache_close(cache);
	arena_free(&arena);
}

static struct content name_of_directory(const char *path)
{
	struct listing_contents contents;
	const struct listing_how how = {.reader = &contents.reader};
	struct listing list;
	struct content name;

	listing_contents_begin(&contents);
	assert_int_equal(listing_read(&list, path, &how, NULL), 0);
	name = listing_content(&list, &contents);
	listing_contents_end(&contents);
	listing_free(&list);
	return name;
}

static void what_is_no_longer_as_it_was_made_is_not_put(void **state)
{
	struct arena arena = {0};
	struct cache *cache = open_dir();
	struct entry_output output;
	struct cache_made made = {0};

	(void)state;
	assert_int_equal(fs_mkdirs("work/d/sub", NULL), 0);
	test_write("work/d/f", "f");
	test_write("work/d/sub/g", "g");
	assert_int_equal(symlink("sub", "work/d/l"), 0);
	made.name = name_of_directory("work/d");
	assert_true(cache_put_output(cache, &arena, "work", "d", &made, &output));
	test_write("work/d/f", "other");
	assert_false(cache_put_output(cache, &arena, "work", "d", &made, &output));
	test_write("work/d/f", "f");
	assert_int_equal(chmod("work/d/f", 0755), 0);
	assert_false(cache_put_output(cache, &arena, "work", "d", &made, &output));
	assert_int_equal(chmod("work/d/f", 0644), 0);
	assert_true(cache_put_output(cache, &arena, "work", "d", &made, &output));
	remove_it("work/d/l");
	assert_int_equal(symlink("./sub", "work/d/l"), 0);
	assert_false(cache_put_output(cache, &arena, "work", "d", &made, &output));
	remove_it("work/d/l");
	assert_false(cache_put_output(cache, &arena, "work", "d", &made, &output));
	made.name = content_bytes("f", 1);
	assert_true(cache_put_output(cache, &arena, "work/d", "f", &made, &output));
	test_write("work/d/f", "g");
	assert_false(cache_put_output(cache, &arena, "work/d", "f", &made, &output));
	cache_close(cache);
	arena_free(&arena);
}

static struct digest digest_of_directory(const char *path)
{
	const struct listing_how how = {0};
	struct listing list;
	struct digest sum;

	assert_int_equal(listing_read(&list, path, &how, NULL), 0);
	assert_int_equal(listing_digest(&list, false, &sum), 0);
	listing_free(&list);
	return sum;
}

static void a_directory_is_known_by_its_tree_alone(void **state)
{
	struct arena arena = {0};
	struct cache *cache = open_dir();
	struct entry_output output;
	struct cache_listing list;
	struct digest f = digest_bytes("f", 1), g = digest_bytes("other", 5);

	(void)state;
	assert_int_equal(fs_mkdirs("work/d/sub/empty", NULL), 0);
	test_write("work/d/f", "f");
	test_write("work/d/sub.x", "x");
	test_write("work/d/sub/g", "other");
	test_write("work/d/sub/z", "other");
	assert_int_equal(chmod("work/d/sub/z", 0755), 0);
	struct cache_made made = {
		.name = name_of_directory("work/d"), .sum = digest_of_directory("work/d")};
	assert_true(cache_put_output(cache, &arena, "work", "d", &made, &output));
	assert_true(digest_eq(&output.sum, &made.sum));
	assert_true(cache_take_listing(cache, &output, 0, &list));
	assert_true(list.is_sure);
	assert_true(content_eq(&list.name, &made.name));
	assert_true(list.has_dirs);
	assert_int_equal(list.listing.files, 4);
	assert_int_equal(list.listing.bytes, 12);
	assert_true(digest_eq(&cache_listing_file(&list, "f")->sum, &f));
	assert_true(digest_eq(&cache_listing_file(&list, "sub/g")->sum, &g));
	assert_true(cache_listing_file(&list, "sub/z")->is_executable);
	assert_null(cache_listing_file(&list, "sub"));
	assert_null(cache_listing_file(&list, "g"));
	cache_listing_free(&list);

	/* what the entry says is something else */
	output.sum.bytes[0]++;
	assert_true(cache_take_listing(cache, &output, 0, &list));
	assert_false(list.is_sure);
	cache_listing_free(&list);

	/* nobody is to do without it: its name alone is known */
	made.sum = (struct digest){{0}};
	assert_true(cache_put_output(cache, &arena, "work", "d", &made, &output));
	assert_true(cache_take_listing(cache, &output, 0, &list));
	assert_false(list.is_sure);
	assert_true(content_eq(&list.name, &made.name));
	cache_listing_free(&list);

	/* what a link leads to is not in the tree */
	assert_int_equal(symlink("f", "work/d/l"), 0);
	assert_true(cache_put_output(cache, &arena, "work", "d", NULL, &output));
	assert_false(cache_take_listing(cache, &output, 0, &list));
	output.content.size++;
	assert_false(cache_take_listing(cache, &output, 0, &list));
	cache_close(cache);
	arena_free(&arena);
}

static void what_acts_as_its_owner_is_not_put(void **state)
{
	struct arena arena = {0};
	struct cache *cache = open_dir();
	struct entry_output output;

	(void)state;
	test_write("a", "abc");
	assert_int_equal(chmod("a", 04755), 0);
	assert_false(cache_put_output(cache, &arena, ".", "a", NULL, &output));
	assert_int_equal(chmod("a", 0755), 0);
	assert_true(cache_put_output(cache, &arena, ".", "a", NULL, &output));
	assert_int_equal(mkfifo("p", 0666), 0);
	assert_false(cache_put_output(cache, &arena, ".", "p", NULL, &output));
	assert_false(cache_put_output(cache, &arena, ".", "../a", NULL, &output));
	cache_close(cache);
	arena_free(&arena);
}

static void links_are_made_only_where_that_is_asked_for(void **state)
{
	struct cache *cache =
		open_cache(&(struct cache_settings){.dir = "cache", .is_linked = true});
	struct err err = {0};
	struct content content;
	struct stat st;

	(void)state;
	test_write("a", "abc");
	assert_true(cache_put_file(cache, "a", &content));
	assert_int_equal(cache_take_file(cache, &content, "b", false, 0, &err), CACHE_TAKEN);
	assert_int_equal(stat("b", &st), 0);
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(st.st_mode & 0777, 0444);
	/* one mode serves all names */
	assert_int_equal(cache_take_file(cache, &content, "c", true, 0, &err), CACHE_TAKEN);
	assert_int_equal(stat("c", &st), 0);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_nlink, 1);
	cache_close(cache);
}

static void who_only_reads_puts_nothing_and_who_only_writes_gets_nothing(void **state)
{
	struct cache *cache =
		open_cache(&(struct cache_settings){.dir = "cache", .mode = CACHE_READ});
	struct content content;
	struct buf bytes = {0};

	(void)state;
	assert_false(cache_put_bytes(cache, "abc", 3, &content));
	assert_false(cache_writes(cache));
	assert_false(test_is_there("cache"));
	cache_close(cache);
	cache = open_cache(&(struct cache_settings){.dir = "cache", .mode = CACHE_WRITE});
	assert_true(cache_put_bytes(cache, "abc", 3, &content));
	assert_int_equal(cache_take_bytes(cache, &content, 100, 0, &bytes), CACHE_MISS);
	assert_false(cache_reads(cache));
	cache_close(cache);
	buf_free(&bytes);
}

static void a_place_that_fails_is_told_of_once_and_then_left_alone(void **state)
{
	struct cache *cache;
	struct content content;

	(void)state;
	test_write("cache", "no directory");
	cache = open_dir();
	for (int i = 0; i < CACHE_PATIENCE; i++) {
		assert_true(cache_writes(cache));
		assert_false(cache_put_bytes(cache, "abc", 3, &content));
	}
	assert_false(cache_writes(cache));
	assert_true(cache_reads(cache)); /* that it cannot be written says nothing of reading */
	const char *complaint = cache_complaint(cache);
	assert_non_null(complaint);
	assert_non_null(strstr(complaint, "cache"));
	assert_null(cache_complaint(cache));
	cache_close(cache);
}

static void put_bytes_used(const char *text, int64_t used_s)
{
	struct cache *cache = open_dir();
	const struct timespec times[2] = {{.tv_sec = used_s}, {.tv_sec = used_s}};
	struct content content;

	assert_true(cache_put_bytes(cache, text, strlen(text), &content));
	assert_int_equal(utimensat(AT_FDCWD, place(&content), times, 0), 0);
	cache_close(cache);
}

static bool has(const char *text)
{
	struct content content = content_bytes(text, strlen(text));

	return test_is_there(place(&content));
}

static void what_was_used_longest_ago_is_trimmed_first(void **state)
{
	struct dir_trimmed trimmed;
	struct cache *cache;
	struct content content;
	struct buf bytes = {0};
	struct err err = {0};

	(void)state;
	put_bytes_used("one", 1000);
	put_bytes_used("two", 2000);
	put_bytes_used("three", 3000);
	/* used now */
	cache = open_dir();
	content = content_bytes("one", 3);
	assert_int_equal(cache_take_bytes(cache, &content, 100, 0, &bytes), CACHE_TAKEN);
	cache_close(cache);
	assert_int_equal(dir_store_trim("cache", 2 * 4096, &trimmed, &err), 0);
	assert_int_equal(trimmed.objects, 2);
	assert_int_equal(trimmed.removed_objects, 1);
	assert_true(has("one") && !has("two") && has("three"));
	buf_free(&bytes);
}

static void a_directory_that_has_grown_beyond_its_limit_is_trimmed_at_the_end(void **state)
{
	struct cache_settings settings = {.dir = "cache", .max_size = 10 * 4096};
	struct content content;
	struct cache *cache;
	char text[8];

	(void)state;
	for (int run = 0; run < 3; run++) {
		cache = open_cache(&settings);
		for (int i = 0; i < 4; i++) {
			int len = snprintf(text, sizeof text, "%d", run * 4 + i);
			assert_true(cache_put_bytes(cache, text, (size_t)len, &content));
		}
		cache_close(cache);
		test_assert_file("cache/used", run == 0   ? "16384\n"
					       : run == 1 ? "16384\n16384\n"
							  : "36864\n"); /* 90 % */
	}
}

static void what_a_killed_run_left_is_trimmed_a_day_later(void **state)
{
	const struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	struct dir_trimmed trimmed;

	(void)state;
	put_bytes_used("one", 1000);
	test_write("cache/tmp/old", "x");
	assert_int_equal(utimensat(AT_FDCWD, "cache/tmp/old", long_ago, 0), 0);
	test_write("cache/tmp/new", "x");
	assert_int_equal(dir_store_trim("cache", 4096, &trimmed, NULL), 0);
	assert_false(test_is_there("cache/tmp/old"));
	assert_true(test_is_there("cache/tmp/new"));
	assert_true(has("one"));
}

struct shared {
	struct cache *cache;
	atomic_uint wrong;
};

static void put_and_take(void *ctx, size_t first, size_t last)
{
	struct shared *shared = ctx;

	for (size_t i = first; i < last; i++) {
		char text[32], path[32];
		struct content content;
		struct err err = {0};
		int len = snprintf(text, sizeof text, "%zu", i % 7);
		snprintf(path, sizeof path, "taken%zu", i);
		bool is_right = cache_put_bytes(shared->cache, text, (size_t)len, &content) &&
				cache_take_file(shared->cache, &content, path, false, 0, &err) ==
					CACHE_TAKEN;
		shared->wrong += !is_right;
	}
}

static void threads_share_a_cache(void **state)
{
	struct shared shared = {.cache = open_dir()};
	struct workers *workers = workers_new(4, NULL);

	(void)state;
	workers_for(workers, 200, 1, put_and_take, &shared);
	workers_free(workers);
	assert_int_equal(shared.wrong, 0);
	test_assert_file("taken199", "3");
	assert_null(cache_complaint(shared.cache));
	cache_close(shared.cache);
}

static void what_is_stopped_gives_nothing(void **state)
{
	struct cache *cache = open_dir();
	struct content content;
	struct buf bytes = {0};

	(void)state;
	assert_true(cache_put_bytes(cache, "abc", 3, &content));
	cache_stop(cache);
	assert_int_equal(cache_take_bytes(cache, &content, 100, 0, &bytes), CACHE_MISS);
	assert_false(cache_put_bytes(cache, "abcd", 4, &content));
	assert_null(cache_complaint(cache));
	cache_close(cache);
	buf_free(&bytes);
}

static void parts_have_the_mode_of_the_whole(void **state)
{
	struct dir_trimmed trimmed;
	struct cache *cache = open_dir();
	struct content content;

	(void)state;
	umask(077);
	assert_int_equal(mkdir("cache", 0777), 0);
	assert_int_equal(chmod("cache", 02775), 0);
	assert_true(cache_put_bytes(cache, "abc", 3, &content));
	assert_int_equal(dir_store_trim("cache", 4096, &trimmed, NULL), 0);
	umask(022);
	assert_int_equal(mode_of("cache/used"), 0664);
	assert_int_equal(mode_of("cache/cas"), 02775);
	assert_int_equal(mode_of("cache/tmp"), 02775);
	assert_int_equal(mode_of(place(&content)), 0444);
	cache_close(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIR(a_file_that_was_put_is_taken),
		TEST_IN_DIR(what_is_there_is_not_overwritten),
		TEST_IN_DIR(what_is_not_what_its_name_says_is_a_miss),
		TEST_IN_DIR(all_kinds_of_outputs_come_back),
		TEST_IN_DIR(many_large_outputs_come_back_or_none_is_good),
		TEST_IN_DIR(what_is_no_longer_as_it_was_made_is_not_put),
		TEST_IN_DIR(a_directory_is_known_by_its_tree_alone),
		TEST_IN_DIR(what_acts_as_its_owner_is_not_put),
		TEST_IN_DIR(links_are_made_only_where_that_is_asked_for),
		TEST_IN_DIR(who_only_reads_puts_nothing_and_who_only_writes_gets_nothing),
		TEST_IN_DIR(a_place_that_fails_is_told_of_once_and_then_left_alone),
		TEST_IN_DIR(what_was_used_longest_ago_is_trimmed_first),
		TEST_IN_DIR(a_directory_that_has_grown_beyond_its_limit_is_trimmed_at_the_end),
		TEST_IN_DIR(what_a_killed_run_left_is_trimmed_a_day_later),
		TEST_IN_DIR(parts_have_the_mode_of_the_whole),
		TEST_IN_DIR(threads_share_a_cache),
		TEST_IN_DIR(what_is_stopped_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
