#include "tests/cloudsim/scaleway.h"

#define REGIONS "fr-par nl-ams pl-waw it-mil"
#define MOST_REGIONS "fr-par nl-ams pl-waw"
#define ZONES                                                                                      \
        "fr-par-1 fr-par-2 fr-par-3 nl-ams-1 nl-ams-2 nl-ams-3 pl-waw-1 pl-waw-2 pl-waw-3 "        \
        "it-mil-1"
#define METAL_ZONES "fr-par-1 fr-par-2 nl-ams-1 nl-ams-2 pl-waw-2 pl-waw-3"

/* clang-format off */
const struct scaleway_operation scaleway_operations[] = {
        { "/account/v3/projects",                                    "/account/v3/projects",       "projects",       STYLE_PAGE, NULL, NULL, NULL },
        { "/account/v3/projects/{id}",                               "/account/v3/projects",       "projects",       STYLE_ONE, NULL, NULL, NULL },

        { "/inference/v1/regions/{place}/deployments",               "/inference/v1/deployments",  "deployments",    STYLE_PAGE, NULL, "fr-par", NULL },
        { "/inference/v1/regions/{place}/deployments/{id}",          "/inference/v1/deployments",  "deployments",    STYLE_ONE, NULL, "fr-par", NULL },
        { "/inference/v1/regions/{place}/models",                    "/inference/v1/models",       "models",         STYLE_PAGE, NULL, "fr-par", NULL },
        { "/inference/v1/regions/{place}/models/{id}",               "/inference/v1/models",       "models",         STYLE_ONE, NULL, "fr-par", NULL },
        { "/inference/v1/regions/{place}/node-types",                "/inference/v1/node-types",   "node_types",     STYLE_PAGE, NULL, "fr-par", NULL },

        { "/v1/models",                                              "/v1/models",                 "data",           STYLE_WHOLE, NULL, NULL, NULL },
        { "/v1/batches",                                             "/v1/batches",                "data",           STYLE_CURSOR, NULL, NULL, NULL },
        { "/v1/batches/{id}",                                        "/v1/batches",                "data",           STYLE_ONE, NULL, NULL, NULL },
        { "/{project_id}/v1/models",                                 "/v1/models",                 "data",           STYLE_WHOLE, NULL, NULL, NULL },
        { "/{project_id}/v1/batches",                                "/v1/batches",                "data",           STYLE_CURSOR, NULL, NULL, NULL },
        { "/billing/v2beta1/consumptions",                           "/billing/v2beta1/consumptions", "consumptions", STYLE_PAGE, NULL, NULL, NULL },

        { "/iam/v1alpha1/api-keys",                                  "/iam/v1alpha1/api-keys",     "api_keys",       STYLE_PAGE, NULL, NULL, NULL },
        { "/iam/v1alpha1/api-keys/{id}",                             "/iam/v1alpha1/api-keys",     "api_keys",       STYLE_ONE, NULL, NULL, "access_key" },
        { "/iam/v1alpha1/policies",                                  "/iam/v1alpha1/policies",     "policies",       STYLE_PAGE, NULL, NULL, NULL },
        { "/iam/v1alpha1/groups",                                    "/iam/v1alpha1/groups",       "groups",         STYLE_PAGE, NULL, NULL, NULL },
        { "/iam/v1alpha1/applications/{id}",                         "/iam/v1alpha1/applications", "applications",   STYLE_ONE, NULL, NULL, NULL },
        { "/iam/v1alpha1/users/{id}",                                "/iam/v1alpha1/users",        "users",          STYLE_ONE, NULL, NULL, NULL },
        { "/iam/v1alpha1/rules",                                     "/iam/v1alpha1/rules",        "rules",          STYLE_PAGE, NULL, NULL, NULL },
        { "/iam/v1alpha1/logs",                                      "/iam/v1alpha1/logs",         "logs",           STYLE_PAGE, NULL, NULL, NULL },
        { "/iam/v1alpha1/quota",                                     "/iam/v1alpha1/quota",        "quota",          STYLE_PAGE, NULL, NULL, NULL },

        { "/instance/v1/zones/{place}/servers",                      "/instance/v1/servers",       "servers",        STYLE_HEADER, NULL, ZONES, NULL },
        { "/instance/v1/zones/{place}/servers/{id}",                 "/instance/v1/servers",       "servers",        STYLE_ONE, "server", ZONES, NULL },
        { "/instance/v1/zones/{place}/products/servers",             "/instance/v1/products/servers", "servers",     STYLE_HEADER, NULL, ZONES, NULL },
        { "/instance/v1/zones/{place}/security_groups",              "/instance/v1/security_groups", "security_groups", STYLE_HEADER, NULL, ZONES, NULL },
        { "/instance/v1/zones/{place}/security_groups/{id}",         "/instance/v1/security_groups", "security_groups", STYLE_ONE, "security_group", ZONES, NULL },

        { "/k8s/v1/regions/{place}/clusters",                        "/k8s/v1/clusters",           "clusters",       STYLE_PAGE, NULL, REGIONS, NULL },
        { "/k8s/v1/regions/{place}/clusters/{id}",                   "/k8s/v1/clusters",           "clusters",       STYLE_ONE, NULL, REGIONS, NULL },
        { "/k8s/v1/regions/{place}/clusters/{cluster_id}/pools",     "/k8s/v1/pools",              "pools",          STYLE_PAGE, NULL, REGIONS, NULL },
        { "/k8s/v1/regions/{place}/clusters/{cluster_id}/acls",      "/k8s/v1/acls",               "rules",          STYLE_PAGE, NULL, REGIONS, NULL },
        { "/k8s/v1/regions/{place}/pools/{id}",                      "/k8s/v1/pools",              "pools",          STYLE_ONE, NULL, REGIONS, NULL },
        { "/k8s/v1/regions/{place}/cluster-types",                   "/k8s/v1/cluster-types",      "cluster_types",  STYLE_PAGE, NULL, REGIONS, NULL },

        { "/containers/v1/regions/{place}/containers",               "/containers/v1/containers",  "containers",     STYLE_PAGE, NULL, REGIONS, NULL },
        { "/containers/v1/regions/{place}/containers/{id}",          "/containers/v1/containers",  "containers",     STYLE_ONE, NULL, REGIONS, NULL },
        { "/containers/v1/regions/{place}/namespaces",               "/containers/v1/namespaces",  "namespaces",     STYLE_PAGE, NULL, REGIONS, NULL },
        { "/serverless-jobs/v1alpha2/regions/{place}/job-definitions", "/serverless-jobs/v1alpha2/job-definitions", "job_definitions", STYLE_PAGE, NULL, MOST_REGIONS, NULL },
        { "/serverless-jobs/v1alpha2/regions/{place}/job-definitions/{id}", "/serverless-jobs/v1alpha2/job-definitions", "job_definitions", STYLE_ONE, NULL, MOST_REGIONS, NULL },

        { "/datalab/v1beta1/regions/{place}/datalabs",               "/datalab/v1beta1/datalabs",  "datalabs",       STYLE_PAGE, NULL, "fr-par it-mil", NULL },
        { "/datalab/v1beta1/regions/{place}/datalabs/{id}",          "/datalab/v1beta1/datalabs",  "datalabs",       STYLE_ONE, NULL, "fr-par it-mil", NULL },
        { "/datalab/v1beta1/regions/{place}/node-types",             "/datalab/v1beta1/node-types", "node_types",    STYLE_PAGE, NULL, "fr-par it-mil", NULL },

        { "/baremetal/v1/zones/{place}/servers",                     "/baremetal/v1/servers",      "servers",        STYLE_PAGE, NULL, METAL_ZONES, NULL },
        { "/baremetal/v1/zones/{place}/servers/{id}",                "/baremetal/v1/servers",      "servers",        STYLE_ONE, NULL, METAL_ZONES, NULL },
        { "/baremetal/v1/zones/{place}/offers",                      "/baremetal/v1/offers",       "offers",         STYLE_PAGE, NULL, METAL_ZONES, NULL },
        { "/dedibox/v1/zones/{place}/servers",                       "/dedibox/v1/servers",        "servers",        STYLE_PAGE, NULL, "fr-par-1 fr-par-2 nl-ams-1", NULL },
        { "/dedibox/v1/zones/{place}/servers/{id}",                  "/dedibox/v1/servers",        "servers",        STYLE_ONE, NULL, "fr-par-1 fr-par-2 nl-ams-1", NULL },

        { "/qaas/v1alpha1/sessions",                                 "/qaas/v1alpha1/sessions",    "sessions",       STYLE_PAGE, NULL, NULL, NULL },
        { "/qaas/v1alpha1/processes",                                "/qaas/v1alpha1/processes",   "processes",      STYLE_PAGE, NULL, NULL, NULL },
        { "/qaas/v1alpha1/jobs",                                     "/qaas/v1alpha1/jobs",        "jobs",           STYLE_PAGE, NULL, NULL, NULL },
        { "/searchdb/v1alpha1/regions/{place}/deployments",          "/searchdb/v1alpha1/deployments", "deployments", STYLE_PAGE, NULL, "fr-par", NULL },
        { "/search/v1alpha1/resources",                              "/search/v1alpha1/resources", "resources",      STYLE_TOKEN, NULL, NULL, NULL },

        { "/cockpit/v1/regions/{place}/data-sources",                "/cockpit/v1/data-sources",   "data_sources",   STYLE_PAGE, NULL, REGIONS, NULL },
        { "/cockpit/v1/regions/{place}/data-sources/{id}",           "/cockpit/v1/data-sources",   "data_sources",   STYLE_ONE, NULL, REGIONS, NULL },
        { "/cockpit/v1/regions/{place}/exporters",                   "/cockpit/v1/exporters",      "exporters",      STYLE_PAGE, NULL, REGIONS, NULL },
        { "/cockpit/v1/regions/{place}/exporters/{id}",              "/cockpit/v1/exporters",      "exporters",      STYLE_ONE, NULL, REGIONS, NULL },
        { "/cockpit/v1/regions/{place}/alerts",                      "/cockpit/v1/alerts",         "alerts",         STYLE_WHOLE, NULL, REGIONS, NULL },
        { "/registry/v1/regions/{place}/namespaces",                 "/registry/v1/namespaces",    "namespaces",     STYLE_PAGE, NULL, REGIONS, NULL },
        { "/cockpit/v1/regions/{place}/products",                    "/cockpit/v1/products",       "products_list",  STYLE_PAGE, NULL, REGIONS, NULL },
        { "/cockpit/v1/regions/{place}/config",                      "/cockpit/v1/config",         NULL,             STYLE_OBJECT, NULL, REGIONS, NULL },

        { "/audit-trail/v1alpha1/regions/{place}/products",          "/audit-trail/v1alpha1/products", "products",   STYLE_PAGE, NULL, REGIONS, NULL },
        { "/audit-trail/v1alpha1/regions/{place}/export-jobs",       "/audit-trail/v1alpha1/export-jobs", "export_jobs", STYLE_PAGE, NULL, REGIONS, NULL },
        { "/audit-trail/v1alpha1/regions/{place}/events",            "/audit-trail/v1alpha1/events", "events",       STYLE_TOKEN, NULL, REGIONS, NULL },
        { "/audit-trail/v1alpha1/regions/{place}/alert-rules",       "/audit-trail/v1alpha1/alert-rules", "alert_rules", STYLE_PAGE, NULL, REGIONS, NULL },
        { 0 },
};
/* clang-format on */
