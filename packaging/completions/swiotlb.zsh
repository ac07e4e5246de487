#compdef swiotlb
# SPDX-License-Identifier: GPL-2.0-only
#
# Zsh completion of swiotlb(8).

# Made from the program's tables: _swiotlb_commands completes a command, and
# _swiotlb_options COMMAND its options and operands.
# @TABLES@

_swiotlb()
{
	local curcontext=$curcontext state line
	local -i dashes
	local -A opt_args

	_arguments -C \
		'(- : *)'{-h,--help}'[show all commands]' \
		'(- : *)'{-V,--version}'[show the version]' \
		'1:command:->command' \
		'*::argument:->argument'
	case $state in
	command)
		_alternative 'commands:command:_swiotlb_commands' 'help:help:((help\:"Show the options of a command."))'
		;;
	argument)
		# The words begin with the command now. Behind "--" is another program's
		# command line.
		dashes=${words[(i)--]}
		if ((dashes < CURRENT)); then
			shift dashes words
			((CURRENT -= dashes))
			_normal
		else
			curcontext=${curcontext%:*:*}:swiotlb-$words[1]:
			_swiotlb_options $words[1]
		fi
		;;
	esac
}

_swiotlb "$@"
