/* The scan's own nouns: accounts, scopes and sites (one region or zone of a scope) while they are
 * being asked, and the slots that bound what is in flight. Private to engine/. */
#pragma once

#include "daemon/engine/http.h"
#include "daemon/engine/scan.h"
#include "daemon/engine/session.h"
#include "daemon/model/scope.h"
#include "providers/provider.h"

struct denial;
struct job;
struct pass;

/* Token bucket of one service in one region of a scope, or of an account's sign-ins. */
struct bucket {
        double tokens, rate; /* rate shrinks when the service throttles */
        double burst;
        uint64_t refilled_usec;
        bool started;
};

/* Waiting for a transfer slot, in order. */
struct job_queue {
        struct job *first, **last;
};

struct scan_account {
        struct scan *scan;
        const struct account_config *config;
        const struct provider *provider;
        struct account *account;
        struct scan_scope **scopes; /* [0] is the account's own identity, without id; NULL: ended */
        size_t n_scopes, next_scope;
        char *lowest;            /* level of the last scope: where services run that name none */
        json_t *index;           /* {"level id": where it is in scopes} */
        struct scan_scope *open; /* begun and not ended: few at a time, whatever there is */
        struct bucket sign_in;   /* what its sign-ins are paced by */
        struct bucket *shared;   /* one per service of the catalogue, of those whose budget is the
                                    account's: the first service of a host has it for all of them */
        struct bucket *paces;    /* one per service of the catalogue, of those with a pace */
        struct job_queue waiting;
        uint64_t in_flight;
        uint64_t answered; /* replies that came, over all hosts: what network_up is made of */
        json_t *asked;     /* discovery that was begun: {"collector scope": true} */
        json_t *requests; /* asked by several scopes, {digest: null while it is under way, true when
                             it was answered, the cause when it was denied} */
        size_t discovering;                 /* passes of discovery under way */
        const struct collector **followers; /* collectors with follows: that are wanted */
        size_t n_followers;
        bool has_rest; /* a collector with rest: is wanted */
        bool scopes_known, finished;
};

struct scan_scope {
        struct scan_account *account;
        struct scope *scope; /* NULL: the account's own identity */
        struct session session;
        json_t *apis;    /* {name in small letters: true}; NULL: not known, so all are asked */
        json_t *regions; /* array of codes; NULL while they are not known */
        json_t *multi_regions; /* {place: true} of those that are none of the regions; NULL: none */
        json_t *places; /* array of codes: regions, zones, "global"; what sites are opened from */
        size_t next_place;
        size_t region_try;             /* which alternative of region discovery comes next */
        const struct collector *probe; /* the alternative that asks at each place it knows */
        size_t next_probe;
        size_t discovering; /* passes of discovery under way */
        size_t sites_open;
        struct region_budgets *budgets;
        json_t *given; /* {key of an id: true} of what was listed; NULL: nothing asks for the rest
                        */
        json_t *followed; /* follow.h */
        char *unread;     /* a collector that may name something and was not read; NULL: none */
        struct {
                bool read;
                uint64_t asked_usec, due_usec, refusals; /* of struct denied_call; 0: it is not */
                char *cause;
        } refused; /* signing in to it; denial.h */
        bool apis_asked, follows_begun;
        size_t index;                    /* in account.scopes */
        struct scan_scope *next, **link; /* of account.open */
};

#define SITE_UNREADABLE "!unreadable"

/* Of one region: calls may be sent there from several sites. */
struct region_budgets {
        char *region;
        struct bucket *buckets; /* one per service of the catalogue */
        struct region_budgets *next;
};

struct site {
        struct scan_scope *scope;
        char *region;
        struct denial *denials; /* denial.h */
        bool denials_read;
        json_t *references;      /* {collector id: {item id: item}}; SITE_UNREADABLE: {collector id:
                                    cause} */
        size_t open;             /* passes under way */
        uint64_t witnessed_usec; /* boottime; when the provider's witness here last had a name */
        /* FOLLOWS: collectors that follow facts, first those that find more to follow; REST: those
         * that give what no other has */
        enum {
                SITE_REFERENCES,
                SITE_COLLECTORS,
                SITE_DISCOVERY,
                SITE_FOLLOWS,
                SITE_FOLLOWS_LAST,
                SITE_REST
        } phase;
        struct site *next, **link; /* of scan.sites */
};

struct scan {
        struct scan_request request;
        struct http *http;
        struct scan_progress progress;
        uint64_t started_usec; /* realtime */
        struct scan_account **accounts;
        size_t n_accounts;
        struct site *sites;
        struct pass *passes; /* root passes under way */
        size_t open_passes;
        size_t turn; /* whose account comes first in the next round */
        sd_event_source *pump, *deadline;
        bool dispatching, cancelled, finished;
        char cancel_cause[128];
        struct error aborted; /* why the pump is to end it */
};

/* Opens a site (phase: of struct site); it ends itself when nothing is left to do. */
struct site *site_new(struct scan_scope *scope, const char *region, int phase);

/* Is the collector one of those that a site of the scope asks there in that phase? */
bool site_asks(const struct scan_scope *scope, const struct collector *c, const char *region,
               int phase);
void scan_account_free(struct scan_account *a);

const char *site_scope_id(const struct site *s);
struct place site_place(const struct site *s);
/* The form in which an id of the scope is compared; *ret_own (NULL, or to be freed) holds it. */
const char *scope_id_key(const struct scan_scope *s, const char *id, char **ret_own);

/* The budget for a service in a region of the scope, or the account's where the service says so:
 * 0 when a call may go now (a token was taken), else microseconds to wait. */
uint64_t scope_budget(struct scan_scope *s, const char *region, const struct service *service,
                      uint64_t now_usec);
/* The same for a request that signs in: the token is taken in any case, and the caller waits that
 * long before it sends. */
uint64_t account_sign_in_budget(struct scan_account *a, uint64_t now_usec);
/* The service throttled: half the rate from here on. */
void scope_slow_down(struct scan_scope *s, const char *region, const struct service *service);
void scope_budgets_free(struct scan_scope *s);

/* Slots. job_queue_add() when none is free; scan_dispatch() hands free ones out. */
bool scan_slot_take(struct scan_account *a);
void scan_slot_wait(struct scan_account *a, struct job *j);
void scan_slot_leave(struct scan_account *a, struct job *j);
void scan_slot_give_back(struct scan_account *a);
