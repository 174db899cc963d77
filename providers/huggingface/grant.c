/* What a token needs, as Hugging Face's own form asks for it: a fine-grained token, per
 * organisation. */
#include "providers/huggingface/account.h"

#include <string.h>

const char *const huggingface_grant_formats[] = { "token", NULL };

static json_t *permissions_of(const struct permission_set *set)
{
        json_t *names = json_array();

        for (size_t i = 0; i < set->n_permissions; i++)
                (void)json_array_append_new(names, json_string(set->permissions[i].name));
        return names;
}

static void add_entity(json_t *scoped, const char *type, const char *name,
                       const struct grant_request *request)
{
        (void)json_array_append_new(scoped,
                                    json_pack("{s{ss ss} so}", "entity", "type", type, "name", name,
                                              "permissions", permissions_of(request->permissions)));
}

/* The token's owner is a namespace like any other, and asked as those are unless the configuration
 * names which. */
static json_t *entities_of(const struct grant_request *request)
{
        char **names = request->config ? request->config->scopes : NULL;
        json_t *scoped = json_array();

        for (; names && *names; names++)
                add_entity(scoped, "org", *names, request);
        if (json_array_size(scoped) == 0) {
                add_entity(scoped, "org", "ORGANIZATION", request);
                add_entity(scoped, "user", "USER", request);
        }
        return scoped;
}

int huggingface_grant(const struct grant_request *request, struct buffer *document,
                      struct buffer *notes, struct error *err)
{
        json_t *token = json_pack("{ss s{ss s{s[] so}}}", "displayName", "vigie-read",
                                  "accessToken", "role", "fineGrained", "fineGrained", "global",
                                  "scoped", entities_of(request));

        return bearer_grant_take(
                request, token,
                "A fine-grained token: huggingface.co/settings/tokens/new, preset "
                "Read-Only, with each organisation to be read among its scopes, and "
                "the token's owner (USER), a namespace, too, unless scopes: names others. The "
                "names of the "
                "permissions are not verified with Hugging Face: choose "
                "reading of repositories, of Inference Endpoints and of Jobs. The "
                "organisation may have to approve the token.\n",
                "Un jeton « fine-grained » : huggingface.co/settings/tokens/new, "
                "préréglage « Read-Only », chaque organisation à lire dans ses "
                "portées, ainsi que le détenteur du jeton (USER), lui-même un espace de "
                "noms, sauf si scopes: en nomme d'autres. Les noms des permissions n'ont pas été "
                "vérifiés "
                "auprès de "
                "Hugging Face : choisissez la lecture des dépôts, des Inference "
                "Endpoints et des Jobs. L'organisation peut devoir approuver le "
                "jeton.\n",
                document, notes, err);
}
