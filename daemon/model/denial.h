/* A call that a provider has refused at a place, as it is remembered from scan to scan. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct denied_call {
        const char *collector; /* whose call it is */
        uint64_t part;         /* 0: its list; n: its n-th detail */
        const char *digest;    /* of how the call is written: one that changed is another call */
        const char *cause;
        uint64_t asked_usec; /* realtime: when it was last refused */
        uint64_t due_usec;   /* realtime: it need not be asked before */
        uint64_t times;      /* how often it was refused when it was due; 1: the first time */
        bool off;            /* the refusal is the answer: the scope does not have that place */
};
