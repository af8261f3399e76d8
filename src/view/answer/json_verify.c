/* restage.verify/1
 *
 *	pipeline, job, job_dir   strings
 *	stages, files, bytes     how much was looked at
 *	seconds
 *	differs    true if the exit code is 4: there is a finding of another kind than "no_record" and
 *	           "no_checksum"
 *	findings   {"kind": "missing" | "changed" | "untracked" | "unreadable" | "no_record" |
 *	           "no_checksum", "stage": name or null, "path": string or null, "role": "input" |
 *	           "output" | "intermediate" | null, "recorded", "found": checksums or null, "message": string or null} */
#include "base/buf.h"
#include "view/answer/json_doc.h"
#include "view/answer/verify_report.h"

static void write_finding(
	struct json_writer *w, const struct graph *graph, const struct verify_finding *finding)
{
	bool has_role = verify_kind_has_role(finding->kind);

	json_write_object(w, NULL);
	json_write_str(w, "kind", verify_kind_name(finding->kind));
	json_write_name(
		w, "stage", finding->stage == NONE ? NULL : stage_name(graph, finding->stage));
	json_write_name(w, "path", finding->path);
	json_write_str(w, "role", has_role ? json_role(finding->role) : NULL);
	json_doc_digest(w, "recorded", &finding->recorded);
	json_doc_digest(w, "found", &finding->found);
	json_write_name(w, "message", finding->text);
	json_write_end(w);
}

void json_verify(struct buf *out, const struct verify_report *report)
{
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.verify/1");
	json_doc_job(&w, report->graph);
	json_write_num(&w, "stages", report->stage_count);
	json_write_num(&w, "files", report->file_count);
	json_write_num(&w, "bytes", (double)report->bytes);
	json_write_num(&w, "seconds", report->seconds);
	json_write_bool(&w, "differs", verify_differs(report));
	json_write_rows(&w, "findings");
	for (uint32_t i = 0; i < report->finding_count; i++)
		write_finding(&w, report->graph, &report->findings[i]);
	json_write_end(&w);
	json_write_finish(&w);
}
