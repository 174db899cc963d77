/* What a provider has to grant so that collectors can be asked: read from the catalogue in force,
 * written by the provider in its own format. Everything is borrowed from the catalogue but the
 * lists. */
#pragma once

#include "daemon/model/call.h"

struct permission {
        const char *name;                    /* the provider's word: "sagemaker:ListEndpoints" */
        const struct collector **collectors; /* that need it, in order of id, each once */
        size_t n_collectors;
        bool own; /* asked as the account itself only, to find scopes and what holds for all of
                     them: what signs in elsewhere does without */
};

/* Why a collector is not among those asked. */
enum left_out {
        LEFT_OUT_OPTION,   /* it depends on an option of the account (when:), and none was named */
        LEFT_OUT_FALLBACK, /* another finds the regions first, and is granted */
};

struct permission_set {
        struct permission *permissions; /* sorted by name, each once */
        size_t n_permissions;
        const struct collector **collectors; /* that are asked, in the catalogue's order */
        size_t n_collectors;
        struct {
                const struct collector *collector;
                enum left_out why;
        } * left_out; /* what a person may miss; not what is off by default */
        size_t n_left_out;
};
