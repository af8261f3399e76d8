#include "run/attempt/attempt_program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/path.h"

#define PROGRAM "restage-attempt"

const char *attempt_program(struct arena *arena, struct err *err)
{
	static const char *const places[] = {".", RESTAGE_LIBEXEC};
	char self[PATH_MAX] = "";

	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) {
		err_sys(err, errno, "read", "/proc/self/exe");
		return NULL;
	}
	const char *dir = path_dir(arena, self), *program = NULL;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		program = path_join(arena, dir, arena_fmt(arena, "%s/" PROGRAM, places[i]));
		if (access(program, X_OK) == 0)
			return program;
	}
	err_set(err, EXIT_WORLD,
		"'%s' is not there, which runs stages on nodes: install restage anew", program);
	return NULL;
}

int attempt_become(char **argv)
{
	struct arena arena ARENA_LOCAL = {0};
	struct err err = {0};
	const char *program = attempt_program(&arena, &err);

	argv[1] = argv[0];
	if (program) {
		execv(program, argv + 1);
		err_sys(&err, errno, "execute", program);
	}
	fprintf(stderr, "restage: %s\n", err.text);
	return (int)err.code;
}
