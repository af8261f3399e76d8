#include "base/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

struct diag_note {
	const char *file, *note;
	uint32_t source;
};

void diag_note(struct diags *diags, const char *file, uint32_t source, const char *note)
{
	MEM_ROOM(diags->notes, diags->note_count, diags->note_cap);
	diags->notes[diags->note_count++] =
		(struct diag_note){file, arena_strdup(&diags->arena, note), source};
}

const char *diag_note_of(const struct diags *diags, uint32_t source)
{
	for (size_t i = 0; i < diags->note_count; i++) {
		if (diags->notes[i].source == source)
			return diags->notes[i].note;
	}
	return "";
}

static const char *note_of(const struct diags *diags, const char *file)
{
	for (size_t i = 0; i < diags->note_count; i++) {
		if (diags->notes[i].file == file)
			return diags->notes[i].note;
	}
	return "";
}

static void add(struct diags *diags, const char *file, uint32_t line, bool is_warning,
	const char *fmt, va_list args)
{
	struct buf raw BUF_LOCAL = {0}, text = {0};

	/* what the user wrote comes back in messages: one line each, no control bytes */
	buf_vfmt(&raw, fmt, args);
	buf_str(&raw, note_of(diags, file));
	text_add_printable(&text, buf_text(&raw), raw.len);
	if (!file)
		file = "";

	/* the identity of a message, with its text at the end of it */
	char *id = arena_fmt(
		&diags->arena, "%s%c%u %d %s", file, '\1', line, is_warning, buf_text(&text));
	size_t text_len = text.len;
	buf_free(&text);
	uint32_t index = (uint32_t)diags->count;
	if (map_put(&diags->seen, id, index) != index)
		return;

	uint32_t first = map_get(&diags->files, file);
	const char *name;
	if (first == NONE) {
		name = arena_strdup(&diags->arena, file);
		map_put(&diags->files, name, index);
	} else {
		name = diags->items[first].file;
	}
	MEM_ROOM(diags->items, diags->count, diags->cap);
	diags->items[diags->count++] = (struct diag){
		.file = name,
		.line = line,
		.is_warning = is_warning,
		.text = id + strlen(id) - text_len,
	};
	if (!is_warning)
		diags->error_count++;
}

void diag_add(struct diags *diags, const char *file, uint32_t line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(diags, file, line, false, fmt, args);
	va_end(args);
}

void diag_warn(struct diags *diags, const char *file, uint32_t line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(diags, file, line, true, fmt, args);
	va_end(args);
}

struct place {
	uint32_t file; /* index of the first message about the same file */
	uint32_t line;
	uint32_t item;
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

void diag_cause(struct diags *diags, const struct err *err)
{
	static const int of_machine[] = {EMFILE, ENFILE, ENOMEM, ENOBUFS, EIO, ESTALE};

	for (size_t i = 0; i < sizeof of_machine / sizeof *of_machine; i++)
		diags->is_of_machine |= err->sys == of_machine[i];
}

const struct diag **diag_sorted(const struct diags *diags)
{
	struct place *places MEM_LOCAL = mem_grow(NULL, diags->count + 1, sizeof *places);
	const struct diag **sorted = mem_grow(NULL, diags->count + 1, sizeof(*sorted));

	for (uint32_t i = 0; i < diags->count; i++) {
		places[i].file = map_get(&diags->files, diags->items[i].file);
		places[i].line = diags->items[i].line;
		places[i].item = i;
	}
	qsort(places, diags->count, sizeof *places, by_place);
	for (size_t i = 0; i < diags->count; i++)
		sorted[i] = &diags->items[places[i].item];
	return sorted;
}

void diag_print(const struct diags *diags, struct buf *out)
{
	const struct diag **sorted MEM_LOCAL = diag_sorted(diags);

	for (size_t i = 0; i < diags->count; i++) {
		const struct diag *diag = sorted[i];
		text_add_printable(out, diag->file, strlen(diag->file));
		if (diag->line)
			buf_fmt(out, ":%u", diag->line);
		if (diag->file[0] || diag->line)
			buf_str(out, ": ");
		buf_fmt(out, "%s%s\n", diag->is_warning ? "warning: " : "", diag->text);
	}
}

void diag_free(struct diags *diags)
{
	map_free(&diags->seen);
	map_free(&diags->files);
	free(diags->items);
	free(diags->notes);
	arena_free(&diags->arena);
	*diags = (struct diags){0};
}
