/* Amazon's task-specific AI services. */
#include "tests/cloudsim/operations.h"

/* clang-format off */
const struct operation operations_ai[] = {
        { 0 },
};
/* clang-format on */
