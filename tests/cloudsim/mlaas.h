/* Hugging Face, Replicate and Mistral: one bearer key each, lists by path, five ways of paging. */
#pragma once

#include "tests/cloudsim/rest.h"

enum mlaas_style {
        MLAAS_WHOLE,       /* everything at once, as {items: […]} or a bare list */
        MLAAS_OBJECT,      /* an object, as the world has it */
        MLAAS_LINK_HEADER, /* a bare list; the header Link has the next page */
        MLAAS_LINK_BODY,   /* {previous, next, results} */
        MLAAS_PAGE,        /* page numbers, {items, total} or a bare list */
        MLAAS_TOKEN,       /* a token in the body */
        MLAAS_OFFSET,      /* offset and limit */
        MLAAS_LATEST,      /* a bare list cut at limit, sorted by created_at */
        MLAAS_TEXT,        /* metrics, as the world has them */
        MLAAS_WHOAMI,      /* who has the key */
        MLAAS_ONE,         /* one thing, {owner}/{name} of the list above it */
};

enum mlaas_who { MLAAS_HUGGINGFACE, MLAAS_REPLICATE, MLAAS_MISTRAL, MLAAS_MAX };

struct mlaas_operation {
        const char *host, *path, *name;
        enum mlaas_style style;
        const char *items;                /* NULL: a bare list */
        const char *token_in, *token_out; /* MLAAS_LINK_*, MLAAS_TOKEN */
        const char *size;                 /* parameter of the page's size */
        size_t size_default, max, first;  /* first: number of the first page */
        const char *right;                /* Hugging Face: what the permission begins with */
        bool admin;                       /* Mistral: the Admin key's */
};

struct mlaas_call {
        struct request *q;
        enum mlaas_who who;
        const struct mlaas_operation *operation;
        const json_t *identity;  /* of the key, borrowed */
        const json_t *resources; /* what that identity can see, by path; borrowed */
};

/* An empty row at the end. */
extern const struct mlaas_operation mlaas_operations[];

bool mlaas_claims(const struct request *q);
void mlaas_answer(struct request *q);

/* mlaas_key.c */
void mlaas_error(struct request *q, unsigned status, const char *code, const char *message);
/* Who asks: sets identity, resources, and the request's account; nothing for a key that is none. */
void mlaas_identify(struct mlaas_call *c);
/* Answers one who is nobody, or may not; false when the call is to be answered. */
bool mlaas_refuse(struct mlaas_call *c);
/* What a Hugging Face token may see of an item of a list by author. */
bool mlaas_sees(const struct mlaas_call *c, const json_t *item);
json_t *mlaas_whoami(const struct mlaas_call *c);
