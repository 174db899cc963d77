/* Endpoints that take the place of AWS's own hosts, as the AWS tools name them. */
#include "providers/aws/account.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

extern char **environ;

#define ENDPOINT_VARIABLE "AWS_ENDPOINT_URL"

enum { SERVICE_WORD_MAX = 64 };

/* Services whose id is not made of their host's first labels. */
static const struct {
        const char *prefix, *id;
} service_ids[] = {
        { "agreement-marketplace", "marketplace_agreement" },
        { "api.sagemaker", "sagemaker" },
        { "aoss", "opensearchserverless" },
        { "bedrock-agentcore-control", "bedrock_agentcore_control" },
        { "ce", "cost_explorer" },
        { "config", "config_service" },
        { "data.qapps", "qapps" },
        { "logs", "cloudwatch_logs" },
        { "models-v2-lex", "lex_models_v2" },
        { "models.lex", "lex_model_building_service" },
        { "monitoring", "cloudwatch" },
        { "oidc", "sso_oidc" },
        { "portal.sso", "sso" },
        { "servicequotas", "service_quotas" },
        { "tagging", "resource_groups_tagging_api" },
        { "wisdom", "qconnect" },
};

/* "eu-west-1", "eusc-de-east-1": the label that ends a host's service part. */
static bool is_region_label(const char *label, size_t n)
{
        return n > 4 && isdigit((unsigned char)label[n - 1]) && label[n - 2] == '-' &&
               memchr(label, '-', n - 2);
}

/* "bedrock_agent" of "bedrock-agent.eu-west-1.amazonaws.com". */
static void service_word(const char *host, char word[static SERVICE_WORD_MAX])
{
        size_t end = 0, n = strcspn(host, ".");

        for (const char *p = host; *p != '\0';) {
                size_t length = strcspn(p, ".");

                if (is_region_label(p, length)) {
                        n = end;
                        break;
                }
                end = (size_t)(p - host) + length;
                p += length + (p[length] == '.');
        }
        if (n >= SERVICE_WORD_MAX)
                n = SERVICE_WORD_MAX - 1;
        memcpy(word, host, n);
        word[n] = '\0';
        for (size_t i = 0; i < ELEMENTSOF(service_ids); i++)
                if (strcmp(service_ids[i].prefix, word) == 0) {
                        (void)snprintf(word, SERVICE_WORD_MAX, "%s", service_ids[i].id);
                        return;
                }
        for (char *p = word; *p; p++)
                if (*p == '-' || *p == '.' || *p == ' ')
                        *p = '_';
}

static bool ignored(const struct account *a)
{
        const char *variable = secret_environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        const char *key = aws_profile_get(&a->profiles, chain_profile(a->options),
                                          "ignore_configured_endpoint_urls");

        return (variable && strcasecmp(variable, "true") == 0) ||
               (!variable && key && strcasecmp(key, "true") == 0);
}

static const char *from_environment(const char *word, const char **ret_what)
{
        char name[sizeof(ENDPOINT_VARIABLE) + SERVICE_WORD_MAX];
        const char *url;

        (void)snprintf(name, sizeof(name), ENDPOINT_VARIABLE "_%s", word);
        for (char *p = name; *p; p++)
                *p = (char)toupper((unsigned char)*p);
        url = secret_environment(name);
        *ret_what = url ? "AWS_ENDPOINT_URL_<SERVICE>" : ENDPOINT_VARIABLE;
        return url ? url : secret_environment(ENDPOINT_VARIABLE);
}

static const char *from_profile(const struct account *a, const char *word, const char **ret_what)
{
        const char *profile = chain_profile(a->options);
        const char *services = aws_profile_get_config(&a->profiles, profile, "services");
        const char *url =
                services ? aws_profile_service_endpoint(&a->profiles, services, word) : NULL;

        *ret_what = "endpoint_url of the profile";
        return url ? url : aws_profile_get_config(&a->profiles, profile, "endpoint_url");
}

int aws_endpoint(const struct account *a, const char *host, struct url_base *ret, struct error *err)
{
        char word[SERVICE_WORD_MAX];
        const char *url, *what;
        int r;

        if (a->has_endpoint) {
                *ret = a->endpoint;
                return 1;
        }
        if (!a->endpoints || ignored(a))
                return 0;
        service_word(host, word);
        url = from_environment(word, &what);
        if (!url)
                url = from_profile(a, word, &what);
        if (!url)
                return 0;
        r = url_base_parse(url, what, ret, err);
        return r < 0 ? r : 1;
}

int aws_endpoint_check(struct account *a, struct error *err)
{
        const char *profile = chain_profile(a->options);
        struct url_base base;
        int r;

        a->has_endpoint = a->endpoints = false;
        if (a->config->endpoint) {
                r = url_base_parse(a->config->endpoint, "endpoint", &a->endpoint, err);
                if (r < 0)
                        return r;
                a->has_endpoint = true;
        }
        for (char **variable = environ; variable && *variable; variable++) {
                const char *value = strchr(*variable, '=');

                if (strncmp(*variable, ENDPOINT_VARIABLE, strlen(ENDPOINT_VARIABLE)) != 0 ||
                    !value || value[1] == '\0')
                        continue;
                a->endpoints = true;
                if (!ignored(a) && (r = url_base_parse(value + 1, ENDPOINT_VARIABLE, &base, err)))
                        return r;
        }
        if (aws_profile_get_config(&a->profiles, profile, "services") ||
            aws_profile_get_config(&a->profiles, profile, "endpoint_url"))
                a->endpoints = true;
        return 0;
}
