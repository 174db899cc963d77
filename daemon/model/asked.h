/* One request to a provider, as whoever counts them sees it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum asked_outcome {
        ASKED_OK, /* an answer, "there is none" included */
        ASKED_DENIED,
        ASKED_THROTTLED,
        ASKED_ERROR,
        ASKED_TIMEOUT,
        ASKED_MAX,
};

struct asked_call {
        const char *provider, *service; /* id in the catalogue; borrowed */
        enum asked_outcome outcome;
        bool again;  /* not the first attempt */
        bool spared; /* not made: refused before, and not due again; the rest says nothing */
        uint64_t elapsed_usec;
};
