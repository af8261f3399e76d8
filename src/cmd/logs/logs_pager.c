/* The viewer takes the place of this process, so that signals, keys and the exit code are its own
 * as if it had been called by hand. lnav reads the files; a pager reads what a child goes on to
 * write. */
#include "cmd/logs/logs.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/mem.h"
#include "cmd/session.h"
#include "view/words/words.h"

#define LNAV_FILES_MAX 500 /* it holds all of them open */

void pager_open(struct pager *pager, struct call *call, const struct logset *files, bool is_plain)
{
	*pager = (struct pager){.call = call, .files = files};
	pager->is_terminal = isatty(STDOUT_FILENO) == 1;
	/* with somebody who can type */
	pager->may_fit = !is_plain && isatty(STDIN_FILENO) == 1 && style_is_screen(STDOUT_FILENO);
	pager->safe.color = session_color(call);
}

/* With a row left for the prompt. */
static bool fits(const struct buf *shown)
{
	const char *text = buf_text(shown), *end = text + shown->len;
	struct winsize size = {0};
	size_t rows = 0;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row)
		return false;
	while (text < end && rows < size.ws_row) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline ? newline : end;
		size_t columns = width_of(text, (size_t)(line_end - text));

		rows += columns ? (columns + size.ws_col - 1) / size.ws_col : 1;
		text = newline ? newline + 1 : end;
	}
	return rows < size.ws_row;
}

/* Returns only if that program cannot be started. */
static void become(char *const *argv)
{
	/* what main ignores is the viewer's own business */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	execvp(argv[0], argv);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* The directory with our format for lnav, as it is installed or built beside this program; NULL
 * where there is none: lnav may know the format by itself. */
static const char *format_dir(struct arena *arena)
{
	static const char *const places[] = {RESTAGE_LNAV_FROM_BIN, "share/lnav"};
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self);

	while (len > 0 && self[len - 1] != '/')
		len--;
	for (size_t i = 0; len > 0 && i < sizeof places / sizeof *places; i++) {
		const char *dir = arena_fmt(arena, "%.*s%s", (int)len, self, places[i]);

		if (fs_exists(arena_fmt(arena, "%s/formats/restage", dir)))
			return dir;
	}
	return NULL;
}

static void become_lnav(const struct logset *files)
{
	struct arena arena ARENA_LOCAL = {0};
	const char **argv = arena_alloc(&arena, ((size_t)files->count + 5) * sizeof *argv);
	const char *dir = format_dir(&arena);
	bool has_pattern = false;
	size_t count = 0;

	argv[count++] = "lnav";
	if (dir) {
		argv[count++] = "-I";
		argv[count++] = dir;
	}
	argv[count++] = "--";
	for (uint32_t i = 0; i < files->count; i++) {
		argv[count++] = files->files[i].path;
		has_pattern = has_pattern || strpbrk(files->files[i].path, "*?[");
	}
	argv[count] = NULL;
	if (!has_pattern) /* as lnav would take it */
		become((char *const *)argv);
}

/* Of the user's words, as a shell has them; without one where they are only words, so that a
 * program that is not there is noticed. */
static void become_command(const char *command)
{
	char *words MEM_LOCAL = mem_strdup(command), *state = NULL;
	char **argv MEM_LOCAL = mem_alloc((strlen(command) / 2 + 4) * sizeof *argv);
	size_t count = 0;

	if (strpbrk(command, "|&;<>()$`\\\"'\n*?[#~=%")) {
		argv[0] = "sh";
		argv[1] = "-c";
		argv[2] = words;
	} else {
		argv[0] = strtok_r(words, " \t", &state);
		while (argv[count])
			argv[++count] = strtok_r(NULL, " \t", &state);
	}
	if (argv[0])
		become(argv);
}

/* A child goes on to write, into a pipe, and this process becomes the pager. Returns in this
 * process only if there is none. */
static void become_pager(void)
{
	const char *command = getenv("PAGER");
	int ends[2], keyboard;
	pid_t child;

	if (!command)
		command = "less -R";
	if (!*command || pipe2(ends, O_CLOEXEC) < 0)
		return;
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		signal(SIGINT, SIG_IGN); /* a pager ends a search by it, not us */
		signal(SIGQUIT, SIG_IGN);
		prctl(PR_SET_PDEATHSIG, SIGTERM); /* nobody is left to read */
	} else if (child > 0) {
		keyboard = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		dup2(ends[0], STDIN_FILENO);
		setenv("LESS", "FRX", 0);
		become_command(command);
		dup2(keyboard, STDIN_FILENO);
		close(keyboard);
	}
	close(ends[0]);
	close(ends[1]);
	if (child > 0)
		waitpid(child, NULL, 0); /* nobody reads: it ends at once */
}

/* Passes on what is to be shown, and decides where to. */
static bool pass(struct pager *pager)
{
	bool is_good;

	if (pager->may_fit && fits(&pager->shown))
		return true;
	if (pager->may_fit) {
		const struct logset *files = pager->files;

		pager->may_fit = false;
		if (files && files->count && files->count <= LNAV_FILES_MAX)
			become_lnav(files);
		become_pager();
	}
	is_good = session_write(pager->call, &pager->shown);
	buf_reset(&pager->shown);
	return is_good;
}

bool pager_write(struct pager *pager, const struct buf *text)
{
	if (!pager->is_terminal)
		return session_write(pager->call, text);
	logsafe_add(&pager->safe, &pager->shown, buf_text(text), text->len);
	return pass(pager);
}

void pager_close(struct pager *pager)
{
	logsafe_end(&pager->safe, &pager->shown);
	if (pass(pager))
		session_write(pager->call, &pager->shown);
	buf_free(&pager->shown);
}
