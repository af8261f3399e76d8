#include "cmd/completions/completions.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "cmd/session.h"

static const struct shell {
	const char *name;
	void (*write)(struct buf *out);
} shells[] = {
	{"bash", completions_bash},
	{"fish", completions_fish},
	{"zsh", completions_zsh},
};

static int run(struct call *call)
{
	const char *names[sizeof shells / sizeof *shells];
	const char *name = call->args.items[0], *nearest;
	struct buf out = {0};

	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
		names[i] = shells[i].name;
		if (strcmp(shells[i].name, name) != 0)
			continue;
		shells[i].write(&out);
		session_write(call, &out);
		buf_free(&out);
		return EXIT_OK;
	}
	nearest = text_nearest(name, names, sizeof names / sizeof *names);
	if (nearest)
		return session_mistake("unknown shell '%s'; did you mean '%s'?", name, nearest);
	return session_mistake("unknown shell '%s'; there are bash, fish and zsh", name);
}

static const struct option_spec options[] = {OPTIONS_END};

const struct command cmd_completions = {
	.name = "completions",
	.usage = "bash|fish|zsh",
	.summary = "print a script that completes commands, options and stages",
	.details = "For a session:\n"
		   "  bash  source <(restage completions bash)\n"
		   "  zsh   source <(restage completions zsh)\n"
		   "  fish  restage completions fish | source",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
