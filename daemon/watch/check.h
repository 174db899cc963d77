/* Does it work: for every account where its credentials come from, whether they are accepted, and
 * what can be seen with them. Nothing is recorded. */
#pragma once

#include "daemon/model/coverage.h"
#include "daemon/watch/setup.h"

/* What does not work in one scope of an account (a member of an organisation), or is off there. */
struct check_scope {
        char *id;
        char *text;
        bool off; /* the provider says that nothing is to be asked there: no fault */
};

struct check_account {
        const struct account_config *config;
        char *credential_source; /* NULL: none found */
        char *trouble;           /* what is wrong; NULL: nothing */
        uint64_t expires_usec;   /* 0: not said, or never */
        uint64_t answered;       /* lists that were read */
        uint64_t unread;         /* lists that were not */
        char *cause;             /* of the first of them */
        struct check_scope *scopes;
        size_t n_scopes;
};

struct check {
        struct check_account *accounts;
        size_t n_accounts;
};

/* Opens every account and asks what its discovery asks: scopes and regions, no more. A thing that
 * does not work is an answer, not an error. */
int check_run(struct check *ret, const struct setup *setup, struct error *err);
void check_done(struct check *c);
