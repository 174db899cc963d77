/* A certificate authority made at start, and a certificate for every name that is asked for. */
#pragma once

#include "daemon/base/error.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

struct tls;

/* Leaves the authority's certificate in <dir>/ca.pem. */
int tls_new(struct tls **ret, const char *dir, struct error *err);
struct tls *tls_free(struct tls *t);
DEFINE_CLEANUP(struct tls *, tls_free);

/* The certificate for a name (NULL: loopback), made at the first demand; both belong to t. */
int tls_certificate(struct tls *t, const char *name, gnutls_pcert_st **ret_cert,
                    gnutls_privkey_t *ret_key);
