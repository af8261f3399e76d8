#include "run/engine/images.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/command/command.h"
#include "model/graph/graph.h"
#include "run/engine/contain.h"
#include "run/exec/exec.h"

#define ASK_TIMEOUT_MS 60000
#define OUTPUT_MAX ((size_t)64 * 1024) /* the last of it */
#define TOLD_NS (INT64_C(10) * 1000000000)

enum image_state {
	IMAGE_UNASKED,
	IMAGE_ASKING,
	IMAGE_ABSENT,
	IMAGE_PULLING,
	IMAGE_HERE,
	IMAGE_FAILED,
};

struct image {
	const char *reference;
	struct container how; /* the engine, as its first stage has it */
	enum image_state state;
	bool is_wanted; /* here, not only known */
	bool was_pulled;
	const char *id, *failure;
	struct buf out; /* of its command, so far */
	int64_t began_mono, told_mono;
};

struct images {
	const struct graph *graph;
	images_told *told;
	void *ctx;
	struct arena arena;
	struct map ids; /* reference -> index in list */
	struct image *list;
	uint32_t count, cap;
	uint32_t running;
};

struct images *images_new(const struct graph *graph, images_told *told, void *ctx)
{
	struct images *images = mem_alloc(sizeof *images);

	images->graph = graph;
	images->told = told;
	images->ctx = ctx;
	return images;
}

void images_free(struct images *images)
{
	if (!images)
		return;
	for (uint32_t i = 0; i < images->count; i++)
		buf_free(&images->list[i].out);
	free(images->list);
	map_free(&images->ids);
	arena_free(&images->arena);
	free(images);
}

static struct image *find(struct images *images, uint32_t stage)
{
	const char *reference = stage_container(images->graph, stage);
	uint32_t at = map_get(&images->ids, reference);

	if (at != NONE)
		return &images->list[at];
	MEM_ROOM(images->list, images->count, images->cap);
	at = images->count++;
	struct image *image = &images->list[at];
	*image = (struct image){.reference = arena_strdup(&images->arena, reference)};
	map_put(&images->ids, image->reference, at);
	image->failure = contain_look(&images->arena, images->graph, stage, &image->how);
	image->how.image = image->reference;
	if (image->failure)
		image->state = IMAGE_FAILED;
	return image;
}

bool images_want(struct images *images, uint32_t stage, bool is_here)
{
	struct image *image = find(images, stage);

	image->is_wanted |= is_here;
	if (!image->is_wanted && container_pinned(image->reference))
		return true;
	return image->state == IMAGE_HERE || image->state == IMAGE_FAILED ||
	       (image->state == IMAGE_ABSENT && !(image->is_wanted && images->told));
}

const char *images_id(struct images *images, uint32_t stage)
{
	const struct image *image = find(images, stage);
	const char *pinned = container_pinned(image->reference);

	return pinned ? pinned : image->id;
}

bool images_is_here(struct images *images, uint32_t stage)
{
	return find(images, stage)->state == IMAGE_HERE;
}

const char *images_failure(struct images *images, uint32_t stage)
{
	return find(images, stage)->failure;
}

static void tell(struct images *images, const char *text)
{
	if (images->told)
		images->told(images->ctx, text);
}

/* The last line that has something in it; empty: there is none. */
static const char *last_line(struct arena *arena, const struct buf *out)
{
	struct buf text BUF_LOCAL = {0};
	const char *data = out->data;
	size_t end = out->len, start;

	while (end && strchr("\r\n \t", data[end - 1]))
		end--;
	for (start = end; start && !strchr("\r\n", data[start - 1]); start--) {
	}
	text_add_printable(&text, data ? data + start : "", end - start);
	return arena_strdup(arena, buf_text(&text));
}

static void fail(struct images *images, struct image *image, const char *why)
{
	image->state = IMAGE_FAILED;
	image->failure = arena_fmt(&images->arena, "the image %s cannot be had from %s: %s",
		image->reference, container_engine_name(image->how.engine, NULL), why);
}

static void take_asked(struct images *images, struct image *image, bool is_good)
{
	const char *id = last_line(&images->arena, &image->out);

	if (is_good && *id) {
		image->id = strchr(id, ':') ? id : arena_fmt(&images->arena, "sha256:%s", id);
		image->state = IMAGE_HERE;
	} else if (image->was_pulled) {
		fail(images, image, *id ? id : "it was pulled, and is not there");
	} else {
		image->state = IMAGE_ABSENT;
	}
}

static void take_pulled(struct images *images, struct image *image, bool is_good, const char *why)
{
	struct buf text BUF_LOCAL = {0};

	if (!is_good) {
		const char *line = last_line(&images->arena, &image->out);
		fail(images, image, *line ? line : why);
		return;
	}
	image->was_pulled = true;
	image->state = IMAGE_UNASKED;
	buf_fmt(&text, "pulled %s in ", image->reference);
	text_add_duration(&text, (double)(clock_mono_ns() - image->began_mono) / 1e9);
	tell(images, buf_text(&text));
}

static void take_end(struct images *images, struct image *image, const struct exec_event *event)
{
	bool is_good = event->kind == EXEC_ENDED && event->outcome.exit_code == 0;
	const char *why = event->text ? event->text : "its command failed";

	if (image->state == IMAGE_ASKING)
		take_asked(images, image, is_good);
	else
		take_pulled(images, image, is_good, why);
	buf_free(&image->out);
}

static int start(struct images *images, uint32_t index, const struct exec_kind *kind,
	struct exec *exec, struct err *err)
{
	struct image *image = &images->list[index];
	bool is_pull = image->state == IMAGE_ABSENT;
	struct arena scratch ARENA_LOCAL = {0};
	struct exec_event refusal = {0};
	struct command command = {
		.argv = (is_pull ? container_pull : container_ask)(&scratch, &image->how),
		.is_direct = true,
	};
	struct launch launch = {
		.id = IMAGES_FIRST_ID + index,
		.command = &command,
		.timeout_ms = is_pull ? 0 : ASK_TIMEOUT_MS,
		.grace_ms = 2000,
		.about = image->reference,
	};

	while (command.argv[command.argc])
		command.argc++;
	image->state = is_pull ? IMAGE_PULLING : IMAGE_ASKING;
	image->began_mono = image->told_mono = clock_mono_ns();
	if (is_pull)
		tell(images, arena_fmt(&scratch, "pulling %s by %s", image->reference,
				     container_engine_name(image->how.engine, NULL)));
	int status = kind->start(exec, &launch, &refusal, err);
	images->running += status == 0;
	if (status > 0)
		take_end(images, image, &refusal);
	return status;
}

int images_start(
	struct images *images, const struct exec_kind *kind, struct exec *exec, struct err *err)
{
	for (uint32_t i = 0; i < images->count; i++) {
		struct image *image = &images->list[i];
		bool is_due = image->state == IMAGE_UNASKED ||
			      (image->state == IMAGE_ABSENT && image->is_wanted && images->told);

		if (is_due && start(images, i, kind, exec, err) < 0)
			return -1;
	}
	return 0;
}

bool images_busy(const struct images *images)
{
	return images->running > 0;
}

static void take_output(struct images *images, struct image *image, const char *data, size_t len)
{
	int64_t now = clock_mono_ns();
	struct arena scratch ARENA_LOCAL = {0};

	buf_add(&image->out, data, len);
	if (image->out.len > OUTPUT_MAX)
		buf_drop(&image->out, image->out.len - OUTPUT_MAX);
	if (image->state == IMAGE_PULLING && now - image->told_mono > TOLD_NS) {
		image->told_mono = now;
		tell(images, arena_fmt(&scratch, "pulling %s: %s", image->reference,
				     last_line(&scratch, &image->out)));
	}
}

bool images_take(struct images *images, const struct exec_event *event)
{
	struct image *image = &images->list[event->id - IMAGES_FIRST_ID];

	if (event->kind == EXEC_OUTPUT)
		take_output(images, image, event->data, event->len);
	if (event->kind != EXEC_ENDED && event->kind != EXEC_REFUSED)
		return false;
	images->running--;
	take_end(images, image, event);
	return true;
}

void images_stop(struct images *images, const struct exec_kind *kind, struct exec *exec)
{
	for (uint32_t i = 0; i < images->count; i++) {
		enum image_state state = images->list[i].state;

		if (state == IMAGE_ASKING || state == IMAGE_PULLING)
			kind->stop(exec, IMAGES_FIRST_ID + i, state == IMAGE_ASKING);
	}
}
