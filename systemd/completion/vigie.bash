# bash completion for vigie. Commands and options are what the program's own --help says.

_vigie_values() # COMMAND OPTION
{
        case $2 in
        --format | -f)
                case $1 in
                status) echo table json ;;
                programme) echo table json markdown ;;
                duties) echo table json markdown ;;
                history) echo table json csv html ;;
                permissions) echo policy role cloudformation terraform iam-policy credential-rules token keys list json markdown ;;
                coverage) echo table json csv ocsf oscal prometheus markdown ;;
                resources) echo table json csv ocsf oscal cyclonedx prometheus markdown ;;
                findings) echo table json csv ocsf oscal sarif prometheus markdown ;;
                packreport) echo markdown html json ;;
                scan | report) echo table html json csv ocsf oscal cyclonedx sarif prometheus markdown ;;
                *) echo table json csv ;;
                esac
                ;;
        --fail-on | -F | --severity) echo info low medium high critical ;;
        --pack) echo client ;;
        --by) echo day scan ;;
        --lang) echo en fr ;;
        --verdict) echo fail unknown pass waived ;;
        --area) echo eu eea adequate other unknown ;;
        --type) echo iaas paas paas-ai mlaas ai-api foundation-model saas-ai ;;
        --provider | -p) echo aws azure gcp huggingface mistral ovh replicate scaleway ;;
        --rule) sed -n 's/^ *- id: \([A-Z]*-[0-9]*\)$/\1/p' "${VIGIE_DATADIR:-/usr/share/vigie}"/rules/*.yaml 2>/dev/null ;;
        --account | -a) sed -n 's/^ *- *{\{0,1\}name: *\([A-Za-z0-9._-]*\).*/\1/p' /etc/vigie/vigie.yaml /etc/vigie/conf.d/*.yaml 2>/dev/null ;;
        esac
}

_vigie()
{
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} program=${COMP_WORDS[0]} command=${COMP_WORDS[1]}
        local words of

        # "--option=value" comes as three words
        if [[ $current == = ]]; then
                current=
        elif [[ $previous == = ]]; then
                previous=${COMP_WORDS[COMP_CWORD-2]}
        fi
        if ((COMP_CWORD == 1)); then
                words="$(LC_ALL=C "$program" --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p') --help --version"
                mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
                return
        fi
        case $previous in
        --config | --output | -o)
                mapfile -t COMPREPLY < <(compgen -f -- "$current")
                return
                ;;
        --state)
                mapfile -t COMPREPLY < <(compgen -d -- "$current")
                return
                ;;
        esac
        of=$command
        [[ " ${COMP_WORDS[*]} " != *" --pack"* ]] || of=pack$command # which has formats of its own
        words=$(_vigie_values "$of" "$previous")
        if [[ -z $words && $current != -* ]]; then
                case $command in
                permissions) words=$(_vigie_values "$command" --provider) ;;
                explain) words=$(_vigie_values "$command" --rule) ;;
                diff)
                        mapfile -t COMPREPLY < <(compgen -f -- "$current")
                        return
                        ;;
                esac
        fi
        if [[ -z $words ]]; then
                words=$(LC_ALL=C "$program" "$command" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)
        fi
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _vigie vigie
