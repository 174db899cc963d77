#include "tests/cloudsim/identity.h"

#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/scaleway_iam.h"
#include "tests/cloudsim/world.h"

enum { SECRET_CHARS = 40, KEY_CHARS = 16, TOKEN_CHARS = 180, USER_CHARS = 17 };

static void random_text(char *out, size_t n)
{
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        unsigned char bytes[256];

        (void)RAND_bytes(bytes, (int)n);
        for (size_t i = 0; i < n; i++)
                out[i] = letters[bytes[i] & 31];
        out[n] = '\0';
}

const char *identity_partition(const struct sim *s, const char *account)
{
        const char *partition =
                json_member_string(world_at(s->world, "aws", "accounts", account), "partition");

        return partition ? partition : "aws";
}

static int set_expiry(json_t *identity, const json_t *key, struct error *err)
{
        const char *text = json_member_string(key, "expires");
        uint64_t usec;

        if (!text)
                return 0;
        if (clock_parse_iso8601(text, &usec) < 0)
                return error_set(err, -EINVAL, "key %s: expires: not a time: %s",
                                 json_member_string(key, "access_key"), text);
        return json_object_set_new(identity, "expires_usec", json_integer((json_int_t)usec));
}

/* What the world grants to a key or a role; nothing said is everything. */
static void add_policies(json_t *identity, const json_t *owner)
{
        json_t *policies = json_object_get(owner, "policies");

        if (policies)
                (void)json_object_set(identity, "policies", policies);
}

static int add_aws_key(struct sim *s, const char *account, const json_t *key, struct error *err)
{
        const char *id = json_member_string(key, "access_key");
        const char *principal = json_member_string(key, "principal");
        const char *token = json_member_string(key, "session_token");
        json_t *identity = json_object();
        int r;

        (void)json_object_set_new(s->keys, id, identity);
        (void)json_set_string(identity, "account", account);
        (void)json_set_string(identity, "secret", json_member_string(key, "secret_key"));
        (void)json_object_set_new(identity, "arn",
                                  json_sprintf("arn:%s:iam::%s:%s", identity_partition(s, account),
                                               account, principal ? principal : "root"));
        (void)json_object_set_new(identity, "user", json_sprintf("AIDA%.17s", id + strlen("AKI")));
        if (token)
                (void)json_set_string(identity, "token", token);
        add_policies(identity, key);
        r = set_expiry(identity, key, err);
        return r;
}

static int add_scaleway_key(struct sim *s, const char *organization, const json_t *key,
                            struct error *err)
{
        static const char *const limits[] = { "permission_sets", "rules", "silent" };
        json_t *identity = json_object();

        (void)json_object_set_new(s->scw_keys, json_member_string(key, "secret_key"), identity);
        (void)json_set_string(identity, "organization", organization);
        (void)json_set_string(identity, "access_key", json_member_string(key, "access_key"));
        for (size_t i = 0; i < ELEMENTSOF(limits); i++)
                if (json_object_get(key, limits[i]))
                        (void)json_object_set(identity, limits[i], json_object_get(key, limits[i]));
        if (scaleway_iam_check(key, err) < 0)
                return err->code;
        return set_expiry(identity, key, err);
}

int identity_index(struct sim *s, struct error *err)
{
        const char *id;
        json_t *owner, *key;
        size_t i;
        int r = 0;

        json_object_foreach(world_at(s->world, "aws", "accounts"), id, owner)
        {
                json_array_foreach(json_object_get(owner, "keys"), i, key)
                {
                        if (r == 0)
                                r = add_aws_key(s, id, key, err);
                }
        }
        json_object_foreach(world_at(s->world, "scaleway", "organizations"), id, owner)
        {
                json_array_foreach(json_object_get(owner, "keys"), i, key)
                {
                        if (r == 0)
                                r = add_scaleway_key(s, id, key, err);
                }
        }
        return r;
}

json_t *identity_find(const struct sim *s, const char *access_key)
{
        json_t *identity = json_object_get(s->keys, access_key);

        return identity ? identity : json_object_get(s->issued, access_key);
}

bool identity_expired(const struct sim *s, const char *access_key, const json_t *identity)
{
        json_int_t expires = json_integer_value(json_object_get(identity, "expires_usec"));

        return json_object_get(s->expired, access_key) ||
               (expires > 0 && (uint64_t)expires <= sim_now_usec(s));
}

json_t *identity_issue(struct sim *s, const char *account, const char *role, const char *session,
                       uint64_t lifetime_usec, const char **ret_key)
{
        char key[4 + KEY_CHARS + 1] = "ASIA", secret[SECRET_CHARS + 1], token[TOKEN_CHARS + 1];
        char user[4 + USER_CHARS + 1] = "AROA";
        json_t *identity = json_object();
        const char *partition = identity_partition(s, account);
        json_int_t expires = (json_int_t)sim_now_usec(s) + (json_int_t)lifetime_usec;

        random_text(key + 4, KEY_CHARS);
        random_text(user + 4, USER_CHARS);
        random_text(secret, SECRET_CHARS);
        random_text(token, TOKEN_CHARS);
        (void)json_object_set_new(s->issued, key, identity);
        (void)json_set_string(identity, "account", account);
        (void)json_set_string(identity, "secret", secret);
        (void)json_object_set_new(identity, "token", json_sprintf("FwoG/%s+==", token));
        (void)json_object_set_new(identity, "arn",
                                  json_sprintf("arn:%s:sts::%s:assumed-role/%s/%s", partition,
                                               account, role, session));
        (void)json_object_set_new(identity, "user", json_sprintf("%s:%s", user, session));
        (void)json_object_set_new(identity, "expires_usec", json_integer(expires));
        add_policies(identity, world_at(s->world, "aws", "accounts", account, "roles", role));
        *ret_key = json_object_iter_key(json_object_iter_at(s->issued, key));
        return identity;
}
