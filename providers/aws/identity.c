/* Who signs in which scope. */
#include "providers/aws/account.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

void flow_reset(struct flow *f)
{
        aws_credentials_done(&f->have);
        secret_free(f->imds_token);
        free(f->imds_role);
        secret_free(f->sso_token);
        *f = (struct flow){ 0 };
}

void identity_done(struct identity *id)
{
        aws_credentials_done(&id->credentials);
        flow_reset(&id->flow);
        free(id->account_id);
        *id = (struct identity){ 0 };
}

bool aws_account_id_valid(const char *id)
{
        return strlen(id) == AWS_ACCOUNT_ID_DIGITS && strspn(id, "0123456789") == strlen(id);
}

/* arn:partition:service:region:account:… */
bool aws_account_id_of_arn(const char *arn, char id[static AWS_ACCOUNT_ID_DIGITS + 1])
{
        const char *p = arn;

        for (int i = 0; i < 4 && p; i++)
                p = strchr(p, ':') ? strchr(p, ':') + 1 : NULL;
        if (!p || strcspn(p, ":") != AWS_ACCOUNT_ID_DIGITS)
                return false;
        memcpy(id, p, AWS_ACCOUNT_ID_DIGITS);
        id[AWS_ACCOUNT_ID_DIGITS] = '\0';
        return aws_account_id_valid(id);
}

bool identity_is_own(const struct account *a, const struct scope *scope)
{
        const struct chain *c = &a->chain;
        const char *known = a->base.credentials.account_id;
        char id[AWS_ACCOUNT_ID_DIGITS + 1];

        if (!scope || json_is_true(json_object_get(scope->attributes, "own")))
                return true;
        if (known && strcmp(known, scope->id) == 0)
                return true;
        return c->n_roles > 0 && aws_account_id_of_arn(c->roles[c->n_roles - 1].arn, id) &&
               strcmp(id, scope->id) == 0;
}

/* Where it is in the sorted list, or where it belongs. */
static size_t member_index(const struct account *a, const char *account_id, bool *ret_found)
{
        size_t low = 0, high = a->n_members;

        *ret_found = false;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = strcmp(a->members[middle]->account_id, account_id);

                if (order == 0)
                        *ret_found = true;
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

struct identity *identity_find(struct account *a, const struct scope *scope)
{
        bool found;
        size_t i;

        if (identity_is_own(a, scope))
                return &a->base;
        i = member_index(a, scope->id, &found);
        return found ? a->members[i] : NULL;
}

struct identity *identity_get(struct account *a, const struct scope *scope)
{
        struct identity *id = identity_find(a, scope), **grown;
        bool found;
        size_t i;

        if (id)
                return id;
        id = calloc(1, sizeof(*id));
        grown = reallocarray(a->members, a->n_members + 1, sizeof(struct identity *));
        if (grown)
                a->members = grown;
        if (!id || !grown || !(id->account_id = strdup(scope->id))) {
                free(id);
                return NULL;
        }
        i = member_index(a, scope->id, &found);
        memmove(&grown[i + 1], &grown[i], (a->n_members - i) * sizeof(struct identity *));
        grown[i] = id;
        a->n_members++;
        return id;
}

/* A finished account's credentials are kept no longer than they serve. */
void aws_sign_out(struct account *a, const struct scope *scope)
{
        bool found;
        size_t i;

        if (identity_is_own(a, scope))
                return;
        i = member_index(a, scope->id, &found);
        if (!found)
                return;
        identity_done(a->members[i]);
        free(a->members[i]);
        a->n_members--;
        memmove(&a->members[i], &a->members[i + 1], (a->n_members - i) * sizeof(struct identity *));
}

static void redact(char *text, const char *secret)
{
        size_t length = secret ? strlen(secret) : 0;
        char *from = text;

        while (length >= 4 && (from = strstr(from, secret))) {
                memset(from, '*', 3);
                memmove(from + 3, from + length, strlen(from + length) + 1);
                from += 3;
        }
}

static void redact_credentials(char *text, const struct aws_credentials *c)
{
        redact(text, c->secret_key);
        redact(text, c->token);
}

/* What a server sends back is not trusted to leave them out. */
void aws_account_redact(const struct account *a, const struct identity *id, char *text)
{
        redact_credentials(text, &a->chain.fixed);
        redact_credentials(text, &a->base.credentials);
        redact_credentials(text, &id->credentials);
        redact_credentials(text, &id->flow.have);
        redact(text, id->flow.imds_token);
        redact(text, id->flow.sso_token);
        redact(text, a->chain.authorization);
}
