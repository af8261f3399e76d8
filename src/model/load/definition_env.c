/* [pipeline] env_file. */
#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/fs.h"
#include "model/graph/missing.h"
#include "model/load/definition.h"
#include "model/load/definition_steps.h"
#include "model/load/env_file.h"
#include "model/load/expand_path.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"

static void take_content(struct loader *loader, const struct def_line *line, const char *name)
{
	struct buf content BUF_LOCAL = {0}, path BUF_LOCAL = {0};
	struct err err = {0};

	expand_path(loader, "", name, &path);
	if (fs_read(buf_text(&path), ENV_FILE_MAX, &content, &err) == 0) {
		struct digest digest = digest_bytes(buf_text(&content), content.len);
		build_source(&loader->build, SOURCE_ENV, name, buf_text(&path), &digest);
		env_file_read(&loader->env, loader->text.diags, name, &content);
	} else {
		diag_cause(loader->text.diags, &err);
		const char *near = missing_near_file(loader->arena, buf_text(&path));
		def_mistake(&loader->text, line, "%s%s", err.text,
			*near ? near
			      : "; write it, or an empty one where its variables are set otherwise");
	}
}

static void take_file(struct loader *loader, const struct def_line *line)
{
	struct expand x = expand_globals(loader, "'env_file'");
	struct buf name BUF_LOCAL = {0};

	x.may |= MAY_JOB;
	if (expand_text(&x, line, line->value, &name))
		take_content(loader, line, arena_strdup(loader->arena, buf_text(&name)));
}

void definition_env(struct loader *loader)
{
	definition_each_value(loader, HEAD_ENV_FILE, take_file);
	if (!loader->request->again_from) /* then they are set, and others may ask for them */
		env_vars_set(&loader->env);
}
