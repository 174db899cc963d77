/* A reply's meaning for this account: clock, credentials in force, hosts that are not there. */
#include "providers/aws/account.h"

#include "daemon/base/clock.h"

#include <errno.h>
#include <string.h>

static const int64_t skew_min_usec = 4 * (int64_t)USEC_PER_MINUTE;

bool aws_learn_offset(struct account *a, const struct message_reply *reply)
{
        uint64_t date_usec;
        int64_t offset_usec, change_usec;
        char date[64];

        if (!message_reply_header(reply, "date", date, sizeof(date)) ||
            clock_parse_http_date(date, &date_usec) < 0)
                return false;
        offset_usec = (int64_t)(date_usec - reply->received_usec);
        change_usec = offset_usec - a->offset_usec;
        if (change_usec > -skew_min_usec && change_usec < skew_min_usec)
                return false;
        a->offset_usec = offset_usec;
        return true;
}

/* Whoever reads that credentials are refused wants to know which. */
static void add_source(const struct account *a, struct reply_meaning *ret)
{
        size_t n = strlen(ret->text);

        if (n < sizeof(ret->text))
                (void)snprintf(ret->text + n, sizeof(ret->text) - n,
                               "%s(credentials: %s, in partition %s)", n > 0 ? " " : "", a->source,
                               a->partition->name);
}

static void settle(struct account *a, const struct identity *id, const struct message_reply *reply,
                   const struct aws_reading *reading, struct reply_meaning *ret)
{
        if (reading->clock && aws_learn_offset(a, reply))
                ret->kind = REPLY_SKEWED;
        else if (reading->session && id && id->credentials.token)
                ret->kind = REPLY_EXPIRED;
        if (ret->kind != REPLY_OK && id)
                aws_account_redact(a, id, ret->text);
}

void aws_interpret_for(struct account *a, const struct identity *id, enum aws_protocol protocol,
                       const char *operation, const struct message_reply *reply,
                       struct reply_meaning *ret)
{
        struct aws_reading reading;

        aws_reply_read(reply, protocol, operation, ret, &reading);
        settle(a, id, reply, &reading, ret);
}

/* HeadBucket tells the bucket's region in a header whatever else it answers. */
static bool is_bucket_region(const struct call_instance *call, const struct message_reply *reply,
                             struct reply_meaning *ret)
{
        char region[AWS_REGION_MAX];

        if (strcmp(call->call->name, "HeadBucket") != 0 || reply->transport != TRANSPORT_OK ||
            reply->status == 404 ||
            !message_reply_header(reply, "x-amz-bucket-region", region, sizeof(region)) ||
            !aws_account_region_valid(region))
                return false;
        *ret = (struct reply_meaning){ .kind = REPLY_OK };
        (void)message_reply_header(reply, "x-amz-request-id", ret->request_id,
                                   sizeof(ret->request_id));
        ret->body = json_pack("{ss}", "BucketRegion", region);
        return ret->body != NULL;
}

/* Codes with which a service's lists say that the account does not use it ("not_in_use" of its
 * options): "not found" is such a word where there is nothing above the list but the account. */
static bool is_not_in_use(const struct call *call, const struct reply_meaning *meaning)
{
        const json_t *codes = json_object_get(call->service->options, "not_in_use");
        const char *code;
        json_t *value;
        size_t i;

        if (!call->collector || call != &call->collector->list || call->collector->per ||
            meaning->kind == REPLY_OK)
                return false;
        json_array_foreach((json_t *)codes, i, value)
        {
                code = json_string_value(value);
                if (code && strcmp(code, meaning->code) == 0)
                        return true;
        }
        return false;
}

void aws_interpret(struct account *a, const struct call_instance *call,
                   const struct message_reply *reply, struct reply_meaning *ret)
{
        enum aws_protocol protocol = aws_protocol_from_name(call->call->service->protocol);

        if (protocol == AWS_REST_XML && is_bucket_region(call, reply, ret))
                return;
        aws_interpret_for(a, identity_find(a, call->scope), protocol, call->call->name, reply, ret);
        if (is_not_in_use(call->call, ret))
                ret->kind = REPLY_OFF;
        if (ret->kind == REPLY_UNAUTHENTICATED || ret->kind == REPLY_EXPIRED)
                add_source(a, ret);
        if (protocol == AWS_REST_XML && reply->status == 404 && ret->kind == REPLY_ABSENT)
                ret->kind = REPLY_GONE; /* the answer to HEAD has no body to name the code in */
        /* a bare status from an endpoint of one's own tells nothing of AWS either */
        if (ret->kind == REPLY_ABSENT && !ret->stated && (a->has_endpoint || a->endpoints)) {
                ret->kind = REPLY_REFUSED;
                (void)snprintf(ret->text, sizeof(ret->text),
                               "%.120s does not answer this call, and does not say why",
                               call->host);
        }
        /* AWS's hosts have names where the service is offered only; another's endpoint, or a
         * network without names, tells nothing of it */
        if (reply->transport == TRANSPORT_UNRESOLVED && reply->network_up && !a->has_endpoint &&
            !a->endpoints) {
                ret->kind = REPLY_ABSENT;
                ret->stated = true;
                (void)snprintf(ret->text, sizeof(ret->text),
                               "there is no host %.200s: the service is not offered there",
                               call->host);
        }
}

/* STS is in every region. Whoever gives endpoints of his own is not asked about AWS's hosts. */
char *aws_witness(const struct account *a, const struct scope *scope, const char *region)
{
        char *host;

        if (a->has_endpoint || a->endpoints)
                return NULL;
        if (!aws_account_region_valid(region) || strcmp(region, "global") == 0)
                region = a->sts_region;
        return asprintf(&host, "sts.%s.%s", region, a->partition->suffix) < 0 ? NULL : host;
}
