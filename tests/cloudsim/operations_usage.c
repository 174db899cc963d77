/* Metrics, events, costs: what use leaves behind. */
#include "tests/cloudsim/operations.h"

/* clang-format off */
const struct operation operations_usage[] = {
        { 0 },
};
/* clang-format on */
