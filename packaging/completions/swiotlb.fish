# SPDX-License-Identifier: GPL-2.0-only
#
# Fish completion of swiotlb(8).

# Succeeds if the command line has no command yet.
function __swiotlb_begins
    test (count (commandline -opc)) -eq 1
end

# __swiotlb_is COMMAND: succeeds in that command, before "--"
function __swiotlb_is
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test "$words[2]" = $argv[1]; and not contains -- -- $words
end

# Succeeds behind "--", where another program's command line begins.
function __swiotlb_runs
    contains -- -- (commandline -opc)
end

function __swiotlb_run
    set -l words (commandline -opc)
    set -l index (contains --index -- -- $words)
    set -l rest (string escape -- $words[(math $index + 1)..])
    complete -C (string join ' ' -- $rest (commandline -ct))
end

complete -c swiotlb -f
complete -c swiotlb -n __swiotlb_begins -s h -l help -d 'show all commands'
complete -c swiotlb -n __swiotlb_begins -s V -l version -d 'show the version'
complete -c swiotlb -n __swiotlb_begins -a help -d 'show the options of a command'
complete -c swiotlb -n __swiotlb_runs -a '(__swiotlb_run)'

# Made from the program's tables.
# @TABLES@
