# README.md says what the catalogue says: the list in it is generated, not written.
. tests/e2e/lib.sh
sh tests/support/readme.sh "$VIGIE" README.md >"$dir/README.md" || fail "README.md has no lists between its markers"
ok "the list is the catalogue's: run make readme" cmp -s README.md "$dir/README.md"
ok "it names what is asked" grep -q '^| aws.sagemaker.endpoint | inference endpoint | mlaas | ListEndpoints, DescribeEndpoint' "$dir/README.md"
for provider in $(sed -n 's/^<!-- generated: vigie permissions \([a-z]*\) .*/\1/p' README.md); do
        ok "every kind of the catalogue of $provider is there" test "$(grep -c "^| $provider\." "$dir/README.md")" = "$(grep -h "^  - id: $provider\." config/catalogue/"$provider"/*.yaml | wc -l)"
done

# a list that is not the catalogue's is seen
sed '/^| aws.sagemaker.endpoint |/d' README.md >"$dir/old.md"
sh tests/support/readme.sh "$VIGIE" "$dir/old.md" >"$dir/new.md"
ok "what was taken out comes back" cmp -s README.md "$dir/new.md"
sed '/^<!-- generated/d' README.md >"$dir/none.md"
ok "a README without the markers is refused" sh -c "! sh tests/support/readme.sh '$VIGIE' '$dir/none.md' >/dev/null"
finish
