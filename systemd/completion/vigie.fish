# fish completion for vigie. Commands and options are what the program's own --help says.

function __vigie_commands
    vigie --help 2>/dev/null | string replace -rf '^  ([a-z]+)  +(.*)$' '$1\t$2'
end
function __vigie_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; and echo $words[2]
end
function __vigie_options
    vigie (__vigie_command) --help 2>/dev/null | string replace -rf '^ *(?:-., )?(--[a-z][a-z-]*)(?:=[^ ]+)? +(.*)$' '$1\t$2'
end
function __vigie_rules
    set -l data /usr/share/vigie
    set -q VIGIE_DATADIR; and set data $VIGIE_DATADIR
    cat $data/rules/*.yaml 2>/dev/null | string replace -rf '^ *- id: ([A-Z]+-[0-9]+)$' '$1'
end
function __vigie_formats
    switch (__vigie_command)
        case status
            printf '%s\n' table json
        case programme
            printf '%s\n' table json markdown
        case history
            printf '%s\n' table json csv html
        case permissions
            printf '%s\n' policy role cloudformation terraform iam-policy credential-rules token keys list json markdown
        case coverage
            printf '%s\n' table json csv ocsf oscal prometheus markdown
        case resources
            printf '%s\n' table json csv ocsf oscal cyclonedx prometheus markdown
        case findings
            printf '%s\n' table json csv ocsf oscal sarif prometheus markdown
        case scan report
            if contains -- client (commandline -opc) || contains -- --pack=client (commandline -opc)
                printf '%s\n' markdown html json
                return
            end
            printf '%s\n' table html json csv ocsf oscal cyclonedx sarif prometheus markdown
        case '*'
            printf '%s\n' table json csv
    end
end

set -l providers aws azure gcp huggingface mistral ovh replicate scaleway
complete -c vigie -f
complete -c vigie -n 'not __vigie_command' -a '(__vigie_commands)'
complete -c vigie -n '__vigie_command' -a '(__vigie_options)'
complete -c vigie -n 'test "$(__vigie_command)" = permissions' -a "$providers"
complete -c vigie -n 'test "$(__vigie_command)" = explain' -a '(__vigie_rules)'
complete -c vigie -n '__vigie_command' -l format -s f -x -a '(__vigie_formats)'
complete -c vigie -n '__vigie_command' -l config -r -F
complete -c vigie -n '__vigie_command' -l output -s o -r -F
complete -c vigie -n '__vigie_command' -l state -x -a '(__fish_complete_directories)'
complete -c vigie -n '__vigie_command' -l severity -x -a 'info low medium high critical'
complete -c vigie -n '__vigie_command' -l fail-on -s F -x -a 'info low medium high critical'
complete -c vigie -n '__vigie_command' -l pack -x -a client
complete -c vigie -n '__vigie_command' -l lang -x -a 'en fr'
complete -c vigie -n '__vigie_command' -l verdict -x -a 'fail unknown pass waived'
complete -c vigie -n '__vigie_command' -l by -x -a 'day scan'
complete -c vigie -n '__vigie_command' -l lang -x -a 'en fr'
complete -c vigie -n '__vigie_command' -l area -x -a 'eu eea adequate other unknown'
complete -c vigie -n '__vigie_command' -l type -x -a 'iaas paas paas-ai mlaas ai-api foundation-model saas-ai'
complete -c vigie -n '__vigie_command' -l provider -s p -x -a "$providers"
complete -c vigie -n '__vigie_command' -l rule -x -a '(__vigie_rules)'
