/* The functions that catalogue entries name (refine:): what rows cannot say. Each reads one item as
 * it was listed and adds or changes facts; none asks anything. */
#pragma once

#include "providers/provider.h"

enum { GCP_REFINEMENTS = 34 };
extern const struct refinement gcp_refinements[];

typedef int gcp_refine_fn(const struct account *a, struct resource *r, const json_t *item,
                          struct error *err);

/* refine_vertex.c */
extern gcp_refine_fn gcp_refine_endpoint, gcp_refine_model, gcp_refine_model_ref,
        gcp_refine_cached_content, gcp_refine_publisher_model, gcp_refine_reasoning_engine,
        gcp_refine_rag_corpus, gcp_refine_monitoring_job, gcp_refine_api_use,
        gcp_refine_bigquery_model;
/* refine_talk.c */
extern gcp_refine_fn gcp_refine_engine, gcp_refine_agent, gcp_refine_ces_app, gcp_refine_retention,
        gcp_refine_guardrail, gcp_refine_data_sharing, gcp_refine_video, gcp_refine_automl_model,
        gcp_refine_vector_collection;
/* refine_machine.c */
extern gcp_refine_fn gcp_refine_place, gcp_refine_workbench, gcp_refine_instance,
        gcp_refine_cluster, gcp_refine_run, gcp_refine_asset;
/* refine_log.c */
extern gcp_refine_fn gcp_refine_sink, gcp_refine_log_bucket, gcp_refine_named_log_bucket,
        gcp_refine_bucket, gcp_refine_dataset;
/* refine_audit.c, refine_policy.c, refine_alert.c */
extern gcp_refine_fn gcp_refine_audit_config, gcp_refine_location_policy, gcp_refine_alert_policy;
/* refine_grant.c */
extern gcp_refine_fn gcp_refine_binding;

/* ---- what they share (refine.c) ----------------------------------------------------------------
 */

/* Evidence is the call that listed the item. 0, or -ENOMEM with a text. */
int gcp_set(struct resource *r, const char *fact, json_t *value_take, struct error *err);
int gcp_absent(struct resource *r, const char *fact, struct error *err);
int gcp_unknown(struct resource *r, const char *fact, const char *cause, struct error *err);
/* An empty list says that there is none. */
int gcp_set_list(struct resource *r, const char *fact, json_t *list, struct error *err);
/* The value that is known, borrowed; NULL for none. */
const json_t *gcp_known(const struct resource *r, const char *fact);
bool gcp_known_true(const struct resource *r, const char *fact);

/* The last part of a path or URL. */
const char *gcp_last_part(const char *path);
/* "europe-west4" of ".../locations/europe-west4/...", of zones/ and regions/ too, on the heap; NULL
 * for none. */
char *gcp_place_in(const char *path);
/* The region of a zone, in place. */
void gcp_settle_region(struct resource *r);
/* Another text for an attribute of the resource; the old one is freed. */
int gcp_replace(char **attribute, const char *text, struct error *err);

/* The form in which destinations of logs are compared: gs://BUCKET,
 * bigquery.googleapis.com/projects/P/datasets/D, projects/P/locations/L/buckets/B; others as they
 * are. New reference. */
json_t *gcp_destination(const char *text);
/* Makes the destinations of a fact so, whatever there is of it. */
int gcp_settle_destinations(struct resource *r, const char *fact, struct error *err);
/* A share of 1 becomes one of 100. What is not set is 0 where it is logged at all. */
int gcp_settle_percent(struct resource *r, struct error *err);
/* "7776000s" becomes days. */
int gcp_settle_days(struct resource *r, const char *fact, struct error *err);

/* "Google" of "google", the publisher in a path "publishers/google/models/..."; NULL for none. */
json_t *gcp_maker_of(const char *model);
