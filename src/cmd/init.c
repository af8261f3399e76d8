#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/text.h"
#include "cmd/session.h"

#define STARTER_FILE "pipeline.ini"
#define PIPELINES_DIR "pipelines"

/* A pipeline that runs as it stands, on any system, for a newcomer to change step by step. Its
 * input is the only file that is certain to be there: itself. */
static const char head[] =
	"# A pipeline. 'restage' runs what is out of date, 'restage status' tells what is.\n"
	"# Paths are relative to the root, results are in out/<job>/.\n"
	"\n"
	"[pipeline]\n"
	"name        = example\n"
	"description = The most frequent words of a text\n"
	"\n"
	"# Values for all stages; 'restage -p top=3' sets one for a run.\n"
	"[params]\n";

static const char body[] =
	"top  = 10\n"
	"\n"
	"# One section a stage. In its command stand {{input.LABEL}}, {{output.LABEL}} and {{config.NAME}};\n"
	"# values are quoted for the shell. Several indented lines run as one script.\n"
	"[stage:words]\n"
	"description  = One word a line\n"
	"command      = tr -cs A-Za-z '\\n' < {{input.text}} > {{output.words}}\n"
	"input.text   = {{params.text}}\n"
	"output.words = words.txt\n"
	"\n"
	"# {{STAGE.LABEL}} is an output of another stage: that is all that puts stages in order.\n"
	"[stage:count]\n"
	"description   = The most frequent of them\n"
	"command       = sort {{input.words}} | uniq -c | sort -rn | head -n {{config.top}} > {{output.counts}}\n"
	"input.words   = {{words.words}}\n"
	"output.counts = counts.txt\n"
	"config.top    = {{params.top}}\n"
	"\n"
	"# More that a stage may say:\n"
	"#   after = a, b               order without data\n"
	"#   foreach.item = in/*.txt    an instance for each match; {{each.item}} is its value\n"
	"#   timeout = 30m              retries = 2           allow_failure = yes\n"
	"#   threads = 2                memory = 4G           tags = nightly\n"
	"#   env.LANG = C               pass_env = HOME       version.sort = sort --version\n"
	"#   depfile = deps.d           enabled = no          skip_reason = why\n"
	"# 'man restage.ini' explains them.\n";

/* The file as its own stages name it: relative to the root, which is the directory above
 * "pipelines". */
static void add_self(struct buf *out, struct arena *arena, const char *file)
{
	char here[4096];
	const char *dir = path_dir(arena, file);

	if (getcwd(here, sizeof here))
		dir = path_join(arena, here, dir);
	if (text_eq(path_base(dir), PIPELINES_DIR))
		buf_str(out, PIPELINES_DIR "/");
	buf_str(out, path_base(file));
}

static int create(const char *file, const struct buf *text, struct err *err)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int status = 0;

	if (fd < 0 && errno == EEXIST)
		return err_set(err, EXIT_USAGE,
			"'%s' exists already and is left as it is; choose another name with -f FILE",
			file);
	if (fd < 0)
		return err_sys(err, errno, "create", file);
	if (fs_write_all(fd, text->data, text->len) < 0)
		status = err_sys(err, errno, "write", file);
	if (close(fd) < 0 && status == 0)
		status = err_sys(err, errno, "write", file);
	if (status < 0)
		unlink(file);
	return status;
}

static int run(struct call *call, struct err *err)
{
	const char *file = call->globals.file ? call->globals.file : STARTER_FILE;
	struct arena arena ARENA_LOCAL = {0};
	struct buf text BUF_LOCAL = {0};

	buf_str(&text, head);
	buf_str(&text, "text = ");
	add_self(&text, &arena, file);
	buf_char(&text, '\n');
	buf_str(&text, body);
	if (create(file, &text, err) == 0)
		session_note(call, "wrote '%s'; run it with: restage%s%s", file,
			call->globals.file ? " -f " : "",
			call->globals.file ? call->globals.file : "");
	return EXIT_OK;
}

const struct command cmd_init = {
	.name = "init",
	.usage = "",
	.summary = "write a commented " STARTER_FILE " to start from",
	.details =
		"Writes where -f says, else " STARTER_FILE ". A file that exists is left as it is.",
	.options = no_options,
	.run = run,
};
