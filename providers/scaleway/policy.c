/* Permissions as Scaleway grants them: permission sets, in rules of an IAM policy, each for the
 * organisation or for projects. */
#include "providers/scaleway/account.h"

#include <errno.h>
#include <string.h>

const char *const scaleway_grant_formats[] = { "policy", NULL };

/* Sets that hold for an organisation; all others hold for projects (IAM documentation of March
 * 2026). */
static const char *const organization_sets[] = {
        "AuditTrailExportRead", "AuditTrailReadOnly",   "BillingReadOnly",
        "IAMReadOnly",          "OrganizationReadOnly", "ProjectReadOnly",
};

bool scaleway_set_is_of_organization(const char *set)
{
        for (size_t i = 0; i < ELEMENTSOF(organization_sets); i++)
                if (strcmp(organization_sets[i], set) == 0)
                        return true;
        return false;
}

static json_t *sets_of(const struct permission_set *permissions, bool organization)
{
        json_t *sets = json_array();

        for (size_t i = 0; i < permissions->n_permissions; i++)
                if (scaleway_set_is_of_organization(permissions->permissions[i].name) ==
                    organization)
                        (void)json_array_append_new(sets,
                                                    json_string(permissions->permissions[i].name));
        return sets;
}

static json_t *projects_of(const struct grant_request *request)
{
        json_t *projects = json_array();
        char **ids = request->config ? request->config->scopes : NULL;

        for (; ids && *ids; ids++)
                (void)json_array_append_new(projects, json_string(*ids));
        if (json_array_size(projects) == 0)
                (void)json_array_append_new(projects, json_string("PROJECT_ID"));
        return projects;
}

int scaleway_grant(const struct grant_request *request, struct buffer *document,
                   struct buffer *notes, struct error *err)
{
        const char *organization =
                request->account ? request->account->credentials.organization : NULL;
        json_t *of_organization = sets_of(request->permissions, true);
        json_t *of_projects = sets_of(request->permissions, false);
        bool french = request->language == LANGUAGE_FR;
        json_auto_t *policy =
                json_pack("{ss ss s[{so ss} {so so}]}", "name", "vigie-read", "description",
                          "What vigie reads", "rules", "permission_set_names", of_organization,
                          "organization_id", organization ? organization : "ORGANIZATION_ID",
                          "permission_set_names", of_projects, "project_ids", projects_of(request));
        _cleanup_(freep) char *text = policy ? json_dumps(policy, JSON_INDENT(2)) : NULL;

        if (!text)
                return error_oom(err);
        buffer_add(document, text);
        buffer_add(document, "\n");
        buffer_add(
                notes,
                french ? "Une politique IAM pour l'application dont vigie a la clé : mettez à la "
                         "place d'ORGANIZATION_ID et de PROJECT_ID l'organisation et chaque "
                         "projet à lire. GenerativeApisModelAccess permet aussi d'utiliser les "
                         "modèles : il n'existe pas d'ensemble qui lise seulement.\n"
                       : "An IAM policy for the application whose key vigie has: put the "
                         "organisation and each project to be read in place of ORGANIZATION_ID "
                         "and PROJECT_ID. GenerativeApisModelAccess also lets models be used: "
                         "there is no set that only reads.\n");
        return 0;
}
