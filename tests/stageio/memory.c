/* Memory that runs out at the n-th allocation, for every n until a whole sequence of calls goes
 * through: the calls say STAGEIO_ENOMEM, nothing crashes, nothing leaks. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stageio.h"

/* The C library's own, behind ours: that of cJSON and of the C library itself go through these,
 * too. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *memory);

static bool is_counting;
static long until_failure; /* 0: the next one fails */
static long live;
static bool has_failed;

static bool fails(void)
{
	if (!is_counting)
		return false;
	if (until_failure-- > 0)
		return false;
	has_failed = true;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	void *memory = fails() ? NULL : __libc_malloc(size);

	live += memory != NULL;
	return memory;
}

void *calloc(size_t count, size_t size)
{
	void *memory = fails() ? NULL : __libc_calloc(count, size);

	live += memory != NULL;
	return memory;
}

void *realloc(void *old, size_t size)
{
	void *memory = fails() ? NULL : __libc_realloc(old, size);

	live += memory != NULL && old == NULL;
	return memory;
}

void free(void *memory)
{
	live -= memory != NULL;
	__libc_free(memory);
}

static bool is_fine = true;

static void check(int code, const char *call)
{
	if (code == STAGEIO_OK || (has_failed && code == STAGEIO_ENOMEM))
		return;
	printf("%s gives %d: %s\n", call, code, stageio_error_detail());
	is_fine = false;
}

#define CHECK(call) check(call, #call)

static void sequence(unsigned flags)
{
	stageio *io = NULL;
	char *path = NULL, sum[STAGEIO_CHECKSUM_SIZE];

	CHECK(stageio_open(&io, "asr/ep1", "out/job", flags));
	if (!io)
		return;
	CHECK(stageio_set_config(
		io, STAGEIO_FIELDS(STAGEIO_STR("model", "large \xff"), STAGEIO_INT("n", 1))));
	CHECK(stageio_get_input_path(&path, io, "audio.wav", "demux"));
	stageio_free(path);
	CHECK(stageio_get_input_path(&path, io, "audio.wav", NULL));
	stageio_free(path);
	CHECK(stageio_track_input(io, "in/../in", "x",
		STAGEIO_FIELDS(STAGEIO_JSON("j", "{\"a\": [1, \"b\"]}"), STAGEIO_LABEL("l"))));
	CHECK(stageio_get_output_path(&path, io, "a/b"));
	if (path)
		CHECK(stageio_track_output(
			io, path, "x", STAGEIO_FIELDS(STAGEIO_PATH("p", "\xff"))));
	stageio_free(path);
	CHECK(stageio_track_output(io, "in/a", "x", NULL, 0));
	CHECK(stageio_track_output(io, "in/a", "y", NULL, 0));
	CHECK(stageio_track_intermediate(io, "tmp", 0, "reason", NULL, 0));
	CHECK(stageio_add_error(io, "bad", "Type", NULL));
	CHECK(stageio_add_warning(io, "odd"));
	CHECK(stageio_logf(io, STAGEIO_INFO, "%d\n%s", 1, "two"));
	CHECK(stageio_progress(io, 0.5, NULL));
	CHECK(stageio_phase(io, "load"));
	CHECK(stageio_phase(io, "write"));
	CHECK(stageio_resource(io, STAGEIO_FIELDS(STAGEIO_NUM("memory_mb", 0.1))));
	CHECK(stageio_cost(io, 0.1, "USD", "x", 2, "calls"));
	CHECK(stageio_finalize(
		io, STAGEIO_FAILED, STAGEIO_FIELDS(STAGEIO_NULL("z"), STAGEIO_INT("command", 1))));
	CHECK(stageio_finalize(io, STAGEIO_SKIPPED, NULL, 0));
	CHECK(stageio_checksum(sum, "in"));
	CHECK(stageio_close(io));
}

/* Runs the sequence with every allocation failing once. */
static void run_all(const char *name, unsigned flags)
{
	long n = 0;

	do {
		long before;
		/* else what is resumed grows with each */
		unlink("out/job/02_asr/ep1/manifest.json");
		if (n == 0)
			sequence(flags); /* what the C library keeps for ever is allocated now */
		before = live;
		has_failed = false;
		until_failure = n;
		is_counting = true;
		sequence(flags);
		is_counting = false;
		if (live != before) {
			printf("%s: %ld allocations are left after the failure of number %ld\n",
				name, live - before, n);
			is_fine = false;
		}
		n++;
	} while (has_failed && is_fine);
	printf("%s: %ld allocations\n", name, n - 1);
}

static bool make_job(void)
{
	FILE *file;

	if (mkdir("in", 0777) < 0 || mkdir("out", 0777) < 0 || mkdir("out/job", 0777) < 0 ||
		mkdir("out/job/01_demux", 0777) < 0)
		return false;
	file = fopen("in/a", "w");
	return file && fclose(file) == 0;
}

int main(void)
{
	char dir[] = "/tmp/restage-test-XXXXXX", command[64];

	setvbuf(stdout, NULL, _IONBF, 0);
	if (!mkdtemp(dir) || chdir(dir) < 0 || !make_job()) {
		perror(dir);
		return 1;
	}
	unsetenv("STAGEIO_EVENTS");
	run_all("without a runner", 0);
	run_all("resumed", STAGEIO_RESUME);
	setenv("STAGEIO_EVENTS", "events", 1);
	setenv("STAGEIO_OUTPUT_DIR", "out", 1);
	run_all("under a runner", 0);
	snprintf(command, sizeof command, "rm -r '%s'", dir);
	return is_fine && system(command) == 0 ? 0 : 1;
}
