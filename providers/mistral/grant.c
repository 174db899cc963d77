/* The keys that are needed, as Mistral's console makes them. */
#include "providers/mistral/account.h"

#include <string.h>

const char *const mistral_grant_formats[] = { "keys", NULL };

static bool is_admin(const char *permission)
{
        return strcmp(permission, "admin key") == 0;
}

/* One entry for each kind of key that something asks with, and what it is for. */
static json_t *key_of(const struct grant_request *request, bool admin)
{
        const char *name = request->config ? request->config->name : "ACCOUNT";
        const struct permission_set *set = request->permissions;
        json_t *reads = json_array();

        for (size_t i = 0; i < set->n_permissions; i++)
                for (size_t k = 0; is_admin(set->permissions[i].name) == admin &&
                                   k < set->permissions[i].n_collectors;
                     k++)
                        (void)json_array_append_new(
                                reads, json_string(set->permissions[i].collectors[k]->id));
        return json_pack("{ss so so}", "kind", admin ? "Admin API key" : "workspace key",
                         "credential", json_sprintf("%s.%s", name, admin ? "admin_key" : "api_key"),
                         "reads", reads);
}

int mistral_grant(const struct grant_request *request, struct buffer *document,
                  struct buffer *notes, struct error *err)
{
        json_t *keys = json_pack("{s[o o]}", "keys", key_of(request, false), key_of(request, true));

        return bearer_grant_take(
                request, keys,
                "One workspace key for each workspace to be read (an accounts: entry "
                "each), made in the console; keys have no read-only scope. The Admin "
                "API key (Backoffice, Enterprise organisations, preview) gives usage "
                "by zone, keys and the audit log; without it these stay unknown.\n",
                "Une clé d'espace de travail par espace à lire (une entrée accounts: "
                "chacune), faite dans la console ; les clés n'ont pas de portée en "
                "lecture seule. La clé d'administration (Backoffice, organisations "
                "Enterprise, en préversion) donne l'usage par zone, les clés et le "
                "journal d'audit ; sans elle, ils restent inconnus.\n",
                document, notes, err);
}
