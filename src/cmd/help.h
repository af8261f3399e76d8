/* Help texts, made from the option tables. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

struct buf;
struct command;

/* Of one command, or of the program with command NULL. */
void help_format(const struct command *command, struct buf *out);

#endif
