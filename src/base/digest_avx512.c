#define DIGEST_WIDE digest_avx512
#include "base/digest_wide.inc"
