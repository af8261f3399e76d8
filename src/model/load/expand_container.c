/* `container`: what it names counts. A root file system or an image file is an input like those
 * that a command names; what a reference stands for is asked, as versions are. */
#include "base/text.h"
#include "model/command/container.h"
#include "model/load/expand_marks.h"
#include "model/load/expand_path.h"
#include "model/load/expand_stage.h"
#include "model/load/loader.h"

static const char *image_of(const struct expand *x, const struct stage *stage)
{
	const struct graph *graph = x->loader->build.graph;
	uint32_t image = graph->settings[stage->settings].container;

	return image ? graph_text(graph, image) : NULL;
}

uint32_t expand_container(struct expand *x, const struct stage *stage)
{
	struct loader *loader = x->loader;
	const char *image = image_of(x, stage);
	struct buf path BUF_LOCAL = {0};

	if (!image || container_image_kind(image) == CONTAINER_REFERENCE)
		return 0;
	expand_path(loader, "", image, &path);
	uint32_t file = build_file(&loader->build, buf_text(&path));
	if (is_used(loader, file, x->instance))
		return 0;
	struct label label = {
		.name = build_text(&loader->build, LABEL_CONTAINER),
		.role = ROLE_INPUT,
		.origin = ORIGIN_COMMAND,
	};
	label.type = label.name;
	mark_used(loader, file, x->instance, NONE);
	build_use(&loader->build, file, build_label(&loader->build, &label));
	return 1;
}

void expand_container_version(struct expand *x, struct stage *stage)
{
	struct loader *loader = x->loader;
	const struct graph *graph = loader->build.graph;
	const char *image = image_of(x, stage);
	uint32_t at = loader->scope.single[DEF_SETTING + SETTING_CONTAINER];

	if (!image || container_image_kind(image) != CONTAINER_REFERENCE)
		return;
	for (uint32_t i = 0; i < stage->versions.count; i++) {
		const struct pair *pair = &graph->pairs[stage->versions.first + i];
		if (text_eq(graph_text(graph, pair->name), LABEL_CONTAINER))
			expand_mistake(x, &loader->text.lines[at],
				"'version." LABEL_CONTAINER "' is what a stage with a container "
				"calls its image: choose another name");
	}
	build_add_pair(&loader->build, &stage->versions, LABEL_CONTAINER, image);
}
