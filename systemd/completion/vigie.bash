# bash completion for vigie

_vigie()
{
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
        local commands="scan daemon status resources findings coverage explain permissions check"
        local common="--config --state --verbose --quiet --no-color --help --usage --version"
        local place="--provider --account --scope --region --kind --all --format --output"
        local options

        # "--option=value" comes as three words
        if [[ $current == = ]]; then
                current=
        elif [[ $previous == = ]]; then
                previous=${COMP_WORDS[COMP_CWORD-2]}
        fi
        if ((COMP_CWORD == 1)); then
                mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$current")
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
        --format | -f)
                case $command in
                status) options="table json" ;;
                permissions) options="policy cloudformation terraform list json markdown" ;;
                *) options="table json csv" ;;
                esac
                ;;
        --fail-on | -F | --severity)
                options="info low medium high critical"
                ;;
        --verdict)
                options="fail unknown pass waived"
                ;;
        --area)
                options="eu eea adequate other unknown"
                ;;
        --type)
                options="iaas paas paas-ai mlaas ai-api foundation-model saas-ai"
                ;;
        *)
                case $command in
                scan) options="--account --format --output --fresh --plan --fail-on $common" ;;
                status) options="--format $common" ;;
                resources) options="$place --type --area --text $common" ;;
                findings) options="$place --type --area --text --rule --verdict --severity $common" ;;
                coverage) options="$place $common" ;;
                permissions) options="aws azure gcp huggingface mistral ovh replicate scaleway --format --account --optional --output $common" ;;
                *) options=$common ;;
                esac
                ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
}
complete -F _vigie vigie
