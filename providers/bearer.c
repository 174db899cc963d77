#include "providers/bearer.h"

#include "providers/secret.h"

#include <errno.h>
#include <string.h>

enum { TOLD_BYTES_MAX = 480, REDACTED_BYTES_MIN = 3 };

/* ---- where the key comes from ------------------------------------------------------------------
 */

int bearer_credential(const struct account_config *config, const char *credentials_dir,
                      const char *name, char **ret, struct error *err)
{
        _cleanup_(freep) char *path = NULL;
        struct error why = { 0 };
        int r;

        *ret = NULL;
        if (!config || !credentials_dir)
                return 0;
        if (asprintf(&path, "%s/%s.%s", credentials_dir, config->name, name) < 0) {
                path = NULL;
                return error_oom(err);
        }
        r = secret_file_read(path, ret, &why);
        return r < 0 && r != -ENOENT ? error_set(err, r, "%s", why.text) : 0;
}

/* Sets secret and source together; takes the secret over. */
static int took(struct bearer *b, char *secret, struct error *err, const char *kind,
                const char *name)
{
        char *source = NULL;

        if (!secret || asprintf(&source, "%s %s", kind, name) < 0) {
                secret_free(secret);
                return error_oom(err);
        }
        b->secret = secret;
        b->source = source;
        return 1;
}

static int from_systemd(struct bearer *b, struct error *err)
{
        char *secret, name[256];
        int r = bearer_credential(b->config, b->credentials_dir, b->profile->credential, &secret,
                                  err);

        if (r < 0 || !secret)
                return r;
        (void)snprintf(name, sizeof(name), "%s.%s", b->config->name, b->profile->credential);
        return took(b, secret, err, "systemd credential", name);
}

static int from_environment(struct bearer *b, struct error *err)
{
        for (size_t i = 0; i < BEARER_VARIABLES_MAX && b->profile->variables[i]; i++) {
                const char *value = secret_environment(b->profile->variables[i]);

                if (value)
                        return took(b, strdup(value), err, "variable", b->profile->variables[i]);
        }
        return 0;
}

/* A file that is not there is no source; one that cannot be read is an error. */
static int from_file(struct bearer *b, const char *path, struct error *err)
{
        struct error why = { 0 };
        char *secret = NULL;
        int r;

        if (!path)
                return 0;
        r = secret_file_read(path, &secret, &why);
        if (r == -ENOENT)
                return 0;
        return r < 0 ? error_set(err, r, "%s", why.text) : took(b, secret, err, "file", path);
}

static int nothing_found(const struct bearer *b, const char *path, struct error *err)
{
        const struct bearer_profile *p = b->profile;
        struct buffer looked = BUFFER_INIT(TOLD_BYTES_MAX);
        int r;

        if (b->config && b->credentials_dir)
                buffer_printf(&looked, "systemd credential %s.%s, ", b->config->name,
                              p->credential);
        buffer_printf(&looked, "variable %s", p->variables[0]);
        if (path)
                buffer_printf(&looked, ", %s (not there)", path);
        r = error_set(err, -ENOENT,
                      "no %s %s; looked at: %s. %s%sset %s, or give systemd the "
                      "credential",
                      p->title, p->key, buffer_text(&looked), p->tool ? p->tool : "",
                      p->tool ? ", " : "", p->variables[0]);
        buffer_done(&looked);
        return r;
}

/* Catches what no header could carry; the text never shows the value. */
static int check_secret(const struct bearer *b, struct error *err)
{
        for (const char *c = b->secret; *c != '\0'; c++)
                if (*c <= ' ' || *c > '~')
                        return error_set(err, -EINVAL, "%s: the %s has characters that none has",
                                         b->source, b->profile->key);
        return 0;
}

static int read_key(struct bearer *b, struct error *err)
{
        _cleanup_(freep) char *path = b->profile->file ? b->profile->file() : NULL;
        int r;

        r = from_systemd(b, err);
        if (r == 0)
                r = from_environment(b, err);
        if (r == 0)
                r = from_file(b, path, err);
        if (r < 0)
                return r;
        return b->secret ? check_secret(b, err) : nothing_found(b, path, err);
}

/* ---- opening -----------------------------------------------------------------------------------
 */

static int read_base(struct bearer *b, struct error *err)
{
        const char *variable = b->profile->base_variable;
        const char *url = b->config ? b->config->endpoint : NULL, *what = "endpoint";

        b->base_of_all = url != NULL;
        if (!url && variable) {
                url = secret_environment(variable);
                what = variable;
        }
        b->has_base = url != NULL;
        return url ? url_base_parse(url, what, &b->base, err) : 0;
}

int bearer_open(struct bearer *ret, const struct bearer_profile *profile,
                const struct account_config *config, const char *credentials_dir, struct error *err)
{
        struct bearer b = { .profile = profile, .config = config };
        int r = 0;

        if (credentials_dir && !(b.credentials_dir = strdup(credentials_dir)))
                r = error_oom(err);
        if (r == 0)
                r = read_key(&b, err);
        if (r == 0)
                r = read_base(&b, err);
        if (r < 0) {
                bearer_done(&b);
                return r;
        }
        *ret = b;
        return 0;
}

void bearer_done(struct bearer *b)
{
        secret_free(b->secret);
        free(b->source);
        free(b->credentials_dir);
        *b = (struct bearer){ 0 };
}

bool bearer_found(const struct bearer_profile *profile)
{
        struct bearer b = { 0 };
        bool there = bearer_open(&b, profile, NULL, NULL, NULL) == 0;

        bearer_done(&b);
        return there;
}

void bearer_redact(const char *secret, char *text)
{
        size_t length = secret ? strlen(secret) : 0;
        char *from = text;

        while (length >= REDACTED_BYTES_MIN && (from = strstr(from, secret))) {
                memset(from, '*', REDACTED_BYTES_MIN);
                memmove(from + REDACTED_BYTES_MIN, from + length, strlen(from + length) + 1);
                from += REDACTED_BYTES_MIN;
        }
}

void bearer_fingerprint(const struct bearer *b, unsigned char ret[static SHA256_BYTES])
{
        const char *const texts[] = { b->secret };

        memset(ret, 0, SHA256_BYTES);
        secret_fingerprint(texts, ELEMENTSOF(texts), ret);
}

/* ---- the provider's answers --------------------------------------------------------------------
 */

int bearer_sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                   struct message_request *req, uint64_t *ret_expires_usec, struct error *err)
{
        return SIGN_IN_READY;
}

int bearer_signed_in(struct account *a, const struct scope *scope,
                     const struct message_reply *reply, uint64_t now_usec, struct error *err)
{
        return error_set(err, -EINVAL, "no reply was awaited");
}

int bearer_grant_take(const struct grant_request *request, json_t *granted, const char *en,
                      const char *fr, struct buffer *document, struct buffer *notes,
                      struct error *err)
{
        _cleanup_(freep) char *text = granted ? json_dumps(granted, JSON_INDENT(2)) : NULL;

        json_decref(granted);
        if (!text)
                return error_oom(err);
        buffer_add(document, text);
        buffer_add(document, "\n");
        buffer_add(notes, request->language == LANGUAGE_FR ? fr : en);
        return 0;
}
