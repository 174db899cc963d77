/* Which law can compel whoever runs a cloud, and what is certified of it: config/jurisdictions, one
 * row an offer, never a brand. Facts about providers, with their source, their date and how far
 * they are to be trusted; where something runs is another question (region.h). */
#pragma once

#include "daemon/judge/judge.h"
#include "daemon/judge/region.h"
#include "daemon/judge/tag.h"

#include <stdbool.h>

enum { JURISDICTION_AGE_DAYS = 366 }; /* twelve months, a leap year's: never a day too early */

/* Where a row comes from. What a row does not say itself is said above it. */
struct provenance {
        char *source, *as_of;
        char *confidence; /* high, medium, low */
        uint64_t as_of_usec;
        const char *file; /* for messages; lives as long as the table */
        struct yaml_place place;
};

enum law_status { LAW_IN_FORCE, LAW_LAPSED_BUT_OPERATING };

/* A law under which somebody can be made to hand over data. */
struct exposure_law {
        char *id, *country, *statute;
        struct text title, matters;
        int status; /* enum law_status */
        bool unverified;
        struct text note;
        struct provenance from;
};

/* A case or statement to cite with care, or what stands against an order from abroad. */
struct remark {
        char *id, *date;
        struct text text;
        struct provenance from;
};

struct scheme {
        char *id;
        char **tags; /* values of ai-act-required that ask for it */
        bool levels; /* they end in the least level: seal-3 */
        struct text title, note;
        struct provenance from;
};

struct entity {
        char *name, *country;
        char **with; /* others that it works through */
};

struct licence {
        char *country, *by;
};

struct exposure {
        char *law;
        char **countries; /* in regions of these only; NULL: everywhere */
        char *state;      /* ordered, contested; NULL: nothing special */
        struct yaml_place place;

        const struct exposure_law *of;
};

enum certificate_status {
        CERTIFICATE_LISTED,
        CERTIFICATE_CLAIMED,
        CERTIFICATE_UNVERIFIED,
        CERTIFICATE_IN_PROGRESS,
        CERTIFICATE_ABSENT
};

struct certificate {
        char *scheme;
        int status; /* enum certificate_status */
        char *product, *type;
        uint64_t level;
        char **kinds;   /* it covers, with *; empty: none that vigie lists; NULL: not said */
        char **regions; /* likewise; "*": all of the offer's */
        bool partial;   /* these are some of what it covers: of others its source says nothing */
        char *valid_from, *valid_until;
        char *period_end; /* of an attestation */
        struct text note;
        struct provenance from;

        const struct scheme *of;
        uint64_t until_usec, period_end_usec; /* the end of that day; 0: not said */
};

enum control { CONTROL_EU, CONTROL_NON_EU, CONTROL_MIXED };

struct offer {
        char *id;
        struct text title;
        struct offer_case *when; /* one of them holds; none: the provider's other resources */
        size_t n_when;
        bool unseen;                 /* nothing that vigie asks tells it from another */
        struct entity owner, parent; /* who operates it, and who owns that */
        int control;                 /* enum control */
        struct exposure *exposures;
        size_t n_exposures;
        struct licence technology; /* from somebody else; empty: its own */
        char **subsidiaries;       /* outside the Union, whose law reaches the group */
        struct text *notes;        /* said with every verdict on it */
        size_t n_notes;
        char **cases;      /* ids of remarks, likewise */
        char **unverified; /* what of this row no source was found for */
        struct certificate *certificates;
        size_t n_certificates;
        struct provenance from;
};

struct jurisdictions;

int jurisdictions_load(struct jurisdictions **ret, const struct regions *regions, struct data *data,
                       struct error *err);
struct jurisdictions *jurisdictions_free(struct jurisdictions *j);
DEFINE_CLEANUP(struct jurisdictions *, jurisdictions_free);

enum offer_found {
        OFFER_NONE,   /* no row for it */
        OFFER_UNTOLD, /* several could be meant, and what tells them apart is not known */
        OFFER_FOUND
};
/* The offer that a resource of that kind in that place belongs to. view may be NULL: then nothing
 * is known of the account. Borrowed. */
enum offer_found jurisdictions_find(const struct jurisdictions *j, const struct judge_view *view,
                                    const struct place *place, const char *kind,
                                    const struct offer **ret);
bool jurisdictions_has_offer(const struct jurisdictions *j, const char *provider, const char *id);

/* What a value of ai-act-required asks for; NULL when no scheme has it. */
const struct scheme *jurisdictions_required(const struct jurisdictions *j, const char *tag,
                                            uint64_t *ret_level);
/* NULL when there is none of that id. Borrowed. */
const struct remark *jurisdictions_case(const struct jurisdictions *j, const char *id);
/* "of the United States" in both languages; NULL when the table does not say. Borrowed. */
const struct text *jurisdictions_of_country(const struct jurisdictions *j, const char *country);

/* Is the row older than twelve months? */
bool provenance_is_old(const struct provenance *from, uint64_t date_usec);
/* [{"file", "line", "column", "what", "as_of"}] of the rows that are; new reference. */
json_t *jurisdictions_old(const struct jurisdictions *j, uint64_t date_usec);

/* For people: {"offers": {id: {"title", "operator", "parent", "exposures", "certificates"…}},
 * "laws": {id: {en, fr}}, "schemes": {id: {en, fr}}}; new reference. */
json_t *jurisdictions_json(const struct jurisdictions *j);
