#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/aws.h"
#include "tests/cloudsim/world.h"

/* Regions that every account has without asking; the rest are opt-in. */
static const char *const default_regions[] = {
        "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2",      "ca-central-1",
        "sa-east-1",      "eu-central-1",   "eu-west-1",      "eu-west-2",      "eu-west-3",
        "eu-north-1",     "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
        "ap-southeast-1", "ap-southeast-2", "eusc-de-east-1", "us-gov-west-1",  "us-gov-east-1",
        "cn-north-1",     "cn-northwest-1",
};

static bool is_default(const char *region)
{
        for (size_t i = 0; i < ELEMENTSOF(default_regions); i++)
                if (strcmp(default_regions[i], region) == 0)
                        return true;
        return false;
}

static bool is_listed(const struct sim *s, const char *account, const char *list,
                      const char *region)
{
        json_t *name;
        size_t i;

        json_array_foreach(world_at(s->world, "aws", "accounts", account, "regions", list), i, name)
        {
                if (json_is_string(name) && strcmp(json_string_value(name), region) == 0)
                        return true;
        }
        return false;
}

/* A world lists the regions it speaks of; those that are on by default answer even when it does
 * not, as sign-in goes to one of them. */
const char *aws_region_status(const struct sim *s, const char *account, const char *region)
{
        if (is_default(region) && !is_listed(s, account, "disabled", region))
                return "ENABLED_BY_DEFAULT";
        return is_listed(s, account, "enabled", region) ? "ENABLED" : "DISABLED";
}

static json_t *region_row(const struct aws_call *c, const char *region)
{
        const char *status = aws_region_status(c->q->sim, c->q->account, region);
        bool on = strncmp(status, "ENABLED", 7) == 0;

        if (c->service->protocol != PROTOCOL_EC2)
                return json_pack("{ss ss}", "RegionName", region, "RegionOptStatus", status);
        return json_pack("{ss so ss}", "regionName", region, "regionEndpoint",
                         json_sprintf("ec2.%s.amazonaws.com", region), "optInStatus",
                         is_default(region) ? "opt-in-not-required"
                         : on               ? "opted-in"
                                            : "not-opted-in");
}

static json_t *regions(const struct aws_call *c)
{
        static const char *const keys[] = { "enabled", "disabled" };
        json_t *all = json_array(), *name;
        size_t i;

        for (size_t k = 0; k < ELEMENTSOF(keys); k++)
                json_array_foreach(world_at(c->q->sim->world, "aws", "accounts", c->q->account,
                                            "regions", keys[k]),
                                   i, name)
                {
                        if (json_is_string(name))
                                (void)json_array_append_new(all,
                                                            region_row(c, json_string_value(name)));
                }
        return all;
}

static bool has_member(const json_t *organization, const char *account)
{
        json_t *id;
        size_t i;

        json_array_foreach(json_object_get(organization, "accounts"), i, id)
        {
                if (json_is_string(id) && strcmp(json_string_value(id), account) == 0)
                        return true;
        }
        return false;
}

/* Of several, the one that lists the account; the only one of a world has all of its accounts. */
static json_t *organization(const struct aws_call *c)
{
        json_t *one;
        const char *id;

        json_object_foreach(world_at(c->q->sim->world, "aws", "organizations"), id, one)
        {
                if (has_member(one, c->q->account))
                        return one;
        }
        return world_at(c->q->sim->world, "aws", "organization");
}

/* The management account, or one that it has handed this over to. */
static bool may_list(const struct aws_call *c)
{
        const json_t *delegated = json_object_get(organization(c), "delegated");
        json_t *id;
        size_t i;

        json_array_foreach(delegated, i, id)
        {
                if (json_is_string(id) && strcmp(json_string_value(id), c->q->account) == 0)
                        return true;
        }
        return strcmp(json_member_string(organization(c), "management_account"), c->q->account) ==
               0;
}

static json_t *member_row(const struct aws_call *c, const char *id, const json_t *account)
{
        const char *name = json_member_string(account, "name");
        const char *of = json_member_string(organization(c), "id");
        const char *state = json_member_string(account, "state");
        const char *status = json_member_string(account, "status");
        const char *path = json_member_string(account, "path"); /* "r-ab12/ou-ab12-00000001" */
        json_t *row;

        if (!state && !status)
                state = status = "ACTIVE";
        row = json_pack("{ss so ss so ss* ss* ss sf}", "Id", id, "Arn",
                        json_sprintf("arn:%s:organizations::%s:account/%s/%s", c->partition,
                                     json_member_string(organization(c), "management_account"),
                                     of ? of : "o-example", id),
                        "Name", name ? name : id, "Email", json_sprintf("aws+%s@example.com", id),
                        "Status", status, "State", state, "JoinedMethod", "CREATED",
                        "JoinedTimestamp", 1672531200.5);
        if (path)
                (void)json_object_set_new(
                        row, "Paths",
                        json_pack("[o]",
                                  json_sprintf("%s/%s/%s/", of ? of : "o-example", path, id)));
        return row;
}

static json_t *members(const struct aws_call *c)
{
        json_t *all = json_array(), *account;
        const char *id;

        json_object_foreach(world_at(c->q->sim->world, "aws", "accounts"), id, account)
        {
                if (json_object_get(organization(c), "accounts") &&
                    !has_member(organization(c), id))
                        continue;
                (void)json_array_append_new(all, member_row(c, id, account));
        }
        return all;
}

static bool organizations(struct aws_call *c)
{
        const char *management = json_member_string(organization(c), "management_account");
        const char *id = json_member_string(organization(c), "id");
        json_auto_t *reply = NULL;

        if (!management) {
                aws_error(c, 400, "AWSOrganizationsNotInUseException",
                          "Your account is not a member of an organization.");
                return true;
        }
        if (strcmp(c->operation->name, "DescribeOrganization") == 0) {
                reply = json_pack("{s{ss ss ss}}", "Organization", "Id", id ? id : "o-example",
                                  "MasterAccountId", management, "FeatureSet", "ALL");
                aws_reply_json(c, reply);
        } else if (!may_list(c)) {
                aws_refuse(c, AWS_DENIED, NULL);
        } else if (strcmp(c->operation->name, "ListAccounts") == 0) {
                aws_reply_list(c, members(c));
        } else {
                return false; /* as the world says it */
        }
        return true;
}

static bool has_all_regions(const struct aws_call *c)
{
        char text[64];
        const char *all = request_param(c->q, "AllRegions", text);

        return all && strcmp(all, "true") == 0;
}

static void describe_regions(struct aws_call *c)
{
        json_auto_t *all = regions(c), *reply = NULL;

        for (size_t i = json_array_size(all); i-- > 0 && !has_all_regions(c);)
                if (strcmp(json_member_string(json_array_get(all, i), "optInStatus"),
                           "not-opted-in") == 0)
                        (void)json_array_remove(all, i);
        reply = json_pack("{sO}", "regionInfo", all);
        aws_reply_json(c, reply);
}

bool aws_discovery(struct aws_call *c)
{
        if (strcmp(c->service->name, "organizations") == 0)
                return organizations(c);
        if (strcmp(c->operation->name, "ListRegions") == 0)
                aws_reply_list(c, regions(c));
        else if (strcmp(c->operation->name, "DescribeRegions") == 0)
                describe_regions(c);
        else
                return false;
        return true;
}
