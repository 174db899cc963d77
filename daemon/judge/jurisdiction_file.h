/* What jurisdiction.c looks up and jurisdiction_file.c reads; nobody else's. */
#pragma once

#include "daemon/judge/jurisdiction.h"

/* One way to know an offer: all that it says holds. */
struct offer_case {
        char **kinds;      /* patterns of collectors */
        char **partitions; /* of the region, else of the account */
        char **regions;
        json_t *options; /* {name: [values]} that the account has */
        struct yaml_place place;
};

/* exposures.yaml */
struct law_file {
        char *source, *as_of;
        struct exposure_law *laws;
        size_t n_laws;
        struct country_text {
                char *code;
                struct text of;
        } * countries;
        size_t n_countries;
        struct remark *counterweights; /* what stands against such orders */
        size_t n_counterweights;
        struct remark *cases; /* that offers name */
        size_t n_cases;
        char *name;
};

/* schemes.yaml */
struct scheme_file {
        char *source, *as_of;
        struct scheme *schemes;
        size_t n_schemes;
        char *name;
};

struct offer_file {
        char *provider, *source, *as_of;
        struct offer *offers;
        size_t n_offers;
        char *name; /* as errors call it */
};

struct jurisdictions {
        const struct regions *regions;
        struct law_file laws;
        struct scheme_file schemes;
        struct offer_file *files;
        size_t n_files;
};
