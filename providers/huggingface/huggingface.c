/* The provider: what the engine asks of Hugging Face. */
#include "providers/huggingface/account.h"

#include <string.h>

const struct bearer_profile huggingface_profile = {
        .title = "Hugging Face",
        .key = "token",
        .renewal = "huggingface.co/settings/tokens",
        .tool = "Run 'hf auth login'",
        .variables = { "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN" },
        .credential = "token",
        .file = huggingface_token_file,
        .hosts = { HUB_HOST, ENDPOINTS_HOST },
        .base_variable = "HF_ENDPOINT",
        .contents = { "secret", "secrets", "environment", "env" },
};

static struct account *account_free(struct account *a)
{
        if (!a)
                return NULL;
        bearer_done(&a->bearer);
        json_decref(a->namespaces);
        json_decref(a->readable);
        free(a);
        return NULL;
}

static int account_new(struct account **ret, const struct account_config *config,
                       const char *credentials_dir, struct error *err)
{
        struct account *a = calloc(1, sizeof(*a));
        int r;

        if (!a)
                return error_oom(err);
        r = bearer_open(&a->bearer, &huggingface_profile, config, credentials_dir, err);
        if (r < 0) {
                (void)account_free(a);
                return r;
        }
        *ret = a;
        return 0;
}

static bool found(void)
{
        return bearer_found(&huggingface_profile);
}

static const char *credential_source(const struct account *a)
{
        return a->bearer.source;
}

static void fingerprint(const struct account *a, unsigned char ret[static SHA256_BYTES])
{
        bearer_fingerprint(&a->bearer, ret);
}

/* Namespaces that the configuration names are asked even when the token does not know them: what
 * it may not read there shows. */
static int scopes(struct account *a, json_t *ret, struct error *err)
{
        char **names = a->bearer.config ? a->bearer.config->scopes : NULL;

        for (; names && *names; names++)
                if (json_array_append_new(
                            ret, json_pack("{ss ss}", "id", *names, "level", "namespace")) < 0)
                        return error_oom(err);
        return 0;
}

/* {repositories}: none for a namespace that the token's owner does not belong to. */
static const char *variable(const struct account *a, const struct scope *scope, const char *region,
                            const char *name)
{
        if (strcmp(name, "repositories") != 0 || !scope)
                return NULL;
        return json_string_value(json_object_get(a->namespaces, scope->id));
}

static int request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                   struct message_request *req, struct error *err)
{
        return bearer_request(&a->bearer, call, req, err);
}

static const char *const protocols[] = { "rest", PROTOCOL_METRICS, NULL };

extern const struct provider huggingface_provider;
const struct provider huggingface_provider = {
        .name = "huggingface",
        .title = "Hugging Face",
        .account_new = account_new,
        .account_free = account_free,
        .found = found,
        .credential_source = credential_source,
        .fingerprint = fingerprint,
        .sign_in = bearer_sign_in,
        .signed_in = bearer_signed_in,
        .scopes = scopes,
        .variable = variable,
        .request = request,
        .interpret = huggingface_interpret,
        .protocols = protocols,
        .refinements = huggingface_refinements,
        .n_refinements = HUGGINGFACE_REFINEMENTS,
        .grant_formats = huggingface_grant_formats,
        .grant = huggingface_grant,
};
