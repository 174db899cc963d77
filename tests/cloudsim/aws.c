#include "tests/cloudsim/aws.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/iam.h"
#include "tests/cloudsim/identity.h"
#include "tests/cloudsim/meter.h"
#include "tests/cloudsim/sigv4.h"
#include "tests/cloudsim/world.h"

static const struct {
        const char *suffix, *partition, *global_region;
} suffixes[] = {
        { ".amazonaws.com.cn", "aws-cn", "cn-northwest-1" },
        { ".amazonaws.com", "aws", "us-east-1" },
        { ".amazonaws.eu", "aws-eusc", "eusc-de-east-1" },
        { ".api.aws", "aws", "us-east-1" },
        { ".api.amazonwebservices.eu", "aws-eusc", "eusc-de-east-1" },
        { ".api.amazonwebservices.com.cn", "aws-cn", "cn-northwest-1" },
};

static bool ends_with(const char *text, const char *end)
{
        size_t n = strlen(text), m = strlen(end);

        return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_region(const char *label)
{
        size_t n = strlen(label);

        return n > 3 && isdigit((unsigned char)label[n - 1]) && strchr(label, '-');
}

bool aws_claims(const struct request *q)
{
        const char *authorization = request_header(q, "Authorization");

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
                if (ends_with(q->host, suffixes[i].suffix))
                        return true;
        return authorization && strncmp(authorization, "AWS4-", 5) == 0;
}

/* "api.sagemaker.eu-west-3.amazonaws.com" → prefix, region, partition. */
static bool route_by_host(struct aws_call *c)
{
        char name[256], *region;

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
                if (!ends_with(c->q->host, suffixes[i].suffix))
                        continue;
                (void)snprintf(name, sizeof(name), "%.*s",
                               (int)(strlen(c->q->host) - strlen(suffixes[i].suffix)), c->q->host);
                region = strrchr(name, '.');
                if (region && is_region(region + 1))
                        *region++ = '\0';
                else
                        region = NULL;
                (void)snprintf(c->q->region, sizeof(c->q->region), "%s",
                               region ? region : suffixes[i].global_region);
                c->partition = strncmp(c->q->region, "us-gov-", 7) == 0 ? "aws-us-gov"
                                                                        : suffixes[i].partition;
                c->service = service_by_prefix(name);
                (void)snprintf(c->q->service, sizeof(c->q->service), "%.63s",
                               c->service ? c->service->name : name);
                return true;
        }
        return false;
}

static const struct operation *find_operation(const struct aws_call *c,
                                              const struct service *service)
{
        const char *target = request_header(c->q, "X-Amz-Target");
        size_t n = service->target ? strlen(service->target) : 0;
        char text[64];
        const char *action = request_param(c->q, "Action", text);

        for (size_t t = 0; t < OPERATION_TABLES; t++)
                for (const struct operation *o = operations_table(t); o->service; o++) {
                        if (strcmp(o->service, service->name) != 0)
                                continue;
                        if (o->path) {
                                if (strcmp(o->method, c->q->method) == 0 &&
                                    (!o->with || request_param(c->q, o->with, text)) &&
                                    request_match_path(c->q, o->path, false))
                                        return o;
                        } else if (service->target) {
                                if (target && strncmp(target, service->target, n) == 0 &&
                                    target[n] == '.' && strcmp(target + n + 1, o->name) == 0)
                                        return o;
                        } else if (action && strcmp(action, o->name) == 0) {
                                return o;
                        }
                }
        return NULL;
}

/* With an endpoint override the host says nothing: the credential scope and the path do. */
static bool route_by_scope(struct aws_call *c)
{
        const char *header = request_header(c->q, "Authorization");
        const struct service *service = NULL;
        struct sigv4_authorization a;

        if (!header || sigv4_parse(header, &a) < 0)
                return false;
        (void)snprintf(c->q->region, sizeof(c->q->region), "%s", a.region);
        (void)snprintf(c->q->service, sizeof(c->q->service), "%s", a.service);
        c->partition = strncmp(a.region, "eusc-", 5) == 0     ? "aws-eusc"
                       : strncmp(a.region, "cn-", 3) == 0     ? "aws-cn"
                       : strncmp(a.region, "us-gov-", 7) == 0 ? "aws-us-gov"
                                                              : "aws";
        while ((service = service_by_signing(a.service, service))) {
                if (!c->service || find_operation(c, service))
                        c->service = service;
                if (find_operation(c, service))
                        break;
        }
        if (c->service)
                (void)snprintf(c->q->service, sizeof(c->q->service), "%s", c->service->name);
        return true;
}

static bool is_form(const struct request *q)
{
        const char *type = request_header(q, "Content-Type");

        return type && strncmp(type, "application/x-www-form-urlencoded", 33) == 0;
}

static void read_operation(struct aws_call *c)
{
        struct request *q = c->q;
        const char *authorization = request_header(q, "Authorization");
        const char *target = request_header(q, "X-Amz-Target");
        struct sigv4_authorization a;
        char text[64];
        const char *action = request_param(q, "Action", text);

        c->operation = c->service ? find_operation(c, c->service) : NULL;
        if (c->operation) {
                (void)snprintf(q->operation, sizeof(q->operation), "%s", c->operation->name);
                if (c->operation->path)
                        (void)request_match_path(q, c->operation->path, true);
        } else if (target || action) {
                const char *dot = target ? strrchr(target, '.') : NULL;

                (void)snprintf(q->operation, sizeof(q->operation), "%s",
                               action ? action : (dot ? dot + 1 : target));
        } else {
                (void)snprintf(q->operation, sizeof(q->operation), "%.15s %.100s", q->method,
                               q->path);
        }
        if (!authorization || sigv4_parse(authorization, &a) < 0)
                return;
        (void)snprintf(q->access_key, sizeof(q->access_key), "%s", a.access_key);
        c->identity = identity_find(q->sim, a.access_key);
        if (c->identity)
                (void)snprintf(q->account, sizeof(q->account), "%s",
                               json_member_string(c->identity, "account"));
}

static enum aws_refusal check_content(const struct aws_call *c)
{
        const char *type = request_header(c->q, "Content-Type");
        const char *wanted = c->service->protocol == PROTOCOL_JSON_1_0
                                     ? "application/x-amz-json-1.0"
                                     : "application/x-amz-json-1.1";

        if (!c->service->target)
                return AWS_OK;
        if (!type || strcmp(type, wanted) != 0 || strcmp(c->q->method, "POST") != 0)
                return AWS_NO_OPERATION;
        return c->q->body.size_bytes ? AWS_OK : AWS_BAD_REQUEST;
}

static bool service_is_absent(const struct aws_call *c)
{
        size_t i;
        json_t *name;

        json_array_foreach(world_at(c->q->sim->world, "aws", "absent", c->q->region), i, name)
        {
                if (json_is_string(name) && strcmp(json_string_value(name), c->q->service) == 0)
                        return true;
        }
        return false;
}

static enum aws_refusal check_region(const struct aws_call *c)
{
        const char *status = aws_region_status(c->q->sim, c->q->account, c->q->region);

        if (c->q->effects.region_off)
                return AWS_REGION_OFF;
        if (c->service->global)
                return AWS_OK;
        return strncmp(status, "ENABLED", 7) == 0 ? AWS_OK : AWS_REGION_OFF;
}

/* The order AWS uses: who are you, may you be here, may you do this. */
static enum aws_refusal check(struct aws_call *c)
{
        bool unsigned_call =
                c->operation && strcmp(c->operation->name, "AssumeRoleWithWebIdentity") == 0;
        enum aws_refusal r = AWS_OK;

        if (!unsigned_call) {
                r = aws_authenticate(c);
                if (r == AWS_OK)
                        r = check_region(c);
        }
        if (r == AWS_OK && c->q->effects.api_off)
                r = AWS_API_OFF;
        if (r == AWS_OK && c->q->effects.denied)
                r = AWS_DENIED;
        if (r == AWS_OK && !unsigned_call && !iam_allows(c, c->why))
                r = AWS_DENIED;
        if (r == AWS_OK)
                r = check_content(c);
        if (r == AWS_OK && !c->operation)
                r = AWS_NO_OPERATION;
        return r;
}

/* "Signature expired: … is now earlier than … (… - 5 min.)", what clients read the skew from. */
static void refuse_time(struct aws_call *c)
{
        const char *date = request_header(c->q, "X-Amz-Date");
        uint64_t now = sim_now_usec(c->q->sim) + (uint64_t)c->q->effects.skew_usec;
        char limit[CLOCK_TEXT_MAX], at[CLOCK_TEXT_MAX], message[256];

        (void)snprintf(message, sizeof(message),
                       "Signature expired: %.32s is now earlier than %s (%s - 5 min.)",
                       date ? date : "", clock_format_compact(now - 5 * USEC_PER_MINUTE, limit),
                       clock_format_compact(now, at));
        aws_refuse(c, AWS_BAD_TIME, message);
}

static void fault_error(struct request *q, unsigned status, const char *code, const char *message)
{
        struct aws_call c = { .q = q, .service = service_by_name(q->service) };

        aws_error(&c, status, code, message);
}

static void parse(struct aws_call *c)
{
        struct request *q = c->q;
        const char *instance = request_header(q, "instance-id"); /* Q Apps has a parameter there */

        if (instance)
                request_set_param(q, "instance-id", instance);

        request_parse_pairs(q, q->query);
        if (is_form(q))
                request_parse_pairs(q, buffer_text(&q->body));
}

void aws_answer(struct request *q)
{
        struct aws_call c = { .q = q, .partition = "aws" };
        bool json_is_good = true, routed;
        enum aws_refusal r;

        (void)snprintf(q->provider, sizeof(q->provider), "aws");
        parse(&c);
        routed = route_by_host(&c) || route_by_scope(&c);
        if (routed && c.service && !is_form(q))
                json_is_good = request_parse_json(q) == 0;
        read_operation(&c);
        aws_peek_page(&c); /* the page is part of what faults match, and travels in the token */
        faults_match(q);
        aws_s3_peek(&c);
        reply_header(&q->reply, "x-amzn-RequestId", "sim-%llu",
                     (unsigned long long)q->sim->requests);
        if (!routed || !c.service || service_is_absent(&c)) {
                aws_error(&c, 404, "UnknownOperationException", "service absent");
                return;
        }
        if (faults_answer(q, fault_error))
                return;
        r = check(&c);
        if (r == AWS_OK && meter_budget(q))
                r = AWS_THROTTLED;
        if (r == AWS_OK && !json_is_good)
                r = AWS_BAD_REQUEST;
        if (r == AWS_BAD_TIME)
                refuse_time(&c);
        else if (r != AWS_OK)
                aws_refuse(&c, r, r == AWS_DENIED && c.why[0] ? c.why : q->effects.message);
        else if (!aws_sts(&c) && !aws_iam(&c) && !aws_discovery(&c) && !aws_s3(&c) &&
                 !aws_usage(&c))
                aws_reply(&c);
}
