/* The functions that catalogue entries name (refine:). */
#pragma once

#include "providers/provider.h"

enum { GCP_REFINEMENTS = 0 };
extern const struct refinement gcp_refinements[]; /* ends with an empty row */
