/* The command of the stages in random pipelines: what it makes depends on all that it is given and
 * on nothing else, and oracle.py can tell it without running anything.
 *
 *     mix MODE SALT CONFIG [KIND OUTPUT]... : [INPUT]...
 *
 * A CRC-32 goes over the variables MIX_ENV and (MODE with a p) MIX_PASS, salt, config and the
 * inputs in their order (a directory: its names and contents, sorted; a missing one counts
 * nothing). Output k gets the number xor k; MODE with an l (lossy) leaves only its rest by 3, so
 * that outputs often come out the same. Kinds: f file, o optional file (made if the number is odd),
 * d directory, u file that is updated in place. With SALT in the variable MIX_FAIL it fails; in
 * MIX_HANG it makes the file `hangs` and does not end. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint32_t sum;

static void add(const void *data, size_t len)
{
	const unsigned char *bytes = data;
	uint32_t crc = ~sum;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	sum = ~crc;
}

static void add_text(const char *text)
{
	add(text, strlen(text) + 1);
}

static void fail(const char *what, const char *path)
{
	fprintf(stderr, "mix: cannot %s %s\n", what, path);
	exit(1);
}

static void add_input(const char *path)
{
	char data[4096];
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode)) {
		struct dirent **list;
		int count = scandir(path, &list, NULL, alphasort);
		add("d", 1);
		for (int i = 0; i < count; i++) {
			if (strcmp(list[i]->d_name, ".") != 0 &&
				strcmp(list[i]->d_name, "..") != 0) {
				add_text(list[i]->d_name);
				snprintf(data, sizeof data, "%s/%s", path, list[i]->d_name);
				add_input(data);
			}
			free(list[i]);
		}
		free(list);
		add("e", 1);
		return;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	if (fd < 0)
		fail("open", path);
	add("f", 1);
	while ((n = read(fd, data, sizeof data)) > 0)
		add(data, (size_t)n);
	close(fd);
	add("", 1);
}

static void write_file(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
	size_t len = strlen(text);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len || ftruncate(fd, (off_t)len) < 0)
		fail("write", path);
	close(fd);
}

static void make(char kind, const char *path, uint32_t number)
{
	char text[32], below[4096];

	snprintf(text, sizeof text, "%08x\n", number);
	if (kind == 'f' || kind == 'u' || (kind == 'o' && number & 1))
		write_file(path, text, kind == 'u' ? 0 : O_TRUNC);
	if (kind != 'd')
		return;
	if (mkdir(path, 0777) < 0)
		fail("make", path);
	for (uint32_t i = 0; i <= number % 3; i++) {
		snprintf(below, sizeof below, "%s/n%u", path, i);
		snprintf(text, sizeof text, "%08x\n", number + i);
		write_file(below, text, O_TRUNC);
	}
}

int main(int argc, char **argv)
{
	int colon = 4;

	if (argc < 5)
		fail("do", "nothing");
	const char *env = getenv("MIX_ENV"), *pass = getenv("MIX_PASS"), *bad = getenv("MIX_FAIL");
	if (bad && strcmp(bad, argv[2]) == 0)
		fail("work as", bad);
	const char *hang = getenv("MIX_HANG");
	if (hang && strcmp(hang, argv[2]) == 0) {
		/* where who waits for it looks, wherever the stage runs */
		char mark[4096];
		const char *root = getenv("STAGEIO_ROOT");
		snprintf(mark, sizeof mark, "%s/hangs", root ? root : ".");
		write_file(mark, "", 0);
		pause();
	}
	add_text(env ? env : "");
	add_text(pass && strchr(argv[1], 'p') ? pass : "");
	add_text(argv[2]);
	add_text(argv[3]);
	while (colon < argc && strcmp(argv[colon], ":") != 0)
		colon += 2;
	for (int i = colon + 1; i < argc; i++)
		add_input(argv[i]);
	if (argv[1][0] == 'l')
		sum %= 3;
	for (int i = 4; i < colon; i += 2)
		make(argv[i][0], argv[i + 1], sum ^ (uint32_t)(i - 4) / 2);
	return 0;
}
