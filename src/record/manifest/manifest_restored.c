/* A manifest that tells of the last success again. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/manifest_members.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/manifest/attempt.h"
#include "record/manifest/manifest_read.h"

/* What the manifest says of the stage, whatever the attempt. */
static bool is_about_stage(const char *name)
{
	return text_eq(name, "schema") || text_eq(name, "stage") || text_eq(name, "pipeline") ||
	       text_eq(name, "job");
}

static json *nothing_of(enum manifest_kind kind)
{
	return kind == MANIFEST_LIST     ? json_array()
	       : kind == MANIFEST_OBJECT ? json_object()
					 : json_null();
}

/* In the order of a manifest; an older restage kept less of a success. */
static json *restored_tree(json *manifest, json *last)
{
	json *out = json_object();

	for (const struct manifest_member *own = manifest_members; own->name; own++) {
		json *member = is_about_stage(own->name) ? json_detach(manifest, own->name)
							 : json_detach(last, own->name);
		if (!member && text_eq(own->name, "status"))
			member = json_string("success");
		if (!member && own->kind != MANIFEST_OPTIONAL)
			member = nothing_of(own->kind);
		json_put(out, own->name, member);
	}
	for (const json *own = json_first(last); own; own = json_next(own))
		json_set(out, json_key(own), json_copy(own));
	return out;
}

bool manifest_restored(const char *dir, struct buf *out)
{
	json *manifest JSON_LOCAL = manifest_tree(dir, NULL);
	json *last JSON_LOCAL = manifest && manifest_judged(manifest) != manifest
					? json_detach(manifest, "last_success")
					: NULL;
	bool is_failure = last && manifest_status(manifest) != RECORD_SKIPPED;

	if (last) {
		json *restored JSON_LOCAL = restored_tree(manifest, last);
		if (is_failure) {
			json_put(restored, "last_failure", manifest);
			manifest = NULL;
		}
		json_format(restored, out);
		buf_char(out, '\n');
	}
	return out->len != 0;
}
