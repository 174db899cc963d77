/* Permissions as OVHcloud grants them: an IAM policy for a service account, or the rules of a
 * consumer key. */
#include "providers/ovh/account.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

#define FORMAT_POLICY "iam-policy"
#define FORMAT_RULES "credential-rules"

const char *const ovh_grant_formats[] = { FORMAT_POLICY, FORMAT_RULES, NULL };

static const char *continent(const struct grant_request *request)
{
        return request->account ? request->account->credentials.endpoint->urn : "eu";
}

/* ---- IAM policy ----------------------------------------------------------------------------- */

static void add_urn(json_t *resources, const struct grant_request *request, const char *type,
                    const char *name)
{
        (void)json_array_append_new(resources,
                                    json_pack("{s:o}", "urn",
                                              json_sprintf("urn:v1:%s:resource:%s:%s",
                                                           continent(request), type, name)));
}

/* The types that the actions are of: what stands before their first colon. */
static bool has_type(const struct permission_set *set, const char *type)
{
        size_t n = strlen(type);

        for (size_t i = 0; i < set->n_permissions; i++)
                if (strncmp(set->permissions[i].name, type, n) == 0 &&
                    set->permissions[i].name[n] == ':')
                        return true;
        return false;
}

static json_t *resources_of(const struct grant_request *request)
{
        char **scopes = request->config ? request->config->scopes : NULL;
        json_t *resources = json_array();

        if (has_type(request->permissions, "account"))
                add_urn(resources, request, "account", "NICHANDLE");
        if (has_type(request->permissions, "ldp"))
                add_urn(resources, request, "ldp", "*");
        for (; scopes && *scopes; scopes++)
                add_urn(resources, request, "publicCloudProject", *scopes);
        if (!request->config || !request->config->scopes)
                add_urn(resources, request, "publicCloudProject", "*");
        return resources;
}

static json_t *actions_of(const struct permission_set *set)
{
        json_t *actions = json_array();

        for (size_t i = 0; i < set->n_permissions; i++)
                (void)json_array_append_new(actions,
                                            json_pack("{s:s}", "action", set->permissions[i].name));
        return actions;
}

static json_t *identity_of(const struct grant_request *request)
{
        const char *client =
                request->account ? request->account->credentials.value[OVH_CLIENT_ID] : NULL;

        return json_sprintf("urn:v1:%s:identity:credential:NICHANDLE/oauth2-%s", continent(request),
                            client ? client : "CLIENT_ID");
}

static json_t *policy_of(const struct grant_request *request)
{
        return json_pack("{ss ss s[o] so s{so}}", "name", "vigie-read", "description",
                         "What vigie reads", "identities", identity_of(request), "resources",
                         resources_of(request), "permissions", "allow",
                         actions_of(request->permissions));
}

static const char *policy_notes(enum language language)
{
        return language == LANGUAGE_FR
                       ? "Une politique IAM pour le compte de service de vigie (POST "
                         "/v2/iam/policy, ou « Politiques » dans l'espace client) : mettez à la "
                         "place de NICHANDLE votre identifiant client et de CLIENT_ID celui du "
                         "compte de service. Aucune de ces actions n'écrit ; celle qui rend les "
                         "clés d'un magasin de données (ai/data/region/alias/auth/get) n'en fait "
                         "pas partie.\n"
                       : "An IAM policy for vigie's service account (POST /v2/iam/policy, or "
                         "Policies in the control panel): put your customer identifier in place of "
                         "NICHANDLE and the service account's in place of CLIENT_ID. None of these "
                         "actions writes; the one that returns the keys of a data store "
                         "(ai/data/region/alias/auth/get) is not among them.\n";
}

/* ---- rules of a consumer key ---------------------------------------------------------------- */

static json_t *rule_of(const char *path)
{
        struct buffer b = BUFFER_INIT(512);
        json_t *rule;

        if (strncmp(path, "/v1/", 4) == 0) /* rules name version 1 without its number */
                path += 3;
        while (*path) {
                size_t plain = strcspn(path, "{"), label;

                buffer_append(&b, path, plain);
                path += plain;
                label = strcspn(path, "}");
                if (*path == '{')
                        buffer_add(&b, "*");
                path += label + (path[label] == '}');
        }
        rule = json_pack("{ss ss}", "method", "GET", "path", buffer_text(&b));
        buffer_done(&b);
        return rule;
}

static void add_rule(json_t *rules, const struct call *call)
{
        json_auto_t *rule = NULL;
        json_t *other;
        size_t i;

        /* another API with a key of its own */
        if (!call->path || json_member_string(call->service->options, "auth"))
                return;
        rule = rule_of(call->path);
        json_array_foreach(rules, i, other)
        {
                if (json_equal(rule, other))
                        return;
        }
        (void)json_array_append(rules, rule);
}

static json_t *rules_of(const struct permission_set *set)
{
        json_t *rules = json_array();

        for (size_t i = 0; i < set->n_collectors; i++) {
                const struct collector *c = set->collectors[i];

                if (c->list.name)
                        add_rule(rules, &c->list);
                for (size_t k = 0; k < c->n_detail; k++)
                        add_rule(rules, &c->detail[k]);
        }
        return json_pack("{so}", "accessRules", rules);
}

static const char *rules_notes(enum language language)
{
        return language == LANGUAGE_FR
                       ? "Les règles d'une clé de consommateur (POST /v1/auth/credential avec "
                         "l'en-tête X-Ovh-Application) : ouvrez ensuite l'adresse de validation et "
                         "connectez-vous, sinon la clé n'est pas valide. Une règle ne vaut que "
                         "pour "
                         "GET. La forme des chemins de la version 2 dans ces règles n'est pas "
                         "documentée.\n"
                       : "The rules of a consumer key (POST /v1/auth/credential with the header "
                         "X-Ovh-Application): then open the validation URL and log in, or the key "
                         "is not valid. Every rule is for GET alone. How paths of version 2 stand "
                         "in such rules is not documented.\n";
}

int ovh_grant(const struct grant_request *request, struct buffer *document, struct buffer *notes,
              struct error *err)
{
        bool rules = strcmp(request->format, FORMAT_RULES) == 0;
        json_auto_t *root = rules ? rules_of(request->permissions) : policy_of(request);
        _cleanup_(freep) char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;

        if (!text)
                return error_oom(err);
        buffer_add(document, text);
        buffer_add(document, "\n");
        buffer_add(notes, rules ? rules_notes(request->language) : policy_notes(request->language));
        return 0;
}
