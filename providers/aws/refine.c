/* The functions that catalogue entries may name. */
#include "providers/aws/account.h"

const struct refinement aws_refinements[AWS_REFINEMENTS] = {
        { .name = "aws_grant", .run = aws_refine_grant },
        { .name = "bedrock_model_ref", .run = aws_refine_model_ref },
        { .name = "bill_region", .run = aws_refine_bill_region },
        { .name = "bedrock_profile_regions", .run = aws_refine_profile_regions },
        { .name = "ecr_registry", .run = aws_refine_registry },
        { .name = "event_pattern", .run = aws_refine_event_pattern },
        { .name = "lex_logs", .run = aws_refine_lex_logs },
        { .name = "log_copies", .run = aws_refine_log_copies },
        { .name = "region_policy", .run = aws_refine_scp },
        { .name = "s3_bucket", .run = aws_refine_bucket },
        { .name = "trail", .run = aws_refine_trail },
        { .name = "trail_selectors", .run = aws_refine_trail_selectors },
        { .name = "usage_events", .run = aws_refine_usage_events },
};
