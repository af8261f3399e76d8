/* What of the last success a failed or interrupted attempt's manifest keeps. */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "record/manifest/attempt.h"

/* Members that judging, replaying and showing the last success need; the rest told how it came about. */
static const char *const kept[] = {"stage_number", "timestamp", "duration_seconds", "completed_at",
	"stage_dir", "run", "attempt", "command", "exit_code", "inputs", "outputs",
	"intermediate_files", "config", "reported_config", "env", "tools", "resources", "key",
	"untracked", "accepted"};

json *manifest_last_success(const char *dir)
{
	struct buf path = {0}, text = {0};
	json *last = NULL;
	buf_fmt(&path, "%s/manifest.json", dir);
	if (fs_read(buf_text(&path), (size_t)1 << 30, &text, NULL) < 0)
		goto out;
	json *manifest = json_parse(buf_text(&text), text.len, NULL);
	const char *status = json_get_str(manifest, "status", "");
	bool judges_itself = strcmp(status, "success") == 0 || strcmp(status, "skipped") == 0;
	if (judges_itself && json_is_object(json_get(manifest, "key"))) {
		last = json_object();
		for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
			json *member = json_detach(manifest, kept[i]);
			if (member)
				json_put(last, kept[i], member);
		}
	} else if (manifest) {
		last = json_detach(manifest, "last_success");
	}
	json_free(manifest);
out:
	buf_free(&path);
	buf_free(&text);
	return last;
}
