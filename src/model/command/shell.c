#include "model/command/shell.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/program.h"

const char *const *shell_usual(void)
{
	static const char *bash[] = {NULL, "-e", "-o", "pipefail", "-c", NULL};
	static const char *const sh[] = {"/bin/sh", "-e", "-c", NULL};
	static struct arena arena;
	static bool is_asked;
	int why;

	if (!is_asked)
		bash[0] = search_program(&arena, "bash", NULL, NULL, &why);
	is_asked = true;
	return bash[0] ? bash : sh;
}

#define BEST_SHELL \
	"command -v bash >/dev/null 2>&1 && exec bash -e -o pipefail \"$@\"\n" \
	"(set -o pipefail) 2>/dev/null && exec sh -e -o pipefail \"$@\"\n"

const char *const *shell_inside(bool has_pipe)
{
	static const char taking[] = BEST_SHELL "exec sh -e \"$@\"";
	static const char *const usual[] = {"/bin/sh", "-c", taking, "sh", "-c", NULL};
	static const char refusing[] = BEST_SHELL
		"echo \"a failure in front of its pipe would not be seen: the container "
		"has no bash; install it there, or take that by 'shell = sh -e -c'\" >&2\n"
		"exit 2";
	static const char *const piped[] = {"/bin/sh", "-c", refusing, "sh", "-c", NULL};

	return has_pipe ? piped : usual;
}

bool shell_sees_pipes(void)
{
	return shell_usual()[3] != NULL;
}
