/* Warnings of an attempt: the runner's own, those that the stage reported, and what its output has
 * that is one by the habits of tools. All count the same. */
#include <stdarg.h>

#include "base/clock.h"
#include "base/mem.h"
#include "run/engine/context.h"

void warning_add(struct running *running, int64_t wall_ns, const char *text, size_t len)
{
	struct attempt *attempt = &running->attempt;
	uint32_t kept = attempt_warnings_kept(attempt);

	if (len > STAGELOG_LINE_MAX) {
		len = STAGELOG_LINE_MAX;
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--; /* not in the middle of a character */
	}
	attempt->warning_count++;
	if (kept == MANIFEST_WARNINGS_MAX)
		return;
	MEM_ROOM(attempt->warnings, kept, running->warning_cap);
	attempt->warnings[kept] = (struct attempt_note){
		.wall_ns = wall_ns,
		.message = arena_strndup(&running->arena, text, len),
	};
}

void running_warn(struct run *run, struct running *running, const char *fmt, ...)
{
	struct buf text BUF_LOCAL = {0};
	va_list args;

	va_start(args, fmt);
	buf_vfmt(&text, fmt, args);
	va_end(args);
	warning_add(running, clock_wall_ns(), text.data, text.len);
	if (running->log)
		stagelog_add(running->log, LOG_WARNING, text.data, text.len);
	notify_text(run, STAGE_WARNING, running->stage, LOG_WARNING, "%s", buf_text(&text));
}
