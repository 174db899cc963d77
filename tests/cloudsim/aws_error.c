#include <string.h>

#include "tests/cloudsim/aws.h"
#include "tests/cloudsim/iam.h"

/* clang-format off */
static const struct refusal {
        const char *json, *query, *ec2; /* codes */
        unsigned json_status, rest_status, query_status;
        const char *message;
} refusals[AWS_REFUSAL_MAX] = {
        [AWS_MISSING_TOKEN] = { "MissingAuthenticationTokenException", "MissingAuthenticationToken", "MissingAuthenticationToken", 400, 403, 403,
                                "Missing Authentication Token" },
        [AWS_INCOMPLETE] =    { "IncompleteSignatureException", "IncompleteSignature", "IncompleteSignature", 400, 403, 403,
                                "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters, and every x-amz header signed." },
        [AWS_BAD_SIGNATURE] = { "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", 400, 403, 403,
                                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method." },
        [AWS_BAD_SCOPE] =     { "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", 400, 403, 403,
                                "Credential should be scoped to a valid region and to the correct service." },
        [AWS_BAD_TIME] =      { "InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", 400, 403, 403, "Signature expired" },
        [AWS_UNKNOWN_KEY] =   { "UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", 400, 403, 403,
                                "The security token included in the request is invalid." },
        [AWS_EXPIRED_TOKEN] = { "ExpiredTokenException", "ExpiredToken", "ExpiredToken", 400, 403, 403,
                                "The security token included in the request is expired" },
        [AWS_REGION_OFF] =    { "UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", 400, 403, 403,
                                "The security token included in the request is invalid." },
        [AWS_DENIED] =        { "AccessDeniedException", "AccessDenied", "UnauthorizedOperation", 400, 403, 403, NULL },
        [AWS_API_OFF] =       { "SubscriptionRequiredException", "OptInRequired", "OptInRequired", 400, 403, 403,
                                "The AWS Access Key Id needs a subscription for the service" },
        [AWS_THROTTLED] =     { "ThrottlingException", "Throttling", "RequestLimitExceeded", 400, 429, 503, "Rate exceeded" },
        [AWS_NO_OPERATION] =  { "UnknownOperationException", "InvalidAction", "InvalidAction", 404, 404, 400, "The requested operation is not recognized." },
        [AWS_BAD_REQUEST] =   { "ValidationException", "ValidationError", "InvalidParameterValue", 400, 400, 400, "1 validation error detected" },
        [AWS_NOT_FOUND] =     { "ValidationException", "NoSuchEntity", "InvalidParameterValue", 400, 404, 404, "Could not find the requested thing." },
};
/* clang-format on */

static const char *code_of_status(unsigned status)
{
        if (status == 429)
                return "ThrottlingException";
        if (status == 503)
                return "ServiceUnavailableException";
        if (status >= 500)
                return "InternalServerException";
        return status == 403 ? "AccessDeniedException" : "ValidationException";
}

static void error_xml(struct request *q, const char *before, const char *after,
                      const char *const text[2])
{
        struct buffer *b = &q->reply.body;

        buffer_printf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n%s<Code>%s</Code>", before,
                      text[0]);
        buffer_printf(b, "<Message>%s</Message>%s", text[1], after);
}

void aws_error(struct aws_call *c, unsigned status, const char *code, const char *message)
{
        struct request *q = c->q;
        enum protocol protocol = c->service ? c->service->protocol : PROTOCOL_JSON_1_1;
        const char *accept = request_header(q, "Accept");
        const char *text[2] = { code ? code : code_of_status(status), message ? message : "" };
        json_auto_t *body = NULL;

        reply_text(q, status, "text/xml", "");
        switch (protocol) {
        case PROTOCOL_JSON_1_0:
        case PROTOCOL_JSON_1_1:
                body = json_pack("{ss ss}", "__type", text[0], "message", text[1]);
                reply_json(q, status, body);
                q->reply.content_type = "application/x-amz-json-1.1";
                break;
        case PROTOCOL_REST_JSON:
                body = json_pack("{ss}", "message", text[1]);
                reply_json(q, status, body);
                reply_header(&q->reply, "x-amzn-ErrorType", "%s:http://internal.amazon.com/coral/",
                             text[0]);
                break;
        case PROTOCOL_QUERY:
                if (accept && strcmp(accept, "application/json") == 0) {
                        body = json_pack("{s{ss ss ss} ss}", "Error", "Code", text[0], "Message",
                                         text[1], "Type", "Sender", "RequestId", "sim");
                        reply_json(q, status, body);
                        break;
                }
                error_xml(q, "<ErrorResponse><Error><Type>Sender</Type>",
                          "</Error><RequestId>sim</RequestId></ErrorResponse>", text);
                break;
        case PROTOCOL_EC2:
                error_xml(q, "<Response><Errors><Error>",
                          "</Error></Errors><RequestID>sim</RequestID></Response>", text);
                break;
        case PROTOCOL_REST_XML:
                error_xml(q, "<Error>", "</Error>", text);
                break;
        }
}

static unsigned status_of(const struct refusal *r, enum protocol protocol)
{
        switch (protocol) {
        case PROTOCOL_JSON_1_0:
        case PROTOCOL_JSON_1_1:
                return r->json_status;
        case PROTOCOL_REST_JSON:
                return r->rest_status;
        case PROTOCOL_QUERY:
        case PROTOCOL_EC2:
        case PROTOCOL_REST_XML:
                break;
        }
        return r->query_status;
}

/* "User: arn:… is not authorized to perform: sagemaker:ListEndpoints with an explicit deny in …" */
static void deny(struct aws_call *c, unsigned status, const char *code, const char *detail)
{
        const char *arn = json_string_value(json_object_get(c->identity, "arn"));
        const char *service = c->service ? c->service->name : "unknown";
        char action[IAM_ACTION_MAX] = "", message[768];

        if (!iam_action(service, c->q->operation, action))
                (void)snprintf(action, sizeof(action), "%s:%.100s", service, c->q->operation);
        (void)snprintf(message, sizeof(message),
                       "User: %s is not authorized to perform: %s on resource: * %s%s%s",
                       arn ? arn : "anonymous", action,
                       detail ? detail : "because no identity-based policy allows the ",
                       detail ? "" : action, detail ? "" : " action");
        aws_error(c, status, code, detail && !*detail ? "" : message);
}

void aws_refuse(struct aws_call *c, enum aws_refusal why, const char *message)
{
        const struct refusal *r = &refusals[why];
        enum protocol protocol = c->service ? c->service->protocol : PROTOCOL_JSON_1_1;
        const char *code = protocol == PROTOCOL_QUERY || protocol == PROTOCOL_REST_XML ? r->query
                           : protocol == PROTOCOL_EC2                                  ? r->ec2
                                                                                       : r->json;
        unsigned status = status_of(r, protocol);

        if (protocol == PROTOCOL_EC2 && strcmp(code, "AuthFailure") == 0)
                status = 401;
        c->q->refused = why == AWS_DENIED || why == AWS_UNKNOWN_KEY || why == AWS_API_OFF ||
                        why == AWS_REGION_OFF;
        if (why == AWS_NOT_FOUND && protocol == PROTOCOL_REST_JSON)
                code = "ResourceNotFoundException";
        if (why == AWS_DENIED)
                deny(c, status, code, message);
        else
                aws_error(c, status, code, message ? message : r->message);
}
