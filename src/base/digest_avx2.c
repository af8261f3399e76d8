#define DIGEST_WIDE digest_avx2
#include "base/digest_wide.inc"
