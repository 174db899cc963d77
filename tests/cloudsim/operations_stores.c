/* Buckets and keys. */
#include "tests/cloudsim/operations.h"

/* clang-format off */
const struct operation operations_stores[] = {
        { 0 },
};
/* clang-format on */
