/* What the key may do, as IAM tells it: who bears the key, which groups that is in, which policies
 * these have, which rules those have, and which projects there are.
 *
 * It is asked because a list may answer 200 with nothing in it where the key has no right to the
 * product, and because a list over an organisation shows the projects that the key may read and is
 * silent about the others. Neither may pass for "there is none". */
#pragma once

#include "daemon/base/error.h"
#include "daemon/model/message.h"

#include <jansson.h>
#include <stdbool.h>

struct account;
struct call_instance;
struct reply_meaning;
struct scope;

enum grants_step {
        GRANTS_ASK_KEY,
        GRANTS_ASK_BEARER,
        GRANTS_ASK_GROUPS,
        GRANTS_ASK_POLICIES,
        GRANTS_ASK_GROUP_POLICIES,
        GRANTS_ASK_RULES,
        GRANTS_ASK_PROJECTS,
        GRANTS_END,
};

struct grants {
        enum grants_step step;
        const struct scope *asker; /* whose session asks; another one waits for it */
        bool asking;
        unsigned requests, attempts;
        unsigned page; /* of the list that is read, and what it had so far */
        size_t seen;

        char *principal; /* application or user that bears the key */
        bool is_user;
        bool everything;  /* the organisation's owner */
        json_t *groups;   /* ids */
        json_t *policies; /* ids; the first next_policy of them are read */
        json_t *rules;    /* as they came */
        json_t *projects; /* ids; NULL: not read */
        size_t next_policy;
        char unknown[320]; /* why it is not known; "" where it is */
};

void grants_done(struct grants *g);

/* SIGN_IN_REQUEST with a request, or SIGN_IN_READY when no more is to be asked. */
int grants_request(struct account *a, const struct scope *scope, struct message_request *req,
                   struct error *err);
/* What cannot be read is no failure of signing in: it is kept as unknown. -EACCES for a key that is
 * refused or another organisation's, -EAGAIN for what should be asked again. */
int grants_reply(struct account *a, const struct scope *scope, const struct message_reply *reply,
                 struct error *err);

/* A good reply to a list, in the light of this: denied when it is empty and the key has no right to
 * it; partial when some projects are left out, or when it is empty and nobody knows. */
void grants_judge(const struct account *a, const struct call_instance *call,
                  struct reply_meaning *m);
