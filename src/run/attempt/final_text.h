/* What a stage says of its work directory, which is gone when it has ended: its texts are told with
 * the final places of what lies there. What its command puts out stays as it is. */
#ifndef RUN_FINAL_TEXT_H
#define RUN_FINAL_TEXT_H

struct arena;
struct buf;

/* Of an attempt; paths relative to the root. */
struct final_places {
	const char *dir;      /* the stage's */
	const char *own_dir;  /* of the attempt */
	const char *work_dir; /* the same or below it: where it makes its outputs */
	/* Where `rest`, from work_dir on, goes; in the arena */
	const char *(*place)(const void *ctx, const char *rest, struct arena *arena);
	const void *ctx;
};

/* The text itself if it names nothing there, else what is made of it in *out. */
const char *final_text_of(const struct final_places *places, const char *text, struct buf *out);

#endif
