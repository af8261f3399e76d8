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

static json *checksum(const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	if (digest_is_zero(digest))
		return json_null();
	digest_format(digest, text);
	return json_string(text);
}

static json *role_of(const struct verify_finding *finding)
{
	if (!verify_kind_has_role(finding->kind))
		return json_null();
	return json_string(json_role(finding->role));
}

static json *make_finding(const struct verify_report *report, const struct verify_finding *finding)
{
	json *row = json_object();

	json_put_str(row, "kind", verify_kind_name(finding->kind));
	json_put(row, "stage",
		json_path(finding->stage == NONE ? NULL
						 : stage_name(report->graph, finding->stage)));
	json_put(row, "path", json_path(finding->path));
	json_put(row, "role", role_of(finding));
	json_put(row, "recorded", checksum(&finding->recorded));
	json_put(row, "found", checksum(&finding->found));
	json_put(row, "message", json_path(finding->text));
	return row;
}

void json_verify(struct buf *out, const struct verify_report *report)
{
	struct json_doc doc;

	json_doc_begin(&doc, out, "restage.verify/1");
	json_doc_job(&doc, report->graph);
	json_doc_put(&doc, "stages", json_number(report->stage_count));
	json_doc_put(&doc, "files", json_number(report->file_count));
	json_doc_put(&doc, "bytes", json_number((double)report->bytes));
	json_doc_put(&doc, "seconds", json_number(report->seconds));
	json_doc_put(&doc, "differs", json_bool(verify_differs(report)));
	json_doc_list(&doc, "findings");
	for (uint32_t i = 0; i < report->finding_count; i++)
		json_doc_row(&doc, make_finding(report, &report->findings[i]));
	json_doc_list_end(&doc);
	json_doc_end(&doc);
}
