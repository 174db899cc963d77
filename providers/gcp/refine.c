#include "providers/gcp/refine.h"

const struct refinement gcp_refinements[] = { { 0 } };
