#include "stageio/program/python.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/embed.h"
#include "stageio/program/args.h"

#define EXIT_THEIRS 2
#define EXIT_WORLD 3

EMBED(python_module, STAGEIO_PYTHON_MODULE);
EMBED(python_shim, STAGEIO_PYTHON_SHIM);

static bool complain_of(const char *what, const char *path)
{
	return args_complain("cannot %s '%s': %s", what, path, strerror(errno));
}

/* Makes a directory with those above it. */
static bool make_dirs(const char *dir)
{
	char *path = strdup(dir);
	bool is_good = path != NULL;

	for (char *at = path; is_good && at;) {
		at = strchr(at + 1, '/');
		if (at)
			*at = '\0';
		is_good = mkdir(path, 0777) == 0 || errno == EEXIST;
		if (at)
			*at = '/';
	}
	free(path);
	return is_good || complain_of("make", dir);
}

/* Is there nothing, or what an earlier call left: a file that begins as ours does? */
static bool may_write(const char *path, const char *text)
{
	size_t len = (size_t)(strchr(text, '\n') - text);
	char *head = calloc(len + 1, 1);
	FILE *file = fopen(path, "r");
	bool is_ours =
		head && file && fread(head, 1, len, file) == len && memcmp(head, text, len) == 0;
	bool is_absent = !file && errno == ENOENT;

	if (file)
		fclose(file);
	free(head);
	return is_ours || is_absent;
}

/* Aside, then in its place: whoever imports it meanwhile has the one or the other. */
static bool write_module(const char *path, const char *text, size_t size)
{
	size_t len = strlen(path) + sizeof ".new";
	char *aside = malloc(len);
	FILE *file = NULL;
	bool is_good = aside != NULL;

	if (is_good) {
		snprintf(aside, len, "%s.new", path);
		file = fopen(aside, "w");
		is_good = file != NULL;
	}
	is_good = is_good && fwrite(text, 1, size, file) == size;
	if (file && fclose(file) == EOF)
		is_good = false;
	is_good = is_good && rename(aside, path) == 0;
	if (!is_good)
		complain_of("write", path);
	if (!is_good && file)
		remove(aside);
	free(aside);
	return is_good;
}

static int write_shim(const char *dir)
{
	const struct {
		const char *name, *text;
		size_t size;
	} modules[] = {{"stage_utils.py", python_shim_text, python_shim_size},
		{"stageio.py", python_module_text, python_module_size}};
	const size_t count = sizeof modules / sizeof *modules;
	char *path[2] = {NULL, NULL};
	int code = make_dirs(dir) ? 0 : EXIT_WORLD;

	for (size_t i = 0; i < count && code == 0; i++) {
		size_t len = strlen(dir) + strlen(modules[i].name) + 2;
		path[i] = malloc(len);
		if (!path[i])
			code = EXIT_WORLD;
		else
			snprintf(path[i], len, "%s/%s", dir, modules[i].name);
		if (path[i] && !may_write(path[i], modules[i].text)) {
			args_complain(
				"'%s' is there and not of this program, so nothing is written: "
				"move it away, or keep it, put the module beside it with "
				"'stageio python > %s/stageio.py', and import StageIO from there",
				path[i], dir);
			code = EXIT_THEIRS;
		}
	}
	for (size_t i = 0; i < count && code == 0; i++) {
		if (!write_module(path[i], modules[i].text, modules[i].size))
			code = EXIT_WORLD;
		else
			puts(path[i]);
	}
	for (size_t i = 0; i < count; i++)
		free(path[i]);
	return code;
}

int python_give(const char *shim_dir)
{
	if (shim_dir)
		return write_shim(shim_dir);
	fwrite(python_module_text, 1, python_module_size, stdout);
	return 0;
}
