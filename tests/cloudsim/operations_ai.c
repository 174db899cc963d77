/* Amazon's task-specific AI services. */
#include "tests/cloudsim/operations.h"

#define RK "rekognition"
#define CO "comprehend"
#define CM "comprehendmedical"
#define TX "textract"
#define TS "transcribe"
#define TL "translate"
#define PO "polly"
#define LX "lexv2-models"
#define KD "kendra"
#define PE "personalize"
#define FC "forecast"
#define FD "frauddetector"
#define LE "lookoutequipment"
#define HL "healthlake"

/* clang-format off */
#define LIST(svc, op, key, limit, ...) JSON_LIST(svc, op, key, "NextToken", "MaxResults", limit, __VA_ARGS__)
#define LIST_LOWER(svc, op, key, limit) JSON_LIST(svc, op, key, "nextToken", "maxResults", limit)
#define TAGS(svc, param, none) { .service = svc, .name = "ListTagsForResource", .by = param, .absent = none }
#define JOBS(svc, op, key) LIST(svc, op, key, 500, { FILTER_AFTER, "Filter.SubmitTimeAfter", "SubmitTime" })
#define LEX_LIST(op, where, key) REST_LIST(LX, op, "POST", where, key, IN_BODY, 1000)
#define MEDICAL "ComprehendMedicalAsyncJobPropertiesList"

const struct operation operations_ai[] = {
        /* the limit of ListStreamProcessors, ListAdapters and ListAdapterVersions is not published */
        LIST(RK, "ListCollections", "CollectionIds", 4096),
        JSON_DETAIL(RK, "DescribeCollection", "CollectionId", NULL, NULL),
        LIST(RK, "DescribeProjects", "ProjectDescriptions", 100),
        LIST(RK, "DescribeProjectVersions", "ProjectVersionDescriptions", 100),
        LIST(RK, "ListStreamProcessors", "StreamProcessors", 1000),
        JSON_DETAIL(RK, "DescribeStreamProcessor", "Name", NULL, "ListStreamProcessors"),
        LIST(RK, "ListMediaAnalysisJobs", "MediaAnalysisJobs", 100),
        TAGS(RK, "ResourceArn", "{\"Tags\":{}}"),

        LIST(CO, "ListEndpoints", "EndpointPropertiesList", 500),
        LIST(CO, "ListDocumentClassifiers", "DocumentClassifierPropertiesList", 500),
        LIST(CO, "ListEntityRecognizers", "EntityRecognizerPropertiesList", 500),
        LIST(CO, "ListFlywheels", "FlywheelSummaryList", 500),
        JSON_DETAIL(CO, "DescribeFlywheel", "FlywheelArn", "FlywheelProperties", "ListFlywheels"),
        JOBS(CO, "ListSentimentDetectionJobs", "SentimentDetectionJobPropertiesList"),
        JOBS(CO, "ListTargetedSentimentDetectionJobs", "TargetedSentimentDetectionJobPropertiesList"),
        JOBS(CO, "ListEntitiesDetectionJobs", "EntitiesDetectionJobPropertiesList"),
        JOBS(CO, "ListKeyPhrasesDetectionJobs", "KeyPhrasesDetectionJobPropertiesList"),
        JOBS(CO, "ListPiiEntitiesDetectionJobs", "PiiEntitiesDetectionJobPropertiesList"),
        JOBS(CO, "ListTopicsDetectionJobs", "TopicsDetectionJobPropertiesList"),
        JOBS(CO, "ListDominantLanguageDetectionJobs", "DominantLanguageDetectionJobPropertiesList"),
        JOBS(CO, "ListEventsDetectionJobs", "EventsDetectionJobPropertiesList"),
        JOBS(CO, "ListDocumentClassificationJobs", "DocumentClassificationJobPropertiesList"),
        TAGS(CO, "ResourceArn", "{\"Tags\":[]}"),

        JOBS(CM, "ListEntitiesDetectionV2Jobs", MEDICAL),
        JOBS(CM, "ListPHIDetectionJobs", MEDICAL),
        JOBS(CM, "ListICD10CMInferenceJobs", MEDICAL),
        JOBS(CM, "ListRxNormInferenceJobs", MEDICAL),
        JOBS(CM, "ListSNOMEDCTInferenceJobs", MEDICAL),

        LIST(TX, "ListAdapters", "Adapters", 1000),
        JSON_DETAIL(TX, "GetAdapter", "AdapterId", NULL, "ListAdapters"),
        LIST(TX, "ListAdapterVersions", "AdapterVersions", 1000, { FILTER_EQUAL, "AdapterId", "AdapterId" }),
        JSON_DETAIL(TX, "GetAdapterVersion", "AdapterId", NULL, NULL),

        LIST(TS, "ListLanguageModels", "Models", 100),
        LIST(TS, "ListVocabularies", "Vocabularies", 100),
        LIST(TS, "ListVocabularyFilters", "VocabularyFilters", 100),
        LIST(TS, "ListMedicalVocabularies", "Vocabularies", 100),
        LIST(TS, "ListCallAnalyticsCategories", "Categories", 100),
        LIST(TS, "ListTranscriptionJobs", "TranscriptionJobSummaries", 100),
        LIST(TS, "ListCallAnalyticsJobs", "CallAnalyticsJobSummaries", 100),
        LIST(TS, "ListMedicalTranscriptionJobs", "MedicalTranscriptionJobSummaries", 100),
        LIST(TS, "ListMedicalScribeJobs", "MedicalScribeJobSummaries", 100),
        JSON_DETAIL(TS, "GetMedicalScribeJob", "MedicalScribeJobName", "MedicalScribeJob", "ListMedicalScribeJobs"),
        TAGS(TS, "ResourceArn", "{\"Tags\":[]}"),

        LIST(TL, "ListTerminologies", "TerminologyPropertiesList", 500),
        LIST(TL, "ListParallelData", "ParallelDataPropertiesList", 500),
        LIST(TL, "ListTextTranslationJobs", "TextTranslationJobPropertiesList", 500, { FILTER_AFTER, "Filter.SubmittedAfterTime", "SubmittedTime" }),
        TAGS(TL, "ResourceArn", "{\"Tags\":[]}"),

        { .service = PO, .name = "ListLexicons", .method = "GET", .path = "/v1/lexicons", .items = "Lexicons", .in = IN_QUERY,
          .token_in = "NextToken", .token_out = "NextToken", .max = 100 },
        { .service = PO, .name = "ListSpeechSynthesisTasks", .method = "GET", .path = "/v1/synthesisTasks", .items = "SynthesisTasks",
          .in = IN_QUERY, .token_in = "NextToken", .token_out = "NextToken", .size = "MaxResults", .max = 100 },

        LEX_LIST("ListBots", "/bots/", "botSummaries"),
        REST_DETAIL(LX, "DescribeBot", "GET", "/bots/{botId}/", "botId", NULL, "ListBots"),
        LEX_LIST("ListBotAliases", "/bots/{botId}/botaliases/", "botAliasSummaries"),
        REST_DETAIL(LX, "DescribeBotAlias", "GET", "/bots/{botId}/botaliases/{botAliasId}/", "botAliasId", NULL, NULL),
        LEX_LIST("ListBotLocales", "/bots/{botId}/botversions/{botVersion}/botlocales/", "botLocaleSummaries"),
        REST_DETAIL(LX, "DescribeBotLocale", "GET", "/bots/{botId}/botversions/{botVersion}/botlocales/{localeId}/", "localeId", NULL, NULL),
        { .service = LX, .name = "ListTagsForResource", .method = "GET", .path = "/tags/{resourceARN}", .by = "resourceARN", .absent = "{\"tags\":{}}" },

        LIST(KD, "ListIndices", "IndexConfigurationSummaryItems", 100),
        JSON_DETAIL(KD, "DescribeIndex", "Id", NULL, "ListIndices"),
        LIST(KD, "ListDataSources", "SummaryItems", 100),
        TAGS(KD, "ResourceARN", "{\"Tags\":[]}"),

        LIST_LOWER(PE, "ListDatasetGroups", "datasetGroups", 100),
        JSON_DETAIL(PE, "DescribeDatasetGroup", "datasetGroupArn", "datasetGroup", "ListDatasetGroups"),
        LIST_LOWER(PE, "ListCampaigns", "campaigns", 100),
        JSON_DETAIL(PE, "DescribeCampaign", "campaignArn", "campaign", "ListCampaigns"),
        LIST_LOWER(PE, "ListRecommenders", "recommenders", 100),
        LIST_LOWER(PE, "ListSolutions", "solutions", 100),
        TAGS(PE, "resourceArn", "{\"tags\":[]}"),

        LIST(FC, "ListPredictors", "Predictors", 100),
        JSON_DETAIL(FC, "DescribeAutoPredictor", "PredictorArn", NULL, "ListPredictors"),
        LIST(FC, "ListDatasetGroups", "DatasetGroups", 100),
        TAGS(FC, "ResourceArn", "{\"Tags\":[]}"),

        LIST_LOWER(FD, "GetDetectors", "detectors", 10),
        LIST_LOWER(FD, "GetModels", "models", 10),
        LIST_LOWER(FD, "DescribeModelVersions", "modelVersionDetails", 10),
        LIST_LOWER(FD, "GetExternalModels", "externalModels", 10),
        { .service = FD, .name = "GetKMSEncryptionKey", .absent = "{}" },
        TAGS(FD, "resourceARN", "{\"tags\":[]}"),

        LIST(LE, "ListModels", "ModelSummaries", 500),
        JSON_DETAIL(LE, "DescribeModel", "ModelName", NULL, "ListModels"),
        LIST(LE, "ListInferenceSchedulers", "InferenceSchedulerSummaries", 500),
        TAGS(LE, "ResourceArn", "{\"Tags\":[]}"),

        LIST(HL, "ListFHIRDatastores", "DatastorePropertiesList", 500),
        TAGS(HL, "ResourceARN", "{\"Tags\":[]}"),
        { 0 },
};
/* clang-format on */
