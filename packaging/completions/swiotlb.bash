# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Bash completion of swiotlb(8).

# Made from the program's tables: _swiotlb_commands; _swiotlb_options COMMAND,
# _swiotlb_argument COMMAND OPTION, which says what an option's argument is, and
# _swiotlb_operands COMMAND, which says what operands are.
# @TABLES@

# _swiotlb_offer WORD...: those that $cur begins
_swiotlb_offer()
{
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
}

# _swiotlb_offer_list WORD...: as the last one of a list, those that are not in it
_swiotlb_offer_list()
{
	local before='' left='' word

	[[ $cur != *,* ]] || before=${cur%,*},
	for word; do
		[[ ,$before == *,$word,* ]] || left+=" $word"
	done
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$left" -- "${cur##*,}")
	compopt -o nospace
}

_swiotlb_offer_files()
{
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	compopt -o filenames
}

# _swiotlb_offer_command INDEX: of another program, which begins at that word
_swiotlb_offer_command()
{
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		[[ $cur != */* ]] || compopt -o filenames
	else
		_swiotlb_offer_files
	fi
}

# _swiotlb_offer_values FORM WORD...: FORM is that of _swiotlb_argument
_swiotlb_offer_values()
{
	case $1 in
	one) _swiotlb_offer "${@:2}" ;;
	first) _swiotlb_offer "${@:2}" && compopt -o nospace ;;
	list) _swiotlb_offer_list "${@:2}" ;;
	path) _swiotlb_offer_files ;;
	esac
}

# Bash calls it with the word that is completed as $2, without an opening quote,
# and the word before as $3. In --option=VALUE the "=" is a word of its own.
_swiotlb()
{
	local cur=$2 option=$3 command=${COMP_WORDS[1]} i
	local -a values

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_swiotlb_offer "$(_swiotlb_commands)" help --help --version
		return
	fi
	for ((i = 2; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} != -- ]] || { _swiotlb_offer_command $((i + 1)); return; }
	done
	if [[ ${COMP_WORDS[COMP_CWORD]} == = ]]; then
		cur=''
	elif [[ $option == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	read -ra values < <(_swiotlb_argument "$command" "$option")
	if [[ ${values[*]} ]]; then
		_swiotlb_offer_values "${values[@]}"
	elif [[ $cur == -* ]]; then
		_swiotlb_offer "$(_swiotlb_options "$command")"
	elif [[ $command == help ]]; then
		_swiotlb_offer "$(_swiotlb_commands)"
	else
		_swiotlb_offer_values "$(_swiotlb_operands "$command")"
	fi
}
complete -F _swiotlb swiotlb
