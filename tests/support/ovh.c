#include "tests/support/ovh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/clock.h"

const char *const ovh_key_variables[] = { "OVH_APPLICATION_KEY",
                                          "appkey",
                                          "OVH_APPLICATION_SECRET",
                                          "secret",
                                          "OVH_CONSUMER_KEY",
                                          "consumer",
                                          NULL };
const char *const ovh_service_variables[] = { "OVH_CLIENT_ID", "EU.client", "OVH_CLIENT_SECRET",
                                              "client-secret", NULL };
const char *const ovh_token_variables[] = { "OVH_ACCESS_TOKEN", "access-token", NULL };

void ovh_forget(void)
{
        static const char *const variables[] = {
                "OVH_ENDPOINT",
                "OVH_APPLICATION_KEY",
                "OVH_APPLICATION_SECRET",
                "OVH_CONSUMER_KEY",
                "OVH_CLIENT_ID",
                "OVH_CLIENT_SECRET",
                "OVH_ACCESS_TOKEN",
                "HOME",
                "OVH_CLOUD_PROJECT_SERVICE",
        };

        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                (void)unsetenv(variables[i]);
}

void ovh_set(const char *const pairs[])
{
        for (; pairs && pairs[0]; pairs += 2)
                assert_int_equal(setenv(pairs[0], pairs[1], 1), 0);
}

struct account *ovh_open(const struct account_config *config)
{
        struct account *a = NULL;
        struct error err = { 0 };

        if (ovh_provider.account_new(&a, config, NULL, &err) < 0)
                fail_msg("%s", err.text);
        return a;
}

struct message_reply ovh_reply(int status, const char *headers, const char *body)
{
        struct message_reply reply = { .status = status, .body = BUFFER_INIT(1 << 20) };

        reply.received_usec = UINT64_C(1795471200) * USEC_PER_SEC; /* 2026-11-23T22:00:00Z */
        reply.headers = strdup(headers ? headers : "");
        buffer_add(&reply.body, body ? body : "");
        return reply;
}
