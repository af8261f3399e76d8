/* What `verify` found. */
#ifndef VIEW_VERIFY_REPORT_H
#define VIEW_VERIFY_REPORT_H

#include <stdbool.h>

#include "run/ask/verify.h"

struct buf;

const char *verify_kind_name(enum verify_kind kind); /* "missing" ... as in JSON */
bool verify_kind_has_role(enum verify_kind kind);    /* is it about a recorded file? */
/* A line a finding, "changed: 01_demux/audio.wav (output of demux)", then a line with the
 * counts. */
void verify_text(struct buf *out, const struct verify_report *report, bool color);
/* The same as JSON, schema restage.verify/1 (described in json_verify.c). */
void json_verify(struct buf *out, const struct verify_report *report);

#endif
