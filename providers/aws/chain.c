/* The order of the sources, and profiles that lead to profiles. */
#include "providers/aws/account.h"

#include "daemon/base/number.h"

#include <errno.h>
#include <string.h>

enum { ROLE_SECONDS_MIN = 900, ROLE_SECONDS_MAX = 43200 };

static void role_done(struct chain_role *role)
{
        free(role->arn);
        secret_free(role->external_id);
        free(role->session_name);
        free(role->origin);
        *role = (struct chain_role){ 0 };
}

void chain_done(struct chain *c)
{
        free(c->source);
        aws_credentials_done(&c->fixed);
        chain_free_words(c->argv);
        free(c->token_file);
        free(c->role_arn);
        free(c->session_name);
        free(c->sso_cache);
        free(c->sso_region);
        free(c->sso_account);
        free(c->sso_role);
        free(c->sso_login);
        free(c->url);
        secret_free(c->authorization);
        free(c->authorization_file);
        for (size_t i = 0; i < CHAIN_ROLES_MAX; i++)
                role_done(&c->roles[i]);
        *c = (struct chain){ 0 };
}

/* AWS_PROFILE and its older name. */
static const char *profile_variable(void)
{
        const char *name = secret_environment("AWS_PROFILE");

        return name ? name : secret_environment("AWS_DEFAULT_PROFILE");
}

const char *chain_profile(const struct aws_options *options)
{
        if (options && options->profile)
                return options->profile;
        return profile_variable() ? profile_variable() : "default";
}

/* ---- profiles that assume roles -------------------------------------------------------------- */

/* Which profiles were gone through, from the one asked for on. */
struct walk {
        const struct chain_context *x;
        const char *names[CHAIN_ROLES_MAX + 1];
        size_t n;
};

static bool walked(const struct walk *w, const char *profile)
{
        for (size_t i = 0; i < w->n; i++)
                if (strcmp(w->names[i], profile) == 0)
                        return true;
        return false;
}

static int read_duration(const char *text, const char *profile, uint64_t *ret, struct error *err)
{
        if (text &&
            (number_parse_u64(text, ret) < 0 || *ret < ROLE_SECONDS_MIN || *ret > ROLE_SECONDS_MAX))
                return error_set(err, -EINVAL,
                                 "profile %s: duration_seconds must be a number from %d to %d",
                                 profile, ROLE_SECONDS_MIN, ROLE_SECONDS_MAX);
        return 0;
}

static bool copy_text(char **to, const char *from)
{
        return !from || (*to = strdup(from));
}

static int role_of_profile(struct chain_role *role, const struct profiles *p, const char *profile,
                           struct error *err)
{
        if (aws_profile_get(p, profile, "mfa_serial"))
                return error_set(err, -EINVAL,
                                 "profile %s asks for a one-time code (mfa_serial), which needs a "
                                 "person: give vigie a role without it",
                                 profile);
        if (!copy_text(&role->arn, aws_profile_get(p, profile, "role_arn")) ||
            !copy_text(&role->external_id, aws_profile_get(p, profile, "external_id")) ||
            !copy_text(&role->session_name, aws_profile_get(p, profile, "role_session_name")) ||
            asprintf(&role->origin, "profile %s in %s", profile,
                     p->config_path ? p->config_path : "~/.aws/config") < 0)
                return error_oom(err);
        return read_duration(aws_profile_get(p, profile, "duration_seconds"), profile,
                             &role->duration_seconds, err);
}

static int from_credential_source(struct chain *c, const char *profile, const char *where,
                                  struct error *err)
{
        int r;

        if (strcmp(where, "Environment") == 0)
                r = chain_from_environment(c, err);
        else if (strcmp(where, "EcsContainer") == 0)
                r = chain_from_container(c, err);
        else if (strcmp(where, "Ec2InstanceMetadata") == 0)
                r = chain_from_imds(c, err);
        else
                return error_set(err, -EINVAL, "profile %s: credential_source '%s' is not known",
                                 profile, where);
        if (r == 0)
                return error_set(err, -EINVAL,
                                 "profile %s: credential_source is %s, but there is nothing there",
                                 profile, where);
        return r;
}

static int from_profile(struct chain *c, struct walk *w, const char *profile, struct error *err);

/* Keys written in the profile itself. */
static bool has_keys(const struct profiles *p, const char *profile)
{
        return aws_profile_get(p, profile, "aws_access_key_id") != NULL;
}

static int from_source_profile(struct chain *c, struct walk *w, const char *profile,
                               const char *source, struct error *err)
{
        const struct profiles *p = w->x->profiles;
        int r;

        if (!aws_profile_exists(p, source))
                return error_set(err, -EINVAL, "profile %s: its source_profile %s does not exist",
                                 profile, source);
        if (strcmp(source, profile) == 0 || walked(w, source)) {
                /* a profile may name itself for the keys that it holds */
                if (strcmp(source, profile) != 0 || !has_keys(p, source))
                        return error_set(err, -EINVAL,
                                         "profile %s: source_profile %s leads back to itself",
                                         profile, source);
                return chain_from_static(
                        c, w->x, source,
                        aws_profile_get_credentials(p, source, "aws_access_key_id"), err);
        }
        /* keys win over a role in a source; otherwise its own chain is gone through */
        r = has_keys(p, source)
                    ? chain_from_static(c, w->x, source,
                                        aws_profile_get_credentials(p, source, "aws_access_key_id"),
                                        err)
                    : from_profile(c, w, source, err);
        if (r == 0)
                return error_set(err, -EINVAL,
                                 "profile %s: its source_profile %s holds no credentials", profile,
                                 source);
        return r;
}

/* The role is taken after what its source needs, so the sources are resolved first. */
static int from_role_profile(struct chain *c, struct walk *w, const char *profile,
                             struct error *err)
{
        const struct profiles *p = w->x->profiles;
        const char *source = aws_profile_get(p, profile, "source_profile");
        const char *where = aws_profile_get(p, profile, "credential_source");
        int r;

        if (!source == !where)
                return error_set(err, -EINVAL,
                                 "profile %s has role_arn: it must have source_profile or "
                                 "credential_source, and not both",
                                 profile);
        if (w->n > CHAIN_ROLES_MAX)
                return error_set(err, -EINVAL, "profile %s: more than %d roles in a chain",
                                 w->names[0], CHAIN_ROLES_MAX);
        r = source ? from_source_profile(c, w, profile, source, err)
                   : from_credential_source(c, profile, where, err);
        if (r < 0)
                return r;
        if (c->n_roles == CHAIN_ROLES_MAX)
                return error_set(err, -EINVAL, "profile %s: more than %d roles in a chain",
                                 w->names[0], CHAIN_ROLES_MAX);
        r = role_of_profile(&c->roles[c->n_roles++], p, profile, err);
        return r < 0 ? r : 1;
}

static bool is_role_profile(const struct profiles *p, const char *profile)
{
        return aws_profile_get(p, profile, "role_arn") &&
               !aws_profile_get(p, profile, "web_identity_token_file");
}

/* What a profile holds besides a role, in the tools' order. */
static int from_plain_profile(struct chain *c, const struct chain_context *x, const char *profile,
                              struct error *err)
{
        int r = chain_from_web_profile(c, x, profile, err);

        if (r == 0)
                r = chain_from_sso(c, x, profile, err);
        if (r == 0)
                r = chain_from_static(c, x, profile, true, err);
        if (r == 0)
                r = chain_from_process(c, x, profile, err);
        if (r == 0)
                r = chain_from_static(c, x, profile, false, err);
        if (r == 0 && aws_profile_get(x->profiles, profile, "login_session"))
                return error_set(
                        err, -EINVAL,
                        "profile %s signs in with 'aws login' (login_session), which vigie "
                        "cannot use: give it a role or keys of its own",
                        profile);
        return r;
}

static int from_profile(struct chain *c, struct walk *w, const char *profile, struct error *err)
{
        if (w->n >= ELEMENTSOF(w->names))
                return error_set(err, -EINVAL, "profile %s: more than %d roles in a chain",
                                 w->names[0], CHAIN_ROLES_MAX);
        w->names[w->n++] = profile;
        if (is_role_profile(w->x->profiles, profile))
                return from_role_profile(c, w, profile, err);
        return from_plain_profile(c, w->x, profile, err);
}

/* ---- the order ------------------------------------------------------------------------------- */

static int check_profile(const struct chain_context *x, bool explicit, struct error *err)
{
        const char *profile = chain_profile(x->options);

        if (aws_profile_exists(x->profiles, profile) || (!explicit && !profile_variable()))
                return 0;
        return error_set(err, -EINVAL, "profile %s is neither in %s nor in %s", profile,
                         x->profiles->config_path ? x->profiles->config_path : "~/.aws/config",
                         x->profiles->credentials_path ? x->profiles->credentials_path
                                                       : "~/.aws/credentials");
}

static int nothing_found(const struct chain_context *x, struct error *err)
{
        return error_set(
                err, -EACCES,
                "no credentials found: neither in the environment, nor profile %s in %s and "
                "%s, nor from a container; instance metadata is switched off. Run 'aws "
                "configure', or set profile: for this account",
                chain_profile(x->options),
                x->profiles->credentials_path ? x->profiles->credentials_path
                                              : "~/.aws/credentials",
                x->profiles->config_path ? x->profiles->config_path : "~/.aws/config");
}

/* Who has several files wants to know in which the profile is wrong. */
static int name_file(const struct chain_context *x, int r, struct error *err)
{
        const char *path = x->profiles->config_path;

        return r < 0 && err && path && !strstr(err->text, path) ? error_wrap(err, r, "%s", path)
                                                                : r;
}

static int from_all(struct chain *c, const struct chain_context *x, struct error *err)
{
        bool explicit = x->options && x->options->profile;
        const char *profile = chain_profile(x->options);
        struct walk w = { .x = x };
        int r;

        r = chain_from_systemd(c, x, err);
        if (r == 0 && !explicit)
                r = chain_from_environment(c, err);
        if (r != 0)
                return r;
        r = check_profile(x, explicit, err);
        if (r == 0 && is_role_profile(x->profiles, profile))
                return name_file(x, from_profile(c, &w, profile, err), err);
        if (r == 0 && !explicit)
                r = chain_from_web_environment(c, err);
        if (r == 0)
                r = name_file(x, from_profile(c, &w, profile, err), err);
        if (r == 0)
                r = chain_from_container(c, err);
        if (r == 0) {
                r = chain_from_imds(c, err);
                c->last_resort = true;
        }
        return r == 0 ? nothing_found(x, err) : r;
}

/* role: given as an ARN, and no accounts to assume it in: it is the account itself. */
static int add_configured_role(struct chain *c, const struct aws_options *o, struct error *err)
{
        struct chain_role *role;

        if (c->n_roles == CHAIN_ROLES_MAX)
                return error_set(err, -EINVAL, "more than %d roles in a chain", CHAIN_ROLES_MAX);
        role = &c->roles[c->n_roles++];
        if (!(role->arn = strdup(o->role)) || !copy_text(&role->external_id, o->external_id) ||
            !(role->origin = strdup("role: of the configuration")))
                return error_oom(err);
        return 0;
}

int chain_build(struct chain *ret, const struct chain_context *x, struct error *err)
{
        const struct aws_options *o = x->options;
        struct chain c = { 0 };
        int r = from_all(&c, x, err);

        if (r > 0)
                r = 0;
        if (r == 0 && o && o->role && strncmp(o->role, "arn:", 4) == 0 &&
            o->organization.place.line == 0 && x->alone)
                r = add_configured_role(&c, o, err);
        if (r < 0) {
                chain_done(&c);
                return r;
        }
        *ret = c;
        return 0;
}
