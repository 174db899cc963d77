/* The catalogue in memory: services, collectors and calls as
 * config/catalogue/<provider>/<service>.yaml says them. docs of the format:
 * config/catalogue/README.md. Read-only after loading. */
#pragma once

#include "daemon/model/text.h"

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

struct collector;
struct keep;
struct offered;
struct service;

enum paging_style {
        PAGING_NONE,
        PAGING_TOKEN,  /* the reply carries a token for the next request */
        PAGING_PAGE,   /* page numbers, until the total is reached or a page is empty */
        PAGING_LINK,   /* the reply carries the URL of the next page */
        PAGING_HEADER, /* the token travels in headers, both ways */
        PAGING_OFFSET, /* the number of items had so far, until as PAGING_PAGE */
};

enum paging_in { PAGING_IN_DEFAULT, PAGING_IN_BODY, PAGING_IN_QUERY };

struct paging {
        int style;      /* enum paging_style */
        char *request;  /* parameter (or header) that carries token or page number */
        char *response; /* path of the token, or of the next URL, in the reply; name of the header.
                           PAGING_LINK without it: the header Link has the URL (RFC 8288) */
        bool from_zero; /* PAGING_PAGE: the first page is 0, not 1 */
        char *total;    /* PAGING_PAGE: path of the total count in the reply */
        char *more;     /* path of a boolean in the reply: a further page only when true */
        char *total_header; /* or the header that has it, lower case */
        json_t *size;       /* parameters that ask for the largest page: {MaxResults: 100} */
        int in; /* enum paging_in: where request and size go; by default the body if there is one,
                   else the query */
        struct yaml_place
                place; /* line 0: the file does not say it; a collector's wins over its service's */
};

/* What requests cost; most are free, and then there is none of this. */
struct cost {
        double amount;   /* for each `per` requests */
        char *currency;  /* ISO 4217 */
        uint64_t per;    /* 0: 1 */
        uint64_t free;   /* requests of a month that cost nothing */
        bool unverified; /* the figure stands in no document of the provider */
        struct text note;
        struct yaml_place place; /* line 0: the file does not say it */
};

struct call {
        char *name;    /* the operation, "ListEndpoints": what evidence and errors say */
        char *method;  /* default: GET for REST, else by the protocol */
        char *path;    /* template; "/" */
        json_t *query; /* object of templates; a list repeats the key */
        json_t *body;  /* templates in its strings; NULL: none. {} means an empty object is sent */
        json_t *headers; /* object of templates */
        char *host;      /* template; overrides the service's */
        char *region; /* template: the region it is sent to and signed for, when not the place's */
        char *permission; /* default: <permission_prefix>:<name>; NULL once read: none is needed */
        char *items;      /* path of the list in the reply; "." is the whole reply as one item, or a
                             top-level list */
        char **over;      /* asked once for each ({over} in templates); ok only when all are */
        char **none;      /* error codes that say that there is none: read as an empty reply */
        char *requires;   /* path in the item: the call is made only when something is there */
        struct keep *where; /* conditions on the item (of a list below another: on the parent's):
                               the call is made only when one holds */
        size_t n_where;
        char *each; /* detail only: path of a list in the item; the call is made for each ({each} in
                       templates) */
        char *in; /* path in the reply below which facts and tags are read; NULL: the whole reply */
        json_t *facts;     /* {fact name: path | {path, equals|in|map|present|value|count}} */
        char *tags;        /* path of the tags in the reply */
        struct text needs; /* what a caller needs beside the permission: said when it is denied */
        struct cost cost;  /* instead of the collector's */
        struct text note;
        struct yaml_place place;

        /* filled in by the catalogue after reading */
        const struct service *service;
        const struct collector *collector;
};

/* A condition on an item: kept when any row of keep: holds. Unknown counts as holding. */
struct keep {
        char *path;     /* in the item, or */
        char *fact;     /* a fact that is there once details and joins are done */
        json_t *equals; /* one of */
        json_t *not_equals;
        json_t *in;
        char *matches; /* POSIX extended regular expression; an array matches when one element does
                        */
        json_t *at_least; /* a number */
        json_t *present;  /* true or false */
        bool absent;      /* holds when nothing is there */
        regex_t *regex;   /* of matches; the catalogue's */
        struct yaml_place place;
};

/* Values of facts, found anywhere in the scope, that the list is asked for one by one: the buckets
 * and keys that resources name. */
struct follow {
        char **facts;
        char **matches; /* POSIX extended regular expressions: the first that fits tells what {over}
                           is, by its first group; {over.2}… are its others */
        struct yaml_place place;
        regex_t *regexes; /* one for each of matches; the catalogue's */
        size_t n_regexes;
};

struct join {
        char *with;      /* id of a reference collector read before in the same place (or its parent
                            place) */
        char *fact;      /* or a fact, known once the details are read */
        char *on;        /* path in the item, or a template; compared with the reference's id */
        bool all;        /* each item that fits, not the first: their values become a list */
        bool must_exist; /* a value that no item fits names what cannot be seen from here: unknown
                          */
        json_t *facts;   /* as in call.facts, read in the joined item */
        struct yaml_place place;
};

/* How a resource's own attributes are read in an item of the list. Templates ("{x}") or paths: a
 * text with
 * "{" is a template over the item, else a path in it. */
struct resource_map {
        char *id, *name, *status, *created, *modified;
        char *scope;  /* where the list spans scopes */
        char *region; /* where it spans regions */
};

struct collector {
        char *id; /* "aws.sagemaker.endpoint" */
        struct text title;
        char *type;         /* service type; NULL for evidence, references and discovery */
        char *type_by;      /* path whose value chooses in types */
        json_t *types;      /* {value: service type} */
        char *evidence;     /* topic, when it is evidence and not a resource */
        char *yields;       /* "scope", "api" or "region": discovery */
        char *level;        /* yields: scope: the level of what it yields */
        json_t *attributes; /* yields: scope: constants kept beside the item's members */
        bool reference;     /* kept in memory for the joins of the same place that name it; neither
                               resource nor evidence */
        char *per; /* id of the parent collector; {parent.x} in templates, x a path of the parent's
                      item */
        struct follow follows; /* facts NULL: it follows none */
        char *when; /* an option of the account that must be set (provider->variable() not NULL) */
        char **scope_with; /* asked only in scopes that discovery gave these attributes */
        bool optional;     /* off unless the account's optional: names it */
        struct text why;   /* why it is optional */
        struct text empty; /* what it means that the list is empty: that nothing may be seen */
        bool rest; /* read when all else of its scope was: what another has given is passed over */
        bool no_tags;            /* nothing of it can carry a tag: that it has none is known */
        bool unique;             /* several items of one id are one thing: the first is taken */
        bool keep_with_children; /* kept only when a child of it is kept or unreadable; a reference
                                    with it is a step to its children */
        struct call list;
        struct resource_map resource;
        struct keep *keep;
        size_t n_keep;
        struct keep *drop; /* the same rows: dropped when one surely holds */
        size_t n_drop;
        struct join *joins;
        size_t n_joins;
        json_t *facts; /* as in call.facts, read in the list's item */
        char *tags;    /* path of the tags in the item */
        struct call *detail;
        size_t n_detail;
        char *refine;             /* a named function of the provider, run when all else is there */
        uint64_t detail_ttl_usec; /* 0: the general one */
        uint64_t list_ttl_usec;   /* > 0: not even the list is asked while its answer is younger */
        char **ignore; /* members of the item whose change alone leaves the details as they are */
        struct paging paging;
        struct cost cost;               /* of each of its requests, instead of the service's */
        char **places, **multi_regions; /* instead of the service's */
        struct text note;
        struct yaml_place place;

        /* filled in by the catalogue */
        const struct service *service;
        const struct collector **children; /* whose per: is this, n_children of them */
        size_t n_children;
        const struct refinement *refinement;
        bool feeds;  /* sets a fact that another collector follows */
        bool joined; /* some join names this reference */
};

/* MULTI_REGION: nowhere but in multi_regions. */
enum locality { LOCALITY_REGION, LOCALITY_ZONE, LOCALITY_GLOBAL, LOCALITY_MULTI_REGION };

/* PLACE: each service in each region of a scope; ACCOUNT: all services of one host together,
 * whatever scope and region. */
enum budget { BUDGET_PLACE, BUDGET_ACCOUNT };

struct service {
        char *id;       /* "aws.sagemaker" */
        char *provider; /* first word of it */
        struct text title;
        char *source, *checked; /* where the facts come from, and when they were checked (a date) */
        char *host;             /* template */
        char *protocol;         /* a protocol of the provider */
        char *target;           /* what the protocol puts before the operation's name */
        char *version;          /* API version, where the protocol sends one */
        char *signing_name;     /* default: by the provider */
        char *signing_region;   /* template; default the region of the call */
        char *permission_prefix;
        int locality;  /* enum locality */
        char *scope;   /* level at which its lists run; NULL: every scope of the account's lowest
                          level */
        char **places; /* regions or zones where it exists; NULL: all that are enabled */
        char **multi_regions; /* places that are no region, asked beside those: global, eu, us */
        char *api; /* what a scope must have enabled before anything is asked of it; NULL: nothing
                    */
        json_t *options;                    /* what else only the provider reads */
        double rate_per_second, burst;      /* its budget */
        int budget;                         /* enum budget: what that rate is shared by */
        double pace_per_second, pace_burst; /* slower than the account's budget, beside it */
        bool sign_in; /* signing in asks this service, out of the same budget */
        struct paging paging;
        struct cost cost;            /* of each of its requests */
        const char *const *envelope; /* the provider's: what replies may have beside their list */
        struct collector *collectors;
        size_t n_collectors;
        char *file;      /* where it was read */
        char digest[65]; /* of the file */
};

struct catalogue {
        struct service **services; /* sorted by id */
        size_t n_services;
        struct offered **offered; /* of the providers that have a file, see model/offered.h */
        size_t n_offered;
};
