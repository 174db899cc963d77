/* Where services are offered, as config/offered/<provider>.yaml says it. An answer from a place
 * always wins over it, and no call is left out for it: it only decides how a refusal is read that
 * can mean both "you may not" and "we do not have this here". */
#pragma once

#include "daemon/model/text.h"

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct service;

/* A refusal that has been seen where the service is not offered. */
struct symptom {
        char *code; /* the provider's error code */
        char *text; /* POSIX extended regular expression over its message; NULL: any */
        regex_t *regex;
        struct yaml_place place;
};

/* What one source says about one service, or about some calls of it. */
struct claim {
        char *service;
        char **calls;   /* NULL: all of them */
        char **regions; /* where it is offered */
        char **not_in;  /* where it is not; of a region in neither the source says nothing */
        char *source, *checked;
        bool unverified;
        struct symptom *absent_when;
        size_t n_absent_when;
        struct text note;
        struct yaml_place place;

        /* filled in by the catalogue */
        const struct service *of;
        uint64_t checked_usec;
};

struct offered {
        char *provider;
        struct claim *claims;
        size_t n_claims;
};
