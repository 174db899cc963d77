/* What the name of a machine type says about its GPUs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { GPU_TYPE_MAX = 64 };

/* Kubernetes answers "l4_1_24g" where Instances say "L4-1-24G": upper case, '_' as '-'. False when
 * it does not fit. */
bool gpu_type_normalise(const char *type, char normal[static GPU_TYPE_MAX]);

/* False when the (normalised) name is of no family known to have GPUs. ret_name is static. */
bool gpu_type_known(const char *normal, const char **ret_name, uint64_t *ret_count);
