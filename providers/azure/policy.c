/* Permissions as Azure grants them: a custom role with the actions that are asked, and no others.
 * It is assigned where its reach begins: a management group, or subscriptions. */
#include "providers/azure/account.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

#define ROLE_NAME "vigie-read"
#define DESCRIPTION "What vigie reads"
#define GROUP_PREFIX "/providers/Microsoft.Management/managementGroups/"

const char *const azure_grant_formats[] = { "role", "terraform", NULL };

/* "Microsoft.X/types/read": whole, without a pattern, and nothing that changes anything. */
static bool is_action(const char *name)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789.-_/";
        size_t n = strlen(name), spent = strspn(name, letters);

        return spent == n && n > 5 && strchr(name, '.') && strcmp(name + n - 5, "/read") == 0;
}

static int read_actions(const struct grant_request *request, json_t **ret, struct error *err)
{
        json_auto_t *actions = json_array();

        for (size_t i = 0; i < request->permissions->n_permissions; i++) {
                const char *name = request->permissions->permissions[i].name;

                if (!is_action(name))
                        return error_set(err, -EINVAL,
                                         "the catalogue's permission '%s' is no action of Azure "
                                         "that reads",
                                         name);
                if (json_array_append_new(actions, json_string(name)) < 0)
                        return error_oom(err);
        }
        *ret = TAKE_PTR(actions);
        return 0;
}

static const struct azure_options *options_of(const struct grant_request *request)
{
        return request->config ? request->config->options : NULL;
}

/* The root management group has the tenant's id. */
static json_t *root_group(const struct grant_request *request)
{
        const struct azure_options *o = options_of(request);
        const char *tenant = o ? o->tenant : NULL;

        if (!tenant && request->account)
                tenant = request->account->credentials.tenant;
        if (!tenant || strlen(tenant) != 36) /* a domain is no id */
                tenant = "TENANT_ID";
        return json_sprintf(GROUP_PREFIX "%s", tenant);
}

/* A role can be assigned below one management group only: where several are read, below the root.
 */
static json_t *assignable_scopes(const struct grant_request *request)
{
        const struct azure_options *o = options_of(request);
        char **groups = o ? o->management_groups : NULL;
        char **scopes = request->config ? request->config->scopes : NULL;
        json_t *list = json_array();

        if (groups && groups[0] && !groups[1])
                (void)json_array_append_new(list, json_sprintf(GROUP_PREFIX "%s", groups[0]));
        else if (groups && groups[0])
                (void)json_array_append_new(list, root_group(request));
        else
                for (; scopes && *scopes; scopes++)
                        (void)json_array_append_new(list,
                                                    json_sprintf("/subscriptions/%s", *scopes));
        if (json_array_size(list) == 0)
                (void)json_array_append_new(list, root_group(request));
        return list;
}

/* They are written into HCL too: what ids consist of means nothing there, anything else might. */
static int check_scopes(const json_t *scopes, struct error *err)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789.-_()/";
        const json_t *one;
        size_t i;

        json_array_foreach((json_t *)scopes, i, one)
        {
                const char *text = json_string_value(one);

                if (strspn(text, letters) != strlen(text))
                        return error_set(err, -EINVAL,
                                         "'%s' is no id of a management group or subscription",
                                         text);
        }
        return 0;
}

/* ---- the role, as 'az role definition create' takes it --------------------------------------- */

static int write_role(const json_t *actions, const json_t *scopes, struct buffer *document,
                      struct error *err)
{
        json_auto_t *role =
                json_pack("{ss sb ss sO s[] s[] s[] sO}", "Name", ROLE_NAME, "IsCustom", 1,
                          "Description", DESCRIPTION, "Actions", actions, "NotActions",
                          "DataActions", "NotDataActions", "AssignableScopes", scopes);
        _cleanup_(freep) char *text = role ? json_dumps(role, JSON_INDENT(2)) : NULL;

        if (!text)
                return error_oom(err);
        buffer_add(document, text);
        buffer_add(document, "\n");
        return 0;
}

/* ---- Terraform ------------------------------------------------------------------------------- */

/* Actions and ids are letters, digits and punctuation that means nothing in HCL. */
static void write_list(const json_t *list, const char *name, struct buffer *b, const char *margin)
{
        const json_t *one;
        size_t i;

        buffer_printf(b, "%s%s = [\n", margin, name);
        json_array_foreach(list, i, one)
        {
                buffer_printf(b, "%s  \"%s\",\n", margin, json_string_value(one));
        }
        buffer_printf(b, "%s]\n", margin);
}

static void write_terraform(const json_t *actions, const json_t *scopes, struct buffer *b)
{
        buffer_add(b, "variable \"principal_id\" {\n"
                      "  description = \"Object id of the service principal or managed identity "
                      "that vigie signs in as\"\n"
                      "  type        = string\n"
                      "}\n\n"
                      "locals {\n");
        write_list(scopes, "scopes", b, "  ");
        buffer_add(b, "}\n\n"
                      "resource \"azurerm_role_definition\" \"vigie_read\" {\n"
                      "  name        = \"" ROLE_NAME "\"\n"
                      "  description = \"" DESCRIPTION "\"\n"
                      "  scope       = local.scopes[0]\n\n"
                      "  permissions {\n");
        write_list(actions, "actions", b, "    ");
        buffer_add(b, "  }\n\n"
                      "  assignable_scopes = local.scopes\n"
                      "}\n\n"
                      "resource \"azurerm_role_assignment\" \"vigie_read\" {\n"
                      "  for_each           = toset(local.scopes)\n"
                      "  scope              = each.value\n"
                      "  role_definition_id = "
                      "azurerm_role_definition.vigie_read.role_definition_resource_id\n"
                      "  principal_id       = var.principal_id\n"
                      "}\n");
}

/* ---- for people ------------------------------------------------------------------------------ */

static const char *const role_notes[LANGUAGE_MAX] = {
        [LANGUAGE_EN] =
                "A custom role. Save it as vigie-read.json and, as an administrator:\n"
                "  az role definition create --role-definition @vigie-read.json\n"
                "  az ad app create --display-name vigie\n"
                "  az ad sp create --id APP_ID\n"
                "  az role assignment create --assignee APP_ID --role " ROLE_NAME " --scope SCOPE\n"
                "SCOPE is the one in AssignableScopes, or anything below it: assigned at a "
                "management group, the role covers the subscriptions below it, later ones too. "
                "TENANT_ID stands for the root management group. Then give the application a "
                "certificate (az ad app credential reset --id APP_ID --cert @vigie.pem --append), "
                "or let vigie run with a managed identity that has the role. The built-in role "
                "Reader allows all of this and more.\n",
        [LANGUAGE_FR] =
                "Un rôle personnalisé. Enregistrez-le sous vigie-read.json puis, en tant "
                "qu'administrateur :\n"
                "  az role definition create --role-definition @vigie-read.json\n"
                "  az ad app create --display-name vigie\n"
                "  az ad sp create --id APP_ID\n"
                "  az role assignment create --assignee APP_ID --role " ROLE_NAME " --scope SCOPE\n"
                "SCOPE est celui d'AssignableScopes, ou ce qui est en dessous : attribué à un "
                "groupe d'administration, le rôle vaut pour les abonnements placés dessous, y "
                "compris les suivants. TENANT_ID désigne le groupe d'administration racine. "
                "Donnez ensuite un certificat à l'application (az ad app credential reset --id "
                "APP_ID --cert @vigie.pem --append), ou faites tourner vigie avec une identité "
                "managée qui a ce rôle. Le rôle intégré Lecteur permet tout cela et davantage.\n",
};

static const char *const terraform_notes[LANGUAGE_MAX] = {
        [LANGUAGE_EN] =
                "For the azurerm provider: the role and its assignment to principal_id (the object "
                "id of the service principal, not the application's id). TENANT_ID stands for the "
                "root management group.\n",
        [LANGUAGE_FR] =
                "Pour le fournisseur azurerm : le rôle et son attribution à principal_id "
                "(l'identifiant d'objet du principal de service, pas celui de l'application). "
                "TENANT_ID désigne le groupe d'administration racine.\n",
};

int azure_grant(const struct grant_request *request, struct buffer *document, struct buffer *notes,
                struct error *err)
{
        bool terraform = request->format && strcmp(request->format, "terraform") == 0;
        json_auto_t *actions = NULL, *scopes = assignable_scopes(request);
        int r = scopes ? check_scopes(scopes, err) : error_oom(err);

        if (r == 0)
                r = read_actions(request, &actions, err);
        if (r < 0)
                return r;
        if (terraform)
                write_terraform(actions, scopes, document);
        else
                r = write_role(actions, scopes, document, err);
        buffer_add(notes, (terraform ? terraform_notes : role_notes)[request->language]);
        return r;
}
