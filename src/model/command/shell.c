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

bool shell_sees_pipes(void)
{
	return shell_usual()[3] != NULL;
}
