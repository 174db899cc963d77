/* Scans for tests: the real engine against a cloudsim, with a sink that remembers in JSON. */
#pragma once

#include "daemon/engine/catalogue.h"
#include "daemon/engine/scan.h"
#include "daemon/watch/config.h"
#include "tests/support/cloudsim.h"

#include <jansson.h>

struct scan_run {
        /* before: knobs */
        bool fresh;
        const char *account;
        const char
                *only;         /* "aws.ecs. aws.eks.": collectors whose ids begin so, and what finds
                                  scopes and regions; NULL: all. Each host of a scan costs a handshake. */
        const char *overrides; /* as /etc/vigie: below it data that replaces the shipped */
        uint64_t cancel_after_calls; /* 0: never */
        int sink_fails_after;        /* resources; negative: never */
        bool spare_denied;
        json_t *denied;     /* what was refused is remembered there from run to run: {"place":
                               {"collector part": {"digest","cause","asked","due","times"}}};
                               borrowed, NULL: nothing is */
        json_t *answered;   /* coverage of an earlier run: what pass_known() answers from; borrowed,
                               may   be NULL */
        json_t *remembered; /* resources of an earlier run: what known() answers from; borrowed, may
                               be NULL */

        /* after */
        bool complete;
        json_t *resources; /* {id: {"kind","region","scope","facts","tags",…}} */
        json_t *by_kind;   /* {kind: [the same]}: two kinds may know one thing by one id */
        json_t *coverage;  /* {"collector scope region":
                              {"state","cause","permission","calls","items","asked"}} */
        uint64_t spared;   /* calls */
        json_t *troubles;  /* [{"account","scope","text","code"}] */
        struct scan_progress progress;
        int resources_seen;
        struct scan *scan;
        sd_event *event;
};

/* The environment has this key, and nothing else of AWS is found around it. */
void scan_aws_key(const char *id, const char *secret);
void scan_aws_small_key(void); /* that of tests/worlds/small and of others with its account */

/* What cmocka's setup and teardown return: the cloudsim is *state. */
int scan_world(void **state, const char *world, const char *const *more);
int scan_teardown(void **state);

/* One fault, by the members of its "match" and its "do". */
void scan_fault(void **state, const char *match, const char *what);

/* Writes the configuration text (with "@CONNECT@", "@CA@", "@HTTP@" filled in from the cloudsim)
 * beside the cloudsim's files and runs one scan of it with the shipped catalogue. 0, or a negative
 * errno with the message on standard error. */
int scan_run(struct scan_run *run, struct cloudsim *sim, const char *config);
void scan_run_done(struct scan_run *run);

/* The state of one coverage row, "" when there is none; region "" matches the first of that
 * collector. */
const char *scan_run_state(const struct scan_run *run, const char *collector, const char *region);
/* Was it only as far as what leads there was read? */
bool scan_run_partial(const struct scan_run *run, const char *collector, const char *region);
const char *scan_run_cause(const struct scan_run *run, const char *collector, const char *region);
