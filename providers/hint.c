#include "providers/hint.h"

#include "daemon/base/cleanup.h"

#include <string.h>

/* clang-format off */
static const char *const image_words[] = {
        "vllm", "ollama", "text-generation", "tritonserver", "llama", "whisper", "sglang", "litellm",
};

static const struct {
        const char *prefix, *host; /* host: who gets the data; NULL: the cloud itself, or not known */
} variable_words[] = {
        { "OPENAI_API_KEY",         "api.openai.com" },
        { "ANTHROPIC_API_KEY",      "api.anthropic.com" },
        { "MISTRAL_API_KEY",        "api.mistral.ai" },
        { "COHERE_API_KEY",         "api.cohere.com" },
        { "HF_TOKEN",               "huggingface.co" },
        { "HUGGING_FACE_HUB_TOKEN", "huggingface.co" },
        { "PINECONE_API_KEY",       "api.pinecone.io" },
        { "GEMINI_API_KEY",         "generativelanguage.googleapis.com" },
        { "GOOGLE_GENAI_",          NULL },
        { "VERTEX_",                NULL },
        { "VERTEXAI_",              NULL },
        { "SCW_GENERATIVE",         NULL },
};
/* clang-format on */

void hint_of_image(const char *image, json_t *hints)
{
        for (size_t i = 0; image && i < ELEMENTSOF(image_words); i++)
                if (strcasestr(image, image_words[i]))
                        (void)json_array_append_new(hints,
                                                    json_sprintf("image:%s", image_words[i]));
}

void hint_of_variable(const char *name, json_t *hints, json_t *hosts)
{
        for (size_t i = 0; name && i < ELEMENTSOF(variable_words); i++) {
                const char *prefix = variable_words[i].prefix;

                if (strncmp(name, prefix, strlen(prefix)) != 0)
                        continue;
                (void)json_array_append_new(hints, json_sprintf("variable:%s", name));
                if (hosts && variable_words[i].host)
                        (void)json_array_append_new(hosts, json_string(variable_words[i].host));
        }
}
