#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/completions/completions.h"

enum completion_kind completion_of_option(const struct option_spec *spec)
{
	if (!spec->arg)
		return COMPLETE_NOTHING;
	if (spec->kind == OPTION_CHOICE)
		return COMPLETE_CHOICES;
	if (strcmp(spec->arg, "FILE") == 0)
		return COMPLETE_FILES;
	if (strcmp(spec->arg, "DIR") == 0)
		return COMPLETE_DIRS;
	return strcmp(spec->arg, "STAGE") == 0 ? COMPLETE_STAGES : COMPLETE_NOTHING;
}

enum completion_kind completion_of_command(const struct command *command)
{
	if (strstr(command->usage, "STAGE") || strstr(command->usage, "TARGET"))
		return COMPLETE_STAGES;
	if (strstr(command->usage, "COMMAND"))
		return COMPLETE_COMMANDS;
	return strchr(command->usage, '|') ? COMPLETE_CHOICES : COMPLETE_NOTHING;
}

static void add_word(void *ctx, const char *choice, size_t len)
{
	struct buf *out = ctx;

	if (out->len && out->data[out->len - 1] != '"' && out->data[out->len - 1] != '(' &&
		out->data[out->len - 1] != '\'')
		buf_char(out, ' ');
	buf_add(out, choice, len);
}

void completion_add_words(struct buf *out, const char *choices)
{
	options_choices(choices, add_word, out);
}
