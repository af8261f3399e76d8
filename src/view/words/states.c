#include "view/words/states.h"

#define LOOK(state, ...) [STATE_##state] = {__VA_ARGS__},

const struct state_look state_looks[STATE_COUNT] = {VIEW_STATES(LOOK)};
