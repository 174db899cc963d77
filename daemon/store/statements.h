/* Every statement that is prepared once: STATEMENT(name, text). Included where its form is needed,
 * more than once. States: 0 ok, 5 off, 6 absent are answers, 7 is skipped (coverage.c checks). */
/* clang-format off */

STATEMENT(SCAN_ADD, "INSERT INTO scan(id, accounts, started) VALUES (?1, ?2, ?3)")
STATEMENT(SCAN_FINISH, "UPDATE scan SET finished = ?1, complete = ?2, calls = ?3 WHERE scan = ?4")
STATEMENT(SCAN_LAST,
          "SELECT id, started, finished, complete, calls FROM scan"
          " ORDER BY finished IS NULL, scan DESC LIMIT 1")

STATEMENT(ACCOUNT_BASELINE, "SELECT baseline FROM account WHERE account = ?1")
STATEMENT(ACCOUNT_SET_BASELINE, /* something of it was read */
          "INSERT INTO account(account, baseline) SELECT ?1, ?2 WHERE EXISTS"
          " (SELECT 1 FROM place CROSS JOIN pass USING (place) WHERE account = ?1"
          " AND pass.scan = ?3 AND state IN (0, 5, 6) AND collector <> 'sign-in')"
          " ON CONFLICT(account) DO UPDATE SET baseline = coalesce(baseline, excluded.baseline)")
STATEMENT(ACCOUNT_SET_JUDGED,
          "INSERT INTO account(account, judged) VALUES (?1, ?2)"
          " ON CONFLICT(account) DO UPDATE SET judged = excluded.judged")

STATEMENT(PLACE_FIND,
          "SELECT place FROM place"
          " WHERE provider = ?1 AND account = ?2 AND scope = ?3 AND region = ?4")
STATEMENT(PLACE_ADD, "INSERT INTO place(provider, account, scope, region) VALUES (?1, ?2, ?3, ?4)")

STATEMENT(PASS_FIND, "SELECT pass FROM pass WHERE place = ?1 AND collector = ?2")
STATEMENT(PASS_ADD, /* never read yet: killed now, it must not look well */
          "INSERT INTO pass(place, collector, state, since, cause)"
          " VALUES (?1, ?2, ?3, ?4, 'the scan was cut short')")
STATEMENT(PASS_READ,
          "SELECT state, last_ok, run, told, partial, scan, cause FROM pass WHERE pass = ?1")
STATEMENT(PASS_PUT,
          "UPDATE pass SET state = ?2, cause = ?3, permission = ?4, calls = ?5,"
          " topic = coalesce(?6, topic), service_type = coalesce(?7, service_type), items = ?8,"
          " since = coalesce(?9, since), last_ok = coalesce(?10, last_ok), scan = ?11, run = ?12,"
          " told = ?13, asked = ?14 WHERE pass = ?1")
STATEMENT(PASS_KNOWN, /* an answer, whole, and of nothing is it to be confirmed that it is gone */
          "SELECT pass FROM pass p WHERE place = ?1 AND collector = ?2 AND state IN (0, 5, 6)"
          " AND partial = 0 AND last_ok BETWEEN ?3 AND ?4 AND NOT EXISTS (SELECT 1 FROM resource r"
          " INDEXED BY resource_pass WHERE r.pass = p.pass AND gone IS NULL AND missing > 0)")
STATEMENT(DENIAL_EACH,
          "SELECT collector, part, digest, cause, asked, due, times, off FROM denial"
          " WHERE place = ?1")
STATEMENT(DENIAL_PUT,
          "INSERT OR REPLACE INTO denial(place, collector, part, digest, cause, asked, due, times,"
          " off) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
STATEMENT(DENIAL_FORGET, "DELETE FROM denial WHERE place = ?1 AND collector = ?2 AND part = ?3")
STATEMENT(DENIALS_FORGET,
          "DELETE FROM denial WHERE ?1 IS NULL"
          " OR place IN (SELECT place FROM place WHERE account = ?1)")
STATEMENT(ACCOUNT_SIGNS_IN, "SELECT signs_in FROM account WHERE account = ?1")
STATEMENT(ACCOUNT_SET_SIGNS_IN,
          "INSERT INTO account(account, signs_in) VALUES (?1, ?2)"
          " ON CONFLICT(account) DO UPDATE SET signs_in = excluded.signs_in")
STATEMENT(PASS_KEEP, "UPDATE pass SET scan = ?2, calls = 0 WHERE pass = ?1")
STATEMENT(PASS_PARTIAL, "UPDATE pass SET partial = ?1 WHERE pass = ?2")
STATEMENT(PASS_TOLD, "UPDATE pass SET told = 1 WHERE pass = ?1")
STATEMENT(PASS_UNVISITED,
          "SELECT pass, provider, account, scope, region, collector, topic, service_type,"
          " permission FROM place CROSS JOIN pass USING (place) WHERE account = ?1 AND scan <> ?2"
          " ORDER BY provider, account, scope, region, collector")
STATEMENT(PASS_SKIPPED,
          "SELECT pass, provider, account, scope, region, collector, topic, service_type,"
          " permission, cause FROM place CROSS JOIN pass USING (place) WHERE scan = ?1"
          " AND state = 7 AND told = 0 AND last_ok IS NOT NULL"
          " ORDER BY provider, account, scope, region, collector")

STATEMENT(TROUBLE_FIND,
          "SELECT state FROM trouble WHERE account = ?1 AND provider = ?2 AND scope = ?3")
STATEMENT(TROUBLE_PUT,
          "INSERT INTO trouble(account, provider, scope, state, cause, since, scan)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(account, provider, scope)"
          " DO UPDATE SET state = excluded.state, cause = excluded.cause, scan = excluded.scan")
STATEMENT(TROUBLE_OVER,
          "SELECT account, provider, scope FROM trouble WHERE account = ?1 AND scan <> ?2")
STATEMENT(TROUBLE_FORGET, "DELETE FROM trouble WHERE account = ?1 AND scan <> ?2")

STATEMENT(RESOURCE_FIND,
          "SELECT resource, r.pass, missing, gone, listed_digest, details_complete, detailed,"
          " p.state, p.scan, name, status, r.service_type, created, modified, tags, facts"
          " FROM resource r CROSS JOIN pass p USING (pass)"
          " WHERE r.place = ?1 AND kind = ?2 AND id = ?3")
STATEMENT(RESOURCE_ADD,
          "INSERT INTO resource(pass, place, kind, id, first_seen, changed, name, status, created,"
          " modified, service_type, topic, listed_digest, details_complete, detailed, tags, facts,"
          " evidence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
          " ?16, ?17, ?18)")
STATEMENT(RESOURCE_CHANGE,
          "UPDATE resource SET changed = ?2, name = ?3, status = ?4, created = ?5, modified = ?6,"
          " service_type = ?7, topic = ?8, listed_digest = ?9, details_complete = ?10,"
          " detailed = ?11, tags = ?12, facts = ?13, evidence = ?14 WHERE resource = ?1")
STATEMENT(RESOURCE_THERE, "UPDATE resource SET missing = 0, last_seen = NULL WHERE resource = ?1")
STATEMENT(RESOURCE_ADOPT,
          "UPDATE resource SET pass = ?1, missing = 0, last_seen = NULL, gone = NULL"
          " WHERE resource = ?2")
STATEMENT(RESOURCE_OF_PASS,
          "SELECT resource FROM resource INDEXED BY resource_pass"
          " WHERE pass = ?1 AND gone IS NULL")
STATEMENT(RESOURCE_MISSING, /* unless it was missing all along the run of answers */
          "UPDATE resource SET missing = ?1, last_seen = coalesce(last_seen, ?2, first_seen)"
          " WHERE resource = ?3 AND (missing = 0 OR ?4 = 0 OR missing < ?4)")
STATEMENT(RESOURCE_GOING, /* in two scans running its pass was an answer, and it was not there */
          "SELECT resource, provider, account, scope, region, kind, id, name, r.topic"
          " FROM resource r CROSS JOIN pass p USING (pass) CROSS JOIN place o ON o.place = r.place"
          " WHERE missing > 0 AND missing < ?1 AND gone IS NULL AND p.scan = ?1"
          " AND p.state IN (0, 5, 6) AND p.run > 0 AND missing >= p.run LIMIT ?2")
STATEMENT(RESOURCE_GONE, "UPDATE resource SET gone = ?1 WHERE resource = ?2")
STATEMENT(RESOURCE_OF_KEY,
          "SELECT resource FROM place CROSS JOIN resource USING (place)"
          " WHERE provider = ?1 AND account = ?2 AND scope = ?3 AND region = ?4"
          " AND vigie_key(provider, scope, region, kind, id) = ?5")
STATEMENT(RESOURCE_OF_KEY_ANYWHERE,
          "SELECT resource FROM place CROSS JOIN resource USING (place)"
          " WHERE vigie_key(provider, scope, region, kind, id) = ?1")
STATEMENT(RESOURCES_OF_ID, "SELECT resource FROM resource WHERE id = ?1")
STATEMENT(RESOURCES_OF_NAME, "SELECT resource FROM resource WHERE name = ?1 AND name <> id")
STATEMENT(RESOURCE_DESCRIPTION, "SELECT description FROM resource WHERE resource = ?1")
STATEMENT(RESOURCE_DESCRIBE, "UPDATE resource SET description = ?1 WHERE resource = ?2")

STATEMENT(FRESH_PUT, "INSERT OR REPLACE INTO fresh(resource, seen, scan) VALUES (?1, ?2, ?3)")
STATEMENT(FRESH_FORGET,
          "DELETE FROM fresh WHERE resource IN"
          " (SELECT resource FROM resource WHERE pass = ?1)")

STATEMENT(DESCRIPTION_FIND, "SELECT description FROM description WHERE digest = ?1")
STATEMENT(DESCRIPTION_ADD, "INSERT INTO description(digest, area, text) VALUES (?1, ?2, ?3)")

STATEMENT(SUBJECT,
          "SELECT r.place, provider, account, scope, region, kind, id, name"
          " FROM resource r CROSS JOIN place USING (place) WHERE resource = ?1")
STATEMENT(FINDING_OF,
          "SELECT finding, rule, verdict, severity, closed, said, f.saying"
          " FROM finding f CROSS JOIN saying USING (saying)"
          " WHERE f.resource = ?1 AND f.place = ?2")
STATEMENT(FINDING_ADD,
          "INSERT INTO finding(resource, place, rule, verdict, severity, saying, first_seen,"
          " changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
STATEMENT(FINDING_PUT,
          "UPDATE finding SET verdict = ?1, severity = ?2, saying = ?3,"
          " changed = coalesce(?4, changed), closed = NULL, last_seen = NULL WHERE finding = ?5")
STATEMENT(FINDING_CLOSE, /* it stood when its account was judged before */
          "UPDATE finding SET closed = ?1, last_seen = max(changed, coalesce("
          "(SELECT judged FROM account WHERE account = ?2), 0)), changed = ?1 WHERE finding = ?3")
STATEMENT(RULE_ADD, "INSERT OR IGNORE INTO rule(rule) VALUES (?1)")
STATEMENT(SAYING_FIND, "SELECT saying FROM saying WHERE digest = ?1")
STATEMENT(SAYING_ADD,
          "INSERT INTO saying(digest, said, why_en, why_fr, arithmetic, applies_from, state, facts,"
          " evidence, waiver) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
STATEMENT(WAIVER_TELL, "INSERT OR IGNORE INTO waiver_told(id, until, told) VALUES (?1, ?2, ?3)")
STATEMENT(COUNT_WAIVED, /* verdict 4 is waived */
          "SELECT waiver, sum(n) FROM (SELECT saying, count(*) n FROM finding INDEXED BY"
          " finding_waived WHERE verdict = 4 AND closed IS NULL GROUP BY saying)"
          " CROSS JOIN saying USING (saying) WHERE waiver IS NOT NULL GROUP BY waiver")
STATEMENT(HISTORY_ADD, /* the numbers come one higher, 0 (NULL) for none */
          "INSERT INTO history(finding, time, scan, verdict_from, verdict_to, severity_from,"
          " severity_to, saying_from, saying_to) VALUES (?1, ?2, ?3, ?4 - 1, ?5 - 1, ?6 - 1,"
          " ?7 - 1, ?8, ?9)")

STATEMENT(BASIS_FIND, "SELECT basis FROM basis WHERE parts = ?1")
STATEMENT(BASIS_ADD, "INSERT INTO basis(parts) VALUES (?1)")
STATEMENT(SCAN_BASIS, "UPDATE scan SET basis = ?1, judged = ?2 WHERE scan = ?3")
STATEMENT(SCAN_JUDGED,
          "SELECT parts, judged FROM scan JOIN basis USING (basis) ORDER BY scan DESC LIMIT 1")
STATEMENT(SCANS,
          "SELECT scan, id, started, finished, complete, accounts, parts, judged"
          " FROM scan LEFT JOIN basis USING (basis) ORDER BY scan DESC")

STATEMENT(SCAN_CENSUS, "UPDATE scan SET census = ?1 WHERE scan = ?2")
STATEMENT(CENSUSES, /* the newest so many, oldest first; one that has not ended may be under way */
          "SELECT id, accounts, started, finished, complete, census FROM scan WHERE scan IN"
          " (SELECT scan FROM scan WHERE started >= ?1 AND (finished IS NOT NULL"
          " OR scan < (SELECT max(scan) FROM scan)) ORDER BY scan DESC LIMIT ?2) ORDER BY scan")

STATEMENT(DRIFT_ADD,
          "INSERT INTO drift(scan, time, what, resource, pass, changes)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
STATEMENT(DRIFT_TOLD,
          "UPDATE drift SET what = ?3 WHERE pass = ?1 AND pass IS NOT NULL AND scan = ?2"
          " AND what = 3")

STATEMENT(FLAP_FIND, "SELECT severity FROM flap WHERE subject = ?1 AND row = ?2")
STATEMENT(FLAP_PUT, "INSERT INTO flap(subject, row, since, severity) VALUES (?1, ?2, ?3, ?4)")
STATEMENT(FLAP_TOLD, "UPDATE flap SET severity = ?3 WHERE subject = ?1 AND row = ?2")
STATEMENT(FLAP_FORGET, "DELETE FROM flap WHERE subject = ?1 AND row = ?2")
STATEMENT(FLAP_COUNT_FINDING, /* severities alone do not count; the highest there was */
          "SELECT count(*) FILTER (WHERE verdict_from IS NOT verdict_to),"
          " max(max(coalesce(severity_from, 0), coalesce(severity_to, 0)))"
          " FROM history WHERE finding = ?1 AND time > ?2")
STATEMENT(FLAP_COUNT_RESOURCE,
          "SELECT count(*), 0 FROM drift INDEXED BY drift_resource WHERE resource = ?1"
          " AND resource IS NOT NULL AND time > ?2 AND what IN (1, 2)")
STATEMENT(FLAP_COUNT_PASS,
          "SELECT count(*), 0 FROM drift INDEXED BY drift_pass WHERE pass = ?1"
          " AND pass IS NOT NULL AND time > ?2 AND what IN (4, 5)")
STATEMENT(FLAP_FINDING, /* the columns are those of flap.c */
          "SELECT row, provider, account, scope, region, f.closed IS NOT NULL"
          " OR f.verdict NOT IN (1, 2), kind, id, name, rule, f.verdict, f.severity, why_en,"
          " why_fr, NULL, NULL FROM flap CROSS JOIN finding f ON f.finding = row"
          " CROSS JOIN place o ON o.place = f.place LEFT JOIN saying USING (saying)"
          " LEFT JOIN resource r ON r.resource = f.resource"
          " WHERE subject = 0 AND row > ?1 ORDER BY row LIMIT 1")
STATEMENT(FLAP_RESOURCE,
          "SELECT row, provider, account, scope, region, gone IS NOT NULL, kind, id, name, NULL,"
          " NULL, NULL, NULL, NULL, NULL, NULL FROM flap CROSS JOIN resource r"
          " ON r.resource = row CROSS JOIN place o ON o.place = r.place"
          " WHERE subject = 1 AND row > ?1 ORDER BY row LIMIT 1")
STATEMENT(FLAP_PASS,
          "SELECT row, provider, account, scope, region, state NOT IN (0, 5, 6), collector, NULL,"
          " NULL, NULL, NULL, NULL, NULL, NULL, state, cause FROM flap CROSS JOIN pass p"
          " ON p.pass = row CROSS JOIN place o ON o.place = p.place"
          " WHERE subject = 2 AND row > ?1 ORDER BY row LIMIT 1")

STATEMENT(EVENT_ADD, "INSERT INTO event(kind, created, fields) VALUES (?1, ?2, ?3)")
STATEMENT(EVENT_NEXT,
          "SELECT sequence, kind, created, fields FROM event INDEXED BY event_unsent"
          " WHERE sent IS NULL ORDER BY sequence LIMIT 1")
STATEMENT(EVENT_AFTER,
          "SELECT sequence, kind, created, fields FROM event WHERE sequence > ?1"
          " ORDER BY sequence LIMIT 1")
STATEMENT(EVENT_LAST, "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0)")
STATEMENT(META_DROP, "DELETE FROM meta WHERE name = ?1")
STATEMENT(EVENT_PENDING,
          "SELECT kind, coalesce(json_extract(fields, '$.severity'), ''), count(*) FROM event"
          " INDEXED BY event_unsent WHERE sent IS NULL GROUP BY 1, 2")
STATEMENT(EVENT_SENT_KIND, "UPDATE event SET sent = ?1 WHERE sent IS NULL AND kind = ?2")
STATEMENT(EVENT_SENT, "UPDATE event SET sent = ?1 WHERE sequence = ?2 AND sent IS NULL")

STATEMENT(META_READ, "SELECT value FROM meta WHERE name = ?1")
STATEMENT(META_PUT, "INSERT OR REPLACE INTO meta(name, value) VALUES (?1, ?2)")

STATEMENT(FIND_ID, /* in the place, else in its scope, else in its account */
          "SELECT resource FROM resource CROSS JOIN place USING (place) WHERE id = ?1"
          " AND provider = ?2 AND account = ?3 AND gone IS NULL AND (?6 IS NULL OR topic = ?6)"
          " ORDER BY (scope = ?4) DESC, (scope = ?4 AND region = ?5) DESC, scope, region, kind LIMIT 1")
STATEMENT(FIND_NAME,
          "SELECT resource FROM resource CROSS JOIN place USING (place) WHERE name = ?1"
          " AND name <> id AND provider = ?2 AND account = ?3 AND gone IS NULL"
          " AND (?6 IS NULL OR topic = ?6)"
          " ORDER BY (scope = ?4) DESC, (scope = ?4 AND region = ?5) DESC, scope, region, kind, id"
          " LIMIT 1")
STATEMENT(RESOURCE_WHOLE,
          ROW_SELECT "resource r CROSS JOIN place o ON o.place = r.place" ROW_JOINS
          " WHERE r.resource = ?1")

STATEMENT(UNSEEN,
          ROW_SELECT "resource r INDEXED BY resource_pass CROSS JOIN place o ON o.place = r.place"
          ROW_JOINS " WHERE r.pass = ?1 AND r.gone IS NULL AND r.topic IS NULL ORDER BY o.region,"
          " r.kind, r.id")

STATEMENT(COUNT_STALE, /* missing, or in a pass that gave no answer and not seen in it */
          "SELECT (SELECT count(*) FROM resource WHERE missing > 0 AND gone IS NULL"
          " AND topic IS NULL) + (SELECT count(*) FROM pass p CROSS JOIN resource r USING (pass)"
          " WHERE p.state NOT IN (0, 5, 6) AND r.gone IS NULL AND r.topic IS NULL"
          " AND r.missing = 0 AND NOT EXISTS"
          " (SELECT 1 FROM fresh f WHERE f.resource = r.resource AND f.scan = p.scan))")
STATEMENT(COUNT_RESOURCES,
          "SELECT count(*) FROM resource INDEXED BY resource_type"
          " WHERE gone IS NULL AND topic IS NULL")
STATEMENT(COUNT_LIVE, "SELECT count(*) FROM resource INDEXED BY resource_pass WHERE gone IS NULL")
/* counted as the index has them, so that nothing but the few sums is sorted */
#define FINDINGS_IN_ORDER                                                                          \
        "(SELECT rule, verdict, severity, count(*) n FROM finding INDEXED BY finding_order"        \
        " WHERE closed IS NULL GROUP BY severity, rule, place, verdict)"
STATEMENT(COUNT_FINDINGS, "SELECT verdict, severity, sum(n) FROM " FINDINGS_IN_ORDER
                          " GROUP BY verdict, severity")
STATEMENT(EACH_COUNT_FINDINGS, "SELECT sum(n), rule, severity, verdict FROM " FINDINGS_IN_ORDER
                               " GROUP BY rule, verdict, severity"
                               " ORDER BY rule, verdict, severity")
STATEMENT(EACH_COUNT_RESOURCES,
          "SELECT count(*) FILTER (WHERE r.gone IS NULL), o.provider, r.kind,"
          " coalesce(d.area, 'unknown') FROM resource r CROSS JOIN place o USING (place)"
          " LEFT JOIN description d USING (description) WHERE r.topic IS NULL GROUP BY 2, 3, 4")
STATEMENT(EACH_COUNT_PASSES,
          "SELECT count(*), provider, account, scope, state FROM place CROSS JOIN pass"
          " USING (place) GROUP BY provider, account, scope, state")
STATEMENT(SCAN_TIMES,
          "SELECT coalesce(max(started), 0),"
          " coalesce(max(CASE WHEN complete THEN finished END), 0),"
          " coalesce((SELECT finished - started FROM scan WHERE finished IS NOT NULL"
          " ORDER BY scan DESC LIMIT 1), 0) FROM scan")
STATEMENT(COUNT_COVERAGE, "SELECT state, count(*) FROM pass GROUP BY state")

STATEMENT(PRUNE_EVENTS,
          "DELETE FROM event WHERE sequence IN"
          " (SELECT sequence FROM event WHERE sent IS NOT NULL AND sent < ?1 LIMIT ?2)")
STATEMENT(PRUNE_HISTORY,
          "DELETE FROM history WHERE finding IN"
          " (SELECT finding FROM finding WHERE closed IS NOT NULL AND closed < ?1"
          " ORDER BY closed, finding LIMIT ?2)")
STATEMENT(PRUNE_FINDINGS,
          "DELETE FROM finding WHERE finding IN"
          " (SELECT finding FROM finding WHERE closed IS NOT NULL AND closed < ?1"
          " ORDER BY closed, finding LIMIT ?2)")
STATEMENT(PRUNE_RESOURCES, /* its findings were closed with it, and went before */
          "DELETE FROM resource WHERE resource IN"
          " (SELECT resource FROM resource r WHERE gone IS NOT NULL AND gone < ?1 AND NOT EXISTS"
          " (SELECT 1 FROM finding f WHERE f.resource = r.resource) LIMIT ?2)")
STATEMENT(PRUNE_SCANS,
          "DELETE FROM scan WHERE scan IN (SELECT scan FROM scan WHERE started < ?1"
          " AND scan < (SELECT max(scan) FROM scan WHERE finished IS NOT NULL) LIMIT ?2)")
STATEMENT(PRUNE_DENIALS, "DELETE FROM denial WHERE asked < ?1")
STATEMENT(PRUNE_FRESH,
          "DELETE FROM fresh WHERE resource NOT IN (SELECT resource FROM resource)")
STATEMENT(PRUNE_SAYINGS,
          "DELETE FROM saying WHERE saying NOT IN (SELECT saying FROM finding)"
          " AND saying NOT IN (SELECT saying_from FROM history WHERE saying_from IS NOT NULL)"
          " AND saying NOT IN (SELECT saying_to FROM history WHERE saying_to IS NOT NULL)")
STATEMENT(PRUNE_DRIFT, /* of scans that went before; ?1 is theirs */
          "DELETE FROM drift WHERE drift IN (SELECT drift FROM drift INDEXED BY drift_scan"
          " WHERE scan < (SELECT min(scan) FROM scan) LIMIT ?2)")
STATEMENT(PRUNE_DRIFT_MANY, /* beyond so many rows the oldest go, whatever their age */
          "DELETE FROM drift WHERE drift IN (SELECT drift FROM drift"
          " WHERE drift <= (SELECT max(drift) FROM drift) - ?1 ORDER BY drift LIMIT ?2)")
STATEMENT(DRIFT_PAST, /* of the oldest scan that has rows some may be missing */
          "SELECT min(scan) FROM drift")
STATEMENT(PRUNE_BASIS,
          "DELETE FROM basis WHERE basis NOT IN (SELECT basis FROM scan WHERE basis IS NOT NULL)")
STATEMENT(PRUNE_FLAPS,
          "DELETE FROM flap WHERE (subject = 0 AND row NOT IN (SELECT finding FROM finding))"
          " OR (subject = 1 AND row NOT IN (SELECT resource FROM resource))"
          " OR (subject = 2 AND row NOT IN (SELECT pass FROM pass))")
STATEMENT(PRUNE_DESCRIPTIONS,
          "DELETE FROM description WHERE description NOT IN (SELECT description FROM resource)")
/* clang-format on */
