/* What the commands answer that only look, as text and as JSON.
 *
 * A JSON answer is one document with a newline behind it, whose first member `schema` names its
 * form ("restage.status/1"). Members are only ever added to a schema; one that changes its meaning
 * gets a new number. Each is described in the file of its writer. File names as in manifests
 * (base/name.h); what is not known is null. */
#ifndef VIEW_ANSWER_H
#define VIEW_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct buf;
struct definition_places;
struct diags;
struct graph;
struct plan;
struct plan_stage;
struct record;
struct verify_report;

/* `list`: a line a stage: number, name, description; restage.list/1. wanted NULL: all. */
void list_text(struct buf *out, const struct graph *graph, const bool *wanted, bool color);
void json_list(struct buf *out, const struct graph *graph, const bool *wanted);

/* `show`: everything about one stage: where it is defined, command, files, config, limits, edges;
 * with what its last run cost if `planned` (may be NULL) knows; restage.show/1. */
void show_text(struct buf *out, const struct graph *graph, uint32_t stage,
	const struct plan_stage *planned, bool color);
void json_show(struct buf *out, const struct graph *graph, uint32_t stage,
	const struct plan_stage *planned);

/* `status`: a line a selected stage (name, state, reason), then a line with the counts;
 * restage.status/1. */
void status_text(struct buf *out, const struct plan *plan, bool color);
void json_status(struct buf *out, const struct plan *plan);

/* `run -n`: what will run and why, what may run, with the time and memory that it took before, in
 * the order in which it would start; then the sums; restage.plan/1. */
/* What of the instances may change, a line for each stage; as JSON a member, or nothing. */
void lists_text(struct buf *out, const struct plan *plan);
struct json_writer;
void json_lists(struct json_writer *w, const struct plan *plan);
void plan_text(struct buf *out, const struct plan *plan, bool color);
void json_plan(struct buf *out, const struct plan *plan);

/* `check`: what was told, each with its place; restage.check/1. */
void json_diags(struct buf *out, const struct diags *diags, const struct definition_places *places);

/* `verify`: a line a finding, "changed: 01_demux/audio.wav (output of demux)", then a line with the
 * counts; restage.verify/1. */
void verify_text(struct buf *out, const struct verify_report *report, bool color);
void json_verify(struct buf *out, const struct verify_report *report);

/* `why`: why a stage would run, or why it last ran, back to the root cause; restage.why/1. */
struct why {
	const struct plan *plan;
	struct arena *arena;
	const struct record **past; /* by stage, what its manifest tells; NULL: not read yet */
};

void why_text(struct buf *out, const struct why *why, uint32_t stage, bool color);
void json_why(struct buf *out, const struct why *why, uint32_t stage);

#endif
