#include "stageio/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "stageio.h"

static _Thread_local int last;
static _Thread_local char detail[sizeof(((struct err *)0)->text)];

const char *stageio_strerror(int code)
{
	switch (code) {
	case STAGEIO_OK:
		return "no error";
	case STAGEIO_ENOMEM:
		return "out of memory";
	case STAGEIO_EINVAL:
		return "an argument cannot be what it is";
	case STAGEIO_EJSON:
		return "the text of a field is no JSON value";
	case STAGEIO_ETOOLONG:
		return "a report is longer than 1 MiB";
	case STAGEIO_ENOSTAGE:
		return "the job has no directory of that stage";
	case STAGEIO_EPLACE:
		return "no stage or no job directory was given";
	case STAGEIO_ESYSTEM:
		return "a file or directory could not be used";
	case STAGEIO_EOUTPUT:
		return "an output that was tracked does not exist";
	default:
		return "unknown error code";
	}
}

const char *stageio_error_detail(void)
{
	return detail;
}

int error_code(void)
{
	return last;
}

void error_clear(void)
{
	last = STAGEIO_OK;
	detail[0] = '\0';
}

int error_set(int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(detail, sizeof detail, fmt, args) < 0)
		detail[0] = '\0';
	va_end(args);
	return last = code;
}

int error_memory(void)
{
	return error_set(STAGEIO_ENOMEM, "%s", stageio_strerror(STAGEIO_ENOMEM));
}

bool error_is_memory(const struct err *err)
{
	/* json_parse has no errno to say it with */
	return err->sys == ENOMEM || strstr(err->text, "out of memory");
}

int error_world(const struct err *err)
{
	if (error_is_memory(err))
		return error_memory();
	return error_set(STAGEIO_ESYSTEM, "%s", err->text);
}

int error_sys(int errnum, const char *what, const char *path)
{
	struct err err = {0};

	err_sys(&err, errnum, what, path);
	return error_world(&err);
}
