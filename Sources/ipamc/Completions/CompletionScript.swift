internal import ArgumentParser

/// The scripts that shells load for `--generate-completion-script SHELL`: those that the parser
/// makes, and what they lack.
enum CompletionScript {
    /// The script that a command line asks for, if it asks for one of a shell that we know.
    static func asked(_ arguments: [String]) -> String? {
        let option = "--generate-completion-script"
        let name: String
        if arguments.count == 2, arguments[0] == option {
            name = arguments[1]
        } else if arguments.count == 1, arguments[0].hasPrefix(option + "=") {
            name = String(arguments[0].dropFirst(option.count + 1))
        } else {
            return nil
        }
        return CompletionShell(rawValue: name).map { script(for: $0) + "\n" }
    }

    static func script(for shell: CompletionShell) -> String {
        let made = Ipamc.completionScript(for: shell)
        switch shell {
        case .bash:
            return replacing(made, bashEnd, with: bashHelp + bashWhole)
        case .zsh:
            let list = "'*:topic:(\(topics.joined(separator: " ")))'"
            return replacing(made, "'*:subcommands:'", with: list)
        case .fish:
            return made + """

                complete -c 'ipamc' -n '__ipamc_should_offer_completions_for_positional \
                "ipamc help" -eq 1' -fa '\(topics.joined(separator: " "))'
                """
        // A shell that the parser knows and we do not know yet; it is no enum.
        default:
            return made
        }
    }

    /// What `ipamc help` explains.
    static let topics =
        Ipamc.commandNames.filter { $0 != "help" } + ["codes"] + HelpPage.all.map(\.code)

    private static func replacing(_ text: String, _ part: String, with other: String) -> String {
        let count = text.ranges(of: part).count
        precondition(count == 1, "The parser's script has \(count) times: \(part)")
        return text.replacing(part, with: other)
    }

    /// What the parser's script ends with.
    private static let bashEnd = """
        _ipamc_help() {
            :
        }

        complete -o filenames -F _ipamc ipamc
        """

    private static let bashHelp = """
        _ipamc_help() {
            __ipamc_add_completions -W '\(topics.joined(separator: "'$'\\n''"))'
        }


        """

    /// For bash, `=` and `:` end a word, and so `--selector tier=pu` would be about the word `pu`
    /// behind the word `=`. Here a word is what stands between spaces; `--option=value` is two;
    /// and global options that stand before the command are moved behind it.
    private static let bashWhole = #"""
        _ipamc_whole() {
            local -a parts=("${COMP_WORDS[@]}") whole=()
            local -i index place=0
            local rest="${COMP_LINE}" bare
            for index in "${!parts[@]}"; do
                bare="${rest#"${rest%%[![:space:]]*}"}"
                if [[ "${index}" -gt 0 && "${rest}" = "${bare}" && -n "${parts[index]}" ]]; then
                    whole[${#whole[@]}-1]+="${parts[index]}"
                else
                    whole+=("${parts[index]}")
                fi
                rest="${bare#"${parts[index]}"}"
                [[ "${index}" -eq "${COMP_CWORD}" ]] && place="${#whole[@]}-1"
            done
            local ahead=''
            if [[ "${whole[place]}" = --*=* ]]; then
                ahead="${whole[place]%%=*}="
                whole=("${whole[@]::place}" "${ahead%=}" "${whole[place]#*=}" "${whole[@]:place+1}")
                place+=1
            fi
            while [[ "${place}" -gt 3 && "${whole[3]}" != '' ]]; do
                case "${whole[1]}" in
                -n | --namespace | --socket | -o | --output | --timeout)
                    whole=("${whole[0]}" "${whole[3]}" "${whole[1]}" "${whole[2]}" "${whole[@]:4}")
                    ;;
                *)
                    break
                    ;;
                esac
            done
            local -a COMP_WORDS=("${whole[@]}")
            local -i COMP_CWORD="${place}"
            local typed="${whole[place]}"
            _ipamc "${whole[0]}" "${typed}" "${whole[place-1]}"
            # What bash takes for words of their own stays, and the rest is replaced.
            if [[ "${COMP_WORDBREAKS}" = *=* ]]; then
                COMPREPLY=("${COMPREPLY[@]#"${typed%"${typed##*[=:]}"}"}")
            else
                COMPREPLY=("${COMPREPLY[@]/#/"${ahead}"}")
            fi
            return 0
        }

        complete -o filenames -F _ipamc_whole ipamc
        """#
}
