/* Help texts, the page of commands (of which restage.1 is made) and the completion scripts tell of
 * the same commands and options: those in the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fs.h"
#include "cmd/command.h"
#include "cmd/completions/completions.h"

static struct buf page;

static int read_page(void **state)
{
	(void)state;
	return fs_read(RESTAGE_PAGE, 1 << 20, &page, NULL);
}

static int drop_page(void **state)
{
	(void)state;
	buf_free(&page);
	return 0;
}

/* "-j, --jobs N" as the page has it. */
static void add_page_form(struct buf *out, const struct option_spec *spec)
{
	buf_str(out, "\n- `");
	if (spec->letter)
		buf_fmt(out, "-%c, ", spec->letter);
	buf_fmt(out, "--%s%s%s`: ", spec->name, spec->arg ? " " : "", spec->arg ? spec->arg : "");
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		count++;
	return count;
}

/* What stands between this heading and the next. */
static char *section(const char *heading)
{
	const char *from = strstr(buf_text(&page), heading);
	const char *to, *other;

	if (!from) {
		fail_msg("the page has no heading '%s'", heading);
		return NULL;
	}
	from += strlen(heading);
	to = strstr(from, "\n## ");
	other = strstr(from, "\n### ");
	if (other && (!to || other < to))
		to = other;
	return strndup(from, to ? (size_t)(to - from) : strlen(from));
}

static void expect_options_in(const char *text, const struct option_spec *specs, const char *what)
{
	struct buf form = {0};
	size_t count = 0;

	for (const struct option_spec *spec = specs; spec->name; spec++) {
		buf_reset(&form);
		add_page_form(&form, spec);
		if (!strstr(text, buf_text(&form)))
			fail_msg("the page, %s: no%s", what, buf_text(&form));
		count++;
	}
	assert_int_equal(count_of(text, "\n- `-"), count);
	buf_free(&form);
}

static void the_page_of_commands_has_every_option_and_no_other(void **state)
{
	struct buf heading = {0};
	char *text = section("\n## Options\n");

	(void)state;
	expect_options_in(text, global_options, "Options");
	free(text);
	for (size_t i = 0; commands[i]; i++) {
		buf_reset(&heading);
		buf_fmt(&heading, "\n### %s%s%s\n", commands[i]->name,
			*commands[i]->usage ? " " : "", commands[i]->usage);
		text = section(buf_text(&heading));
		expect_options_in(text, commands[i]->options, commands[i]->name);
		free(text);
	}
	buf_free(&heading);
}

static void the_help_of_a_command_has_every_option_on_a_line_of_100_columns(void **state)
{
	struct buf out = {0}, form = {0};

	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		buf_reset(&out);
		help_format(commands[i], &out);
		assert_non_null(strstr(buf_text(&out), commands[i]->summary));
		for (const struct option_spec *spec = commands[i]->options; spec->name; spec++) {
			buf_reset(&form);
			options_add_form(&form, spec);
			assert_non_null(strstr(buf_text(&out), buf_text(&form)));
			assert_non_null(strstr(buf_text(&out), spec->help));
		}
		for (const char *line = buf_text(&out); *line; line += strcspn(line, "\n") + 1)
			assert_true(strcspn(line, "\n") <= 100);
	}
	buf_free(&out);
	buf_free(&form);
}

static void the_overview_has_every_command(void **state)
{
	struct buf out = {0};

	(void)state;
	help_format(NULL, &out);
	for (size_t i = 0; commands[i]; i++)
		assert_non_null(strstr(buf_text(&out), commands[i]->summary));
	buf_free(&out);
}

static void every_completion_script_has_every_command_and_option(void **state)
{
	void (*const writers[])(struct buf *) = {
		completions_bash, completions_fish, completions_zsh};

	(void)state;
	for (size_t w = 0; w < 3; w++) {
		struct buf out = {0};

		writers[w](&out);
		for (size_t i = 0; commands[i]; i++) {
			assert_non_null(strstr(buf_text(&out), commands[i]->name));
			for (const struct option_spec *spec = commands[i]->options; spec->name;
				spec++)
				assert_non_null(strstr(buf_text(&out), spec->name));
		}
		buf_free(&out);
	}
}

/* No option of a command hides a global one by mistake: only these do. */
static void own_options_hide_global_ones_only_where_it_is_meant(void **state)
{
	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		for (const struct option_spec *own = commands[i]->options; own->name; own++) {
			for (const struct option_spec *spec = global_options; spec->name; spec++) {
				bool is_meant = (commands[i] == &cmd_logs && own->letter == 'f') ||
						(commands[i] == &cmd_status && own->letter == 'q');

				if (is_meant)
					continue;
				assert_string_not_equal(own->name, spec->name);
				if (own->letter)
					assert_int_not_equal(own->letter, spec->letter);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_of_commands_has_every_option_and_no_other),
		cmocka_unit_test(the_help_of_a_command_has_every_option_on_a_line_of_100_columns),
		cmocka_unit_test(the_overview_has_every_command),
		cmocka_unit_test(every_completion_script_has_every_command_and_option),
		cmocka_unit_test(own_options_hide_global_ones_only_where_it_is_meant),
	};

	return cmocka_run_group_tests(tests, read_page, drop_page);
}
