# SPDX-License-Identifier: GPL-2.0-only
#
# Completion of the command suture in bash. Names of drivers, entries and rules
# come from the command itself, so that they are those of the running kernel.

_suture_names() {
	# The values of one key in the answer, one a line: what we ask for is flat.
	suture -j "${@:2}" 2>/dev/null | sed -n "s/^ *\"$1\": \"\\(.*\\)\",\\{0,1\\}\$/\\1/p" | sort -u
}

_suture_modules() {
	find "/lib/modules/$(uname -r)" -name '*.ko*' -printf '%f\n' 2>/dev/null | sed 's/\.ko.*//'
}

# What can follow in `suture policy`: sections are words of a kind and a name each.
_suture_policy() {
	local keys="profile action ceiling repairs escalate_unwinds escalate_repairs escalate_ms
		budget_task_ms budget_softirq_ms budget_irqoff_ms"
	case $1:$2 in
	:*) words="show check apply set unset" ;;
	check:*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	show:show) words=$(_suture_names driver status) ;;
	*:driver) words=$(_suture_names driver status) ;;
	*:rule) words=$(_suture_names rule rules) ;;
	*:class) words=$(_suture_names class rules) ;;
	*:profile) words="observe desktop server developer" ;;
	*:action) words="off observe repair unwind power-cycle restart" ;;
	*:ceiling) words="observe repair unwind power-cycle restart quarantine" ;;
	set:set | unset:unset) words="suture driver class rule function" ;;
	set:* | unset:*) words="driver class rule function $keys" ;;
	*) words= ;;
	esac
}

_suture() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local commands="check load unload status events rules policy inject restart report learn quarantine stats attention enable disable doctor"
	local command="" driver="" word words="" before="" core=()

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $before:$word in
		--core:*) core=(--core "$word") ;;
		*:-*) ;;
		*) if [ -z "$command" ]; then command=$word; elif [ -z "$driver" ]; then driver=$word; fi ;;
		esac
		before=$word
	done

	[[ $command:$prev != events:--sarif ]] || prev=""
	case $prev in
	--core | --btf | --contracts | --output | --input | --html | --sarif | --save | --key | --cert | -o) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	--kernel-dir | --modules | --debug | --config | --root) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
	--crash | --hang | --none)
		mapfile -t COMPREPLY < <(compgen -W "$(_suture_names entry status -v "$driver")" -- "$cur")
		return ;;
	--kernel)
		mapfile -t COMPREPLY < <(if [ "$command" != learn ]; then compgen -W "$(ls /lib/modules 2>/dev/null)" -- "$cur"; else compgen -f -- "$cur"; fi)
		return ;;
	--since | --nth) return ;;
	--driver) mapfile -t COMPREPLY < <(compgen -W "$(_suture_names driver status)" -- "$cur"); return ;;
	--action) mapfile -t COMPREPLY < <(compgen -W "observe repair unwind power-cycle restart" -- "$cur"); return ;;
	--id)
		mapfile -t COMPREPLY < <(compgen -W "$(suture -j report 2>/dev/null | sed -n 's/^ *"seq": \([0-9]*\),*$/\1/p')" -- "$cur")
		return ;;
	esac

	case $command in
	"") words="$commands --help --json --version" ;;
	check) words="--all --loaded --verbose --output --core --kernel-dir --btf --contracts --entries-only --with --alone --json --help" ;;
	load) words="--core --contracts --entries-only --with --alone --json --help" ;;
	status) words="--verbose --json --help" ;;
	events) words="--follow --since --input --journal --sarif --core --debug --json --help" ;;
	attention) words="--driver --action --output --core --debug --json --help" ;;
	stats) words="--prometheus --json --help" ;;
	inject) words="--crash --crash-locked --hang --none --nth --rate --after --error --stop --json --help" ;;
	enable) words="--with --alone --entries-only --initramfs --no-initramfs --refresh --kernel --key --cert --unsigned --core --root --json --help" ;;
	doctor) words="--kernel --root --json --help" ;;
	disable) words="--all --keep --no-initramfs --root --json --help" ;;
	learn) words="--kernel --modules --output --json --help" ;;
	report) words="--list --last --id --html --sarif --save --input --core --debug --json --help" ;;
	restart) words="--no-wait --json --help" ;;
	rules) words="--core --json --help" ;;
	policy) words="--config --core --json --help" ;;
	*) words="--json --help" ;;
	esac

	if [[ $cur != -* ]]; then
		case $command in
		check | load)
			[ -n "$driver" ] || words=$(_suture_modules)
			mapfile -t COMPREPLY < <(compgen -f -W "$words" -- "$cur")
			return ;;
		enable) words=$(_suture_modules) ;;
		disable) words=$(_suture_names driver enable) ;;
		unload | status | stats | events | inject | restart | quarantine)
			words=$(_suture_names driver status) ;;
		report)
			# Also of drivers that have gone.
			words=$(_suture_names driver report) ;;
		rules)
			case $driver:$prev in
			:*) words="set $(_suture_names rule rules "${core[@]}")" ;;
			set:set) words=$(_suture_names rule rules) ;;
			set:*) words="off observe repair unwind power-cycle restart" ;;
			esac ;;
		policy) _suture_policy "$driver" "$prev" ;;
		help) words=$commands ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _suture suture
