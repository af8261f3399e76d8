#include "view/words/states.h"

#define LOOK(state, name, text, tone, ...) [STATE_##state] = {name, text, tone},

const struct state_look state_looks[STATE_COUNT] = {VIEW_STATES(LOOK)};
