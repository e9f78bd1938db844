/// Dependencies point one way: towards `IPAM`, which depends on nothing. Package.swift says it to
/// the build; this table also keeps out modules that the toolchain offers to everybody.
enum ImportRules {
    /// What each target may import. A new target adds its line here, and argues for it.
    static let allowed: [String: Set<String>] = [
        "IPAM": [],
        "IPAMEngine": ["IPAM"],
        "IPAMWire": ["IPAM"],
        "IPAMStore": ["IPAM", "IPAMEngine", "CLinux", "Glibc", "Synchronization"],
        "IPAMClient": ["IPAM", "IPAMWire", "CLinux", "Glibc"],
        "IPAMClientNIO": [
            "IPAM", "IPAMWire", "IPAMClient", "NIOCore", "NIOPosix", "Synchronization", "Glibc",
        ],
        "Systemd": ["CSystemd", "Glibc"],
        "ipamd": [
            "IPAM", "IPAMEngine", "IPAMStore", "IPAMWire", "Systemd", "CLinux", "NIOCore",
            "NIOPosix", "ArgumentParser", "Logging", "Synchronization", "Glibc",
        ],
        "ipamc": [
            "IPAM", "IPAMClient", "ArgumentParser", "CYaml", "FoundationEssentials", "Glibc",
        ],
        "Seeded": [],
        // It looks at everything that takes bytes from outside, ipamc's manifests among them.
        "ipamfuzz": [
            "IPAM", "IPAMEngine", "IPAMStore", "IPAMWire", "Seeded", "ipamc", "CFuzzer",
            "Synchronization", "Glibc",
        ],
        "ipamsim": [
            "IPAM", "IPAMEngine", "IPAMStore", "IPAMWire", "Seeded", "ArgumentParser",
            "Synchronization", "Glibc",
        ],
        "ipambench": [
            "IPAM", "IPAMEngine", "IPAMWire", "IPAMClient", "Seeded", "CLinux", "NIOCore",
            "NIOPosix", "ArgumentParser", "Glibc",
        ],
        "ipamtrial": [
            "IPAM", "IPAMClient", "IPAMClientNIO", "Seeded", "ArgumentParser", "Synchronization",
            "Glibc",
        ],
    ]

    static func forbiddenImports(in file: SourceFile) -> [Finding] {
        guard file.isSwiftSource, let target = file.target else { return [] }
        guard let modules = allowed[target] else {
            return [
                Finding(
                    path: file.path, line: 1,
                    rule: "`\(target)` has no line in ImportRules.allowed: what may it import?")
            ]
        }
        return imports(of: file).filter { !modules.contains($0.module) }.map {
            Finding(
                path: file.path, line: $0.line,
                rule: "`\(target)` must not import `\($0.module)`")
        }
    }

    /// A module of this package that a target imports without naming it in Package.swift is found
    /// only when the build happens to make it first.
    static func undeclaredImports(in file: SourceFile, manifest: String) -> [Finding] {
        guard file.isSwiftSource, let target = file.target else { return [] }
        let declared = declaredDependencies(of: target, in: manifest)
        return imports(of: file)
            .filter { allowed.keys.contains($0.module) && !declared.contains($0.module) }
            .map {
                Finding(
                    path: file.path, line: $0.line,
                    rule: "Package.swift does not list `\($0.module)` for `\(target)`")
            }
    }

    /// The quoted names in the first `dependencies:` after the target's name.
    private static func declaredDependencies(of target: String, in manifest: String) -> [String] {
        let form = /[tT]arget\(\s*name: "(\w+)",\s*dependencies: \[([^\]]*)\]/
        return manifest.matches(of: form).filter { $0.output.1 == target }
            .flatMap { $0.output.2.matches(of: /"([^"]+)"/).map { String($0.output.1) } }
    }

    private static func imports(of file: SourceFile) -> [(line: Int, module: String)] {
        let form =
            #/
            ^\s* (?: @\w+ (?: \(\w+\) )? \s )*
            (?: (?: public | package | internal | fileprivate | private ) \s )?
            import \s (?: (?: struct | class | enum | protocol | func | var | let ) \s )?
            (\w+)
            /#
        return file.code.enumerated().compactMap { index, line in
            line.firstMatch(of: form).map { (index + 1, String($0.output.1)) }
        }
    }
}
