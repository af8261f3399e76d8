/* Pictures by Graphviz, where it is installed. */
#ifndef CMD_GRAPHVIZ_H
#define CMD_GRAPHVIZ_H

struct buf;
struct err;

/* Runs `dot -Tsvg` on the text and appends the picture. -1 with err (EXIT_WORLD) if there is no
 * `dot` or it fails; what it says goes to stderr. */
int graphviz_svg(const struct buf *dot, struct buf *svg, struct err *err);

#endif
