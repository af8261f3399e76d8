/* stageio: the calls of stageio.h for shell scripts. Each call is a process: without a runner what
 * was reported so far is kept in the stage's manifest.json. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "stageio.h"
#include "stageio/program/args.h"
#include "stageio/program/python.h"

/* the stage is recorded as failed: an output that was reported does not exist */
#define EXIT_FAILED 1
#define EXIT_USAGE 2
#define EXIT_WORLD 3

#define PLACE (ARG_BIT(ARG_STAGE) | ARG_BIT(ARG_JOB_DIR))
#define FILE_OPTIONS (PLACE | ARG_BIT(ARG_LABEL))
#define ANYWHERE ((size_t)-1)

struct command {
	const char *name, *usage, *summary;
	unsigned options;
	/* options come before this many words; ANYWHERE: they may stand anywhere */
	size_t word_limit;
	size_t min_words;
	int (*run)(stageio *io, struct args *args); /* gives an exit code */
};

/* The exit code for what a call gave, after a message. */
static int report(int code)
{
	const char *detail = stageio_error_detail();

	if (code == STAGEIO_OK)
		return 0;
	args_complain("%s", *detail ? detail : stageio_strerror(code));
	if (code == STAGEIO_EOUTPUT)
		return EXIT_FAILED;
	if (code == STAGEIO_ESYSTEM || code == STAGEIO_ENOMEM || code == STAGEIO_ENOSTAGE)
		return EXIT_WORLD;
	return EXIT_USAGE;
}

/* A mistake in the command line; `about` stands in the message. */
__attribute__((format(printf, 1, 0))) static int wrong(const char *fmt, const char *about)
{
	args_complain(fmt, about);
	return EXIT_USAGE;
}

/* Makes fields of the words from `first` on, and of the label. False after a message. */
static bool take_fields(struct args *args, size_t first)
{
	size_t count = args->word_count > first ? args->word_count - first : 0;

	args->fields = calloc(count + 1, sizeof *args->fields);
	if (!args->fields)
		report(STAGEIO_ENOMEM);
	if (!args->fields || !args_fields(args->words + first, count, args->fields))
		return false;
	if (args->option[ARG_LABEL])
		args->fields[count++] = (stageio_field)STAGEIO_LABEL(args->option[ARG_LABEL]);
	args->field_count = count;
	return true;
}

/* Puts blanks between the words from `first` on. False after a message. */
static bool take_message(struct args *args, size_t first)
{
	size_t size = 1;
	char *at;

	for (size_t i = first; i < args->word_count; i++)
		size += strlen(args->words[i]) + 1;
	at = args->message = calloc(size, 1);
	if (!at) {
		report(STAGEIO_ENOMEM);
		return false;
	}
	for (size_t i = first; i < args->word_count; i++) {
		if (i > first)
			*at++ = ' ';
		at = stpcpy(at, args->words[i]);
	}
	return true;
}

static int run_open(stageio *io, struct args *args)
{
	(void)io;
	(void)args;
	return 0;
}

typedef int track(stageio *, const char *, const char *, const stageio_field *, size_t);

static int run_track(stageio *io, struct args *args, track *call)
{
	const char *type = args->option[ARG_TYPE];

	if (!type)
		return wrong("say what '%s' is: --type audio, transcript, ...", args->words[0]);
	if (!take_fields(args, 1))
		return EXIT_USAGE;
	return report(call(io, args->words[0], type, args->fields, args->field_count));
}

static int run_input(stageio *io, struct args *args)
{
	return run_track(io, args, stageio_track_input);
}

static int run_output(stageio *io, struct args *args)
{
	return run_track(io, args, stageio_track_output);
}

static int run_intermediate(stageio *io, struct args *args)
{
	const char *retained = args->option[ARG_RETAINED], *reason = args->option[ARG_REASON];

	if (!retained || (strcmp(retained, "yes") != 0 && strcmp(retained, "no") != 0))
		return wrong("say whether '%s' is kept: --retained yes or no", args->words[0]);
	if (!take_fields(args, 1))
		return EXIT_USAGE;
	return report(stageio_track_intermediate(io, args->words[0], strcmp(retained, "yes") == 0,
		reason, args->fields, args->field_count));
}

static int run_config(stageio *io, struct args *args)
{
	if (!take_fields(args, 0))
		return EXIT_USAGE;
	return report(stageio_set_config(io, args->fields, args->field_count));
}

static int run_resource(stageio *io, struct args *args)
{
	if (!take_fields(args, 0))
		return EXIT_USAGE;
	return report(stageio_resource(io, args->fields, args->field_count));
}

static int log_stdin(stageio *io, enum stageio_level level)
{
	char *line MEM_LOCAL = NULL;
	size_t size = 0;
	ssize_t len;
	int code = 0;

	while (code == 0 && (len = getline(&line, &size, stdin)) >= 0) {
		if (len > 0 && line[len - 1] == '\n')
			line[len - 1] = '\0';
		code = report(stageio_log(io, level, line));
	}
	if (code == 0 && ferror(stdin)) {
		args_complain("cannot read the standard input");
		code = EXIT_WORLD;
	}
	return code;
}

static int run_log(stageio *io, struct args *args)
{
	static const char *const levels[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
	int level = STAGEIO_ERROR;

	while (level >= 0 && strcmp(args->words[0], levels[level]) != 0)
		level--;
	if (level < 0)
		return wrong("'%s' is none of DEBUG, INFO, WARNING, ERROR", args->words[0]);
	if (args->word_count == 2 && strcmp(args->words[1], "-") == 0)
		return log_stdin(io, (enum stageio_level)level);
	if (!take_message(args, 1))
		return EXIT_WORLD;
	return report(stageio_log(io, (enum stageio_level)level, args->message));
}

static int run_error(stageio *io, struct args *args)
{
	if (!take_message(args, 0))
		return EXIT_WORLD;
	return report(stageio_add_error(
		io, args->message, args->option[ARG_EXCEPTION_TYPE], args->option[ARG_DETAIL]));
}

static int run_warning(stageio *io, struct args *args)
{
	return take_message(args, 0) ? report(stageio_add_warning(io, args->message)) : EXIT_WORLD;
}

static bool read_number(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	if (end != text && !*end)
		return true;
	return args_complain("'%s' is no number", text);
}

static int run_progress(stageio *io, struct args *args)
{
	double fraction;

	if (!read_number(args->words[0], &fraction))
		return EXIT_USAGE;
	if (!take_message(args, 1))
		return EXIT_WORLD;
	return report(stageio_progress(io, fraction, args->message));
}

static int run_cost(stageio *io, struct args *args)
{
	const char *number = args->option[ARG_QUANTITY], *unit = args->option[ARG_UNIT];
	double amount, quantity = 0;

	if (!read_number(args->words[0], &amount) || (number && !read_number(number, &quantity)))
		return EXIT_USAGE;
	if (!number != !unit)
		return wrong("%s go together", "--quantity and --unit");
	if (!take_message(args, 2))
		return EXIT_WORLD;
	return report(stageio_cost(io, amount, args->words[1], args->message, quantity, unit));
}

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Runs the command, and tells what it took; its exit code is ours. */
static int run_phase(stageio *io, struct args *args)
{
	struct timespec begun, ended;
	struct rusage usage = {0};
	int status = 0, code;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	errno = posix_spawnp(&pid, args->words[1], NULL, NULL, args->words + 1, environ);
	if (errno) {
		args_complain("cannot run '%s': %s", args->words[1], strerror(errno));
		return errno == ENOENT ? 127 : 126;
	}
	while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
		continue;
	clock_gettime(CLOCK_MONOTONIC, &ended);
	code = report(stageio_phase_took(io, args->words[0],
		(double)(ended.tv_sec - begun.tv_sec) +
			(double)(ended.tv_nsec - begun.tv_nsec) / 1e9,
		seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
		(double)usage.ru_maxrss / 1024));
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : code;
}

static int run_finalize(stageio *io, struct args *args)
{
	static const char *const names[] = {"success", "failed", "skipped"};
	int status = STAGEIO_SKIPPED;

	while (status >= 0 && strcmp(args->words[0], names[status]) != 0)
		status--;
	if (status < 0)
		return wrong("'%s' is none of success, failed, skipped", args->words[0]);
	if (!take_fields(args, 1))
		return EXIT_USAGE;
	return report(
		stageio_finalize(io, (enum stageio_status)status, args->fields, args->field_count));
}

static int print(int code, char *path)
{
	if (code != STAGEIO_OK)
		return report(code);
	puts(path);
	stageio_free(path);
	return 0;
}

static int run_output_path(stageio *io, struct args *args)
{
	char *path = NULL;
	int code = stageio_get_output_path(&path, io, args->words[0]);

	return print(code, path);
}

static int run_input_path(stageio *io, struct args *args)
{
	char *path = NULL;
	int code = stageio_get_input_path(&path, io, args->words[0], args->option[ARG_FROM]);

	return print(code, path);
}

static int run_checksum(stageio *io, struct args *args)
{
	char text[STAGEIO_CHECKSUM_SIZE];
	int code = 0;

	(void)io;
	for (size_t i = 0; i < args->word_count && code == 0; i++) {
		code = report(stageio_checksum(text, args->words[i]));
		if (code == 0)
			puts(text);
	}
	return code;
}

static int run_python(stageio *io, struct args *args)
{
	(void)io;
	return python_give(args->option[ARG_SHIM]);
}

static const struct command commands[] = {
	{"open", "", "begin a new record (without a runner; a script's first call)", PLACE,
		ANYWHERE, 0, run_open},
	{"input", "PATH --type TYPE [--label L] [KEY=VALUE]...", "a file that the stage uses",
		FILE_OPTIONS | ARG_BIT(ARG_TYPE), ANYWHERE, 1, run_input},
	{"output", "PATH --type TYPE [--label L] [KEY=VALUE]...", "a file that the stage made",
		FILE_OPTIONS | ARG_BIT(ARG_TYPE), ANYWHERE, 1, run_output},
	{"intermediate", "PATH --retained yes|no [--reason TEXT] [--label L] [KEY=VALUE]...",
		"a file on the way; one that is not retained is removed after success",
		FILE_OPTIONS | ARG_BIT(ARG_RETAINED) | ARG_BIT(ARG_REASON), ANYWHERE, 1,
		run_intermediate},
	{"config", "KEY=VALUE...", "what the stage was configured with", PLACE, ANYWHERE, 1,
		run_config},
	{"log", "DEBUG|INFO|WARNING|ERROR MESSAGE...",
		"a log line; MESSAGE - logs every line of standard input", PLACE, 1, 2, run_log},
	{"error", "[--exception-type T] [--detail TEXT] MESSAGE...", "an error for the manifest",
		PLACE | ARG_BIT(ARG_EXCEPTION_TYPE) | ARG_BIT(ARG_DETAIL), 1, 1, run_error},
	{"warning", "MESSAGE...", "a warning for the manifest", PLACE, 1, 1, run_warning},
	{"progress", "FRACTION [MESSAGE...]", "how far it is, 0 to 1", PLACE, 1, 1, run_progress},
	{"resource", "KEY=VALUE...", "what the stage measured of itself", PLACE, ANYWHERE, 1,
		run_resource},
	{"cost", "[--quantity N --unit UNIT] AMOUNT CURRENCY WHAT...", "what was paid",
		PLACE | ARG_BIT(ARG_QUANTITY) | ARG_BIT(ARG_UNIT), 1, 3, run_cost},
	{"phase", "NAME COMMAND [ARGUMENT]...",
		"run a command as a part of the stage with that name", PLACE, 1, 2, run_phase},
	{"finalize", "success|failed|skipped [KEY=VALUE]...",
		"how the stage ended; fields for the manifest", PLACE, ANYWHERE, 1, run_finalize},
	{"output-path", "NAME", "print where output NAME goes", PLACE, ANYWHERE, 1,
		run_output_path},
	{"input-path", "NAME [--from STAGE]", "print where file NAME of an earlier stage lies",
		PLACE | ARG_BIT(ARG_FROM), ANYWHERE, 1, run_input_path},
	{"checksum", "PATH...", "print checksums as manifests have them", PLACE, ANYWHERE, 1,
		run_checksum},
	{"python", "[--shim DIR]",
		"print stageio.py; or write it and stage_utils.py, which imports it, to DIR",
		ARG_BIT(ARG_SHIM), ANYWHERE, 0, run_python},
};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void print_help(void)
{
	puts("usage: stageio COMMAND [ARGUMENT]...\n"
	     "\n"
	     "What a stage's shell script reports: to the runner if there is one, else into stage.log and\n"
	     "manifest.json of the stage's directory.\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  stageio %s%s%s\n      %s\n", commands[i].name,
			*commands[i].usage ? " " : "", commands[i].usage, commands[i].summary);
	puts("\n"
	     "KEY=VALUE: a JSON number, true, false and null are what they are, all else is text.\n"
	     "KEY:=JSON: any JSON value, n:='\"12\"' the text 12. Words that begin with '-' go behind --.\n"
	     "Options --stage NAME and --job-dir DIR, or STAGEIO_STAGE and STAGEIO_JOB_DIR, say which stage it\n"
	     "is; a runner sets them. Exit codes: 0; 1 finalized as a success, but an output does not exist;\n"
	     "2 usage; 3 files or memory.");
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static int run(const struct command *command, struct args *args)
{
	stageio *io = NULL;
	unsigned flags = command->run == run_open ? 0 : STAGEIO_RESUME;
	int code = 0, closed;

	if (args->word_count < command->min_words) {
		args_complain("usage: stageio %s %s", command->name, command->usage);
		return EXIT_USAGE;
	}
	if (command->run != run_checksum && command->run != run_python)
		code = report(stageio_open(
			&io, args->option[ARG_STAGE], args->option[ARG_JOB_DIR], flags));
	if (code)
		return code;
	code = command->run(io, args);
	free(args->fields);
	free(args->message);
	closed = report(stageio_close(io));
	return code ? code : closed;
}

/* What --help and --version ask for, or the command. */
static int act(const struct command *command, struct args *args)
{
	if (args->wants_help) {
		print_help();
		return 0;
	}
	if (args->wants_version) {
		printf("stageio %s\n", stageio_version());
		return 0;
	}
	return command ? run(command, args) : wrong("no command; %s", "stageio --help lists them");
}

int main(int argc, char **argv)
{
	const struct command *command = NULL;
	struct args args = {0};
	int code;

	if (!args_read(&args, argc, argv, 1, PLACE, 1))
		return EXIT_USAGE;
	if (args.word_count && strcmp(args.words[0], "help") == 0)
		args.wants_help = true;
	else if (args.word_count)
		command = find_command(args.words[0]);
	if (args.word_count && !args.wants_help && !command)
		return wrong("unknown command '%s'; stageio --help lists them", args.words[0]);
	if (command && !args_read(&args, (int)args.word_count, args.words, 1, command->options,
			       command->word_limit))
		return EXIT_USAGE;
	code = act(command, &args);
	if (fflush(stdout) == EOF && code == 0) {
		args_complain("cannot write to the standard output");
		code = EXIT_WORLD;
	}
	return code;
}
