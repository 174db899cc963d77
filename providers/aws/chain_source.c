/* Each source of credentials, as environment and files write it. */
#include "providers/aws/account.h"

#include "daemon/base/clock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CONTAINER_HOST "http://169.254.170.2"
#define IMDS_ENDPOINT "http://169.254.169.254"
#define IMDS_ENDPOINT_V6 "http://[fd00:ec2::254]"

/* A text for people that the chain keeps; 1, or -ENOMEM as an error. */
static int took(struct chain *c, enum source_kind kind, struct error *err, const char *fmt, ...)
        _printf_(4, 5);

static int took(struct chain *c, enum source_kind kind, struct error *err, const char *fmt, ...)
{
        va_list ap;
        int n;

        va_start(ap, fmt);
        n = vasprintf(&c->source, fmt, ap);
        va_end(ap);
        if (n < 0) {
                c->source = NULL;
                return error_oom(err);
        }
        c->kind = kind;
        return 1;
}

static bool copy_text(char **to, const char *from)
{
        return !from || (*to = strdup(from));
}

/* ---- keys that are there --------------------------------------------------------------------- */

static bool is_key_text(const char *text)
{
        for (; *text; text++)
                if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 127)
                        return false;
        return true;
}

struct keys {
        const char *access, *secret, *token;
        const char *where; /* for errors */
};

static int set_keys(struct chain *c, const struct keys *k, struct error *err)
{
        if (!k->access || !k->secret)
                return error_set(err, -EINVAL, "%s: the %s key is missing beside the %s key",
                                 k->where, k->access ? "secret access" : "access",
                                 k->access ? "access" : "secret access");
        if (!is_key_text(k->access) || !is_key_text(k->secret) ||
            (k->token && !is_key_text(k->token)))
                return error_set(err, -EINVAL,
                                 "%s: a key has characters that no key has (spaces, quotes?)",
                                 k->where);
        if (!copy_text(&c->fixed.access_key, k->access) ||
            !copy_text(&c->fixed.secret_key, k->secret) || !copy_text(&c->fixed.token, k->token))
                return error_oom(err);
        return 0;
}

static int read_credential(const struct chain_context *x, const char *key, char **ret,
                           struct error *err)
{
        struct error local = { 0 };
        char *path = NULL;
        int r;

        if (asprintf(&path, "%s/%s.%s", x->credentials_dir, x->account, key) < 0)
                return error_oom(err);
        r = secret_file_read(path, ret, &local);
        free(path);
        return r < 0 && r != -ENOENT ? error_set(err, r, "%s", local.text) : 0;
}

int chain_from_systemd(struct chain *c, const struct chain_context *x, struct error *err)
{
        char *access = NULL, *secret = NULL, *token = NULL;
        int r;

        if (!x->credentials_dir || !x->account || strchr(x->account, '/'))
                return 0;
        r = read_credential(x, "access_key_id", &access, err);
        if (r == 0)
                r = read_credential(x, "secret_access_key", &secret, err);
        if (r == 0)
                r = read_credential(x, "session_token", &token, err);
        if (r == 0 && (access || secret))
                r = set_keys(c, &(struct keys){ access, secret, token, "systemd credentials" },
                             err);
        if (r == 0 && c->fixed.access_key)
                r = took(c, SOURCE_STATIC, err, "systemd credential %s.access_key_id", x->account);
        secret_free(access);
        secret_free(secret);
        secret_free(token);
        return r;
}

int chain_from_environment(struct chain *c, struct error *err)
{
        const char *expires = secret_environment("AWS_CREDENTIAL_EXPIRATION");
        struct keys k = { secret_environment("AWS_ACCESS_KEY_ID"),
                          secret_environment("AWS_SECRET_ACCESS_KEY"),
                          secret_environment("AWS_SESSION_TOKEN"), "environment" };
        int r;

        if (!k.access && !k.secret)
                return 0;
        if (!k.token)
                k.token = secret_environment("AWS_SECURITY_TOKEN"); /* its name in older tools */
        r = set_keys(c, &k, err);
        if (r < 0)
                return r;
        if (expires && clock_parse_iso8601(expires, &c->fixed.expires_usec) < 0)
                return error_set(err, -EINVAL, "AWS_CREDENTIAL_EXPIRATION is no ISO 8601 time");
        if (!copy_text(&c->fixed.account_id, secret_environment("AWS_ACCOUNT_ID")))
                return error_oom(err);
        return took(c, SOURCE_STATIC, err, "environment variable AWS_ACCESS_KEY_ID");
}

int chain_from_static(struct chain *c, const struct chain_context *x, const char *profile,
                      bool in_credentials, struct error *err)
{
        const char *(*get)(const struct profiles *, const char *, const char *) =
                in_credentials ? aws_profile_get_credentials : aws_profile_get_config;
        const char *path =
                in_credentials ? x->profiles->credentials_path : x->profiles->config_path;
        _cleanup_(freep) char *where = NULL;
        struct keys k = { .access = get(x->profiles, profile, "aws_access_key_id"),
                          .secret = get(x->profiles, profile, "aws_secret_access_key"),
                          .token = get(x->profiles, profile, "aws_session_token") };
        int r;

        if (!k.access && !k.secret)
                return 0;
        if (asprintf(&where, "profile %s in %s", profile, path) < 0) {
                where = NULL;
                return error_oom(err);
        }
        k.where = where;
        r = set_keys(c, &k, err);
        if (r == 0 && !copy_text(&c->fixed.account_id, get(x->profiles, profile, "aws_account_id")))
                r = error_oom(err);
        return r < 0 ? r : took(c, SOURCE_STATIC, err, "%s", where);
}

/* ---- commands -------------------------------------------------------------------------------- */

void chain_free_words(char **words)
{
        for (char **word = words; word && *word; word++)
                free(*word);
        free(words);
}

/* One word of a command line into b: quotes and backslashes as a POSIX shell reads them. Returns
 * what follows, NULL for an open quote. */
static const char *read_word(const char *p, struct buffer *b)
{
        char quote = '\0';

        for (; *p != '\0' && (quote || !strchr(" \t", *p)); p++) {
                if (quote == '\'' ? *p == '\'' : quote == '"' && *p == '"') {
                        quote = '\0';
                } else if (!quote && (*p == '\'' || *p == '"')) {
                        quote = *p;
                } else if (*p == '\\' && quote != '\'' && p[1] != '\0' &&
                           (!quote || strchr("\"\\", p[1]))) {
                        buffer_append(b, ++p, 1);
                } else {
                        buffer_append(b, p, 1);
                }
        }
        return quote ? NULL : p;
}

int chain_split_command(const char *text, char ***ret, struct error *err)
{
        enum { WORDS_MAX = 64, WORD_BYTES_MAX = 16384 };
        char **words = calloc(WORDS_MAX + 1, sizeof(char *));
        size_t n = 0;
        int r = 0;

        if (!words)
                return error_oom(err);
        for (const char *p = text; p && r == 0;) {
                struct buffer b = BUFFER_INIT(WORD_BYTES_MAX);

                p += strspn(p, " \t");
                if (*p == '\0')
                        break;
                p = read_word(p, &b);
                if (!p || n == WORDS_MAX || buffer_error(&b))
                        r = error_set(err, -EINVAL, "a quote is open, or it is too long");
                else if (!(words[n++] = buffer_take(&b)))
                        r = error_oom(err);
                buffer_done(&b);
        }
        if (r == 0 && n == 0)
                r = error_set(err, -EINVAL, "it is empty");
        if (r < 0) {
                chain_free_words(words);
                return r;
        }
        *ret = words;
        return 0;
}

int chain_from_process(struct chain *c, const struct chain_context *x, const char *profile,
                       struct error *err)
{
        const char *command = aws_profile_get(x->profiles, profile, "credential_process");
        int r;

        if (!command)
                return 0;
        r = chain_split_command(command, &c->argv, err);
        if (r < 0)
                return error_wrap(err, r, "credential_process of profile %s", profile);
        return took(c, SOURCE_PROCESS, err, "credential_process of profile %s", profile);
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static int set_web_identity(struct chain *c, const char *token_file, const char *role_arn,
                            const char *session_name, const char *where, struct error *err)
{
        if (!copy_text(&c->token_file, token_file) || !copy_text(&c->role_arn, role_arn) ||
            !copy_text(&c->session_name, session_name))
                return error_oom(err);
        return took(c, SOURCE_WEB_IDENTITY, err, "web identity token %s of %s", token_file, where);
}

int chain_from_web_environment(struct chain *c, struct error *err)
{
        const char *file = secret_environment("AWS_WEB_IDENTITY_TOKEN_FILE");
        const char *arn = secret_environment("AWS_ROLE_ARN");

        if (!file)
                return 0;
        if (!arn)
                return error_set(err, -EINVAL,
                                 "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
        return set_web_identity(c, file, arn, secret_environment("AWS_ROLE_SESSION_NAME"),
                                "the environment", err);
}

int chain_from_web_profile(struct chain *c, const struct chain_context *x, const char *profile,
                           struct error *err)
{
        const char *file = aws_profile_get(x->profiles, profile, "web_identity_token_file");
        const char *arn = aws_profile_get(x->profiles, profile, "role_arn");
        const char *path = x->profiles->config_path ? x->profiles->config_path : "~/.aws/config";
        _cleanup_(freep) char *where = NULL;

        if (!file)
                return 0;
        if (asprintf(&where, "profile %s in %s", profile, path) < 0) {
                where = NULL;
                return error_oom(err);
        }
        if (!arn)
                return error_set(err, -EINVAL,
                                 "profile %s has web_identity_token_file, but no role_arn",
                                 profile);
        return set_web_identity(c, file, arn,
                                aws_profile_get(x->profiles, profile, "role_session_name"), where,
                                err);
}

/* ---- SSO ------------------------------------------------------------------------------------- */

struct sso_settings {
        const char *session, *start_url, *region, *account, *role;
};

static int read_sso(const struct profiles *p, const char *profile, struct sso_settings *s,
                    struct error *err)
{
        s->session = aws_profile_get(p, profile, "sso_session");
        s->account = aws_profile_get(p, profile, "sso_account_id");
        s->role = aws_profile_get(p, profile, "sso_role_name");
        if (s->session) {
                s->start_url =
                        aws_profile_section_get(p, "sso-session", s->session, "sso_start_url");
                s->region = aws_profile_section_get(p, "sso-session", s->session, "sso_region");
        } else {
                s->start_url = aws_profile_get(p, profile, "sso_start_url");
                s->region = aws_profile_get(p, profile, "sso_region");
        }
        if (!s->session && !s->start_url && !s->account)
                return 0;
        if (!s->start_url || !s->region || !s->account || !s->role)
                return error_set(err, -EINVAL,
                                 "profile %s: %s is missing for SSO; run 'aws configure sso'",
                                 profile,
                                 !s->start_url ? "sso_start_url"
                                 : !s->region  ? "sso_region"
                                 : !s->account ? "sso_account_id"
                                               : "sso_role_name");
        if (!aws_account_region_valid(s->region) || !aws_account_id_valid(s->account))
                return error_set(err, -EINVAL,
                                 "profile %s: sso_region or sso_account_id is invalid", profile);
        return 1;
}

/* The file in which "aws sso login" leaves what it got. */
static char *sso_cache_path(const struct sso_settings *s)
{
        const char *key = s->session ? s->session : s->start_url;
        char hex[41], name[64];

        (void)digest_sha1_hex(key, strlen(key), hex);
        (void)snprintf(name, sizeof(name), "sso/cache/%s.json", hex);
        return aws_profile_home_path(name);
}

int chain_from_sso(struct chain *c, const struct chain_context *x, const char *profile,
                   struct error *err)
{
        struct sso_settings s = { 0 };
        int r = read_sso(x->profiles, profile, &s, err);

        if (r <= 0)
                return r;
        c->sso_cache = sso_cache_path(&s);
        if (!c->sso_cache)
                return error_set(
                        err, -EINVAL,
                        "profile %s signs in by SSO, but HOME is not set: its cache cannot "
                        "be found",
                        profile);
        if (!copy_text(&c->sso_region, s.region) || !copy_text(&c->sso_account, s.account) ||
            !copy_text(&c->sso_role, s.role) ||
            asprintf(&c->sso_login, "aws sso login --profile %s", profile) < 0)
                return error_oom(err);
        return took(c, SOURCE_SSO, err, "SSO sign-in of profile %s", profile);
}

/* ---- metadata -------------------------------------------------------------------------------- */

/* Only TLS, this machine, and the two container services' own addresses get the request. */
static int check_container_url(const char *url, struct error *err)
{
        static const char *const hosts[] = { "169.254.170.2", "169.254.170.23", "fd00:ec2::23" };
        struct url_base base;
        _cleanup_(freep) char *origin = strndup(url, strcspn(url, "?#"));
        int r;

        if (!origin)
                return error_oom(err);
        r = url_base_parse(origin, "AWS_CONTAINER_CREDENTIALS_FULL_URI", &base, err);
        if (r < 0 || base.tls || url_host_is_loopback(base.host))
                return r;
        for (size_t i = 0; i < ELEMENTSOF(hosts); i++)
                if (strcmp(base.host, hosts[i]) == 0)
                        return 0;
        return error_set(err, -EINVAL,
                         "AWS_CONTAINER_CREDENTIALS_FULL_URI: host %s is not allowed without https",
                         base.host);
}

int chain_from_container(struct chain *c, struct error *err)
{
        const char *relative = secret_environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        const char *full = secret_environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        const char *file = secret_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        const char *token = secret_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
        int r;

        if (!relative && !full)
                return 0;
        if (relative && (relative[0] != '/' || strpbrk(relative, " \t\r\n#\\")))
                return error_set(err, -EINVAL, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path");
        if (!relative && (r = check_container_url(full, err)) < 0)
                return r;
        if (token && !file && strpbrk(token, "\r\n"))
                return error_set(err, -EINVAL,
                                 "AWS_CONTAINER_AUTHORIZATION_TOKEN has a line break");
        if (asprintf(&c->url, "%s%s", relative ? CONTAINER_HOST : "", relative ? relative : full) <
            0) {
                c->url = NULL;
                return error_oom(err);
        }
        if (!copy_text(&c->authorization_file, file) ||
            !copy_text(&c->authorization, file ? NULL : token))
                return error_oom(err);
        return took(c, SOURCE_CONTAINER, err, "container credentials at %s", c->url);
}

int chain_from_imds(struct chain *c, struct error *err)
{
        const char *disabled = secret_environment("AWS_EC2_METADATA_DISABLED");
        const char *endpoint = secret_environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
        const char *mode = secret_environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
        struct url_base base;
        int r;

        if (disabled && strcasecmp(disabled, "true") == 0)
                return 0;
        if (!endpoint)
                endpoint = mode && strcasecmp(mode, "ipv6") == 0 ? IMDS_ENDPOINT_V6 : IMDS_ENDPOINT;
        r = url_base_parse(endpoint, "AWS_EC2_METADATA_SERVICE_ENDPOINT", &base, err);
        if (r < 0)
                return r;
        if (asprintf(&c->url, "%s://%s%s", base.tls ? "https" : "http", base.authority, base.path) <
            0) {
                c->url = NULL;
                return error_oom(err);
        }
        return took(c, SOURCE_IMDS, err, "instance metadata at %s", c->url);
}

/* ---- is there anything? ---------------------------------------------------------------------- */

/* What the firmware calls itself: asking the metadata address elsewhere takes seconds. */
static bool on_ec2(void)
{
        static const char *const files[] = { "/sys/class/dmi/id/sys_vendor",
                                             "/sys/class/dmi/id/bios_vendor" };

        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                char *text = NULL;
                bool amazon = secret_file_read(files[i], &text, NULL) == 0 &&
                              strncmp(text, "Amazon EC2", 10) == 0;

                free(text);
                if (amazon)
                        return true;
        }
        return false;
}

bool chain_found(void)
{
        struct chain_context x = { .account = "aws" };
        struct profiles profiles = { 0 };
        struct chain c = { 0 };
        bool found = true;
        int r = aws_profiles_load(&profiles, NULL);

        x.profiles = &profiles;
        if (r == 0)
                r = chain_build(&c, &x, NULL);
        /* what is configured wrongly is there, too: account_new() says what is wrong */
        if (r == -EACCES)
                found = false;
        else if (r == 0 && c.last_resort)
                found = secret_environment("AWS_EC2_METADATA_SERVICE_ENDPOINT") || on_ec2();
        chain_done(&c);
        aws_profiles_done(&profiles);
        return found;
}
