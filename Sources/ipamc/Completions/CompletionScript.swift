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
            return zshGlobals(replacing(made, "'*:subcommands:'", with: list))
        case .fish:
            return fishGlobals(made) + """

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

    /// A command that has the global options and no others; what is made for them there is taken
    /// for the place before the command as well.
    private static let plain = "version"

    /// The script for zsh, in which global options may stand before the command.
    private static func zshGlobals(_ made: String) -> String {
        let start = "\n_ipamc_\(plain)() {\n"
        guard let head = made.firstRange(of: start),
            let end = made[head.upperBound...].firstRange(of: "\n}\n")
        else { preconditionFailure("The parser's script has no function for \(plain).") }
        let lines = made[head.upperBound..<end.lowerBound].split(separator: "\n")
        let forms = lines.filter { $0.hasPrefix("    local -ar ___") }
        let options = lines.filter { $0.hasPrefix("        '") && !$0.contains("--help") }
        precondition(forms.count == 1 && options.count == 4, "There are four global options.")
        let specs = "    local -ar arg_specs=(\n        '(-h --help)'"
        let command = "        '(-): :->command'"
        var whole = replacing(
            made, command, with: (options + [command[...]]).joined(separator: "\n"))
        guard let place = whole.firstRange(of: specs) else {
            preconditionFailure("The parser's script begins with its options.")
        }
        whole.replaceSubrange(place, with: forms[0] + "\n" + specs)
        return whole
    }

    /// The same for fish.
    private static func fishGlobals(_ made: String) -> String {
        let offer = "__ipamc_should_offer_completions_for_flags_or_options"
        let own = "-n '\(offer) \"ipamc \(plain)\" "
        let options = made.split(separator: "\n").filter {
            $0.contains(own) && !$0.contains(own + "h help'")
        }
        precondition(options.count == 4, "There are four global options.")
        let moved = options.map { $0.replacing(own, with: "-n '\(offer) \"ipamc\" ") }
        let parsed = "__ipamc_parse_subcommand 0 'socket=' 'n/namespace=' 'o/output=' 'timeout=' "
        let top = "    case 'ipamc'\n        __ipamc_parse_subcommand 0 'h/help'"
        let named = "    case 'ipamc'\n        " + parsed + "'h/help'"
        return replacing(made, top, with: named) + "\n" + moved.joined(separator: "\n")
    }

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
            local -a front=()
            local -i taken
            while true; do
                case "${whole[1]}" in
                -n | --namespace | --socket | -o | --output | --timeout) taken=2 ;;
                --namespace=* | --socket=* | --output=* | --timeout=*) taken=1 ;;
                *) break ;;
                esac
                [[ "${place}" -gt "${taken}" ]] || break
                front+=("${whole[@]:1:taken}")
                whole=("${whole[0]}" "${whole[@]:1+taken}")
                place+=-taken
            done
            if [[ "${place}" -gt 1 ]]; then
                # Some command, for an option whose value is typed before there is one.
                [[ "${whole[1]}" = -* ]] && front=(version "${front[@]}") || {
                    front=("${whole[1]}" "${front[@]}")
                    whole=("${whole[0]}" "${whole[@]:2}")
                    place+=-1
                }
                whole=("${whole[0]}" "${front[@]}" "${whole[@]:1}")
                place+=${#front[@]}
            fi
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
