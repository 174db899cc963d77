#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/gcp.h"
#include "tests/cloudsim/world.h"

#define METADATA "/computeMetadata/v1/"

enum { LIFETIME_SECONDS = 3599 };

/* {path, headers?, status?, body}: another identity provider's URL. */
static const json_t *identity_url(const struct request *q)
{
        return world_at(q->sim->world, "gcp", "identity_url");
}

bool gcp_metadata_claims(const struct request *q)
{
        const char *own = json_member_string(identity_url(q), "path");

        return strncmp(q->path, METADATA, strlen(METADATA)) == 0 ||
               (own && strcmp(own, q->path) == 0);
}

static void fault_error(struct request *q, unsigned status, const char *code, const char *message)
{
        reply_text(q, status, "text/plain", message ? message : "");
        reply_header(&q->reply, "Metadata-Flavor", "Google");
}

static void answer_identity_url(struct request *q)
{
        const json_t *conf = identity_url(q);
        const char *name, *body = json_member_string(conf, "body");
        json_t *value;

        json_object_foreach(json_object_get(conf, "headers"), name, value)
        {
                const char *sent = request_header(q, name);

                if (!sent || strcmp(sent, json_string_value(value)) != 0) {
                        reply_text(q, 400, "text/plain", "a header is missing");
                        return;
                }
        }
        reply_text(q, 200, "text/plain", body ? body : "");
}

/* Scopes of the instance, whatever is asked for. */
static void add_scopes(const json_t *conf, char *text, size_t size)
{
        const json_t *one;
        size_t i;

        (void)snprintf(text, size, "%s", json_object_get(conf, "scopes") ? "" : GCP_SCOPE);
        json_array_foreach(json_object_get(conf, "scopes"), i, one)
        {
                size_t used = strlen(text);

                (void)snprintf(text + used, size - used, "%s%s", i ? " " : "",
                               json_string_value(one));
        }
}

static void answer_token(struct request *q, const json_t *conf)
{
        const char *email = json_member_string(conf, "email"), *token;
        json_int_t life = json_integer_value(json_object_get(conf, "lifetime_seconds"));
        const json_t *account = gcp_service_account(q, email);
        json_auto_t *body = NULL;
        char scopes[512];

        if (!email) {
                reply_text(q, 404, "text/html", "<html>Not Found</html>");
                return;
        }
        add_scopes(conf, scopes, sizeof(scopes));
        if (life <= 0)
                life = LIFETIME_SECONDS;
        token = rest_issue(q->sim, gcp_identity(account ? account : conf, scopes),
                           (uint64_t)life * USEC_PER_SEC);
        body = json_pack("{ss sI ss}", "access_token", token, "expires_in", life, "token_type",
                         "Bearer");
        reply_json(q, 200, body);
}

static void answer(struct request *q)
{
        const json_t *conf = world_at(q->sim->world, "gcp", "metadata");
        const char *flavor = request_header(q, "Metadata-Flavor");
        const char *universe = json_member_string(conf, "universe");
        const char *rest = q->path + strlen(METADATA);

        if (!flavor || strcmp(flavor, "Google") != 0)
                reply_text(q, 403, "text/html", "Missing Metadata-Flavor:Google header.");
        else if (conf && strcmp(rest, "instance/service-accounts/default/token") == 0)
                answer_token(q, conf);
        else if (strcmp(rest, "universe/universe-domain") == 0 && universe)
                reply_text(q, 200, "application/text", universe);
        else
                reply_text(q, 404, "text/html", "<html>Not Found</html>");
        reply_header(&q->reply, "Metadata-Flavor", "Google");
}

void gcp_metadata_answer(struct request *q)
{
        bool other = strncmp(q->path, METADATA, strlen(METADATA)) != 0;

        (void)snprintf(q->service, sizeof(q->service), "%s", other ? "identity" : "metadata");
        (void)snprintf(q->operation, sizeof(q->operation), "%.100s",
                       other ? q->path : q->path + strlen(METADATA));
        faults_match(q);
        if (faults_answer(q, fault_error))
                return;
        if (other)
                answer_identity_url(q);
        else
                answer(q);
}
