# Completion in bash, zsh and fish: every command and every option that --help names is offered, and values where they are known.
. tests/e2e/lib.sh
export VIGIE_DATADIR=$PWD/config
mkdir -p "$dir/bin"
ln -s "$PWD/$VIGIE" "$dir/bin/vigie"
export PATH=$dir/bin:$PATH

in_bash() { # WORD…: what the last one can become
        bash -c '. systemd/completion/vigie.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _vigie; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
in_zsh() { # WORD…: zsh completes in a terminal only, so one is made for it
        zsh -f -c '
                zmodload zsh/zpty
                zpty z "PS1= PS2= zsh -f -i"
                zpty -w z "autoload -Uz compinit; fpath=(systemd/completion \$fpath); compinit -u -D; compdef _vigie vigie; LISTMAX=0; zstyle \":completion:*\" list-grouped false; bindkey \"^I\" complete-word; compadd() { if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd \"\$@\"; return \$?; fi; local -a __m; builtin compadd -A __m \"\$@\"; print -l -- \"@\"\${^__m}; builtin compadd \"\$@\"; }; print READY"
                zpty -r z line "*READY*READY*"
                zpty -n -w z "$1"$'"'\t'"'
                sleep 1
                while zpty -r -t z line; do print -r -- "$line"; done
                zpty -d z
        ' zsh "$*" | tr -d '\r' | sed -n 's/.*@\([A-Za-z-][A-Za-z0-9-]*\).*/\1/p'
}
in_fish() {
        fish --no-config -c 'source systemd/completion/vigie.fish; complete -C "$argv"' "$*" | cut -f1
}
offers() { # SHELL "WORDS" EXPECTED…
        local shell=$1 words=$2 got
        shift 2
        # shellcheck disable=SC2086 # words
        if [ "$shell" = bash ]; then got=$(in_bash $words ""); else got=$("in_$shell" "$words"); fi
        for expected in "$@"; do
                grep -qxF -e "$expected" <<<"$got" || fail "$shell: '$words' does not offer '$expected' but: $got"
        done
        passed=$((passed + 1))
}

commands=$("$VIGIE" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
ok "there are commands" test "$(wc -w <<<"$commands")" -ge 9
for shell in bash zsh fish; do
        command -v "$shell" >/dev/null || fail "$shell is not installed"
        # shellcheck disable=SC2086 # words
        offers "$shell" "vigie " $commands
        offers "$shell" "vigie findings --severity " info low medium high critical
        offers "$shell" "vigie permissions " aws azure gcp ovh scaleway
        offers "$shell" "vigie explain " LOC-001 GOV-001
        offers "$shell" "vigie status --format " table json
        offers "$shell" "vigie report --pack " client
        offers "$shell" "vigie report --pack client --format " markdown html json
        offers "$shell" "vigie report --format " table json csv ocsf oscal cyclonedx sarif prometheus markdown
done
for command in $commands; do
        # shellcheck disable=SC2046 # words
        options=$("$VIGIE" "$command" --help | sed -n 's/^ *\(-., \)\{0,1\}\(--[a-z][a-z-]*\).*/\2/p')
        for shell in bash fish; do
                got=$(if [ $shell = bash ]; then in_bash vigie "$command" --; else in_fish "vigie $command --"; fi)
                for option in $options; do
                        grep -qxF -e "$option" <<<"$got" || fail "$shell: $command does not offer $option"
                done
                passed=$((passed + 1))
        done
done
got=$(in_bash vigie report --pack client --format "")
ok "a pack has no other formats" test "$(wc -w <<<"$got")" -eq 3
for command in scan report resources findings coverage; do
        help=$("$VIGIE" "$command" --help | tr -s ' \n' '  ')
        for format in $(in_bash vigie "$command" --format ""); do
                grep -qE "table \(default\),.* $format[, -]" <<<"${help/table (default)/table (default), table}" || fail "$command --format offers $format, which it does not know"
        done
        passed=$((passed + 1))
done
got=$(in_zsh "vigie scan --")
for option in --account --fail-on --plan --format --config; do
        grep -qF -e "$option" <<<"$got" || fail "zsh: scan does not offer $option but: $got"
done
passed=$((passed + 1))
finish
