/* The provider: what the engine asks of Replicate. */
#include "providers/replicate/account.h"

#include <string.h>

/* The output of a training is the model that was made: "owner/name:version". */
static bool keeps(const struct call_instance *call, const char *content, const char *member)
{
        static const char folder[] = "/v1/trainings";

        return call && call->path && strncmp(call->path, folder, strlen(folder)) == 0 &&
               strcmp(content, "output") == 0 && strcmp(member, "version") == 0;
}

static const struct bearer_profile profile = {
        .title = "Replicate",
        .key = "API token",
        .renewal = "replicate.com/account/api-tokens",
        .variables = { "REPLICATE_API_TOKEN" },
        .credential = "api_token",
        .hosts = { "api.replicate.com" },
        .base_variable = "REPLICATE_BASE_URL",
        .contents = { "input", "output", "logs" },
        .keeps = keeps,
};

static struct account *account_free(struct account *a)
{
        if (!a)
                return NULL;
        bearer_done(&a->bearer);
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
        r = bearer_open(&a->bearer, &profile, config, credentials_dir, err);
        if (r < 0) {
                (void)account_free(a);
                return r;
        }
        *ret = a;
        return 0;
}

static bool found(void)
{
        return bearer_found(&profile);
}

static const char *credential_source(const struct account *a)
{
        return a->bearer.source;
}

static void fingerprint(const struct account *a, unsigned char ret[static SHA256_BYTES])
{
        bearer_fingerprint(&a->bearer, ret);
}

static const char *variable(const struct account *a, const struct scope *scope, const char *region,
                            const char *name)
{
        return NULL;
}

static int request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                   struct message_request *req, struct error *err)
{
        return bearer_request(&a->bearer, call, req, err);
}

static const char *const protocols[] = { "rest", NULL };

extern const struct provider replicate_provider;
const struct provider replicate_provider = {
        .name = "replicate",
        .title = "Replicate",
        .account_new = account_new,
        .account_free = account_free,
        .found = found,
        .credential_source = credential_source,
        .fingerprint = fingerprint,
        .sign_in = bearer_sign_in,
        .signed_in = bearer_signed_in,
        .variable = variable,
        .request = request,
        .interpret = replicate_interpret,
        .protocols = protocols,
        .refinements = replicate_refinements,
        .n_refinements = REPLICATE_REFINEMENTS,
        .grant_formats = replicate_grant_formats,
        .grant = replicate_grant,
};
