# README.md says what the catalogue says: the list in it is generated, not written.
. tests/e2e/lib.sh
sh tests/support/readme.sh "$VIGIE" README.md >"$dir/README.md" || fail "README.md has no list between its markers"
ok "the list is the catalogue's: run make readme" cmp -s README.md "$dir/README.md"
ok "it names what is asked" grep -q '^| aws.sagemaker.endpoint | inference endpoint | mlaas | ListEndpoints, DescribeEndpoint' "$dir/README.md"
ok "every kind of the catalogue is there" test "$(grep -c '^| aws\.' "$dir/README.md")" = "$(grep -h '^  - id: aws\.' config/catalogue/aws/*.yaml | wc -l)"

# a list that is not the catalogue's is seen
sed '/^| aws.sagemaker.endpoint |/d' README.md >"$dir/old.md"
sh tests/support/readme.sh "$VIGIE" "$dir/old.md" >"$dir/new.md"
ok "what was taken out comes back" cmp -s README.md "$dir/new.md"
sed '/^<!-- generated/d' README.md >"$dir/none.md"
ok "a README without the markers is refused" sh -c "! sh tests/support/readme.sh '$VIGIE' '$dir/none.md' >/dev/null"
finish
