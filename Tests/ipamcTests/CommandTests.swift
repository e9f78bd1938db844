import ArgumentParser
import Testing

@testable import ipamc

@Suite struct `The commands of ipamc` {
    @Test func `stand under the names that they have`() {
        for name in CommandName.allCases {
            #expect(name.type.configuration.commandName == name.rawValue)
            #expect(
                name.type.configuration.aliases.isEmpty,
                "\(name) would be found under one name only")
        }
    }

    @Test func `are the same, parsed alone or below ipamc`() throws {
        let lines = [
            "request --name web-1 --length 26 --parent root -o json",
            "request -n web --prefix 10.0.0.0/26 --any-parent --label a=b --label c=d --wait 5s",
            "release web-1 10.0.0.0/26 --timeout 1s", "get prefixes -A -l a=b", "status --check",
            "describe prefix root", "version", "apply -f file --wait 2s", "request",
        ]
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            let alone = try #require(Ipamc.parsedAlone(words), "\(line)")
            let whole = try Ipamc.parseAsRoot(words)
            #expect(String(reflecting: alone) == String(reflecting: whole), "\(line)")
        }
    }

    @Test func `are left to the parser of the whole, which knows all words, if there is a mistake`()
    {
        let lines = [
            "", "help", "help request", "requets --length 26", "request --help", "request -h",
            "request --legnth 26", "request --length x", "request web-1", "request --version",
            "request --generate-completion-script bash", "get --experimental-dump-help",
            "--generate-completion-script zsh", "-o json request --length 26",
        ]
        for line in lines {
            #expect(
                Ipamc.parsedAlone(line.split(separator: " ").map(String.init)) == nil, "\(line)")
        }
    }
}
