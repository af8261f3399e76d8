#include "view/answer/json_doc.h"

#include <math.h>

#include "base/buf.h"

void json_doc_begin(struct json_doc *doc, struct buf *out, const char *schema)
{
	*doc = (struct json_doc){.out = out};
	buf_char(out, '{');
	json_doc_put(doc, "schema", json_string(schema));
}

void json_doc_key(struct json_doc *doc, const char *key)
{
	buf_fmt(doc->out, "%s\n  \"%s\": ", doc->has_members ? "," : "", key);
	doc->has_members = true;
}

void json_doc_put(struct json_doc *doc, const char *key, json *value)
{
	json_doc_key(doc, key);
	json_format_line(value, doc->out);
	json_free(value);
}

void json_doc_list(struct json_doc *doc, const char *key)
{
	json_doc_key(doc, key);
	buf_char(doc->out, '[');
	doc->has_rows = false;
}

void json_doc_row_begin(struct json_doc *doc)
{
	buf_str(doc->out, doc->has_rows ? ",\n    " : "\n    ");
	doc->has_rows = true;
}

void json_doc_row(struct json_doc *doc, json *row)
{
	json_doc_row_begin(doc);
	json_format_line(row, doc->out);
	json_free(row);
}

void json_doc_list_end(struct json_doc *doc)
{
	buf_str(doc->out, doc->has_rows ? "\n  ]" : "]");
}

void json_doc_end(struct json_doc *doc)
{
	buf_str(doc->out, "\n}\n");
}

void json_doc_job(struct json_doc *doc, const struct graph *graph)
{
	json_doc_put(doc, "pipeline", json_name(graph_text(graph, graph->pipeline)));
	json_doc_put(doc, "job", json_name(graph_text(graph, graph->job)));
	json_doc_put(doc, "job_dir", json_name(graph_text(graph, graph->job_dir)));
}

const char *json_role(enum file_role role)
{
	switch (role) {
	case ROLE_OUTPUT:
		return "output";
	case ROLE_INTERMEDIATE:
		return "intermediate";
	case ROLE_INPUT:
		break;
	}
	return "input";
}

json *json_known(double value)
{
	return value < 0 ? json_null() : json_number(value);
}

json *json_seconds(double seconds)
{
	return json_known(seconds < 0 ? seconds : round(seconds * 1e6) / 1e6);
}

json *json_path(const char *path)
{
	return path ? json_name(path) : json_null();
}

json *json_reasons(const struct reason *reasons, uint32_t count)
{
	json *list = json_array();

	for (uint32_t i = 0; i < count; i++) {
		json *row = json_object();

		json_put_str(row, "code", reason_name(reasons[i].code));
		json_put(row, "about", json_path(reasons[i].about));
		json_put(row, "message", json_path(reasons[i].message));
		json_push(list, row);
	}
	return list;
}

static const char *status_name(enum record_status status)
{
	switch (status) {
	case RECORD_RUNNING:
		return "running";
	case RECORD_SUCCESS:
		return "success";
	case RECORD_FAILED:
		return "failed";
	case RECORD_SKIPPED:
		return "skipped";
	case RECORD_UNREADABLE:
		return "unreadable";
	case RECORD_NONE:
		break;
	}
	return NULL;
}

json *json_last(const struct record *record)
{
	json *last;

	if (record->status == RECORD_NONE)
		return json_null();
	last = json_object();
	json_put_str(last, "status", status_name(record->status));
	if (record->status == RECORD_UNREADABLE) {
		json_put_str(last, "error", record->why_unreadable);
		return last;
	}
	json_put_str(last, "run", record->run);
	json_put_str(last, "started_at", record->timestamp);
	json_put_str(last, "completed_at", record->completed_at);
	json_put(last, "duration_seconds", json_known(record->duration_seconds));
	json_put(last, "exit_code", json_known(record->exit_code));
	json_put_num(last, "attempt", record->attempt);
	json_put_num(last, "cost", record->cost);
	return last;
}
