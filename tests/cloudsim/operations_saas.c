/* Assistants, newer agent services and infrastructure. */
#include "tests/cloudsim/operations.h"

/* clang-format off */
const struct operation operations_saas[] = {
        { 0 },
};
/* clang-format on */
