/* A template of CloudFormation: the role that reads, for one account as a stack, for an
 * organisation's as a StackSet. */
#include "providers/aws/policy.h"

#include "daemon/base/json.h"

#include <errno.h>

static json_t *parameters(const struct aws_role_name *role)
{
        return json_pack("{s{ss ss ss} s{ss si si ss ss} s{ss ss ss ss}}", "TrustedAccountId",
                         "Type", "String", "AllowedPattern", "^[0-9]{12}$", "Description",
                         "The account whose identities may assume the role: vigie signs in there.",
                         "ExternalId", "Type", "String", "MinLength", 2, "MaxLength", 1224,
                         "AllowedPattern", "^[\\w+=,.@:/-]+$", "Description",
                         "What vigie says when it assumes the role: external_id in vigie.yaml.",
                         "RoleName", "Type", "String", "Default", role->name, "AllowedPattern",
                         "^[\\w+=,.@-]{1,64}$", "Description",
                         "The role's name: role in vigie.yaml.");
}

static json_t *trust(void)
{
        return json_pack("{ss s[{ss s{s{ss}} ss s{s{s{ss}}}}]}", "Version", "2012-10-17",
                         "Statement", "Effect", "Allow", "Principal", "AWS", "Fn::Sub",
                         "arn:${AWS::Partition}:iam::${TrustedAccountId}:root", "Action",
                         "sts:AssumeRole", "Condition", "StringEquals", "sts:ExternalId", "Ref",
                         "ExternalId");
}

static json_t *resources(const json_t *documents, const struct aws_role_name *role)
{
        json_t *all = json_object(), *refs = json_array(), *document;
        size_t i, n = json_array_size(documents);

        json_array_foreach(documents, i, document)
        {
                char name[32];

                (void)snprintf(name, sizeof(name), "ReadPolicy%zu", i + 1);
                (void)json_object_set_new(
                        all, name,
                        json_pack("{ss s{so sO}}", "Type", "AWS::IAM::ManagedPolicy", "Properties",
                                  "Description",
                                  json_sprintf("What vigie reads, part %zu of %zu", i + 1, n),
                                  "PolicyDocument", document));
                (void)json_array_append_new(refs, json_pack("{ss}", "Ref", name));
        }
        (void)json_object_set_new(
                all, "Role",
                json_pack("{ss s{s{ss} ss ss si so so}}", "Type", "AWS::IAM::Role", "Properties",
                          "RoleName", "Ref", "RoleName", "Path", role->path, "Description",
                          "Read by vigie: lists and descriptions, no content", "MaxSessionDuration",
                          3600, "AssumeRolePolicyDocument", trust(), "ManagedPolicyArns", refs));
        return all;
}

static const char create[] =
        "  aws cloudformation create-stack-set --stack-set-name vigie-read --template-body "
        "file://vigie.json \\\n"
        "    --permission-model SERVICE_MANAGED --auto-deployment "
        "Enabled=true,RetainStacksOnAccountRemoval=false \\\n"
        "    --capabilities CAPABILITY_NAMED_IAM --parameters "
        "ParameterKey=TrustedAccountId,ParameterValue=ACCOUNT "
        "ParameterKey=ExternalId,ParameterValue=ID\n"
        "  aws cloudformation create-stack-instances --stack-set-name vigie-read "
        "--deployment-targets OrganizationalUnitIds=ROOT --regions REGION\n";

static void note(const struct grant_request *request, size_t bytes, struct buffer *notes)
{
        bool french = request->language == LANGUAGE_FR;

        buffer_add(notes, french ? "Pour les comptes d'une organisation, dans une seule région, "
                                   "car un rôle n'a pas de région :\n"
                                 : "For the accounts of an organisation, in one region only, as "
                                   "roles have no region:\n");
        buffer_add(notes, create);
        buffer_add(notes, french ? "Le compte de gestion n'est pas atteint : attachez-y les "
                                   "politiques de --format policy, ou créez-y une pile du même "
                                   "modèle.\n"
                                 : "It does not reach the management account: attach the policies "
                                   "of --format policy there, or create a stack of the same "
                                   "template.\n");
        if (bytes > AWS_TEMPLATE_BODY_BYTES)
                buffer_printf(notes,
                              french ? "Le modèle a %zu octets, plus que les %d que "
                                       "--template-body admet : déposez-le dans un bucket et "
                                       "donnez --template-url.\n"
                                     : "The template has %zu bytes, more than the %d that "
                                       "--template-body takes: put it in a bucket and give "
                                       "--template-url.\n",
                              bytes, AWS_TEMPLATE_BODY_BYTES);
}

int aws_policy_cloudformation(const struct grant_request *request, const json_t *documents,
                              struct buffer *document, struct buffer *notes, struct error *err)
{
        json_auto_t *template = NULL;
        _cleanup_(freep) char *text = NULL;
        struct aws_role_name role;

        aws_role_name_of(request, &role);
        template = json_pack("{ss ss so so s{s{ss s{s[ss]}}}}", "AWSTemplateFormatVersion",
                             "2010-09-09", "Description",
                             "The role with which vigie reads which AI services an account runs: "
                             "what its catalogue asks, and nothing else.",
                             "Parameters", parameters(&role), "Resources",
                             resources(documents, &role), "Outputs", "RoleArn", "Description",
                             "The role that vigie assumes", "Value", "Fn::GetAtt", "Role", "Arn");
        if (template)
                text = json_dumps(template, JSON_INDENT(2));
        if (!text)
                return error_oom(err);
        buffer_add(document, text);
        buffer_add(document, "\n");
        note(request, document->size_bytes, notes);
        return 0;
}
