/* The page of `report` and `serve`: its data, one JSON document, restage.report/1 (described in
 * report_data.c), and what `serve` sends behind it. */
#ifndef VIEW_REPORT_H
#define VIEW_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"

struct graph;
struct metrics_table;

/* Where the data ends and the stream goes on. */
struct report_position {
	char run[64];  /* id of the newest run with a record; "" if there is none */
	size_t record; /* where in its record the first line that is not in the data begins */
	size_t log;    /* the same of its pipeline log */
};

/* The position as one word, "20251127_140915:1022:3177", and back; the word of none is "none:0:0".
 * false if the text is none. It goes into addresses and comes back from anyone: the run is an id,
 * and no path. */
void report_position_add(struct buf *out, const struct report_position *at);
bool report_position_parse(const char *text, struct report_position *at);

/* Fills a table with the rows of this job and the others of its pipeline, each with the numbers of
 * those of this graph's stages that are in `stages`. Returns how many jobs were left out. */
typedef uint32_t report_jobs(
	void *ctx, const struct graph *graph, const bool *stages, struct metrics_table *table);

struct report_wish {
	const char *run; /* as report_runs_load has it; NULL: the one that matters most */
	/* how the root is reached from where the page lies; NULL: links lead to no files */
	const char *root;
	bool is_live;      /* the page goes on from there by a stream, and asks for files */
	report_jobs *jobs; /* asked if a stage has numbers; NULL: of other jobs nothing is told */
	void *jobs_ctx;
};

/* Appends the document. Reads manifests, logs and records, judges the stages
 * (run/ask/plan.h), and writes nothing. -1 if there is no such run, or the disk fails. */
int report_data(struct buf *out, const struct graph *graph, const struct report_wish *wish,
	struct err *err);
/* Appends the page, src/report/page.html, which is part of the program, with this document as its
 * data. `packs`: much of it is compressed, if it can be. */
void report_page(struct buf *out, const char *data, size_t len, bool packs);

/* report_runs.c: the runs that a report tells of, with their records as they are on disk. */
struct report_run {
	const char *run;
	struct buf lines; /* whole, valid lines of its record, each with its newline */
	size_t end;       /* where in the record the line after them begins */
	bool has_started; /* some stage */
	bool has_ended;
};

struct report_runs {
	struct arena arena;
	struct report_run *items; /* oldest first; all have records */
	uint32_t count;
	const char *shown;    /* id of the run that the report is of; NULL: the job never ran */
	const char *log_path; /* the pipeline log of that run, or NULL */
};

/* wanted: an id, "last", "last~1", the beginning of an id; NULL: the run that goes on, if is_live,
 * else the last that ran something, else the last. The runs up to the one that is shown, if is_live
 * up to the newest; of those before it only such as ran something, and no more than a page bears.
 * -1 if there is no run `wanted`, or the disk fails. */
int report_runs_load(struct report_runs *runs, const struct graph *graph, const char *wanted,
	bool is_live, struct err *err);
void report_runs_free(struct report_runs *runs);

/* report_stage.c: what a report says of one stage beside the graph. */

/* How many files of a kind, if there are so many stages. */
uint32_t report_files_of_each(uint32_t stage_count);
/* The member "manifest": manifest.json below dir, without what no page shows (identity), and with
 * at most `files` files in each of its lists; how many more there were is in inputs_more,
 * outputs_more, intermediate_files_more. null if there is none that can be read. If it is of no
 * success, "last_success" is the same of the one before. With embeds, how many bytes of files may
 * still be put into the page, "embedded" besides. True: the success has numbers. */
bool report_write_manifest(struct json_writer *w, const char *dir, uint32_t files, size_t *embeds);
/* The members "log", the end of stage.log below dir, at most `limit` bytes, null if it is not there
 * or empty; and "log_truncated". */
void report_write_log(struct json_writer *w, const char *dir, size_t limit);

/* Appends one JSON object on one line, the stream's event about a stage that has settled:
 * {"event": "stage", "stage": name, "manifest": ..., "log": ..., "log_truncated": ...}. With files
 * 0 without its manifest, of a stage that is running. */
void report_stage_event(
	struct buf *out, const char *name, const char *dir, uint32_t files, size_t limit);

/* report_files.c: files that stages made. */

/* By the extension of its name; NULL: of no type that a page knows. */
const char *report_media_type(const char *path);
/* A descriptor to read an output that the manifest below dir lists, by its path as it stands there,
 * and its size. -1 of any other file, and where a link leads out of the root or to the file. */
int report_open_output(const char *dir, const char *path, uint64_t *size);
/* The member "media_types": by extension. */
void report_write_media_types(struct json_writer *w);
/* The member "embedded": the outputs that have the attribute "report", as far as *left, which
 * becomes less, and a bound for each allow it: by their paths in the manifest, in base64. */
void report_write_embedded(struct json_writer *w, const json *manifest, size_t *left);

/* report_pack.c: appends a document that holds another one compressed, {"schema":
 * "restage.report/1", "deflate": the other in zlib's format (RFC 1950), in base64}. false, and
 * nothing is added, if it is small, or there is no zlib. */
bool report_pack(struct buf *out, const char *data, size_t len);
void report_add_base64(struct buf *out, const unsigned char *bytes, size_t len);

/* report_text.c: the ends of files, and JSON inside of a page. */

/* JSON that stands in a script element: '<', '>', '&' and the two line separators of Unicode become
 * \u escapes. They occur in strings only, so it says the same, and no name or log can end the
 * element. */
void report_add_inert(struct buf *out, const char *text, size_t len);
/* Appends at most `limit` bytes of an open file from `at` on, however fast it grows. */
void report_read_from(int fd, off_t at, size_t limit, struct buf *out);
/* Appends the last `limit` bytes of a file, from the beginning of a line on if it was cut. A
 * missing or unreadable file is empty. Returns how much of the file lies before what was added. */
size_t report_read_tail(const char *path, size_t limit, struct buf *out);

#endif
