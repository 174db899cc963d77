/* Users, groups, roles and policies of an account, with their documents. */
#include <string.h>

#include "daemon/base/cleanup.h"
#include "tests/cloudsim/aws.h"

static const struct {
        const char *filter, *items;
} lists[] = {
        { "User", "UserDetailList" },
        { "Group", "GroupDetailList" },
        { "Role", "RoleDetailList" },
};

/* The first filter decides: a world has policies of both kinds in one list. */
bool aws_iam(struct aws_call *c)
{
        const struct operation *as_listed = c->operation;
        struct operation o;
        char text[64];
        const char *filter;

        if (strcmp(c->service->name, "iam") != 0)
                return false;
        o = *as_listed;
        filter = request_param(c->q, "Filter.member.1", text);
        for (size_t i = 0; filter && i < ELEMENTSOF(lists); i++)
                if (strcmp(lists[i].filter, filter) == 0)
                        o.items = lists[i].items;
        c->operation = &o;
        aws_reply(c);
        c->operation = as_listed;
        return true;
}
