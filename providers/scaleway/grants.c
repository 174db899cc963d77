#include "providers/scaleway/grants.h"

#include "daemon/base/json.h"
#include "providers/scaleway/account.h"

#include <errno.h>
#include <string.h>

enum {
        PAGE_SIZE = 100,
        REQUESTS_MAX = 12, /* a session ends after 16, and the organisation may have taken two */
        ATTEMPTS_MAX = 3,
        PATH_BYTES_MAX = 8 * 1024,
};

void grants_done(struct grants *g)
{
        free(g->principal);
        json_decref(g->groups);
        json_decref(g->policies);
        json_decref(g->rules);
        json_decref(g->projects);
        *g = (struct grants){ 0 };
}

static void end_unknown(struct grants *g, const char *what, const char *why)
{
        (void)snprintf(g->unknown, sizeof(g->unknown), "%.60s: %.240s", what, why);
        g->step = GRANTS_END;
}

/* ---- asking ------------------------------------------------------------------------------------
 */

static const char *const subjects[] = {
        [GRANTS_ASK_KEY] = "the API key",
        [GRANTS_ASK_BEARER] = "the bearer of the key",
        [GRANTS_ASK_GROUPS] = "the groups of its bearer",
        [GRANTS_ASK_POLICIES] = "the policies of its bearer",
        [GRANTS_ASK_GROUP_POLICIES] = "the policies of its bearer's groups",
        [GRANTS_ASK_RULES] = "the rules of its policies",
        [GRANTS_ASK_PROJECTS] = "the projects",
        [GRANTS_END] = "",
};

static void add_parameter(struct buffer *b, const char *name, const char *value)
{
        buffer_printf(b, "%s%s=", strchr(buffer_text(b), '?') ? "&" : "?", name);
        scaleway_encode(b, value);
}

static void add_page(const struct account *a, struct buffer *b)
{
        char number[16];

        add_parameter(b, "organization_id", a->credentials.organization);
        (void)snprintf(number, sizeof(number), "%u", a->grants.page + 1);
        add_parameter(b, "page", number);
        (void)snprintf(number, sizeof(number), "%d", PAGE_SIZE);
        add_parameter(b, "page_size", number);
}

static void write_path(const struct account *a, enum grants_step step, struct buffer *b)
{
        const struct grants *g = &a->grants;
        const char *bearer = g->is_user ? "user_ids" : "application_ids";
        json_t *group;
        size_t i;

        switch (step) {
        case GRANTS_ASK_KEY:
                buffer_add(b, "/iam/v1alpha1/api-keys/");
                scaleway_encode(b, a->credentials.access_key);
                break;
        case GRANTS_ASK_BEARER:
                buffer_printf(b, "/iam/v1alpha1/%s/", g->is_user ? "users" : "applications");
                scaleway_encode(b, g->principal);
                break;
        case GRANTS_ASK_GROUPS:
        case GRANTS_ASK_POLICIES:
                buffer_printf(b, "/iam/v1alpha1/%s",
                              step == GRANTS_ASK_GROUPS ? "groups" : "policies");
                add_page(a, b);
                add_parameter(b, bearer, g->principal);
                break;
        case GRANTS_ASK_GROUP_POLICIES:
                buffer_add(b, "/iam/v1alpha1/policies");
                add_page(a, b);
                json_array_foreach(g->groups, i, group)
                        add_parameter(b, "group_ids", json_string_value(group));
                break;
        case GRANTS_ASK_RULES:
                buffer_add(b, "/iam/v1alpha1/rules");
                add_page(a, b);
                add_parameter(b, "policy_id",
                              json_string_value(json_array_get(g->policies, g->next_policy)));
                break;
        case GRANTS_ASK_PROJECTS:
                buffer_add(b, "/account/v3/projects");
                add_page(a, b);
                break;
        case GRANTS_END:
                break;
        }
}

static int write_request(struct account *a, enum grants_step step, struct message_request *req,
                         struct error *err)
{
        struct buffer path = BUFFER_INIT(PATH_BYTES_MAX);
        int r;

        write_path(a, step, &path);
        r = buffer_error(&path);
        if (r >= 0)
                r = scaleway_request_get(a, buffer_text(&path), req, err);
        else
                r = error_set(err, r, "too many groups to ask for their policies");
        buffer_done(&path);
        return r < 0 ? r : SIGN_IN_REQUEST;
}

static bool names_projects(const struct grants *g)
{
        json_t *rule;
        size_t i;

        json_array_foreach(g->rules, i, rule)
        {
                if (json_array_size(json_object_get(rule, "project_ids")) > 0)
                        return true;
        }
        return false;
}

/* Steps that there is nothing to ask in are passed over. */
static void skip_steps(struct account *a)
{
        struct grants *g = &a->grants;

        if (g->step == GRANTS_ASK_KEY && !a->credentials.access_key)
                end_unknown(g, "the key's policies cannot be looked up",
                            "its access key is not known (set SCW_ACCESS_KEY)");
        if (g->step == GRANTS_ASK_GROUP_POLICIES && json_array_size(g->groups) == 0)
                g->step = GRANTS_ASK_RULES;
        if (g->step == GRANTS_ASK_RULES && g->next_policy >= json_array_size(g->policies))
                g->step = GRANTS_ASK_PROJECTS;
        if (g->step == GRANTS_ASK_PROJECTS && (a->config->scopes || !names_projects(g)))
                g->step = GRANTS_END;
        if (g->step < GRANTS_ASK_PROJECTS && g->requests >= REQUESTS_MAX)
                end_unknown(g, subjects[g->step], "there are more than signing in looks at");
        else if (g->step == GRANTS_ASK_PROJECTS && g->requests >= REQUESTS_MAX) {
                json_decref(g->projects); /* some of them are not all */
                g->projects = NULL;
                g->step = GRANTS_END;
        }
}

int grants_request(struct account *a, const struct scope *scope, struct message_request *req,
                   struct error *err)
{
        struct grants *g = &a->grants;
        int r;

        skip_steps(a);
        if (g->step == GRANTS_END)
                return SIGN_IN_READY;
        if (g->asking && g->asker != scope) /* ask something while another session gets there */
                return write_request(a, GRANTS_ASK_KEY, req, err);
        g->asking = true;
        g->asker = scope;
        r = write_request(a, g->step, req, err);
        if (r == SIGN_IN_REQUEST)
                g->requests++;
        return r;
}

/* ---- learning ----------------------------------------------------------------------------------
 */

static bool add_all(json_t **list, const json_t *items, const char *member)
{
        json_t *item;
        size_t i;

        if (!*list && !(*list = json_array()))
                return false;
        json_array_foreach((json_t *)items, i, item)
        {
                json_t *value = member ? json_object_get(item, member) : item;

                if (value && json_array_append(*list, value) < 0)
                        return false;
        }
        return true;
}

/* One page of a list. */
static int learn_page(struct grants *g, const json_t *body, const char *items, json_t **list,
                      const char *member, enum grants_step next)
{
        const json_t *page = json_object_get(body, items);
        const json_t *total = json_object_get(body, "total_count");

        if (!json_is_array(page)) {
                end_unknown(g, subjects[g->step], "the reply has no list of them");
                return 0;
        }
        if (!add_all(list, page, member))
                return -ENOMEM;
        g->page++;
        g->seen += json_array_size(page); /* pages may be smaller than asked for */
        if (json_array_size(page) == 0 ||
            (total && (json_int_t)g->seen >= json_integer_value(total))) {
                g->seen = 0;
                g->page = 0;
                g->next_policy += g->step == GRANTS_ASK_RULES;
                g->step = next;
        }
        return 0;
}

static int learn_key(struct grants *g, const json_t *body)
{
        const char *application = json_member_string(body, "application_id");
        const char *user = json_member_string(body, "user_id");
        const char *principal = application && *application ? application : user;

        if (!principal || !*principal) {
                end_unknown(g, subjects[g->step], "nobody is named as its bearer");
                return 0;
        }
        g->principal = strdup(principal);
        g->is_user = principal == user;
        g->step = GRANTS_ASK_BEARER;
        return g->principal ? 0 : -ENOMEM;
}

/* A key of another organisation sees nothing of this one, and what is listed without asking for an
 * organisation would be the other's. */
static int learn_bearer(struct account *a, const json_t *body, struct error *err)
{
        const char *type = json_member_string(body, "type");
        const char *own = json_member_string(body, "organization_id");
        const char *asked = a->credentials.organization;
        struct grants *g = &a->grants;

        if (own && own[0] != '\0' && strcmp(own, asked) != 0) {
                (void)snprintf(a->refused, sizeof(a->refused),
                               "the API key %s (%s) belongs to the organisation %.64s, not to "
                               "%.64s: correct organization_id, or give vigie a key of that "
                               "organisation",
                               a->credentials.access_key, a->credentials.source, own, asked);
                return error_set(err, -EACCES, "%s", a->refused);
        }
        g->everything = g->is_user && type && strcmp(type, "owner") == 0;
        g->step = g->everything ? GRANTS_END : GRANTS_ASK_GROUPS;
        return 0;
}

static int learn(struct account *a, const json_t *body, struct error *err)
{
        struct grants *g = &a->grants;

        switch (g->step) {
        case GRANTS_ASK_KEY:
                account_learn_expiry(a, body);
                return learn_key(g, body);
        case GRANTS_ASK_BEARER:
                return learn_bearer(a, body, err);
        case GRANTS_ASK_GROUPS:
                return learn_page(g, body, "groups", &g->groups, "id", GRANTS_ASK_POLICIES);
        case GRANTS_ASK_POLICIES:
                return learn_page(g, body, "policies", &g->policies, "id",
                                  GRANTS_ASK_GROUP_POLICIES);
        case GRANTS_ASK_GROUP_POLICIES:
                return learn_page(g, body, "policies", &g->policies, "id", GRANTS_ASK_RULES);
        case GRANTS_ASK_RULES:
                return learn_page(g, body, "rules", &g->rules, NULL, GRANTS_ASK_RULES);
        case GRANTS_ASK_PROJECTS:
                return learn_page(g, body, "projects", &g->projects, "id", GRANTS_END);
        case GRANTS_END:
                break;
        }
        return 0;
}

static void on_unreadable(struct grants *g, const char *text)
{
        if (g->step != GRANTS_ASK_PROJECTS) {
                end_unknown(g, subjects[g->step], text);
                return;
        }
        json_decref(g->projects);
        g->projects = NULL;
        g->step = GRANTS_END;
}

int grants_reply(struct account *a, const struct scope *scope, const struct message_reply *reply,
                 struct error *err)
{
        struct grants *g = &a->grants;
        struct reply_meaning m;
        int r = 0;

        scaleway_interpret(a, NULL, reply, &m);
        if (m.kind == REPLY_EXPIRED || m.kind == REPLY_UNAUTHENTICATED)
                r = error_set(err, -EACCES, "%s", m.text);
        else if (g->asker != scope || g->step == GRANTS_END)
                r = 0; /* what was asked while waiting */
        else if (m.kind == REPLY_OK)
                r = learn(a, m.body, err);
        else if ((m.kind == REPLY_THROTTLED || m.kind == REPLY_TRANSIENT) &&
                 ++g->attempts < ATTEMPTS_MAX)
                r = error_set(err, -EAGAIN, "reading what the key may do: %s", m.text);
        else
                on_unreadable(g, m.text);
        json_decref(m.body);
        return r == -ENOMEM ? error_oom(err) : r;
}
