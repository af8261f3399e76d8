/* Names of contents: made where they are wanted, in the reading of the digest, and kept with the
 * stat and the digest that they go with. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/content.h"
#include "base/digest.h"
#include "base/fs.h"
#include "model/graph/graph.h"
#include "record/stamp/stamp.h"

static char dir[] = "/tmp/restage-contents-XXXXXX";
static char texts[] = "\0.\0a";
static struct file files[] = {{.path = 3, .producer = NONE}};
static struct graph graph = {.text = texts, .job_dir = 1, .files = files, .file_count = 1};
static int probe = -1;

static int enter(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || chdir(dir) < 0 || mkdir(".restage", 0777) < 0)
		return -1;
	probe = open("probe", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	return probe >= 0 && sha256_load(NULL) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	close(probe);
	return chdir("/") == 0 && fs_remove_tree(dir, NULL) == 0 ? 0 : -1;
}

static void write_file(const char *path, const char *text)
{
	assert_int_equal(fs_replace(path, text, strlen(text), NULL), 0);
}

static struct stamps *new_stamps(void)
{
	struct stamps *stamps = stamps_new(&graph, NULL);

	stamps_probe(stamps, probe);
	return stamps;
}

static void assert_named(struct stamps *stamps, uint32_t id, const char *text)
{
	struct content is, is_to_be = content_bytes(text, strlen(text));

	assert_true(stamps_content(stamps, id, &is));
	assert_true(content_eq(&is, &is_to_be));
}

static void what_is_wanted_is_named_as_it_is_hashed(void **state)
{
	(void)state;
	struct stamps *stamps = new_stamps();
	uint32_t id = stamps_id(stamps, "a");
	struct digest digest = digest_bytes("hello", 5);

	write_file("a", "hello");
	stamps_want_content(stamps, id);
	stamps_look(stamps, &id, 1, true);
	assert_true(digest_eq(&stamps_get(stamps, id)->sum, &digest));
	assert_named(stamps, id, "hello");
	stamps_free(stamps);
}

static void what_was_hashed_without_is_read_once_more(void **state)
{
	(void)state;
	struct stamps *stamps = new_stamps();
	uint32_t id = stamps_id(stamps, "a");
	struct content is;

	write_file("a", "hello");
	stamps_look(stamps, &id, 1, true);
	assert_false(stamps_content(stamps, id, &is));
	assert_int_equal(stamps_get(stamps, id)->state, STAMP_SEEN);
	stamps_look(stamps, &id, 1, true);
	assert_named(stamps, id, "hello");
	stamps_free(stamps);
}

static void another_content_has_another_name(void **state)
{
	(void)state;
	struct stamps *stamps = new_stamps();
	uint32_t id = stamps_id(stamps, "a");

	write_file("a", "hello");
	stamps_want_content(stamps, id);
	stamps_look(stamps, &id, 1, true);
	write_file("a", "world");
	stamps_refresh(stamps, id);
	stamps_look(stamps, &id, 1, true);
	assert_named(stamps, id, "world");
	stamps_free(stamps);
}

/* Old enough that the file system's clock has moved on. */
static void settle(const char *path)
{
	const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

static void names_are_kept_for_the_next_run(void **state)
{
	(void)state;
	int state_fd = open(".restage", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stamps *stamps = new_stamps();
	uint32_t id = stamps_id(stamps, "a");
	struct content is;

	write_file("a", "hello");
	settle("a");
	stamps_want_content(stamps, id);
	stamps_look(stamps, &id, 1, true);
	stamps_keep_contents(stamps, state_fd);
	stamps_free(stamps);

	stamps = new_stamps();
	id = stamps_id(stamps, "a");
	stamps_look(stamps, &id, 1, true); /* without it: as if the index had told */
	assert_named(stamps, id, "hello");
	stamps_free(stamps);

	write_file("a", "world");
	stamps = new_stamps();
	id = stamps_id(stamps, "a");
	stamps_look(stamps, &id, 1, true);
	assert_false(stamps_content(stamps, id, &is));
	stamps_free(stamps);
	close(state_fd);
}

static struct content name_of(struct stamps *stamps, const char *path)
{
	uint32_t id = stamps_id(stamps, path);
	struct content is;

	stamps_want_content(stamps, id);
	stamps_refresh(stamps, id);
	stamps_look(stamps, &id, 1, true);
	assert_true(stamps_content(stamps, id, &is));
	return is;
}

static void a_directory_is_named_by_names_bits_and_contents(void **state)
{
	(void)state;
	struct stamps *stamps = new_stamps();

	assert_int_equal(mkdir("d", 0777), 0);
	write_file("d/a", "1");
	write_file("d/b", "2");
	struct content was = name_of(stamps, "d"), is = name_of(stamps, "d");
	assert_true(content_eq(&was, &is));
	assert_int_equal(chmod("d/a", 0755), 0);
	is = name_of(stamps, "d");
	assert_false(content_eq(&was, &is));
	assert_int_equal(chmod("d/a", 0644), 0);
	assert_int_equal(rename("d/a", "d/c"), 0);
	is = name_of(stamps, "d");
	assert_false(content_eq(&was, &is));
	assert_int_equal(rename("d/c", "d/a"), 0);
	write_file("d/a", "3");
	is = name_of(stamps, "d");
	assert_false(content_eq(&was, &is));
	write_file("d/a", "1");
	is = name_of(stamps, "d");
	assert_true(content_eq(&was, &is));
	stamps_free(stamps);
}

static void assert_spent(struct stamps *stamps, const char *as, bool is_named)
{
	const struct stamp stamp = {
		.stat = {.type = 'f'},
		.sum = digest_bytes(as, strlen(as)),
		.state = STAMP_HASHED,
	};
	struct content is_to_be = content_bytes(as, strlen(as));
	struct stamp_name is;
	uint32_t id = stamps_id(stamps, "a");

	stamps_look(stamps, &id, 1, false);
	stamps_set_spent(stamps, id, &stamp);
	assert_int_equal(stamps_spent_name(stamps, id, &is), is_named);
	assert_true(
		!is_named || (content_eq(&is.is, &is_to_be) && is.type == 'f' && is.bytes == 5));
}

static void what_is_spent_keeps_its_name(void **state)
{
	(void)state;
	int state_fd = open(".restage", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stamps *stamps = new_stamps();
	struct stamp_name is;
	uint32_t id = stamps_id(stamps, "a");

	write_file("a", "hello");
	name_of(stamps, "a");
	assert_false(stamps_spent_name(stamps, id, &is));
	assert_int_equal(unlink("a"), 0);
	stamps_forget(stamps, id);
	assert_spent(stamps, "world", false);
	assert_spent(stamps, "hello", true);
	stamps_keep_contents(stamps, state_fd);
	stamps_free(stamps);

	stamps = new_stamps();
	assert_spent(stamps, "world", false);
	assert_spent(stamps, "hello", true);
	write_file("a", "hello"); /* there again, it has to be read */
	stamps_forget(stamps, id);
	stamps_look(stamps, &id, 1, true);
	assert_false(stamps_spent_name(stamps, id, &is));
	stamps_free(stamps);
	close(state_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wanted_is_named_as_it_is_hashed),
		cmocka_unit_test(what_was_hashed_without_is_read_once_more),
		cmocka_unit_test(another_content_has_another_name),
		cmocka_unit_test(names_are_kept_for_the_next_run),
		cmocka_unit_test(a_directory_is_named_by_names_bits_and_contents),
		cmocka_unit_test(what_is_spent_keeps_its_name),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
