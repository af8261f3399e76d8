#include "record/judge/same.h"

#include <string.h>

#include "record/manifest/attempt.h"
#include "record/stamp/stamp.h"

static const char *const texts[] = {
	[SAME] = NULL,
	[DIFF_UNREADABLE] = "cannot be read",
	[DIFF_GONE] = "is gone",
	[DIFF_APPEARED] = "is there now",
	[DIFF_TIME] = "has another time",
	[DIFF_UNREAD] = "has no recorded checksum",
	[DIFF_CONTENT] = "changed",
	[DIFF_MODE] = "has another executable bit",
	[DIFF_UNSETTLED] = "changed while the stage ran",
};

_Static_assert(sizeof texts / sizeof *texts == DIFF_COUNT, "a difference without its text");

const char *difference_text(enum difference difference)
{
	return texts[difference];
}

static struct digest digest_of_time(int64_t time_ns)
{
	struct digest digest = {{0}};

	memcpy(digest.bytes, &time_ns, sizeof time_ns);
	return digest;
}

struct version version_of(const struct record_file *file, uint32_t id)
{
	struct version version = {.file = id, .track = file->track};

	if (file->flags & RECORD_FILE_OWN) {
		version.kind = VERSION_OWN;
	} else if (file->flags & RECORD_FILE_CHANGED) {
		version.kind = VERSION_UNSETTLED;
	} else if (file->flags & RECORD_FILE_MISSING) {
		version.kind = VERSION_MISSING;
	} else if (file->track == TRACK_EXISTS) {
		version.kind = VERSION_THERE;
	} else if (file->track == TRACK_TIME) {
		version.kind = VERSION_TIME;
		version.is = digest_of_time(file->mtime_ns);
	} else if (file->flags & RECORD_FILE_NO_SUM) {
		version.kind = VERSION_UNREAD;
	} else {
		version.kind = VERSION_CONTENT;
		version.is = file->sum;
		if (file->flags & RECORD_FILE_EXECUTABLE)
			version.mode = MODE_EXECUTABLE;
		else
			version.mode = file->flags & RECORD_FILE_PLAIN ? MODE_PLAIN : MODE_UNKNOWN;
	}
	return version;
}

/* Of a directory its digest tells. */
static bool mode_differs(const struct version *version, const struct stamp *now)
{
	return version->mode != MODE_UNKNOWN && now->stat.type == 'f' &&
	       now->stat.is_executable != (version->mode == MODE_EXECUTABLE);
}

struct version version_made(const struct record_file *file, uint32_t id, bool is_after_failure)
{
	struct version version = version_of(file, id);

	if (is_after_failure && version.kind == VERSION_THERE) {
		version.kind = VERSION_TIME;
		version.is = digest_of_time(file->mtime_ns);
	}
	return version;
}

enum difference version_compare(const struct version *version, const struct stamp *now)
{
	struct digest time;

	if (version->kind == VERSION_OWN)
		return SAME;
	if (version->kind == VERSION_UNSETTLED)
		return DIFF_UNSETTLED;
	if (now->state != STAMP_SEEN && now->state != STAMP_HASHED)
		return DIFF_UNREADABLE;
	/* A link that leads nowhere is nothing. */
	if (now->stat.type == 0 || now->stat.type == 'l')
		return version->kind == VERSION_MISSING ? SAME : DIFF_GONE;
	switch ((enum version_kind)version->kind) {
	case VERSION_THERE:
		return SAME;
	case VERSION_MISSING:
		return DIFF_APPEARED;
	case VERSION_TIME:
		time = digest_of_time(now->stat.mtime_ns);
		return digest_eq(&version->is, &time) ? SAME : DIFF_TIME;
	case VERSION_CONTENT:
		if (now->state != STAMP_HASHED || !digest_eq(&version->is, &now->sum))
			return DIFF_CONTENT;
		return mode_differs(version, now) ? DIFF_MODE : SAME;
	default:
		return DIFF_UNREAD;
	}
}

enum difference same_as_recorded(const struct record_file *file, const struct stamp *now)
{
	struct version version = version_of(file, NONE);

	return version_compare(&version, now);
}

bool same_is_younger(const struct record *record, const struct fs_stat *now, bool if_alike)
{
	int64_t written = record->manifest.mtime_ns - if_alike;

	return now->mtime_ns > written || now->ctime_ns > written;
}

uint8_t same_track(const struct stamp *now)
{
	return now->stat.type == 'o' ? TRACK_EXISTS : TRACK_CONTENT;
}

uint8_t same_mode(const struct fs_stat *now)
{
	bool is_executable = now->type == 'f' && now->is_executable;

	return is_executable ? RECORD_FILE_EXECUTABLE : RECORD_FILE_PLAIN;
}

void same_take(struct attempt_file *file, const struct stamp *now)
{
	bool is_hashed = now->state == STAMP_HASHED, is_dir = now->stat.type == 'd';

	file->flags &= (uint8_t) ~(RECORD_FILE_MISSING | RECORD_FILE_NO_SUM | RECORD_FILE_PLAIN |
				   RECORD_FILE_EXECUTABLE);
	file->flags |= same_mode(&now->stat);
	file->mtime_ns = now->stat.mtime_ns;
	file->is_dir = is_dir;
	file->size = is_hashed && is_dir ? now->size : now->stat.size;
	if (now->stat.type == 0) {
		file->flags |= RECORD_FILE_MISSING;
		file->size = 0;
	} else if (is_hashed && track_reads(file->track)) {
		file->sum = now->sum;
		file->files = now->files;
	} else {
		file->flags |= RECORD_FILE_NO_SUM;
		if (is_dir)
			file->size = 0;
	}
}
