/* The interactive viewer: what it needs of the world. The viewer itself is view/viewer/logview. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "cmd/logs/logs_parts.h"
#include "cmd/logs/logset.h"
#include "cmd/session.h"
#include "view/screen/terminal.h"
#include "view/viewer/logview.h"
#include "view/words/style.h"

#define KEY_MS 50                   /* after an escape: is it a key by itself? */
#define FOLLOW_NS (100 * 1000000LL) /* between two looks at the files of a run that is going on ... */
#define IDLE_NS (1000 * 1000000LL)  /* ... and of one that has ended: another may begin */
#define KEYS_LOOK_MS 950            /* a key makes them looked at so much before it is time */
#define FIRST_WORK 8                /* before the first drawing, to see whether all of it fits */

struct viewer {
	struct call *call;
	struct logset *set;
	struct logview *view;
	uint32_t added; /* files of the set that the viewer has */
	bool is_running;
	int64_t looked_ns;
	struct buf keys; /* read, not understood yet */
	struct buf out;
	int signal;
};

bool logs_can_view(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && term && *term &&
	       !text_eq(term, "dumb");
}

static void look_at_files(struct viewer *viewer)
{
	struct logset *set = viewer->set;
	struct err err = {0}; /* a directory that cannot be read now: what is shown stays */
	bool is_anew = false;

	viewer->looked_ns = clock_mono_ns();
	viewer->is_running = logset_is_running(set);
	if (viewer->is_running || !viewer->added)
		logset_find_new(set, &err);
	for (uint32_t i = 0; i < viewer->added; i++) {
		uint64_t size, known = logview_read_to(viewer->view, i);

		is_anew = logset_is_anew(set, i, &size) || size < known || is_anew;
		if (size > known)
			logview_wake(viewer->view, i);
	}
	if (is_anew) { /* by a later run */
		logview_restart(viewer->view);
		viewer->added = 0;
	}
	for (; viewer->added < set->count; viewer->added++) {
		uint64_t size;

		logset_is_anew(set, viewer->added, &size); /* from now on */
		logview_add(viewer->view, set->files[viewer->added].name,
			set->files[viewer->added].is_pipeline);
	}
	logview_set_running(viewer->view, viewer->is_running);
}

/* Prints all of it if it fits on the screen. */
static bool print_short(struct viewer *viewer)
{
	unsigned columns, rows;

	if (viewer->is_running)
		return false;
	terminal_size(&columns, &rows);
	for (int i = 0; i < FIRST_WORK && logview_work(viewer->view); i++)
		;
	if (!logview_fits(viewer->view, columns, rows))
		return false;
	logview_print(viewer->view, &viewer->out);
	session_write(viewer->call, &viewer->out);
	return true;
}

/* False: leave. */
static bool take_keys(struct viewer *viewer, bool is_idle)
{
	struct key key;
	size_t len;

	while ((len = logkeys_take(buf_text(&viewer->keys), viewer->keys.len, is_idle, &key))) {
		buf_drop(&viewer->keys, len);
		if (key.kind == KEY_CONTROL && key.text[0] == 'l') {
			logview_draw(viewer->view, true, &viewer->out);
			continue;
		}
		if (!logview_key(viewer->view, &key))
			return false;
		logview_work(viewer->view); /* so that "nn" finds the second match */
	}
	return true;
}

static bool read_keys(struct viewer *viewer)
{
	char bytes[256];
	ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (got <= 0)
		return false; /* the terminal is gone */
	buf_add(&viewer->keys, bytes, (size_t)got);
	return take_keys(viewer, false);
}

static void resize(struct viewer *viewer)
{
	unsigned columns, rows;

	terminal_size(&columns, &rows);
	logview_size(viewer->view, columns, rows);
}

/* Milliseconds until the files are looked at again, 0 if that is due. */
static int until_look(const struct viewer *viewer)
{
	int64_t pause_ns = viewer->is_running ? FOLLOW_NS : IDLE_NS;
	int64_t left_ns = viewer->looked_ns + pause_ns - clock_mono_ns();

	return left_ns > 0 ? (int)(left_ns / 1000000) + 1 : 0;
}

static int loop(struct viewer *viewer)
{
	bool anew = true, is_busy = true;

	for (;;) {
		int timeout = is_busy ? 0 : until_look(viewer);
		unsigned news;

		if (anew)
			resize(viewer);
		logview_draw(viewer->view, anew, &viewer->out);
		if (!session_write(viewer->call, &viewer->out))
			return EXIT_OK;
		buf_reset(&viewer->out);
		if (viewer->keys.len)
			timeout = KEY_MS;
		news = terminal_wait(timeout, &viewer->signal);
		anew = news & TERMINAL_REDRAW;
		if (news & TERMINAL_END)
			return 128 + viewer->signal;
		if ((news & TERMINAL_INTERRUPT) && !logview_interrupt(viewer->view))
			return EXIT_OK;
		if ((news & TERMINAL_INPUT) && until_look(viewer) < KEYS_LOOK_MS)
			look_at_files(viewer); /* so that G goes to where the end is now */
		if ((news & TERMINAL_INPUT) ? !read_keys(viewer) : !take_keys(viewer, !news))
			return EXIT_OK;
		if (until_look(viewer) == 0)
			look_at_files(viewer);
		is_busy = logview_work(viewer->view);
	}
}

int logs_view(struct call *call, struct logset *set, enum log_level level)
{
	struct viewer viewer = {.call = call, .set = set};
	const struct logview_options options = {
		.read = logset_read,
		.ctx = set,
		.title = set->title,
		.level = level,
		.color = style_for_fd((enum style_choice)call->globals.color, STDOUT_FILENO),
	};
	struct err err = {0};
	int code = EXIT_OK;

	viewer.view = logview_new(&options);
	look_at_files(&viewer);
	if (!print_short(&viewer)) {
		code = terminal_enter(&err) < 0 ? session_fail(&err) : loop(&viewer);
		terminal_leave();
	}
	logview_free(viewer.view);
	buf_free(&viewer.keys);
	buf_free(&viewer.out);
	return code;
}
