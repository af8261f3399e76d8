/* When a stat may stand for a content: the clock of the file system decides, and what is young is
 * read again. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/fs.h"
#include "model/graph/graph.h"
#include "record/index/index.h"
#include "record/stamp/stamp.h"

static char dir[] = "/tmp/restage-stamp-XXXXXX";
static struct graph graph = {.text = (char *)""};

static int enter(void **state)
{
	(void)state;
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	return chdir("/") == 0 && fs_remove_tree(dir, NULL) == 0 ? 0 : -1;
}

static void write_in_place(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, text, strlen(text), 0), (ssize_t)strlen(text));
	close(fd);
}

static struct stamps *new_stamps(int *probe)
{
	struct stamps *stamps = stamps_new(&graph, NULL);

	*probe = open("probe", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	assert_true(*probe >= 0);
	stamps_probe(stamps, *probe);
	return stamps;
}

static const struct stamp *look(struct stamps *stamps, uint32_t id)
{
	stamps_refresh(stamps, id);
	stamps_look(stamps, &id, 1, true);
	assert_int_equal(stamps_get(stamps, id)->state, STAMP_HASHED);
	return stamps_get(stamps, id);
}

/* Most of these come within one tick of the clock, and have the size, inode and times of before. */
static void a_rewrite_in_the_same_tick_is_seen(void **state)
{
	(void)state;
	int probe;
	struct stamps *stamps = new_stamps(&probe);
	uint32_t id = stamps_id(stamps, "a");

	for (int i = 0; i < 1000; i++) {
		char text[16];
		snprintf(text, sizeof text, "%08d", i);
		write_in_place("a", text);
		struct digest expected = digest_bytes(text, strlen(text));
		assert_memory_equal(&look(stamps, id)->sum, &expected, sizeof expected);
	}
	close(probe);
	stamps_free(stamps);
}

static void a_young_file_settles_with_time(void **state)
{
	(void)state;
	int probe;
	struct stamps *stamps = new_stamps(&probe);
	uint32_t id = stamps_id(stamps, "b");

	write_in_place("b", "text");
	int tries = 0;
	while (!look(stamps, id)->is_settled && tries++ < 10000)
		usleep(1000);
	assert_true(stamps_get(stamps, id)->is_settled);
	close(probe);
	stamps_free(stamps);
}

/* As a file system has it that counts in seconds, or in two. */
static void a_time_without_a_fraction_is_young_for_two_seconds(void **state)
{
	(void)state;
	int probe;
	struct stat st;
	struct stamps *stamps = new_stamps(&probe);
	uint32_t id = stamps_id(stamps, "c");

	write_in_place("c", "text");
	assert_int_equal(stat("c", &st), 0);
	struct timespec times[2] = {{.tv_sec = st.st_mtim.tv_sec}, {.tv_sec = st.st_mtim.tv_sec}};
	assert_int_equal(utimensat(AT_FDCWD, "c", times, 0), 0);
	/* Its ctime must be past. */
	usleep(50000);
	look(stamps, id);
	assert_int_equal(stat("probe", &st), 0);
	if (st.st_mtim.tv_sec < times[1].tv_sec + 2)
		assert_false(stamps_get(stamps, id)->is_settled);
	times[0].tv_sec = times[1].tv_sec -= 100;
	assert_int_equal(utimensat(AT_FDCWD, "c", times, 0), 0);
	usleep(50000);
	assert_true(look(stamps, id)->is_settled);
	close(probe);
	stamps_free(stamps);
}

/* An entry of the index with the stat of the file and another content. */
static const struct stamp *look_with_index(uint32_t flags, bool is_other_stat)
{
	static char path[] = "d";
	static struct stamp result;
	struct index_file file = {.flags = flags & 15u};
	struct index index = {.graph = &graph, .files = &file, .file_count = 1, .extra_text = path};
	int probe;
	struct stamps *stamps = new_stamps(&probe);

	write_in_place("d", "text");
	assert_int_equal(fs_stat("d", &file.stat, NULL), 0);
	file.stat.mtime_ns -= is_other_stat;
	file.sum = digest_bytes("other", 5);
	file.size = 4;
	stamps_adopt(stamps, &index, false);
	uint32_t id = stamps_id(stamps, "d");
	stamps_look(stamps, &id, 1, true);
	result = *stamps_get(stamps, id);
	close(probe);
	stamps_free(stamps);
	return &result;
}

static void only_a_settled_entry_of_the_same_stat_is_believed(void **state)
{
	(void)state;
	struct digest other = digest_bytes("other", 5), text = digest_bytes("text", 4);
	const uint32_t settled = INDEX_FILE_KNOWN | INDEX_FILE_SETTLED;

	assert_memory_equal(&look_with_index(settled, false)->sum, &other, sizeof other);
	assert_memory_equal(&look_with_index(settled, true)->sum, &text, sizeof text);
	assert_memory_equal(&look_with_index(INDEX_FILE_KNOWN, false)->sum, &text, sizeof text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rewrite_in_the_same_tick_is_seen),
		cmocka_unit_test(a_young_file_settles_with_time),
		cmocka_unit_test(a_time_without_a_fraction_is_young_for_two_seconds),
		cmocka_unit_test(only_a_settled_entry_of_the_same_stat_is_believed),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
