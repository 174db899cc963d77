/* What the catalogue's rows cannot say of Azure, as parts of the named functions in refine.c. Each
 * reads one item as it was listed, and facts that hold what a reply gave; none asks anything. A
 * fact that a row does not read is left alone. */
#pragma once

#include "providers/azure/facts.h"
#include "providers/provider.h"

enum { AZURE_REFINEMENTS = 25 };
extern const struct refinement azure_refinements[AZURE_REFINEMENTS];

/* Regions are told by their codes, however the API spells them. */
int azure_read_places(struct resource *r, struct error *err);
/* publicNetworkAccess, and the rules behind it, made one answer. */
int azure_read_exposure(struct resource *r, const json_t *item, struct error *err);
/* processing.third_party holds a URL: who it is, where it is not Azure. */
int azure_read_third_party(struct resource *r, struct error *err);

/* ---- models (models.c) */
int azure_read_account(struct resource *r, const json_t *item, struct error *err);
int azure_read_deployment(struct resource *r, const json_t *item, struct error *err);
/* model.source, model.maker and model.custom hold "azureml://registries/…" or an id. */
int azure_read_model(struct resource *r, struct error *err);
int azure_read_collector(struct resource *r, const json_t *item, struct error *err);

/* ---- where logs are kept (logs.c) */
int azure_read_log_workspace(struct resource *r, const json_t *item, struct error *err);
int azure_read_log_storage(struct resource *r, struct error *err);

/* ---- machines and containers (compute.c) */
int azure_read_accelerator(struct resource *r, struct error *err);
int azure_read_container(struct resource *r, const json_t *item, struct error *err);

/* ---- policies (location.c): policy.regions holds the definition of an assignment, where it is not
 * the built-in one; becomes the regions that it leaves open. */
int azure_read_location_policy(struct resource *r, const json_t *item, struct error *err);

/* ---- metrics (usage.c) */
int azure_read_usage(struct resource *r, struct error *err);
